//! The process group of one child: started, signalled, awaited. No signal goes to a reused id.

use std::io::{self, Read};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, mpsc};
use std::thread::JoinHandle;
use std::time::Duration;

use model::clock::Clock;
use rustix::process::{Pid, Signal, WaitId, WaitIdOptions};

use super::lines::{Lines, Tail};
use super::{Exit, OnLine, Request, SpawnError};
use crate::limits::{CLOCK_LOOK_MS, KILL_GRACE_MS, KILL_WAIT_MS, STDERR_DRAIN_MS};

/// A child and what it started.
#[derive(Debug)]
pub(super) struct Group {
    name: String,
    pid: Pid,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug)]
struct State {
    /// Set while the lock is held in which the child is reaped: as long as it is empty, the id
    /// belongs to this group.
    ended: Option<ExitStatus>,
    /// Why we ended it, when we did.
    reason: Option<Reason>,
    stderr: Tail,
    stderr_open: bool,
}

/// Why thorp ended a child.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reason {
    Stopped,
    TimedOut { timeout_ms: u64 },
}

/// The ends of the child's pipes that belong to the caller.
#[derive(Debug)]
pub(super) struct Pipes {
    pub(super) stdin: Option<ChildStdin>,
    pub(super) stdout: Option<ChildStdout>,
}

/// Starts the child, the thread that waits for it, and the thread that reads its stderr.
pub(super) fn start(request: &Request, on_line: OnLine) -> Result<(Arc<Group>, Pipes), SpawnError> {
    let mut command = command(request);
    let name = request.name.clone();
    let failed = |source| SpawnError::from_io(request, source);
    let (to_caller, started) = mpsc::sync_channel(1);
    // The system ends the child when the thread that started it ends, so that thread stays.
    named_thread("wait", &request.name, move || match command.spawn() {
        Err(error) => drop(to_caller.send(Err(error))),
        Ok(mut child) => {
            let pipes = Pipes { stdin: child.stdin.take(), stdout: child.stdout.take() };
            let stderr = child.stderr.take();
            let group = Arc::new(Group::new(name, &child));
            drop(to_caller.send(Ok((Arc::clone(&group), pipes, stderr))));
            group.supervise(child);
        }
    })
    .map_err(failed)?;
    let answer = started.recv().unwrap_or_else(|error| Err(io::Error::other(error)));
    let (group, pipes, stderr) = answer.map_err(failed)?;
    match read_stderr(&group, stderr, on_line) {
        Ok(()) => Ok((group, pipes)),
        Err(error) => {
            group.end(Reason::Stopped);
            Err(failed(error))
        }
    }
}

fn command(request: &Request) -> Command {
    let (program, arguments) = request.argv.split_first().expect("was checked by the caller");
    let mut command = Command::new(program);
    command
        .args(arguments)
        .current_dir(&request.folder)
        .envs(&request.environment)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0);
    #[cfg(target_os = "linux")]
    die_with_parent(&mut command);
    command
}

/// Lets the system end the child when thorp ends without a chance to do so itself.
#[cfg(target_os = "linux")]
fn die_with_parent(command: &mut Command) {
    let parent = rustix::process::getpid();
    let before_exec = move || {
        rustix::process::set_parent_process_death_signal(Some(Signal::KILL))?;
        // The parent may have ended before it was watched.
        if rustix::process::getppid() != Some(parent) {
            return Err(io::Error::from(rustix::io::Errno::SRCH));
        }
        Ok(())
    };
    #[expect(unsafe_code, reason = "there is no safe way to set a signal for the parent's death")]
    // SAFETY: between fork and exec the closure makes two system calls, which are async-signal
    // safe, and neither allocates nor takes a lock.
    unsafe {
        command.pre_exec(before_exec);
    }
}

fn read_stderr(
    group: &Arc<Group>,
    stderr: Option<ChildStderr>,
    mut on_line: OnLine,
) -> io::Result<()> {
    let Some(mut stderr) = stderr else { return Ok(()) };
    group.lock().stderr_open = true;
    let name = group.name.clone();
    let group = Arc::clone(group);
    named_thread("log", &name, move || {
        // Closed also when the callback panics, so that nobody waits for this thread.
        let _open = OpenStderr(Arc::clone(&group));
        let mut lines = Lines::default();
        let mut keep = |line: String| {
            on_line(&line);
            group.lock().stderr.push(line);
        };
        let mut buffer = vec![0; 64 * 1024];
        loop {
            match stderr.read(&mut buffer) {
                Ok(0) => break,
                Ok(count) => lines.push(buffer.get(..count).unwrap_or_default(), &mut keep),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(_) => break,
            }
        }
        lines.finish(&mut keep);
    })?;
    Ok(())
}

