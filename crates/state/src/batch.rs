//! What one log entry carries: a time, and the requests of many callers.

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use structures::encoding::{self, DecodeError};
use structures::{Answer, Refusal, Request, Stamp};

/// The requests of one log entry, in their own encoding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Batch {
    pub(crate) stamp: Stamp,
    pub(crate) requests: Vec<Bytes>,
}

/// What came of the requests of one log entry, in their order.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Outcomes {
    pub(crate) answers: Vec<Result<Answer, Refusal>>,
    /// The revision of the state with the whole entry.
    pub(crate) revision: u64,
}

impl Batch {
    pub(crate) fn encode(&self) -> Bytes {
        encoding::encode(self)
    }

    pub(crate) fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        encoding::decode(bytes)
    }

    pub(crate) fn requests(&self) -> impl Iterator<Item = Result<Request, DecodeError>> {
        self.requests.iter().map(|bytes| Request::decode(bytes))
    }
}
