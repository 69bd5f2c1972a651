//! What can go wrong with a child process.

use std::io;
use std::path::PathBuf;

use model::fault::{Fault, Kind};

use super::Request;
use crate::limits::ARGUMENT_BYTES_MAX;

/// Why a child did not start.
#[derive(Debug, thiserror::Error)]
pub enum SpawnError {
    #[error("`{name}` has no program to start")]
    NoProgram { name: String },
    #[error("folder `{}` of `{name}` does not exist", folder.display())]
    NoFolder { name: String, folder: PathBuf },
    #[error("argument {index} of `{name}` has {bytes} bytes, at most {ARGUMENT_BYTES_MAX} fit")]
    LongArgument { name: String, index: usize, bytes: usize },
    #[error("program `{}` of `{name}` was not found", program.display())]
    NotFound { name: String, program: PathBuf },
    #[error("failed to start `{name}`")]
    Start {
        name: String,
        #[source]
        source: io::Error,
    },
}

impl SpawnError {
    pub(super) fn from_io(request: &Request, source: io::Error) -> Self {
        let name = request.name.clone();
        match request.argv.first() {
            Some(program) if source.kind() == io::ErrorKind::NotFound => {
                Self::NotFound { name, program: program.into() }
            }
            _ => Self::Start { name, source },
        }
    }
}

impl Fault for SpawnError {
    fn code(&self) -> &'static str {
        "PROCESS_NOT_STARTED"
    }

    fn kind(&self) -> Kind {
        match self {
            Self::NoProgram { .. } => Kind::Invalid,
            Self::NoFolder { .. } | Self::NotFound { .. } => Kind::NotFound,
            Self::LongArgument { .. } => Kind::Limit,
            Self::Start { .. } => Kind::Unavailable,
        }
    }

    fn help(&self) -> Option<String> {
        match self {
            Self::LongArgument { .. } => {
                Some("put large parameters into a file and give its path to the step".into())
            }
            Self::NotFound { program, .. } => {
                Some(format!("install `{}` or give its full path", program.display()))
            }
            _ => None,
        }
    }
}

/// How a child ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum How {
    /// By itself, with this exit code.
    Code(i32),
    /// By a signal that did not come from thorp.
    Signal(i32),
    /// Ended by thorp because it ran longer than it may.
    TimedOut { timeout_ms: u64 },
    /// Ended by thorp because the run stops.
    Stopped,
}

impl std::fmt::Display for How {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Code(code) => write!(f, "ended with exit code {code}"),
            Self::Signal(signal) => write!(f, "was ended by signal {signal}"),
            Self::TimedOut { timeout_ms } => {
                write!(f, "did not finish within {timeout_ms} ms and was ended")
            }
            Self::Stopped => write!(f, "was stopped"),
        }
    }
}

/// A child that did not end well.
#[derive(Debug, thiserror::Error)]
#[error("`{name}` {how}{}", self.last_words())]
pub struct ExitError {
    pub name: String,
    pub how: How,
    /// The last lines of its stderr, oldest first.
    pub stderr: Vec<String>,
}

impl ExitError {
    fn last_words(&self) -> String {
        match self.stderr.iter().rev().find(|line| !line.trim().is_empty()) {
            Some(line) if matches!(self.how, How::Code(_) | How::Signal(_)) => {
                format!("; its last line is `{}`", line.trim())
            }
            _ => String::new(),
        }
    }
}

impl Fault for ExitError {
    fn code(&self) -> &'static str {
        match self.how {
            How::Code(_) | How::Signal(_) => "PROCESS_FAILED",
            How::TimedOut { .. } => "PROCESS_TIMED_OUT",
            How::Stopped => "PROCESS_STOPPED",
        }
    }

    fn kind(&self) -> Kind {
        match self.how {
            How::Code(_) => Kind::Invalid,
            How::Signal(_) | How::Stopped => Kind::Unavailable,
            How::TimedOut { .. } => Kind::Limit,
        }
    }

    fn help(&self) -> Option<String> {
        match self.how {
            How::Code(253) => Some("its input ended at once: look at the step before it".into()),
            How::Signal(9) => Some("the system may have run out of memory".into()),
            How::TimedOut { .. } => Some("give the step a larger `timeout`".into()),
            _ => None,
        }
    }
}

/// Why a child that was run to its end gave no output.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    #[error(transparent)]
    Spawn(#[from] SpawnError),
    #[error(transparent)]
    Exit(#[from] ExitError),
    #[error("`{name}` wrote more than {max} bytes")]
    LongOutput { name: String, max: usize },
    #[error("failed to read what `{name}` writes")]
    Read {
        name: String,
        #[source]
        source: io::Error,
    },
}

impl Fault for RunError {
    fn code(&self) -> &'static str {
        match self {
            Self::Spawn(error) => error.code(),
            Self::Exit(error) => error.code(),
            Self::LongOutput { .. } | Self::Read { .. } => "PROCESS_FAILED",
        }
    }

    fn kind(&self) -> Kind {
        match self {
            Self::Spawn(error) => error.kind(),
            Self::Exit(error) => error.kind(),
            Self::LongOutput { .. } => Kind::Limit,
            Self::Read { .. } => Kind::Unavailable,
        }
    }

    fn help(&self) -> Option<String> {
        match self {
            Self::Spawn(error) => error.help(),
            Self::Exit(error) => error.help(),
            Self::LongOutput { .. } | Self::Read { .. } => None,
        }
    }
}
