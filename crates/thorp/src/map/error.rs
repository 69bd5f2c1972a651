//! Why a map was not read or changed.

use std::any::type_name;

use model::fault::{Fault, Kind};
use structures::typed::{ReadError, WriteError};

use super::Map;
use crate::desk::AskError;

/// Why a map was not read or changed.
#[derive(Debug, thiserror::Error)]
pub enum MapError {
    #[error("failed to {verb} the map `{map}`")]
    Ask { verb: &'static str, map: String, source: AskError },
    #[error("the {part} of the entry cannot be kept in the map `{map}`")]
    Write { part: &'static str, map: String, source: WriteError },
    #[error("the entry `{key}` of the map `{map}` is no `{wanted}`")]
    Read { key: String, map: String, wanted: &'static str, source: ReadError },
    #[error("others changed the entry `{key}` of the map `{map}` {attempts} times meanwhile")]
    Contended { key: String, map: String, attempts: u32 },
}

impl<K, V> Map<K, V> {
    pub(super) fn failed(&self, verb: &'static str, source: AskError) -> MapError {
        MapError::Ask { verb, map: self.at.shown(), source }
    }

    pub(super) fn unwritten(&self, part: &'static str, source: WriteError) -> MapError {
        MapError::Write { part, map: self.at.shown(), source }
    }

    pub(super) fn unread<T>(&self, key: &[u8], source: ReadError) -> MapError {
        let key = key.escape_ascii().to_string();
        MapError::Read { key, map: self.at.shown(), wanted: type_name::<T>(), source }
    }
}

impl Fault for MapError {
    fn code(&self) -> &'static str {
        match self {
            Self::Ask { source, .. } => source.code(),
            Self::Write { .. } | Self::Read { .. } => "VALUE_WRONG_TYPE",
            Self::Contended { .. } => "CONDITION_FAILED",
        }
    }

    fn kind(&self) -> Kind {
        match self {
            Self::Ask { source, .. } => source.kind(),
            Self::Write { .. } | Self::Read { .. } => Kind::Invalid,
            Self::Contended { .. } => Kind::Conflict,
        }
    }

    fn help(&self) -> Option<String> {
        match self {
            Self::Ask { source, .. } => source.help(),
            Self::Write { .. } => None,
            Self::Read { .. } => Some("use a type that fits what others write there".to_owned()),
            Self::Contended { .. } => Some("try again, or take a lock around it".to_owned()),
        }
    }
}
