//! Why a queue was not read or changed.

use std::any::type_name;

use model::fault::{Fault, Kind};
use structures::typed::{ReadError, WriteError};

use super::Queue;
use crate::desk::AskError;

/// Why a queue was not read or changed.
#[derive(Debug, thiserror::Error)]
pub enum QueueError {
    #[error("failed to {verb} the queue `{queue}`")]
    Ask { verb: &'static str, queue: String, source: AskError },
    #[error("the item cannot be kept in the queue `{queue}`")]
    Write { queue: String, source: WriteError },
    #[error("item {number} of the queue `{queue}` is no `{wanted}`")]
    Read { number: u64, queue: String, wanted: &'static str, source: ReadError },
}

impl<T> Queue<T> {
    pub(super) fn failed(&self, verb: &'static str, source: AskError) -> QueueError {
        QueueError::Ask { verb, queue: self.at.shown(), source }
    }

    pub(super) fn unread(&self, number: u64, source: ReadError) -> QueueError {
        QueueError::Read { number, queue: self.at.shown(), wanted: type_name::<T>(), source }
    }
}

impl Fault for QueueError {
    fn code(&self) -> &'static str {
        match self {
            Self::Ask { source, .. } => source.code(),
            Self::Write { .. } | Self::Read { .. } => "VALUE_WRONG_TYPE",
        }
    }

    fn kind(&self) -> Kind {
        match self {
            Self::Ask { source, .. } => source.kind(),
            Self::Write { .. } | Self::Read { .. } => Kind::Invalid,
        }
    }

    fn help(&self) -> Option<String> {
        match self {
            Self::Ask { source, .. } => source.help(),
            Self::Write { .. } => None,
            Self::Read { .. } => Some("use a type that fits what others push there".to_owned()),
        }
    }
}
