//! Every process that we start is ended by its id, also on Ctrl-C and SIGTERM.

use std::path::PathBuf;
use std::process::Child;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use anyhow::Context;
use rustix::process::{Pid, Signal, WaitOptions};
use signal_hook::consts::{SIGINT, SIGTERM};

/// How long a process may take to end after it was asked to, in polls of [`POLL`].
const POLLS_MAX: u32 = 200;
const POLL: Duration = Duration::from_millis(50);

static REGISTRY: Mutex<Registry> =
    Mutex::new(Registry { running: Vec::new(), folders: Vec::new() });

struct Registry {
    running: Vec<(Pid, Signal)>,
    /// Temporary folders that are removed once nothing runs in them.
    folders: Vec<PathBuf>,
}

fn registry() -> MutexGuard<'static, Registry> {
    REGISTRY.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Starts the thread that ends all children when we are told to stop, and exits with 130.
pub(crate) fn end_on_signals() -> anyhow::Result<()> {
    let mut signals = signal_hook::iterator::Signals::new([SIGINT, SIGTERM])
        .context("failed to listen for signals")?;
    std::thread::Builder::new()
        .name("signals".to_owned())
        .spawn(move || {
            if signals.forever().next().is_some() {
                end_all();
                std::process::exit(130);
            }
        })
        .context("failed to start the thread that listens for signals")?;
    Ok(())
}

fn end_all() {
    let registry = registry();
    for &(pid, signal) in &registry.running {
        end(pid, signal);
    }
    for folder in &registry.folders {
        remove(folder);
    }
}

/// While it lives, `child` is told to end when we are.
pub(crate) fn watch(child: &Child) -> Watched {
    Watched::new(child, Signal::TERM)
}

#[derive(Debug)]
pub(crate) struct Watched {
    pid: Option<Pid>,
    signal: Signal,
}

impl Watched {
    fn new(child: &Child, signal: Signal) -> Self {
        let pid = pid_of(child);
        registry().running.extend(pid.map(|pid| (pid, signal)));
        Self { pid, signal }
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        registry().running.retain(|&(pid, _)| Some(pid) != self.pid);
    }
}

fn pid_of(child: &Child) -> Option<Pid> {
    i32::try_from(child.id()).ok().and_then(Pid::from_raw)
}

/// A process in the background with a folder of its own; both go when this is dropped.
#[derive(Debug)]
pub(crate) struct Service {
    watched: Watched,
    folder: PathBuf,
}

impl Service {
    /// Takes over `child`, which ends on `signal`, and `folder` with it.
    pub(crate) fn new(child: &Child, folder: PathBuf, signal: Signal) -> Self {
        registry().folders.push(folder.clone());
        Self { watched: Watched::new(child, signal), folder }
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        if let Some(pid) = self.watched.pid {
            end(pid, self.watched.signal);
        }
        registry().folders.retain(|folder| *folder != self.folder);
        remove(&self.folder);
    }
}

/// Asks a child to end, waits for it, and kills it when it does not.
fn end(pid: Pid, signal: Signal) {
    for signal in [signal, Signal::KILL] {
        if rustix::process::kill_process(pid, signal).is_err() {
            return;
        }
        for _ in 0..POLLS_MAX {
            match rustix::process::waitpid(Some(pid), WaitOptions::NOHANG) {
                Ok(None) => std::thread::sleep(POLL),
                Ok(Some(_)) | Err(_) => return,
            }
        }
    }
    eprintln!("warning: process {pid} does not end", pid = pid.as_raw_nonzero());
}

fn remove(folder: &std::path::Path) {
    if let Err(error) = std::fs::remove_dir_all(folder)
        && error.kind() != std::io::ErrorKind::NotFound
    {
        eprintln!("warning: failed to remove `{}`: {error}", folder.display());
    }
}
