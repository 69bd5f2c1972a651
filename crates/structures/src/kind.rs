//! The kinds of structures, and the row by which a name is known.

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use crate::encoding::shared;
use crate::{flake, lock, queue, topic, tree};

/// What a name stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Kind {
    /// An entry of the map `default`.
    Value,
    Map,
    List,
    Set,
    SortedSet,
    Queue,
    Topic,
    Lock,
    Counter,
    /// A source of flake ids.
    Flake,
}

impl std::fmt::Display for Kind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Value => "value",
            Self::Map => "map",
            Self::List => "list",
            Self::Set => "set",
            Self::SortedSet => "sorted set",
            Self::Queue => "queue",
            Self::Topic => "topic",
            Self::Lock => "lock",
            Self::Counter => "counter",
            Self::Flake => "source of ids",
        })
    }
}

/// The row of one name.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Header {
    /// Names the rows of the structure; zero when it has none. Stays when the name changes.
    pub id: u64,
    /// The revision that made it.
    pub created: u64,
    /// The revision that changed it last.
    pub revision: u64,
    pub expires_ms: Option<u64>,
    pub body: Body,
}

/// What is kept in the row of a name, by kind.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) enum Body {
    Value(#[serde(with = "shared")] Bytes),
    /// The number of entries.
    Map(u64),
    List(tree::Root),
    Set(tree::Root),
    SortedSet(tree::Root),
    Queue(queue::State),
    Topic(topic::State),
    Lock(lock::State),
    Counter(i64),
    Flake(flake::State),
}

impl Body {
    pub(crate) fn kind(&self) -> Kind {
        match self {
            Self::Value(_) => Kind::Value,
            Self::Map(_) => Kind::Map,
            Self::List(_) => Kind::List,
            Self::Set(_) => Kind::Set,
            Self::SortedSet(_) => Kind::SortedSet,
            Self::Queue(_) => Kind::Queue,
            Self::Topic(_) => Kind::Topic,
            Self::Lock(_) => Kind::Lock,
            Self::Counter(_) => Kind::Counter,
            Self::Flake(_) => Kind::Flake,
        }
    }

    /// Entries, elements, or bytes of a value.
    pub(crate) fn len(&self) -> u64 {
        match self {
            Self::Value(value) => count(value.len()),
            Self::Map(len) => *len,
            Self::List(root) | Self::Set(root) | Self::SortedSet(root) => root.len,
            Self::Queue(state) => state.ready + state.delayed + state.leased + state.dead,
            Self::Topic(state) => state.len,
            Self::Lock(_) | Self::Counter(_) | Self::Flake(_) => 1,
        }
    }
}

/// A number of things in memory as a 64-bit number.
pub(crate) fn count(len: usize) -> u64 {
    u64::try_from(len).unwrap_or(u64::MAX)
}

/// A number of things as a length in memory; more than fit are all of them.
pub(crate) fn length(count: u64) -> usize {
    usize::try_from(count).unwrap_or(usize::MAX)
}

/// A number of things as the integer of an answer.
pub(crate) fn integer(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
