//! Ranges of a sorted set, and the indexes that they come to.

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use super::{Slice, element, parse_element};
use crate::encoding;
use crate::index;
use crate::tree::Tree;
use crate::view::{Direction, View, ViewError};

/// Some members in a row.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Range {
    /// From one index to another, both included, counted in the direction of the walk; negative
    /// ones count from its end.
    Index {
        from: i64,
        to: i64,
    },
    Score {
        from: ScoreBound,
        to: ScoreBound,
    },
    /// By the bytes of the members; sensible when all have one score.
    Lex {
        from: LexBound,
        to: LexBound,
    },
}

/// An end of a range of scores; infinities are written as such.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub enum ScoreBound {
    Included(f64),
    Excluded(f64),
}

/// An end of a range of members.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum LexBound {
    First,
    Last,
    Included(Bytes),
    Excluded(Bytes),
}

/// Indexes in the order of scores: the first, and the one behind the last.
pub(super) type Indexes = (u64, u64);

impl Range {
    pub(super) fn indexes(
        &self,
        view: &dyn View,
        tree: &Tree,
        direction: Direction,
    ) -> Result<Indexes, ViewError> {
        let len = tree.root.len;
        let (from, to) = match self {
            Self::Index { from, to } => {
                let Some((start, count)) = index::range(len, *from, *to) else {
                    return Ok((0, 0));
                };
                match direction {
                    Direction::Up => (start, start + count),
                    Direction::Down => (len - start - count, len - start),
                }
            }
            Self::Score { from, to } => {
                let from = match from {
                    ScoreBound::Included(score) => before(*score),
                    ScoreBound::Excluded(score) => behind(*score),
                };
                let to = match to {
                    ScoreBound::Included(score) => behind(*score),
                    ScoreBound::Excluded(score) => before(*score),
                };
                (tree.find(view, &from)?.index, tree.find(view, &to)?.index)
            }
            Self::Lex { from, to } => {
                let Some(first) = tree.at(view, 0)? else { return Ok((0, 0)) };
                let (_, score) = parse_element(&first);
                (place(view, tree, (score, from, false))?, place(view, tree, (score, to, true))?)
            }
        };
        Ok((from, to.max(from)))
    }
}

/// What no element with a smaller score reaches.
fn before(score: f64) -> Bytes {
    Bytes::copy_from_slice(&encoding::ordered_float(score))
}

/// What no element with this score reaches.
fn behind(score: f64) -> Bytes {
    encoding::after_prefix(&encoding::ordered_float(score))
}

/// The index of the first member behind a bound; of an upper bound the member itself is in front.
fn place(
    view: &dyn View,
    tree: &Tree,
    (score, bound, is_upper): (f64, &LexBound, bool),
) -> Result<u64, ViewError> {
    let wanted = match bound {
        LexBound::First => return Ok(0),
        LexBound::Last => return Ok(tree.root.len),
        LexBound::Included(member) if is_upper => encoding::after(&element(score, member)),
        LexBound::Excluded(member) if !is_upper => encoding::after(&element(score, member)),
        LexBound::Included(member) | LexBound::Excluded(member) => element(score, member),
    };
    Ok(tree.find(view, &wanted)?.index)
}

impl Slice {
    pub(super) fn indexes(&self, view: &dyn View, tree: &Tree) -> Result<Indexes, ViewError> {
        let (from, to) = self.range.indexes(view, tree, self.direction)?;
        let offset = self.offset.min(to - from);
        let count = self.count.unwrap_or(u64::MAX).min(to - from - offset);
        Ok(match self.direction {
            Direction::Up => (from + offset, from + offset + count),
            Direction::Down => (to - offset - count, to - offset),
        })
    }
}
