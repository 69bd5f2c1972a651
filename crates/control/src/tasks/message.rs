//! What members say to each other about tasks: a version byte, then postcard.
//!
//! A new variant goes to the end of its enum; a new field means a new version and a reader for
//! both. The golden file of the tests keeps the bytes of version 1.

use std::sync::Arc;

use bytes::Bytes;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::Task;

/// The version that is written.
const VERSION: u8 = 1;

/// What one member asks another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Request {
    /// Evaluates an expression. Answers `Evaluated`.
    Eval {
        expression: String,
        /// The revision of the patches that are needed at least.
        patches: u64,
        time_ms: u64,
    },
    /// Waits until everything that led to this revision of the state is here. Answers `Done`.
    State { revision: u64 },
    /// Answers `Items`, or `FunctionUnknown` when the function came as its id.
    Chunk(Chunk),
    /// As `Chunk`, for a node that is drained: all are.
    Insist(Chunk),
    /// As `Chunk`, for keys of a map. Answers the same, for all or the first of them.
    Each(Each),
    /// What the node drives. Answers `Tasks`.
    Tasks,
}

/// Items to call a function with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Chunk {
    pub function: Function,
    /// One JSON value per line.
    #[serde(with = "shared_text")]
    pub lines: Arc<str>,
    pub first_index: u64,
    pub stop_at_error: bool,
    pub seed: u64,
    pub patches: u64,
    pub time_ms: u64,
}

/// Keys of a map: the function gets each with its value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Each {
    pub map: String,
    /// Whether a node that is drained does it: all are.
    pub insists: bool,
    /// One key per line.
    pub chunk: Chunk,
}

/// A function on its way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Function {
    Named {
        name: String,
    },
    /// `captured` is a JSON object.
    Anonymous {
        source: String,
        captured: String,
    },
    /// One that was sent before.
    Known {
        id: [u8; 32],
    },
    /// One that programs registered on their nodes.
    Native {
        name: String,
    },
}

/// What a member answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Answer {
    Done,
    Evaluated(Evaluated),
    Items(Items),
    FunctionUnknown,
    Tasks(Vec<Task>),
}

/// The value of an expression.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Evaluated {
    /// As it is shown to people.
    pub text: String,
    pub json: Option<String>,
    /// What the expression wrote to `console`.
    pub log: Vec<String>,
}

/// The results of a chunk, or of its first items.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Items {
    /// How many items were done, at least one.
    pub items: u64,
    /// One line per item, empty when it failed.
    pub lines: String,
    /// Index and text of each item that failed.
    pub errors: Vec<(u64, String)>,
    /// How long the items ran.
    pub compute_ms: u64,
    /// How many chunks the member works on at a time.
    pub contexts: u32,
}

/// Why bytes are no message.
#[derive(Debug, PartialEq, thiserror::Error)]
pub(super) enum DecodeError {
    #[error("the message has no bytes")]
    Empty,
    #[error("the message has version {version}, and this program reads version {VERSION}")]
    Version { version: u8 },
    #[error("the message is malformed")]
    Malformed(#[source] postcard::Error),
    #[error("{bytes} bytes follow the message")]
    Surplus { bytes: usize },
}

/// Writes a message.
pub(super) fn encode<T: Serialize>(message: &T) -> Bytes {
    let bytes = postcard::to_extend(message, vec![VERSION]);
    Bytes::from(bytes.expect("messages hold nothing that postcard cannot write"))
}

/// Reads a message.
pub(super) fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, DecodeError> {
    let (version, body) = bytes.split_first().ok_or(DecodeError::Empty)?;
    if *version != VERSION {
        return Err(DecodeError::Version { version: *version });
    }
    let (message, rest) = postcard::take_from_bytes(body).map_err(DecodeError::Malformed)?;
    if rest.is_empty() { Ok(message) } else { Err(DecodeError::Surplus { bytes: rest.len() }) }
}

/// A shared text travels like any other.
mod shared_text {
    use std::sync::Arc;

    use serde::{Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(text: &Arc<str>, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(text)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Arc<str>, D::Error> {
        <&str>::deserialize(from).map(Arc::from)
    }
}

#[cfg(test)]
mod tests;
