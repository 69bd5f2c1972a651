//! One child process: started in a group of its own, fed, read, watched, and ended with its group.
//!
//! Each child has a thread that starts it and waits for it, one that reads its stderr, and, when
//! there is a time limit, one that watches the clock. Its stdin and stdout belong to the caller,
//! who writes one while reading the other in another thread; a [`Killer`] works from anywhere.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::{Read, Write};
use std::path::PathBuf;
use std::process::{ChildStdin, ChildStdout};
use std::sync::Arc;
use std::time::Duration;

use model::clock::Clock;

pub use self::error::{ExitError, How, RunError, SpawnError};
pub use self::exit::Exit;
use self::group::{Group, Reason};
use crate::limits::ARGUMENT_BYTES_MAX;

mod error;
mod exit;
mod group;
mod lines;

/// What to start, and under which limits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// What the child is called in errors and in the names of its threads.
    pub name: String,
    /// The program and its arguments.
    pub argv: Vec<OsString>,
    /// The working directory.
    pub folder: PathBuf,
    /// Variables beside the inherited ones.
    pub environment: BTreeMap<OsString, OsString>,
    /// The child is ended when it runs longer.
    pub timeout_ms: Option<u64>,
}

/// Receives each line of stderr as it arrives, without its end of line.
pub type OnLine = Box<dyn FnMut(&str) + Send>;

/// A child that runs. Dropping it ends it with its group.
#[derive(Debug)]
pub struct Running {
    group: Arc<Group>,
    stdin: Option<ChildStdin>,
    stdout: Option<ChildStdout>,
}

/// Ends a child from any thread.
#[derive(Debug, Clone)]
pub struct Killer {
    group: Arc<Group>,
}

/// Starts a child.
///
/// # Errors
///
/// [`SpawnError`] when there is no such program or folder, or the system refuses.
pub fn spawn(
    request: &Request,
    clock: Arc<dyn Clock>,
    on_line: OnLine,
) -> Result<Running, SpawnError> {
    check(request)?;
    let (group, pipes) = group::start(request, on_line)?;
    let running = Running { group: Arc::clone(&group), stdin: pipes.stdin, stdout: pipes.stdout };
    if let Some(timeout_ms) = request.timeout_ms {
        group::watch_clock(group, clock, timeout_ms)
            .map_err(|source| SpawnError::Start { name: request.name.clone(), source })?;
    }
    Ok(running)
}

fn check(request: &Request) -> Result<(), SpawnError> {
    let name = || request.name.clone();
    if request.argv.is_empty() {
        return Err(SpawnError::NoProgram { name: name() });
    }
    if !request.folder.is_dir() {
        return Err(SpawnError::NoFolder { name: name(), folder: request.folder.clone() });
    }
    for (index, argument) in request.argv.iter().enumerate() {
        if argument.len() > ARGUMENT_BYTES_MAX {
            return Err(SpawnError::LongArgument { name: name(), index, bytes: argument.len() });
        }
    }
    Ok(())
}

/// Runs a child to its end: writes `input`, returns what it wrote to stdout.
///
/// # Errors
///
/// [`RunError`] when it does not start, writes more than `output_bytes_max`, or does not end well.
pub fn run(
    request: &Request,
    clock: Arc<dyn Clock>,
    input: Vec<u8>,
    output_bytes_max: usize,
) -> Result<Vec<u8>, RunError> {
    let mut running = spawn(request, clock, Box::new(|_| ()))?;
    if let Some(mut stdin) = running.take_stdin() {
        // A child that does not want its input shows in its exit, not here.
        group::named_thread("feed", &request.name, move || drop(stdin.write_all(&input)))
            .map_err(|source| SpawnError::Start { name: request.name.clone(), source })?;
    }
    let mut output = Vec::new();
    if let Some(stdout) = running.take_stdout() {
        let bound = u64::try_from(output_bytes_max).unwrap_or(u64::MAX).saturating_add(1);
        stdout
            .take(bound)
            .read_to_end(&mut output)
            .map_err(|source| RunError::Read { name: request.name.clone(), source })?;
    }
    if output.len() > output_bytes_max {
        return Err(RunError::LongOutput { name: request.name.clone(), max: output_bytes_max });
    }
    running.wait().check()?;
    Ok(output)
}

impl Running {
    /// The writing end of the child's stdin; dropping it closes it. There is one.
    pub fn take_stdin(&mut self) -> Option<ChildStdin> {
        self.stdin.take()
    }

    /// The reading end of the child's stdout. There is one.
    pub fn take_stdout(&mut self) -> Option<ChildStdout> {
        self.stdout.take()
    }

    /// Ends the child from another thread.
    pub fn killer(&self) -> Killer {
        Killer { group: Arc::clone(&self.group) }
    }

    /// Process id of the child, which is also the id of its group.
    pub fn id(&self) -> u32 {
        self.group.id()
    }

    /// Waits until the child has ended; what was not taken of its stdin and stdout is closed.
    pub fn wait(mut self) -> Exit {
        self.stdin = None;
        self.stdout = None;
        self.group.wait()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.group.end(Reason::Stopped);
    }
}

impl Killer {
    /// Whether the child ends, by itself or not, within `time`.
    pub fn has_ended_within(&self, time: Duration) -> bool {
        self.group.wait_at_most(u64::try_from(time.as_millis()).unwrap_or(u64::MAX))
    }

    /// Asks the group to end with SIGTERM, and returns at once. For many children at a time: ask
    /// all of them, then [`Killer::kill`] each.
    pub fn terminate(&self) {
        self.group.ask(Reason::Stopped);
    }

    /// Ends the group: SIGTERM, then SIGKILL after a grace time. Returns when it has ended.
    pub fn kill(&self) {
        self.group.end(Reason::Stopped);
    }
}

#[cfg(test)]
mod tests;
