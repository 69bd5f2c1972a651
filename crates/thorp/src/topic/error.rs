//! Why a topic was not read or written.

use std::any::type_name;

use model::fault::{Fault, Kind};
use structures::topic::Id;
use structures::typed::{ReadError, WriteError};

use super::Topic;
use crate::desk::AskError;

/// Why a topic was not read or written.
#[derive(Debug, thiserror::Error)]
pub enum TopicError {
    #[error("failed to {verb} the topic `{topic}`")]
    Ask { verb: &'static str, topic: String, source: AskError },
    #[error("the message cannot be kept in the topic `{topic}`")]
    Write { topic: String, source: WriteError },
    #[error("message {id} of the topic `{topic}` is no `{wanted}`")]
    Read { id: Id, topic: String, wanted: &'static str, source: ReadError },
    #[error("message {id} of the topic `{topic}` has no field `value`")]
    Field { id: Id, topic: String },
}

impl<T> Topic<T> {
    pub(super) fn failed(&self, verb: &'static str, source: AskError) -> TopicError {
        TopicError::Ask { verb, topic: self.at.shown(), source }
    }

    pub(super) fn unread(&self, id: Id, source: ReadError) -> TopicError {
        TopicError::Read { id, topic: self.at.shown(), wanted: type_name::<T>(), source }
    }
}

impl Fault for TopicError {
    fn code(&self) -> &'static str {
        match self {
            Self::Ask { source, .. } => source.code(),
            Self::Write { .. } | Self::Read { .. } | Self::Field { .. } => "VALUE_WRONG_TYPE",
        }
    }

    fn kind(&self) -> Kind {
        match self {
            Self::Ask { source, .. } => source.kind(),
            Self::Write { .. } | Self::Read { .. } | Self::Field { .. } => Kind::Invalid,
        }
    }

    fn help(&self) -> Option<String> {
        match self {
            Self::Ask { source, .. } => source.help(),
            Self::Write { .. } => None,
            Self::Read { .. } => Some("use a type that fits what others publish".to_owned()),
            Self::Field { .. } => {
                Some("publish the value as the field `value`, as this library does".to_owned())
            }
        }
    }
}
