//! Starting a server on a free port of this machine and waiting until it answers.

use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context, bail};

use crate::tools;

const POLL: Duration = Duration::from_millis(50);
/// 60 s: a cold start of Python with moto on a busy machine takes ten.
const POLLS_MAX: u32 = 1200;

/// A port of the loopback interface that was free a moment ago.
pub(crate) fn free_port() -> anyhow::Result<u16> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("no free port")?;
    Ok(listener.local_addr().context("no free port")?.port())
}

/// `program`, which ends with us even when we are killed, where the system can arrange that.
pub(crate) fn command(program: &Path, signal: &str) -> Command {
    let Some(setpriv) = tools::find_program("setpriv") else {
        return Command::new(program);
    };
    let mut command = Command::new(setpriv);
    command.arg("--pdeathsig").arg(signal).arg("--").arg(program);
    command
}

/// Starts `command` with its output in `log`.
pub(crate) fn spawn(command: &mut Command, log: &Path) -> anyhow::Result<Child> {
    let output = std::fs::File::create(log)
        .with_context(|| format!("failed to create `{}`", log.display()))?;
    let errors = output.try_clone().context("failed to share a log file")?;
    command.stdin(Stdio::null()).stdout(output).stderr(errors);
    // A group of its own: Ctrl-C reaches the tests first, and the servers when the tests are done.
    std::os::unix::process::CommandExt::process_group(command, 0);
    command.spawn().with_context(|| format!("failed to start {:?}", command.get_program()))
}

/// Waits until `port` answers; a server that ended says why in `log`.
pub(crate) fn wait_for(child: &mut Child, port: u16, log: &Path) -> anyhow::Result<()> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    for _ in 0..POLLS_MAX {
        if TcpStream::connect_timeout(&address, POLL).is_ok() {
            return Ok(());
        }
        if let Some(status) = child.try_wait().context("failed to ask for a process")? {
            let text = std::fs::read_to_string(log).unwrap_or_default();
            bail!("the server ended with {status}: {}", text.trim());
        }
        std::thread::sleep(POLL);
    }
    bail!("port {port} does not answer within 60 s")
}
