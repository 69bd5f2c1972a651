//! Why a transaction was not done.

use model::fault::{Fault, Kind};
use structures::typed::WriteError;
use structures::{Condition, Refusal};

use crate::desk::AskError;

/// Why a transaction was not done.
#[derive(Debug, thiserror::Error)]
pub enum TransactionError {
    /// Nothing was done.
    #[error("{0}, so nothing was done")]
    Condition(Broken),
    /// One change cannot be done, and so none was.
    #[error("failed to {verb} the {kind} `{name}`, so nothing was done")]
    Refused { verb: &'static str, kind: &'static str, name: String, source: Refusal },
    #[error("failed to commit the transaction")]
    Ask {
        #[from]
        source: AskError,
    },
    /// It was not sent.
    #[error("the {part} cannot be kept in the {kind} `{name}`")]
    Write { part: &'static str, kind: &'static str, name: String, source: WriteError },
    /// It was not sent.
    #[error("the {kind} `{name}` is not of the node or client of the transaction")]
    Foreign { kind: &'static str, name: String },
}

/// A condition that does not hold.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Broken {
    #[error("the entry `{key}` of the map `{map}` no longer has revision {revision}")]
    Revision { map: String, key: String, revision: u64 },
    #[error("the map `{map}` has an entry `{key}`")]
    Absent { map: String, key: String },
    #[error("the entry `{key}` of the map `{map}` has another value")]
    Value { map: String, key: String },
}

impl Broken {
    /// A condition on an entry; transactions of the library have no others.
    pub(super) fn of(condition: &Condition) -> Option<Self> {
        let shown = |bytes: &[u8]| bytes.escape_ascii().to_string();
        Some(match condition {
            Condition::EntryRevision { map, key, revision: Some(revision) } => {
                Self::Revision { map: shown(map), key: shown(key), revision: *revision }
            }
            Condition::EntryRevision { map, key, revision: None } => {
                Self::Absent { map: shown(map), key: shown(key) }
            }
            Condition::EntryValue { map, key, .. } => {
                Self::Value { map: shown(map), key: shown(key) }
            }
            Condition::Revision { .. } => return None,
        })
    }
}

impl Fault for TransactionError {
    fn code(&self) -> &'static str {
        match self {
            Self::Condition(_) => "CONDITION_FAILED",
            Self::Refused { source, .. } => source.code(),
            Self::Ask { source } => source.code(),
            Self::Write { .. } => "VALUE_WRONG_TYPE",
            Self::Foreign { .. } => "TRANSACTION_REFUSED",
        }
    }

    fn kind(&self) -> Kind {
        match self {
            Self::Condition(_) => Kind::Conflict,
            Self::Refused { source, .. } => source.kind(),
            Self::Ask { source } => source.kind(),
            Self::Write { .. } | Self::Foreign { .. } => Kind::Invalid,
        }
    }

    fn help(&self) -> Option<String> {
        match self {
            Self::Condition(_) => {
                Some("read what is there now, and make the transaction anew".to_owned())
            }
            Self::Refused { source, .. } => source.help(),
            Self::Ask { source } => source.help(),
            Self::Write { .. } => None,
            Self::Foreign { .. } => {
                Some("take all structures from where the transaction is from".to_owned())
            }
        }
    }
}
