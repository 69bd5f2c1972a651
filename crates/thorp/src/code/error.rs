//! Why code did not run.

use control::tasks::{DetachError, EvalError, FMapError, ItemError, LoadError, PatchesError};
use model::fault::{Fault, Kind};

use crate::desk::AskError;
use crate::remote::CallError;

/// Why code did not run, was not loaded, or gave no result.
#[derive(Debug, thiserror::Error)]
pub enum CodeError {
    /// The function failed for one item.
    #[error(transparent)]
    Item(#[from] ItemError),
    #[error("the result of item {index} is no `{wanted}`")]
    Read { index: u64, wanted: &'static str, source: serde_json::Error },
    #[error("the argument has no form in JSON")]
    Argument(#[source] serde_json::Error),
    #[error(transparent)]
    FMap(FMapError),
    #[error(transparent)]
    Detach(#[from] DetachError),
    #[error(transparent)]
    Eval(#[from] EvalError),
    #[error(transparent)]
    Load(#[from] LoadError),
    #[error(transparent)]
    Patches(#[from] PatchesError),
    /// The cluster was asked from outside, and that failed.
    #[error(transparent)]
    Call(#[from] CallError),
    /// No member could be asked.
    #[error("failed to find a member that runs code")]
    Ask(#[from] AskError),
}

impl From<FMapError> for CodeError {
    fn from(error: FMapError) -> Self {
        match error {
            FMapError::Item { index, item, text } => Self::Item(ItemError { index, item, text }),
            error => Self::FMap(error),
        }
    }
}

impl Fault for CodeError {
    fn code(&self) -> &'static str {
        match self {
            Self::Item(_) => "ITEM_FAILED",
            Self::Read { .. } | Self::Argument(_) => "VALUE_WRONG_TYPE",
            Self::FMap(error) => error.code(),
            Self::Detach(error) => error.code(),
            Self::Eval(error) => error.code(),
            Self::Load(error) => error.code(),
            Self::Patches(error) => error.code(),
            Self::Call(error) => error.code(),
            Self::Ask(error) => error.code(),
        }
    }

    fn kind(&self) -> Kind {
        match self {
            Self::Item(_) | Self::Read { .. } | Self::Argument(_) => Kind::Invalid,
            Self::FMap(error) => error.kind(),
            Self::Detach(error) => error.kind(),
            Self::Eval(error) => error.kind(),
            Self::Load(error) => error.kind(),
            Self::Patches(error) => error.kind(),
            Self::Call(error) => error.kind(),
            Self::Ask(error) => error.kind(),
        }
    }

    fn help(&self) -> Option<String> {
        match self {
            Self::Item(_) => None,
            Self::Argument(_) => Some("keys of maps are texts in JSON".to_owned()),
            Self::Read { .. } => Some("use a type that fits what the function returns".to_owned()),
            Self::FMap(error) => error.help(),
            Self::Detach(error) => error.help(),
            Self::Eval(error) => error.help(),
            Self::Load(error) => error.help(),
            Self::Patches(error) => error.help(),
            Self::Call(error) => error.help(),
            Self::Ask(error) => error.help(),
        }
    }
}
