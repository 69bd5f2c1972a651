//! One `thorp up` on a seat that outlasts its processes: the same folder, address and name.

use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{ChildStdout, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};

use anyhow::{Context, bail};
use rustix::process::Signal;

use crate::cleanup::Process;
use crate::limits;

/// Where a node lives.
#[derive(Debug, Clone)]
pub(crate) struct Seat {
    pub(crate) name: String,
    /// The home of the user whose node it is.
    pub(crate) home: PathBuf,
    pub(crate) data: PathBuf,
    pub(crate) https: SocketAddr,
    pub(crate) peers: SocketAddr,
    pub(crate) redis: SocketAddr,
    /// The network namespace, unless it is ours.
    pub(crate) namespace: Option<String>,
    /// More flags of `thorp up`.
    pub(crate) flags: Vec<String>,
}

impl Seat {
    pub(crate) fn log(&self) -> PathBuf {
        self.home.join(format!("{}.log", self.name))
    }

    fn up(&self, binary: &Path, clock: Option<&FalseClock>) -> Command {
        let mut command = match &self.namespace {
            None => Command::new(binary),
            // It becomes the node: the process id is the same.
            Some(namespace) => {
                let mut command = Command::new("ip");
                command.args(["netns", "exec", namespace]).arg(binary);
                command
            }
        };
        command.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command.env("HOME", &self.home).env("XDG_RUNTIME_DIR", &self.home);
        if let Some(clock) = clock {
            clock.set(&mut command);
        }
        command.arg("up").args(["--name", &self.name]).arg("--data").arg(&self.data);
        command.args(["--listen", &self.https.to_string()]);
        command.args(["--peer-listen", &self.peers.to_string()]);
        command.args(["--redis-listen", &self.redis.to_string()]).args(&self.flags);
        command.current_dir(&self.home).stdin(Stdio::null()).stdout(Stdio::piped());
        command
    }
}

/// A clock that tells another time than those of the other nodes.
#[derive(Debug, Clone)]
pub(crate) struct FalseClock {
    library: PathBuf,
    pub(crate) seconds: i64,
}

impl FalseClock {
    /// A clock that is `seconds` ahead, by `libfaketime` when that is installed.
    pub(crate) fn new(seconds: i64) -> Option<Self> {
        let folders =
            fs::read_dir("/usr/lib").ok()?.filter_map(Result::ok).map(|entry| entry.path());
        let library = |folder: PathBuf| folder.join("faketime/libfaketimeMT.so.1");
        let library = folders.map(library).find(|library| library.exists())?;
        Some(Self { library, seconds })
    }

    fn set(&self, command: &mut Command) {
        command.env("LD_PRELOAD", &self.library).env("FAKETIME", format!("{:+}s", self.seconds));
        // Only the time of the day is false: durations are what they are.
        command.env("FAKETIME_DONT_FAKE_MONOTONIC", "1").env("DONT_FAKE_MONOTONIC", "1");
    }
}

/// A node, running or not.
#[derive(Debug)]
pub(crate) struct Node {
    pub(crate) seat: Seat,
    pub(crate) clock: Option<FalseClock>,
    running: Option<Running>,
}

#[derive(Debug)]
struct Running {
    process: Process,
    opened: Receiver<()>,
}

impl Node {
    pub(crate) fn new(seat: Seat) -> Self {
        Self { seat, clock: None, running: None }
    }

    pub(crate) fn is_running(&self) -> bool {
        self.running.is_some()
    }

    /// Starts the process and does not wait for its doors.
    pub(crate) fn spawn(&mut self, binary: &Path) -> anyhow::Result<()> {
        let log = File::options().create(true).append(true).open(self.seat.log())?;
        let mut command = self.seat.up(binary, self.clock.as_ref());
        let process = Process::spawn(command.stderr(log))?;
        let out = process.stdout().context("a node has no standard output")?;
        self.running = Some(Running { process, opened: opened(out)? });
        Ok(())
    }

    /// Waits until the doors accept.
    pub(crate) fn wait_for_doors(&mut self) -> anyhow::Result<()> {
        let Some(running) = &self.running else { bail!("{} does not run", self.seat.name) };
        let why = match running.opened.recv_timeout(limits::START) {
            Ok(()) => return Ok(()),
            Err(RecvTimeoutError::Timeout) => format!("opened no doors in {:?}", limits::START),
            Err(RecvTimeoutError::Disconnected) => {
                format!("ended: {}", running.process.wait(limits::GONE)?)
            }
        };
        bail!("node {} {why}\n{}", self.seat.name, self.end_of_log());
    }

    /// Sends a signal, when there is a process.
    pub(crate) fn signal(&self, signal: Signal) -> anyhow::Result<()> {
        match &self.running {
            Some(running) => running.process.signal(signal),
            None => Ok(()),
        }
    }

    /// SIGKILL; returns when the process is gone.
    pub(crate) fn kill(&mut self) -> anyhow::Result<()> {
        match self.running.take() {
            Some(running) => running.process.kill(),
            None => Ok(()),
        }
    }

    /// SIGTERM; the node has to end within the time that it promises.
    pub(crate) fn stop(&mut self) -> anyhow::Result<()> {
        let Some(running) = self.running.take() else { return Ok(()) };
        running.process.signal(Signal::TERM)?;
        let ended = running.process.wait(limits::STOP);
        let status = ended.with_context(|| format!("node {} was told to end", self.seat.name))?;
        if !status.success() {
            bail!(
                "node {} ended with {status} after SIGTERM\n{}",
                self.seat.name,
                self.end_of_log()
            );
        }
        Ok(())
    }

    /// An error when the node ended by itself.
    pub(crate) fn check_alive(&self) -> anyhow::Result<()> {
        let Some(running) = &self.running else { return Ok(()) };
        match running.process.ended()? {
            None => Ok(()),
            Some(status) => {
                bail!("node {} ended by itself: {status}\n{}", self.seat.name, self.end_of_log())
            }
        }
    }

    pub(crate) fn pid(&self) -> Option<i32> {
        self.running.as_ref().map(|running| running.process.pid().as_raw_nonzero().get())
    }

    fn end_of_log(&self) -> String {
        let text = fs::read_to_string(self.seat.log()).unwrap_or_default();
        let lines: Vec<&str> = text.lines().collect();
        lines.get(lines.len().saturating_sub(15)..).unwrap_or_default().join("\n")
    }
}

/// Says once that all doors are open, which is when the last of them is named; hangs up at the end
/// of the output.
fn opened(out: ChildStdout) -> anyhow::Result<Receiver<()>> {
    let (sender, receiver) = sync_channel(1);
    let read = move || {
        let mut is_open = false;
        for line in BufReader::new(out).lines().map_while(Result::ok) {
            if line.starts_with("redis ") && !is_open {
                is_open = true;
                // Nobody waits any more when this fails.
                sender.send(()).ok();
            }
        }
    };
    std::thread::Builder::new().name("doors".to_owned()).spawn(read)?;
    Ok(receiver)
}
