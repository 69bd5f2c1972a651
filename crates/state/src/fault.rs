//! Errors of files, and the codes of all errors of this crate.

use model::fault::{Fault, Kind};

use crate::disk::Step;
use crate::engine::{ChangeError, ProposeError, ReadError, SnapshotError, Unavailable};

/// Why a file of the state could not be used.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error("failed to use the database `{file}`")]
    Sqlite { file: String, source: rusqlite::Error },
    #[error("failed to {verb} `{file}`")]
    Io { verb: &'static str, file: String, source: std::io::Error },
    #[error("`{file}` is damaged: {reason}")]
    Damaged { file: String, reason: String },
    #[error("`{file}` has format {found}, and this program reads formats up to {known}")]
    Newer { file: String, found: i64, known: i64 },
    #[error("the file `{file}` exists")]
    Exists { file: String },
    #[error("the thread that writes `{file}` has ended")]
    Ended { file: String },
    #[error("the work on files was not done: {step:?}")]
    Undone { step: Step },
}

impl StoreError {
    /// Whether space on the disk would help.
    pub(crate) fn is_disk_full(&self) -> bool {
        match self {
            Self::Sqlite { source: rusqlite::Error::SqliteFailure(failure, _), .. } => {
                failure.code == rusqlite::ErrorCode::DiskFull
            }
            Self::Io { source, .. } => source.kind() == std::io::ErrorKind::StorageFull,
            _ => false,
        }
    }
}

/// Why a node could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error("failed to open the state in `{dir}`")]
    Store { dir: String, source: StoreError },
    #[error("the state in `{dir}` belongs to node {found}, not to node {node}")]
    OtherNode { dir: String, found: u64, node: u64 },
    #[error("another process uses the state in `{dir}`")]
    InUse { dir: String },
    #[error("failed to start agreement: {reason}")]
    Start { reason: String },
}

/// Why the state of a node that does not run could not be read or changed.
#[derive(Debug, thiserror::Error)]
pub enum RestingError {
    #[error(transparent)]
    Open(#[from] OpenError),
    #[error("there is no state in `{dir}`")]
    Empty { dir: String },
    #[error("the state in `{dir}` does not list its own node as a member")]
    NoMember { dir: String },
    #[error("failed to change the members in `{dir}`")]
    Change { dir: String, source: StoreError },
}

impl Fault for StoreError {
    fn code(&self) -> &'static str {
        match self {
            Self::Newer { .. } => "STATE_NEWER",
            Self::Damaged { .. } => "STATE_DAMAGED",
            _ if self.is_disk_full() => "DISK_FULL",
            _ => "STATE_UNUSABLE",
        }
    }

    fn kind(&self) -> Kind {
        match self {
            Self::Newer { .. } => Kind::Conflict,
            _ => Kind::Unavailable,
        }
    }

    fn help(&self) -> Option<String> {
        match self {
            Self::Newer { .. } => Some("start the newer version of thorp again".to_owned()),
            Self::Damaged { .. } => {
                Some("remove the state of this node and let it join again".to_owned())
            }
            _ => None,
        }
    }
}

impl Fault for OpenError {
    fn code(&self) -> &'static str {
        match self {
            Self::Store { source, .. } => source.code(),
            Self::OtherNode { .. } => "STATE_OTHER_NODE",
            Self::InUse { .. } => "STATE_IN_USE",
            Self::Start { .. } => "STATE_UNUSABLE",
        }
    }

    fn kind(&self) -> Kind {
        match self {
            Self::Store { source, .. } => source.kind(),
            Self::OtherNode { .. } | Self::InUse { .. } => Kind::Conflict,
            Self::Start { .. } => Kind::Unavailable,
        }
    }

    fn help(&self) -> Option<String> {
        match self {
            Self::Store { source, .. } => source.help(),
            Self::InUse { .. } => Some("stop the other one, or choose another --data".to_owned()),
            _ => None,
        }
    }
}

