//! Maps: values under keys.
//!
//! The entries of the map `default` are names themselves, and are what Redis calls strings; every
//! other map is a name with entries of its own, what Redis calls a hash. A map without entries is
//! gone. Every entry has a revision, and may end at a deadline.

mod compare;
mod history;
mod read;
mod slot;
mod value;
mod write;

use bytes::Bytes;
use serde::{Deserialize, Serialize};

pub use compare::{Comparison, Match};
pub(crate) use history::{Kept, Unwritten, cleared, flushed, reset, write as write_history};
pub(crate) use read::query;
pub(crate) use slot::{expire, forget, remember, removed, revision_of, value_of, written};
pub use value::Merge;
pub(crate) use write::apply;

use crate::encoding::shared;
use crate::ttl::{Ttl, TtlCondition};
use crate::view::Direction;

/// The map whose entries are names themselves.
pub const DEFAULT: &[u8] = b"default";

pub(crate) fn default() -> Bytes {
    Bytes::from_static(DEFAULT)
}

/// Commands of maps.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Command {
    /// Answers `Put`.
    Put {
        #[serde(with = "shared")]
        map: Bytes,
        #[serde(with = "shared")]
        key: Bytes,
        #[serde(with = "shared")]
        value: Bytes,
        options: PutOptions,
    },
    /// Writes all, or none when `only_new` and one exists. Answers `Integer`: how many are new,
    /// or `Nothing` when none was written. They do not end, but in a named map keep nothing old.
    PutMany { map: Bytes, entries: Vec<(Bytes, Bytes)>, only_new: bool, over_any_kind: bool },
    /// Answers `Integer`: how many there were.
    Delete { map: Bytes, keys: Vec<Bytes> },
    /// Deletes the entry when it has this revision. Answers `Flag`.
    DeleteRevision { map: Bytes, key: Bytes, revision: u64 },
    /// Answers `Bytes` (the value that was there) or `Nothing`.
    Take { map: Bytes, key: Bytes },
    /// Reads the value and sets when it ends. Answers `Bytes` or `Nothing`.
    GetAndExpire { map: Bytes, key: Bytes, ttl: Ttl },
    /// Answers `Flag`: whether the entry is there and the condition held.
    Expire { map: Bytes, key: Bytes, ttl: Ttl, condition: TtlCondition },
    /// Changes a value in place; when it ends stays. Answers as the merge says.
    Merge { map: Bytes, key: Bytes, merge: Merge },
}

/// How an entry is put.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PutOptions {
    pub condition: PutCondition,
    pub ttl: Ttl,
    /// Whether the answer holds the value that was there.
    pub wants_old: bool,
    /// In `default`: whether a structure that has the name is replaced, as `SET` does.
    pub over_any_kind: bool,
}

/// On which condition an entry is put.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum PutCondition {
    #[default]
    Always,
    Absent,
    Present,
    /// Only over the value that has this revision.
    Revision(u64),
}

/// What came of a put.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Put {
    /// The revision of the new value; none when the condition did not hold.
    pub revision: Option<u64>,
    /// The value that was there, when it was asked for.
    pub old: Option<Bytes>,
}

/// Questions to maps.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Query {
    /// Answers `Entry` or `Nothing`.
    Get { map: Bytes, key: Bytes },
    /// Answers `List` of `Bytes` and `Nothing`; a name of another kind counts as absent.
    GetMany { map: Bytes, keys: Vec<Bytes> },
    /// Bytes of a value. Answers `Integer`.
    Length { map: Bytes, key: Bytes },
    /// The bytes from one index to another, both included; negative ones count from the end.
    /// Answers `Bytes`.
    Range { map: Bytes, key: Bytes, from: i64, to: i64 },
    /// The number of entries. Answers `Integer`.
    Len { map: Bytes },
    /// Answers `Entries`.
    All { map: Bytes },
    /// Answers `Page` of `Entries`.
    Scan { map: Bytes, scan: Scan },
    /// Answers `Entries`: one when there is no count; at most `count` different ones; exactly as
    /// many, with repetitions, when it is negative.
    Random { map: Bytes, count: Option<i64>, chance: u64 },
    /// Changes after a revision, oldest first. Answers `Changes`.
    Changes { map: Bytes, keys: Keys, after: After, count: u64 },
    /// The longest common subsequence of two values of `default`. Answers `Comparison`.
    Compare { one: Bytes, two: Bytes, matches_from_bytes: Option<u64> },
}

/// Which keys are meant: those in all that is given.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Keys {
    pub prefix: Option<Bytes>,
    /// The first key.
    pub from: Option<Bytes>,
    /// The first key that is not meant any more.
    pub to: Option<Bytes>,
    /// A pattern with `*`, `?`, `[a-c]`, `[^a]` and `\`.
    pub matching: Option<Bytes>,
}

/// One page of entries.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scan {
    pub keys: Keys,
    /// Where the page before ended.
    pub after: Option<Bytes>,
    pub count: u64,
    pub direction: Direction,
}

/// An entry as it is read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    pub key: Bytes,
    pub value: Bytes,
    /// The revision that made the entry.
    pub created: u64,
    /// The revision that changed it last.
    pub revision: u64,
    pub expires_ms: Option<u64>,
}

/// Where a watcher goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum After {
    Revision(u64),
    /// What [`Changes::next`] said.
    Page(u64),
}

/// A page of changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Changes {
    pub changes: Vec<Change>,
    /// Pass it as [`After::Page`] to go on; no change between the two pages is left out.
    pub next: u64,
    /// Whether there is more already.
    pub is_more: bool,
}

/// One change of a map.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    pub revision: u64,
    pub what: What,
}

/// What changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum What {
    Put {
        #[serde(with = "shared")]
        key: Bytes,
        #[serde(with = "shared")]
        value: Bytes,
    },
    Removed {
        #[serde(with = "shared")]
        key: Bytes,
        is_expired: bool,
    },
    /// All entries are gone at once.
    Cleared { is_expired: bool },
    /// The map has other entries now, by a rename or a copy: read it anew.
    Reset,
}
