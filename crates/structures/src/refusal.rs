//! Why a command or a query is refused: an answer, the same on every node.

use bytes::Bytes;
use model::fault::{Fault, Kind as FaultKind};
use serde::{Deserialize, Serialize};

use crate::kind::Kind;
use crate::settings::OutOfBounds;
use crate::topic::Id;

/// A refusal changes nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum Refusal {
    #[error("`{}` is a {found}, not a {wanted}", .name.escape_ascii())]
    WrongKind { name: Bytes, found: Kind, wanted: Kind },
    #[error("there is no `{}`", .name.escape_ascii())]
    NotFound { name: Bytes },
    #[error("the value is not an integer of 64 bits")]
    NotAnInteger,
    #[error("the value is not a number")]
    NotANumber,
    #[error("the result does not fit into an integer of 64 bits")]
    Overflow,
    #[error("the result is infinite or not a number")]
    NotFinite,
    #[error("index {index} is outside of the {len} elements")]
    IndexOutOfRange { index: i64, len: u64 },
    #[error("the name or key has {bytes} bytes, more than {max}")]
    KeyTooLong { bytes: u64, max: u64 },
    #[error("the value has {bytes} bytes, more than {max}; put it into a bucket")]
    ValueTooLarge { bytes: u64, max: u64 },
    #[error("{what}: {count} are more than {max}")]
    TooMany { what: Counted, count: u64, max: u64 },
    #[error("the value is not JSON: {reason}")]
    NotJson { reason: String },
    #[error("the time of expiry is out of range")]
    TimeOutOfRange,
    #[error("`{}` has no consumer group `{}`", .topic.escape_ascii(), .group.escape_ascii())]
    NoSuchGroup { topic: Bytes, group: Bytes },
    #[error("`{}` has a consumer group `{}` already", .topic.escape_ascii(), .group.escape_ascii())]
    GroupExists { topic: Bytes, group: Bytes },
    #[error("the id is not greater than the last one, {last}")]
    IdNotGreater { last: Id },
    #[error("the topic has used up all ids")]
    IdsExhausted,
    #[error("`{}` is held by another; its lease ends at {expires_ms} ms", .name.escape_ascii())]
    LockHeld { name: Bytes, expires_ms: u64 },
    #[error("the lock `{}` is not held with this token", .name.escape_ascii())]
    LockNotHeld { name: Bytes },
    #[error("item {number} of the queue `{}` is not leased with this token", .name.escape_ascii())]
    ItemNotLeased { name: Bytes, number: u64 },
    #[error("the session {client} does not exist or has ended; open it again")]
    SessionUnknown { client: u64 },
    #[error("the outcome of request {number} is no longer kept; it was answered before")]
    RequestForgotten { number: u64 },
    #[error("changes after revision {after} are no longer kept; the oldest kept is {oldest}")]
    HistoryForgotten { after: u64, oldest: u64 },
    #[error("a transaction cannot hold {what}")]
    NotInTransaction { what: Nested },
    #[error("{added} entries were ever added, fewer than the {len} that there are")]
    AddedTooFew { added: u64, len: u64 },
    #[error("{0}")]
    SettingOutOfBounds(OutOfBounds),
    #[error("the settings have number {number}, not {expected}: somebody changed them meanwhile")]
    SettingsChanged { expected: u64, number: u64 },
    #[error("there are no settings of number {to}; {} kept", kept(.oldest, .number))]
    SettingsUnknown { to: u64, oldest: u64, number: u64 },
}

/// The numbers of settings that are there, for a sentence.
fn kept(oldest: &u64, number: &u64) -> String {
    match number {
        0 => "0, for the defaults, is".to_owned(),
        number => format!("0, for the defaults, and {oldest} to {number} are"),
    }
}

/// What was counted against a limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Counted {
    CommandBytes,
    Elements,
    Operations,
    Conditions,
    AnswerBytes,
    AnswerElements,
    StoredElements,
    Sessions,
    OpenRequests,
    Waiters,
    Groups,
    Consumers,
    Ids,
    Milliseconds,
    ComparedCells,
    Patches,
    PatchBytes,
    AllPatchBytes,
}