impl Fault for RestingError {
    fn code(&self) -> &'static str {
        match self {
            Self::Open(error) => error.code(),
            Self::Empty { .. } => "STATE_MISSING",
            Self::NoMember { .. } => "MEMBER_UNKNOWN",
            Self::Change { source, .. } => source.code(),
        }
    }

    fn kind(&self) -> Kind {
        match self {
            Self::Open(error) => error.kind(),
            Self::Empty { .. } | Self::NoMember { .. } => Kind::NotFound,
            Self::Change { source, .. } => source.kind(),
        }
    }

    fn help(&self) -> Option<String> {
        match self {
            Self::Open(OpenError::InUse { .. }) => {
                Some("stop the node first; `thorp node remove` works while it runs".to_owned())
            }
            Self::Open(error) => error.help(),
            Self::Empty { .. } => Some("name the folder of a node with --data DIR".to_owned()),
            Self::NoMember { .. } => {
                Some("it was removed from its cluster; start it with an empty folder".to_owned())
            }
            Self::Change { source, .. } => source.help(),
        }
    }
}

impl Fault for Unavailable {
    fn code(&self) -> &'static str {
        match self {
            Self::NoQuorum(_) => "NO_QUORUM",
            Self::Deadline { .. } => "STATE_DEADLINE",
            Self::DiskFull => "DISK_FULL",
            Self::Stopped { .. } => "STATE_STOPPED",
            Self::Drained { .. } => "NODE_DRAINED",
        }
    }

    fn kind(&self) -> Kind {
        Kind::Unavailable
    }

    fn help(&self) -> Option<String> {
        match self {
            Self::NoQuorum(strength) => strength.help().map(str::to_owned),
            Self::DiskFull => Some("free some space; the node goes on by itself".to_owned()),
            Self::Drained { .. } => {
                Some("`thorp node undrain` or a restart takes it back".to_owned())
            }
            _ => None,
        }
    }
}

impl Fault for ProposeError {
    fn code(&self) -> &'static str {
        match self {
            Self::Unavailable(why) => why.code(),
            Self::OutcomeUnknown => "OUTCOME_UNKNOWN",
            Self::Refused(refusal) => refusal.code(),
        }
    }

    fn kind(&self) -> Kind {
        match self {
            Self::Unavailable(why) => why.kind(),
            Self::OutcomeUnknown => Kind::Unavailable,
            Self::Refused(refusal) => refusal.kind(),
        }
    }

    fn help(&self) -> Option<String> {
        match self {
            Self::Unavailable(why) => why.help(),
            Self::OutcomeUnknown => {
                Some("send it with a request id to repeat it safely".to_owned())
            }
            Self::Refused(refusal) => refusal.help(),
        }
    }
}

impl Fault for ReadError {
    fn code(&self) -> &'static str {
        match self {
            Self::Unavailable(why) => why.code(),
            Self::View(_) => "STATE_UNUSABLE",
        }
    }

    fn kind(&self) -> Kind {
        Kind::Unavailable
    }

    fn help(&self) -> Option<String> {
        match self {
            Self::Unavailable(why) => why.help(),
            Self::View(_) => None,
        }
    }
}

impl Fault for ChangeError {
    fn code(&self) -> &'static str {
        match self {
            Self::Unavailable(why) => why.code(),
            Self::Unknown { .. } => "MEMBER_UNKNOWN",
            Self::Busy | Self::LastVoter { .. } | Self::NotTaken { .. } | Self::InUse { .. } => {
                "MEMBERS_UNCHANGED"
            }
        }
    }

    fn kind(&self) -> Kind {
        match self {
            Self::Unavailable(why) => why.kind(),
            Self::Unknown { .. } => Kind::NotFound,
            Self::Busy | Self::LastVoter { .. } | Self::NotTaken { .. } | Self::InUse { .. } => {
                Kind::Conflict
            }
        }
    }
}

impl Fault for SnapshotError {
    fn code(&self) -> &'static str {
        match self {
            Self::Copy { source, .. } => source.code(),
        }
    }

    fn kind(&self) -> Kind {
        match self {
            Self::Copy { source, .. } => source.kind(),
        }
    }
}
