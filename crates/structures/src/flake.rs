//! Flake ids: numbers that are unique in the cluster and grow with time.
//!
//! 41 bits of milliseconds since 2018-01-01, 6 bits that count within one, 16 bits of the node.

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use crate::answer::Answer;
use crate::kind::{Body, Kind};
use crate::limits;
use crate::refusal::{Counted, Refusal};
use crate::work::{Stop, Work};

/// 2018-01-01T00:00:00Z in milliseconds since the Unix epoch.
pub const EPOCH_MS: u64 = 1_514_764_800_000;
const SEQUENCE_BITS: u32 = 6;
const NODE_BITS: u32 = 16;
const SEQUENCE_END: u64 = 1 << SEQUENCE_BITS;

/// Commands of sources of ids.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Command {
    /// Answers `Ids`, growing.
    New { name: Bytes, node: u16, count: u32 },
}

/// The parts of an id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Parts {
    /// Milliseconds since the Unix epoch.
    pub at_ms: u64,
    pub sequence: u64,
    pub node: u64,
}

/// The last id that was given, without its node.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct State {
    /// Milliseconds since [`EPOCH_MS`].
    since_ms: u64,
    sequence: u64,
}

/// Takes an id apart.
#[must_use]
pub fn parse(id: u64) -> Parts {
    Parts {
        at_ms: (id >> (SEQUENCE_BITS + NODE_BITS)) + EPOCH_MS,
        sequence: (id >> NODE_BITS) % SEQUENCE_END,
        node: id % (1 << NODE_BITS),
    }
}

pub(crate) fn apply(work: &mut Work<'_>, command: &Command) -> Result<Answer, Stop> {
    let Command::New { name, node, count } = command;
    let max = limits::FLAKE_IDS_MAX;
    if *count > max {
        let (count, max) = (u64::from(*count), u64::from(max));
        return Err(Refusal::TooMany { what: Counted::Ids, count, max }.into());
    }
    let mut header = match work.find(name, Kind::Flake)? {
        Some(header) => header,
        None => work.create(name, Body::Flake(State::default()))?,
    };
    let Body::Flake(state) = &mut header.body else { return Ok(Answer::Ids(vec![])) };
    let now_ms = work.now_ms.saturating_sub(EPOCH_MS);
    let mut ids = Vec::new();
    for _ in 0..*count {
        *state = state.next(now_ms);
        ids.push(state.id(*node));
    }
    let ahead_ms = state.since_ms.saturating_sub(now_ms);
    let max = limits::FLAKE_AHEAD_MS_MAX;
    if ahead_ms > max {
        return Err(Refusal::TooMany { what: Counted::Milliseconds, count: ahead_ms, max }.into());
    }
    work.save(name, &mut header);
    Ok(Answer::Ids(ids))
}

impl State {
    fn next(self, now_ms: u64) -> Self {
        if now_ms > self.since_ms {
            return Self { since_ms: now_ms, sequence: 0 };
        }
        match self.sequence + 1 {
            SEQUENCE_END => Self { since_ms: self.since_ms + 1, sequence: 0 },
            sequence => Self { sequence, ..self },
        }
    }

    fn id(self, node: u16) -> u64 {
        (self.since_ms << (SEQUENCE_BITS + NODE_BITS))
            | (self.sequence << NODE_BITS)
            | u64::from(node)
    }
}
