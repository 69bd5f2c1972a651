//! Sorted sets: members with scores, in the order of the scores and then of their bytes.
//!
//! A sorted set without members is gone. Both zeros are one score; NaN is none.

mod combine;
mod read;
mod span;
mod write;

use bytes::{BufMut, Bytes, BytesMut};
use serde::{Deserialize, Serialize};

pub use combine::{Aggregate, Combined};
pub(crate) use read::query;
pub use span::{LexBound, Range, ScoreBound};
pub(crate) use write::apply;

use crate::encoding;
use crate::kind::{Body, Header};
use crate::rows::{self, letter};
use crate::tree::{Root, Tree};
use crate::view::{Direction, View, ViewError};

/// Commands of sorted sets.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Command {
    /// Answers `Integer`: how many are new, with the changed ones when `options` say so.
    Add { name: Bytes, members: Vec<(f64, Bytes)>, options: AddOptions },
    /// Answers `Float`: the new score, or `Nothing` when the options forbid it.
    Increment { name: Bytes, member: Bytes, by: f64, options: AddOptions },
    /// Answers `Integer`: how many there were.
    Remove { name: Bytes, members: Vec<Bytes> },
    /// Answers `Integer`: how many there were.
    RemoveRange { name: Bytes, range: Range },
    /// Takes the first members (`Up`) or the last ones (`Down`). Answers `Scored`.
    Pop { name: Bytes, direction: Direction, count: u64 },
    /// Pops from the first sorted set that exists. Answers `List` of its name and `Scored`, or
    /// `Nothing`.
    PopFirst { names: Vec<Bytes>, direction: Direction, count: u64 },
    /// Puts the result in the place of whatever has the name. Answers `Integer`: its length.
    Store { to: Bytes, combined: Combined },
    /// Puts a range in the place of whatever has the name. Answers `Integer`: its length.
    StoreRange { to: Bytes, from: Bytes, slice: Slice },
}

/// Which members are added or changed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AddOptions {
    pub only: Only,
    pub moves: Moves,
    /// Whether the answer counts members with a changed score.
    pub counts_changed: bool,
}

/// Whether members must be there before.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Only {
    #[default]
    Any,
    New,
    Existing,
}

/// Where the scores of members that are there may move.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Moves {
    #[default]
    Anywhere,
    Up,
    Down,
}

/// Questions to sorted sets.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Query {
    /// Answers `Integer`.
    Len { name: Bytes },
    /// Answers `List` of `Float` and `Nothing`.
    Scores { name: Bytes, members: Vec<Bytes> },
    /// How many stand before a member from one end. Answers `Integer` or `Nothing`.
    Rank { name: Bytes, member: Bytes, direction: Direction },
    /// Answers `Integer`.
    Count { name: Bytes, range: Range },
    /// Answers `Scored`.
    Range { name: Bytes, slice: Slice },
    /// As for sets. Answers `Scored`.
    Random { name: Bytes, count: Option<i64>, chance: u64 },
    /// Answers `Scored`.
    Combine { combined: Combined },
    /// The length of an intersection, counted up to `most` (0: whole). Answers `Integer`.
    IntersectionLen { names: Vec<Bytes>, most: u64 },
    /// Answers `Page` of `Scored`, in the order of scores.
    Scan { name: Bytes, after: Option<Bytes>, matching: Option<Bytes>, count: u64 },
}

/// A part of a range.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Slice {
    pub range: Range,
    pub direction: Direction,
    /// Members that are left out at the beginning.
    pub offset: u64,
    /// None: all others.
    pub count: Option<u64>,
}

/// The members, each behind its score.
pub(crate) fn tree(header: &Header) -> Tree {
    match header.body {
        Body::SortedSet(root) => Tree::sorted(header.id, root),
        _ => Tree::sorted(header.id, Root::default()),
    }
}

/// An element of the tree: eight bytes that order as the score does, then the member.
fn element(score: f64, member: &[u8]) -> Bytes {
    let mut bytes = BytesMut::with_capacity(8 + member.len());
    bytes.put_slice(&encoding::ordered_float(score));
    bytes.put_slice(member);
    bytes.freeze()
}

fn parse_element(element: &Bytes) -> (Bytes, f64) {
    let (score, member) = element.split_at(element.len().min(8));
    let score = score.try_into().map_or(0.0, encoding::read_ordered_float);
    (element.slice_ref(member), score)
}

/// The key of the row that holds the score of a member.
fn score_row(id: u64, member: &[u8]) -> Bytes {
    rows::of(id, letter::SCORE).tail(member).end()
}

fn score_of(view: &dyn View, id: u64, member: &[u8]) -> Result<Option<f64>, ViewError> {
    let key = score_row(id, member);
    view.get(&key)?.map(|row| encoding::row(&key, &row)).transpose()
}
