//! Names: what all kinds of structures have in common.

mod copy;
mod read;
mod write;

use bytes::Bytes;
use serde::{Deserialize, Serialize};

pub(crate) use read::query;
pub(crate) use write::apply;

use crate::kind::Kind;
use crate::ttl::{Ttl, TtlCondition};

/// Commands of names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Command {
    /// Answers `Integer`: how many there were.
    Delete { names: Vec<Bytes> },
    /// Answers `Flag`: false when the new name is taken and must be free.
    Rename { from: Bytes, to: Bytes, only_if_free: bool },
    /// Answers `Flag`: false when there is nothing to copy, or the new name is taken.
    Copy { from: Bytes, to: Bytes, replace: bool },
    /// Answers `Flag`: whether the name is there, and its end was set.
    Expire { name: Bytes, ttl: Ttl, condition: TtlCondition },
    /// Lets a name live for ever. Answers `Flag`: whether it had an end.
    Persist { name: Bytes },
    /// Removes all names. Answers `Done`.
    Flush,
    /// Tells whoever listens to a channel on any node; keeps nothing. Answers `Done`.
    Publish { channel: Bytes, message: Bytes },
    /// The same for channels of another name space, which patterns do not hear. Answers `Done`.
    PublishApart { channel: Bytes, message: Bytes },
}

/// Questions to names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Query {
    /// How many of these are there; one that is named twice counts twice. Answers `Integer`.
    Exist { names: Vec<Bytes> },
    /// Answers `Kind` or `Nothing`.
    Kind { name: Bytes },
    /// Answers `Deadline` or `Nothing`.
    Deadline { name: Bytes },
    /// The revision that changed it last. Answers `Integer` or `Nothing`.
    Revision { name: Bytes },
    /// Answers `Names` (one) or `Nothing`.
    Describe { name: Bytes },
    /// The number of all names. Answers `Integer`.
    Len,
    /// Answers `Page` of `Names`.
    Scan { after: Option<Bytes>, matching: Option<Bytes>, kind: Option<Kind>, count: u64 },
    /// All names that match, at once. Answers `Names`.
    All { matching: Option<Bytes> },
    /// Answers `Names` (one) or `Nothing`.
    Random { chance: u64 },
}

/// A name and what it stands for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Name {
    pub name: Bytes,
    pub kind: Kind,
    /// Entries, elements, or bytes of a value.
    pub len: u64,
    pub created: u64,
    pub revision: u64,
    pub expires_ms: Option<u64>,
}