struct OpenStderr(Arc<Group>);

impl Drop for OpenStderr {
    fn drop(&mut self) {
        self.0.lock().stderr_open = false;
        self.0.changed.notify_all();
    }
}

/// Ends the group when it still runs after `timeout_ms`.
pub(super) fn watch_clock(
    group: Arc<Group>,
    clock: Arc<dyn Clock>,
    timeout_ms: u64,
) -> io::Result<()> {
    let name = group.name.clone();
    let deadline_ms = clock.monotonic_ms().saturating_add(timeout_ms);
    named_thread("limit", &name, move || {
        loop {
            let left_ms = deadline_ms.saturating_sub(clock.monotonic_ms());
            if left_ms == 0 {
                return group.end(Reason::TimedOut { timeout_ms });
            }
            if group.wait_at_most(left_ms.min(CLOCK_LOOK_MS)) {
                return;
            }
        }
    })?;
    Ok(())
}

/// Starts a thread that is called after what it does and for which child.
pub(super) fn named_thread(
    role: &str,
    name: &str,
    body: impl FnOnce() + Send + 'static,
) -> io::Result<JoinHandle<()>> {
    let name: String = name.chars().filter(|c| *c != '\0').collect();
    std::thread::Builder::new().name(format!("{role} {name}")).spawn(body)
}

impl Group {
    fn new(name: String, child: &Child) -> Self {
        let state =
            State { ended: None, reason: None, stderr: Tail::default(), stderr_open: false };
        let pid = Pid::from_child(child);
        Self { name, pid, state: Mutex::new(state), changed: Condvar::new() }
    }

    pub(super) fn id(&self) -> u32 {
        self.pid.as_raw_nonzero().get().unsigned_abs()
    }

    /// Waits for the child, then ends what is left of its group, then gives its id back.
    fn supervise(&self, mut child: Child) {
        // Left unreaped here, the child still holds the id of the group.
        let seen = loop {
            match rustix::process::waitid(
                WaitId::Pid(self.pid),
                WaitIdOptions::EXITED | WaitIdOptions::NOWAIT,
            ) {
                Err(rustix::io::Errno::INTR) => {}
                other => break other,
            }
        };
        let mut state = self.lock();
        if seen.is_ok() {
            self.send(Signal::KILL);
        }
        // Waiting fails only when somebody else took the status; how it ended is unknown then,
        // which counts as a failure.
        let status = child.wait().unwrap_or_else(|_| ExitStatus::from_raw(255 << 8));
        state.ended = Some(status);
        drop(state);
        self.changed.notify_all();
    }

    /// Asks the group to end, once.
    pub(super) fn ask(&self, reason: Reason) {
        let mut state = self.lock();
        if state.ended.is_none() {
            state.reason.get_or_insert(reason);
            self.send(Signal::TERM);
        }
    }

    /// Ends the group and waits until the child is gone.
    pub(super) fn end(&self, reason: Reason) {
        self.ask(reason);
        if self.wait_at_most(KILL_GRACE_MS) {
            return;
        }
        if self.lock().ended.is_none() {
            tracing::warn!(process = self.name, "process ignores SIGTERM, killing it");
        }
        let state = self.lock();
        if state.ended.is_none() {
            self.send(Signal::KILL);
        }
        drop(state);
        self.wait_at_most(KILL_WAIT_MS);
    }

    /// Called with the lock held, and only while the child is not reaped.
    fn send(&self, signal: Signal) {
        // Nobody left to receive it is as good as received.
        let _sent = rustix::process::kill_process_group(self.pid, signal);
    }

    /// Whether the child ended within `ms`.
    pub(super) fn wait_at_most(&self, ms: u64) -> bool {
        let (state, _) = self
            .changed
            .wait_timeout_while(self.lock(), Duration::from_millis(ms), |s| s.ended.is_none())
            .unwrap_or_else(PoisonError::into_inner);
        state.ended.is_some()
    }

    /// Waits for the end of the child and of its stderr.
    pub(super) fn wait(&self) -> Exit {
        let state = self
            .changed
            .wait_while(self.lock(), |state| state.ended.is_none())
            .unwrap_or_else(PoisonError::into_inner);
        let drain = Duration::from_millis(STDERR_DRAIN_MS);
        let (mut state, _) = self
            .changed
            .wait_timeout_while(state, drain, |state| state.stderr_open)
            .unwrap_or_else(PoisonError::into_inner);
        let tail = std::mem::take(&mut state.stderr);
        let status = state.ended.expect("was awaited above");
        Exit::new(self.name.clone(), status, state.reason, tail)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
