//! Records of the log.

use bytes::Bytes;
use serde::{Deserialize, Serialize};

/// Where a record stands: who wrote it as a leader, and the how manieth it is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct Position {
    pub(crate) term: u64,
    pub(crate) leader: u64,
    pub(crate) index: u64,
}

/// Whom a node wants to lead, or knows to lead.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Vote {
    pub(crate) term: u64,
    pub(crate) leader: u64,
    pub(crate) is_committed: bool,
}

/// One record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Record {
    pub(crate) at: Position,
    pub(crate) payload: Payload,
}

/// What a record says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Payload {
    /// A leader has begun.
    Blank,
    /// Requests of clients, as [`crate::batch::Batch`] writes them.
    Batch(Bytes),
    /// Who the members are.
    Members(Bytes),
}

impl Record {
    /// What the record costs in memory, about.
    pub(crate) fn bytes(&self) -> usize {
        64 + self.body().len()
    }

    pub(super) fn kind(&self) -> u8 {
        match self.payload {
            Payload::Blank => 0,
            Payload::Batch(_) => 1,
            Payload::Members(_) => 2,
        }
    }

    pub(super) fn body(&self) -> &[u8] {
        match &self.payload {
            Payload::Blank => &[],
            Payload::Batch(bytes) | Payload::Members(bytes) => bytes,
        }
    }
}
