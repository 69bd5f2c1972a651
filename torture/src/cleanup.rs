//! What would outlive us is undone at our end, also on Ctrl-C and SIGTERM: processes, networks,
//! file systems, folders.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use anyhow::{Context, bail};
use rustix::process::{Pid, Signal};
use signal_hook::consts::{SIGINT, SIGTERM};

use crate::clock::until;
use crate::limits;

static REGISTRY: Mutex<Registry> = Mutex::new(Registry { next: 0, actions: BTreeMap::new() });

/// What is to be undone, in the order in which it was done.
struct Registry {
    next: u64,
    actions: BTreeMap<u64, Action>,
}

/// How one thing is undone.
#[derive(Debug)]
pub(crate) enum Action {
    /// The process is killed.
    End(Arc<Mutex<Child>>),
    /// The command is run.
    Run(Vec<String>),
    /// The folder is removed.
    Remove(PathBuf),
}

fn registry() -> MutexGuard<'static, Registry> {
    REGISTRY.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Starts the thread that undoes everything when we are told to stop, and exits with 130.
pub(crate) fn at_signals() -> anyhow::Result<()> {
    let mut signals = signal_hook::iterator::Signals::new([SIGINT, SIGTERM])
        .context("failed to listen for signals")?;
    std::thread::Builder::new()
        .name("signals".to_owned())
        .spawn(move || {
            if signals.forever().next().is_some() {
                // The lock stays ours, so nothing new is started meanwhile.
                let mut registry = registry();
                while let Some((_, action)) = registry.actions.pop_last() {
                    action.perform();
                }
                std::process::exit(130);
            }
        })
        .context("failed to start the thread that listens for signals")?;
    Ok(())
}

impl Action {
    fn perform(self) {
        let failed = match &self {
            Self::End(child) => end(child),
            Self::Run(words) => run(words),
            Self::Remove(folder) => remove(folder),
        };
        if let Err(error) = failed {
            eprintln!("warning: something is left behind: {error:#}");
        }
    }
}

fn end(child: &Mutex<Child>) -> anyhow::Result<()> {
    let mut child = child.lock().unwrap_or_else(PoisonError::into_inner);
    child.kill()?;
    child.wait()?;
    Ok(())
}

fn remove(folder: &Path) -> anyhow::Result<()> {
    std::fs::remove_dir_all(folder)
        .with_context(|| format!("failed to remove `{}`", folder.display()))
}

/// Runs a command; its error is what it said.
pub(crate) fn run(words: &[String]) -> anyhow::Result<()> {
    let (program, arguments) = words.split_first().context("an empty command")?;
    let output = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .output()
        .with_context(|| format!("failed to start `{program}`"))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        bail!("`{}` failed: {}", words.join(" "), said.trim());
    }
    Ok(())
}

/// A command in words that hold no blanks.
pub(crate) fn words(command: &str) -> Vec<String> {
    command.split(' ').map(str::to_owned).collect()
}

/// Undoes something when it is dropped.
#[derive(Debug)]
#[must_use]
pub(crate) struct Guard(u64);

impl Guard {
    pub(crate) fn new(action: Action) -> Self {
        add(&mut registry(), action)
    }

    /// Leaves things as they are.
    pub(crate) fn disarm(self) {
        registry().actions.remove(&self.0);
    }
}

fn add(registry: &mut Registry, action: Action) -> Guard {
    let id = registry.next;
    registry.next += 1;
    registry.actions.insert(id, action);
    Guard(id)
}

impl Drop for Guard {
    fn drop(&mut self) {
        let action = registry().actions.remove(&self.0);
        if let Some(action) = action {
            action.perform();
        }
    }
}

/// A process that is killed when this is dropped.
#[derive(Debug)]
pub(crate) struct Process {
    child: Arc<Mutex<Child>>,
    pid: Pid,
    _guard: Guard,
}

impl Process {
    pub(crate) fn spawn(command: &mut Command) -> anyhow::Result<Self> {
        // Whoever is told to stop finds the process in the registry, or prevents it.
        let mut registry = registry();
        let child = command.spawn().with_context(|| format!("failed to start {command:?}"))?;
        let pid = Pid::from_child(&child);
        let child = Arc::new(Mutex::new(child));
        let guard = add(&mut registry, Action::End(Arc::clone(&child)));
        Ok(Self { child, pid, _guard: guard })
    }

    fn child(&self) -> MutexGuard<'_, Child> {
        self.child.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn pid(&self) -> Pid {
        self.pid
    }

    pub(crate) fn stdout(&self) -> Option<ChildStdout> {
        self.child().stdout.take()
    }

    /// How it ended, when it has.
    pub(crate) fn ended(&self) -> anyhow::Result<Option<ExitStatus>> {
        Ok(self.child().try_wait()?)
    }

    /// Sends a signal to a process that has not been waited for.
    pub(crate) fn signal(&self, signal: Signal) -> anyhow::Result<()> {
        let mut child = self.child();
        if child.try_wait()?.is_none() {
            rustix::process::kill_process(self.pid, signal)?;
        }
        Ok(())
    }

    pub(crate) fn wait(&self, within: Duration) -> anyhow::Result<ExitStatus> {
        until("a process ends", within, || self.ended())
    }

    /// Kills it and waits until it is gone.
    pub(crate) fn kill(&self) -> anyhow::Result<()> {
        self.signal(Signal::KILL)?;
        self.wait(limits::GONE).map(drop)
    }
}