impl std::fmt::Display for Counted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::CommandBytes => "bytes of the command",
            Self::Elements => "elements of the command",
            Self::Operations => "operations of the transaction",
            Self::Conditions => "conditions of the transaction",
            Self::AnswerBytes => "bytes of the answer",
            Self::AnswerElements => "elements of the answer",
            Self::StoredElements => "elements to store",
            Self::Sessions => "sessions",
            Self::OpenRequests => "open requests of the session",
            Self::Waiters => "waiters for the lock",
            Self::Groups => "consumer groups of the topic",
            Self::Consumers => "consumers of the group",
            Self::Ids => "ids",
            Self::Milliseconds => "milliseconds",
            Self::ComparedCells => "bytes of one value times bytes of the other",
            Self::Patches => "patches",
            Self::PatchBytes => "bytes of one patch",
            Self::AllPatchBytes => "bytes of all patches",
        })
    }
}

/// A command that has no place in a transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Nested {
    Transaction,
    Session,
    Expiry,
}

impl std::fmt::Display for Nested {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Transaction => "a transaction",
            Self::Session => "a command of a session",
            Self::Expiry => "an expiry",
        })
    }
}

impl Fault for Refusal {
    fn code(&self) -> &'static str {
        match self {
            Self::WrongKind { .. } => "KIND_WRONG",
            Self::NotFound { .. } => "NAME_NOT_FOUND",
            Self::NotAnInteger | Self::NotANumber | Self::NotJson { .. } => "VALUE_WRONG_TYPE",
            Self::Overflow | Self::NotFinite => "NUMBER_OVERFLOW",
            Self::IndexOutOfRange { .. } | Self::TimeOutOfRange => "ARGUMENT_OUT_OF_RANGE",
            Self::KeyTooLong { .. } | Self::ValueTooLarge { .. } => "VALUE_TOO_LARGE",
            Self::TooMany { .. } => "TOO_MANY",
            Self::NoSuchGroup { .. } | Self::GroupExists { .. } => "GROUP_REFUSED",
            Self::IdNotGreater { .. } | Self::IdsExhausted | Self::AddedTooFew { .. } => {
                "TOPIC_ID_REFUSED"
            }
            Self::LockHeld { .. } => "LOCK_HELD",
            Self::LockNotHeld { .. } | Self::ItemNotLeased { .. } => "LEASE_LOST",
            Self::SessionUnknown { .. } | Self::RequestForgotten { .. } => "SESSION_ENDED",
            Self::HistoryForgotten { .. } => "HISTORY_FORGOTTEN",
            Self::NotInTransaction { .. } => "TRANSACTION_REFUSED",
            Self::SettingOutOfBounds(error) => error.code(),
            Self::SettingsChanged { .. } => "SETTINGS_CHANGED",
            Self::SettingsUnknown { .. } => "SETTINGS_NUMBER_UNKNOWN",
        }
    }

    fn kind(&self) -> FaultKind {
        match self {
            Self::WrongKind { .. }
            | Self::GroupExists { .. }
            | Self::IdNotGreater { .. }
            | Self::AddedTooFew { .. }
            | Self::LockHeld { .. }
            | Self::LockNotHeld { .. }
            | Self::ItemNotLeased { .. }
            | Self::SessionUnknown { .. }
            | Self::RequestForgotten { .. }
            | Self::HistoryForgotten { .. }
            | Self::SettingsChanged { .. } => FaultKind::Conflict,
            Self::NotFound { .. } | Self::NoSuchGroup { .. } | Self::SettingsUnknown { .. } => {
                FaultKind::NotFound
            }
            Self::NotAnInteger
            | Self::NotANumber
            | Self::Overflow
            | Self::NotFinite
            | Self::IndexOutOfRange { .. }
            | Self::NotJson { .. }
            | Self::TimeOutOfRange
            | Self::NotInTransaction { .. }
            | Self::SettingOutOfBounds(_) => FaultKind::Invalid,
            Self::KeyTooLong { .. }
            | Self::ValueTooLarge { .. }
            | Self::TooMany { .. }
            | Self::IdsExhausted => FaultKind::Limit,
        }
    }

    fn help(&self) -> Option<String> {
        match self {
            Self::SettingOutOfBounds(error) => error.help(),
            Self::SettingsChanged { .. } => Some("look at them again: thorp config get".to_owned()),
            _ => None,
        }
    }
}
