//! How a child ended.

use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;

use super::group::Reason;
use super::lines::Tail;
use super::{ExitError, How};

/// The end of a child, and the last it said.
#[derive(Debug)]
pub struct Exit {
    name: String,
    how: How,
    stderr: Vec<String>,
    stderr_lines: u64,
}

impl Exit {
    pub(super) fn new(
        name: String,
        status: ExitStatus,
        reason: Option<Reason>,
        tail: Tail,
    ) -> Self {
        let how = match reason {
            Some(Reason::TimedOut { timeout_ms }) => How::TimedOut { timeout_ms },
            Some(Reason::Stopped) => How::Stopped,
            None => match (status.code(), status.signal()) {
                (Some(code), _) => How::Code(code),
                (None, signal) => How::Signal(signal.unwrap_or_default()),
            },
        };
        let stderr_lines = tail.lines_seen();
        Self { name, how, stderr: tail.into_lines(), stderr_lines }
    }

    /// How the child ended.
    pub fn how(&self) -> How {
        self.how
    }

    /// Whether it ended by itself, with code 0.
    pub fn success(&self) -> bool {
        self.how == How::Code(0)
    }

    /// The last lines of its stderr, oldest first.
    pub fn stderr(&self) -> &[String] {
        &self.stderr
    }

    /// How many lines it wrote to stderr in all.
    pub fn stderr_lines(&self) -> u64 {
        self.stderr_lines
    }

    /// Turns an end that is not a success into an error.
    ///
    /// # Errors
    ///
    /// [`ExitError`] says how it ended and has the last lines of stderr.
    pub fn check(self) -> Result<(), ExitError> {
        if self.success() {
            return Ok(());
        }
        Err(ExitError { name: self.name, how: self.how, stderr: self.stderr })
    }
}
