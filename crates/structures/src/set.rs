//! Sets: members without order or repetition. A set without members is gone.

mod combine;
mod read;
mod write;

use bytes::Bytes;
use serde::{Deserialize, Serialize};

pub use combine::Combination;
pub(crate) use read::{query, walk};
pub(crate) use write::apply;

use crate::kind::{Body, Header};
use crate::tree::{Root, Tree};

/// Commands of sets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Command {
    /// Answers `Integer`: how many are new.
    Add { name: Bytes, members: Vec<Bytes> },
    /// Answers `Integer`: how many there were.
    Remove { name: Bytes, members: Vec<Bytes> },
    /// Takes members at random. Answers `List`.
    Pop { name: Bytes, count: u64, chance: u64 },
    /// Answers `Flag`: whether the member was there.
    Move { from: Bytes, to: Bytes, member: Bytes },
    /// Puts the result in the place of whatever has the name. Answers `Integer`: its length.
    Store { to: Bytes, combination: Combination, names: Vec<Bytes> },
}

/// Questions to sets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Query {
    /// Answers `Integer`.
    Len { name: Bytes },
    /// Answers `List` of `Flag`.
    Contain { name: Bytes, members: Vec<Bytes> },
    /// Answers `List`.
    Members { name: Bytes },
    /// At most `count` different members, or exactly as many with repetitions when it is negative;
    /// one without a count. Answers `List`.
    Random { name: Bytes, count: Option<i64>, chance: u64 },
    /// Answers `List`.
    Combine { combination: Combination, names: Vec<Bytes> },
    /// The length of an intersection, counted up to `most` (0: whole). Answers `Integer`.
    IntersectionLen { names: Vec<Bytes>, most: u64 },
    /// Answers `Page` of `List`.
    Scan { name: Bytes, after: Option<Bytes>, matching: Option<Bytes>, count: u64 },
}

/// The members of a set, in the order of their bytes.
pub(crate) fn tree(header: &Header) -> Tree {
    match header.body {
        Body::Set(root) => Tree::sorted(header.id, root),
        _ => Tree::sorted(header.id, Root::default()),
    }
}
