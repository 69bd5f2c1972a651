//! Why the cluster did not do what it was asked.

use model::fault::{Fault, Kind};
use state::{ProposeError, ReadError};
use structures::Refusal;

use crate::remote::CallError;

/// Why the cluster did not do what it was asked, whatever that was.
#[derive(Debug, thiserror::Error)]
pub enum AskError {
    /// It understood, and said no; nothing was changed.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// Nothing was agreed on in time.
    #[error(transparent)]
    Write(#[from] ProposeError),
    /// There is no answer in time.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The cluster was asked from outside, and that failed.
    #[error(transparent)]
    Call(#[from] CallError),
    #[error("the cluster gave an answer of another kind; is it of another version?")]
    Answer,
}

impl AskError {
    fn cause(&self) -> Option<&dyn Fault> {
        match self {
            Self::Refused(error) => Some(error),
            Self::Write(error) => Some(error),
            Self::Read(error) => Some(error),
            Self::Call(error) => Some(error),
            Self::Answer => None,
        }
    }
}

impl Fault for AskError {
    fn code(&self) -> &'static str {
        self.cause().map_or("INTERNAL_ERROR", Fault::code)
    }

    fn kind(&self) -> Kind {
        self.cause().map_or(Kind::Bug, Fault::kind)
    }

    fn help(&self) -> Option<String> {
        self.cause().and_then(Fault::help)
    }
}
