//! A PostgreSQL server of the tests' own: a fresh cluster in a temporary folder on a free port.

mod certificates;

use std::fs;
use std::io::Read;
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, bail};
use rustix::process::Signal;

use crate::children::Service;
use crate::tools;

use super::{Part, debian, server};

/// Nothing needs to survive the tests.
const SETTINGS: [&str; 5] = [
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
    "unix_socket_directories=",
    "max_connections=200",
];

/// Starts the server, after installing it when it is missing and we may.
pub(super) fn start() -> anyhow::Result<Part> {
    let programs = match find_programs() {
        Some(folder) => folder,
        None => install()?,
    };
    let account = Account::choose()?;
    let folder = tempfile::Builder::new().prefix("thorp-postgres-").tempdir()?.keep();
    let password = password()?;
    let outcome = create(&programs, &account, &folder, &password)
        .and_then(|()| run(&programs, &account, folder.clone()));
    match outcome {
        Ok((service, port)) => {
            let url = format!("postgresql://thorp:{password}@127.0.0.1:{port}/postgres");
            let variable = "THORP_TEST_POSTGRES";
            Ok(Part { variable, value: url.into(), service: Some(service) })
        }
        Err(error) => {
            fs::remove_dir_all(&folder).context("failed to remove an unused cluster")?;
            Err(error)
        }
    }
}

/// The folder with `initdb` and `postgres`: of the newest version of Debian, else of `PATH`.
fn find_programs() -> Option<PathBuf> {
    let mut versions: Vec<PathBuf> = fs::read_dir("/usr/lib/postgresql")
        .map(|entries| entries.flatten().map(|entry| entry.path().join("bin")).collect())
        .unwrap_or_default();
    versions.retain(|folder| folder.join("initdb").is_file());
    versions.sort();
    versions.pop().or_else(|| {
        let initdb = tools::find_program("initdb")?;
        initdb.parent().map(Path::to_owned)
    })
}

fn install() -> anyhow::Result<PathBuf> {
    // Debian would start a server for the whole machine; the tests bring their own.
    let settings = Path::new("/etc/postgresql-common/createcluster.conf");
    if tools::may_apt() && !settings.exists() {
        fs::create_dir_all("/etc/postgresql-common")
            .and_then(|()| fs::write(settings, "create_main_cluster = false\n"))
            .with_context(|| format!("failed to write `{}`", settings.display()))?;
    }
    debian::install(&["postgresql"])?;
    find_programs().context("the Debian package brought no `initdb`")
}

/// The user under whom the server runs; it refuses to run as root.
#[derive(Debug)]
enum Account {
    Ours,
    Other { name: &'static str, uid: u32, gid: u32 },
}

impl Account {
    fn choose() -> anyhow::Result<Self> {
        if !rustix::process::geteuid().is_root() {
            return Ok(Self::Ours);
        }
        for name in ["postgres", "nobody"] {
            if let (Ok(uid), Ok(gid)) = (id("-u", name), id("-g", name)) {
                return Ok(Self::Other { name, uid, gid });
            }
        }
        bail!("neither the user `postgres` nor `nobody` exists")
    }

    fn give(&self, path: &Path) -> anyhow::Result<()> {
        if let Self::Other { uid, gid, .. } = self {
            chown(path, Some(*uid), Some(*gid))
                .with_context(|| format!("failed to give away `{}`", path.display()))?;
        }
        Ok(())
    }

    fn command(&self, program: &Path) -> Command {
        match self {
            Self::Ours => server::command(program, "INT"),
            Self::Other { name, gid, .. } => {
                let mut command = Command::new("setpriv");
                command.arg(format!("--reuid={name}")).arg(format!("--regid={gid}"));
                command.args(["--clear-groups", "--pdeathsig", "INT", "--"]).arg(program);
                command
            }
        }
    }
}

fn id(flag: &str, name: &str) -> anyhow::Result<u32> {
    let text = tools::answer(Command::new("id").args([flag, name]))?;
    text.parse().with_context(|| format!("`id {flag} {name}` printed `{text}`"))
}

fn password() -> anyhow::Result<String> {
    let mut bytes = [0; 16];
    fs::File::open("/dev/urandom")
        .and_then(|mut source| source.read_exact(&mut bytes))
        .context("failed to read random bytes")?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

fn create(programs: &Path, account: &Account, folder: &Path, password: &str) -> anyhow::Result<()> {
    let secret = folder.join("password");
    fs::write(&secret, password).context("failed to write the password of the server")?;
    fs::set_permissions(&secret, fs::Permissions::from_mode(0o600))
        .context("failed to protect the password of the server")?;
    account.give(&secret)?;
    account.give(folder)?;
    if certificates::make(folder)? {
        for file in certificates::FILES {
            account.give(&folder.join(file))?;
        }
    }
    tools::quiet(
        account
            .command(&programs.join("initdb"))
            .current_dir(folder)
            .args(["--no-sync", "--username=thorp", "--encoding=UTF8", "--locale=C.UTF-8"])
            .args(["--auth=scram-sha-256", "--pwfile"])
            .arg(&secret)
            .arg("--pgdata")
            .arg(folder.join("data")),
    )
}

fn run(programs: &Path, account: &Account, folder: PathBuf) -> anyhow::Result<(Service, u16)> {
    let log = folder.join("log");
    let port = server::free_port()?;
    let mut command = account.command(&programs.join("postgres"));
    command.current_dir(&folder).arg("-D").arg(folder.join("data"));
    command.args(["-h", "127.0.0.1", "-p", &port.to_string()]);
    let has_tls = folder.join("server.key").exists();
    let tls = certificates::SETTINGS.into_iter().filter(|_| has_tls);
    for setting in SETTINGS.into_iter().chain(tls) {
        command.args(["-c", setting]);
    }
    let mut child = server::spawn(&mut command, &log)?;
    let service = Service::new(&child, folder, Signal::INT);
    server::wait_for(&mut child, port, &log)?;
    Ok((service, port))
}
