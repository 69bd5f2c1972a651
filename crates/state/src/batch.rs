//! What one log entry carries: a time, and the requests of many callers.
//!
//! An entry is written in one of two formats, which every node reads. Version 2 is what follows,
//! numbers in big endian; the requests stay where they are when it is read.
//!
//! | bytes | what |
//! |--:|---|
//! | 1 | the version |
//! | 8 | the time of the stamp, in milliseconds |
//! | 4 | the number of requests |
//! | 4 | the length of a request, before each |
//!
//! Version 1 is postcard, as [`encoding`] writes it.

use bytes::{Buf, BufMut, Bytes, BytesMut};
use serde::{Deserialize, Serialize};
use structures::encoding::{self, DecodeError};
use structures::{Answer, Refusal, Request, Stamp};

/// Which format a node writes when there are two.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Format {
    #[default]
    Newest,
    /// What nodes of the version before read, while a cluster is updated node by node.
    Previous,
}

const VERSION: u8 = 2;

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

impl Outcomes {
    /// How many commands were done; of a transaction each operation counts.
    pub(crate) fn commands(&self) -> usize {
        let commands = self.answers.iter().map(|answer| match answer {
            Ok(Answer::Transaction(answers)) => answers.len(),
            _ => 1,
        });
        commands.sum()
    }
}

impl Batch {
    pub(crate) fn encode(&self, format: Format) -> Bytes {
        if format == Format::Previous {
            return encoding::encode(self);
        }
        let length: usize = self.requests.iter().map(|request| 4 + request.len()).sum();
        let mut bytes = BytesMut::with_capacity(13 + length);
        bytes.put_u8(VERSION);
        bytes.put_u64(self.stamp.now_ms);
        bytes.put_u32(short(self.requests.len()));
        for request in &self.requests {
            bytes.put_u32(short(request.len()));
            bytes.put_slice(request);
        }
        bytes.freeze()
    }

    pub(crate) fn decode(bytes: &Bytes) -> Result<Self, DecodeError> {
        if bytes.first() != Some(&VERSION) {
            return encoding::decode(bytes);
        }
        let mut rest = bytes.slice(1..);
        let now_ms = rest.try_get_u64().map_err(|_| DecodeError::Cut)?;
        let count = rest.try_get_u32().map_err(|_| DecodeError::Cut)?;
        let mut requests = Vec::new();
        for _ in 0..count {
            let length = rest.try_get_u32().map_err(|_| DecodeError::Cut)?;
            let length = usize::try_from(length).unwrap_or(usize::MAX);
            if length > rest.len() {
                return Err(DecodeError::Cut);
            }
            requests.push(rest.split_to(length));
        }
        if !rest.is_empty() {
            return Err(DecodeError::Surplus { bytes: rest.len() });
        }
        Ok(Self { stamp: Stamp { now_ms }, requests })
    }

    pub(crate) fn requests(&self) -> Result<Vec<Request>, DecodeError> {
        self.requests.iter().map(Request::decode).collect()
    }
}

/// A length as it is written; what is longer than it can say was refused long before.
fn short(length: usize) -> u32 {
    u32::try_from(length).expect("an entry has far less than 4 GiB")
}

#[cfg(test)]
mod tests;
