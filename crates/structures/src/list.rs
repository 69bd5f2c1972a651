//! Lists: values in the order in which they were put.
//!
//! A list without elements is gone. What is said here of pushing, popping and length also works on
//! a queue: there a push goes to the end of the line, whichever end is named, and a pop takes the
//! next item and acknowledges it.

mod read;
mod write;

use bytes::Bytes;
use serde::{Deserialize, Serialize};

pub(crate) use read::query;
pub(crate) use write::apply;

use crate::kind::{Body, Header};
use crate::tree::{Root, Tree};

/// An end of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum End {
    Front,
    Back,
}

/// A side of an element.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Side {
    Before,
    After,
}

/// Commands of lists.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Command {
    /// Puts the values one after the other. Answers `Integer`: the length then.
    Push { name: Bytes, end: End, values: Vec<Bytes>, only_existing: bool },
    /// Answers `List` of `Bytes`, or `Nothing` when there is no list.
    Pop { name: Bytes, end: End, count: u64 },
    /// Pops from the first of the lists that exists. Answers `List` of its name and a `List`, or
    /// `Nothing`.
    PopFirst { names: Vec<Bytes>, end: End, count: u64 },
    /// Answers `Bytes`, or `Nothing` when there is nothing to move.
    Move { from: Bytes, from_end: End, to: Bytes, to_end: End },
    /// Answers `Done`.
    Set { name: Bytes, index: i64, value: Bytes },
    /// Answers `Integer`: the length then, -1 when there is no `pivot`, 0 when there is no list.
    Insert { name: Bytes, side: Side, pivot: Bytes, value: Bytes },
    /// Removes the first `count` elements that are `value`, the last ones when it is negative, all
    /// when it is 0. Answers `Integer`: how many.
    Remove { name: Bytes, value: Bytes, count: i64 },
    /// Keeps only the elements from one index to another, both included. Answers `Done`.
    Trim { name: Bytes, from: i64, to: i64 },
}

/// Questions to lists.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Query {
    /// Answers `Integer`.
    Len { name: Bytes },
    /// Answers `Bytes` or `Nothing`.
    At { name: Bytes, index: i64 },
    /// Answers `List`.
    Range { name: Bytes, from: i64, to: i64 },
    /// Where a value stands. Answers `List` of `Integer`.
    Positions { name: Bytes, value: Bytes, options: PositionOptions },
}

/// How positions are looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct PositionOptions {
    /// 1: from the first match on; 2: from the second; -1: backwards from the last. Never 0.
    pub rank: i64,
    /// How many matches; 0: all.
    pub count: u64,
    /// How many elements are looked at; 0: all.
    pub visited_max: u64,
}

/// The elements of a list.
pub(crate) fn tree(header: &Header) -> Tree {
    match header.body {
        Body::List(root) => Tree::given(header.id, root),
        _ => Tree::given(header.id, Root::default()),
    }
}
