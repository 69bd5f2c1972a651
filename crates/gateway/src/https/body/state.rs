//! Commands and questions as programs send them: what `structures` takes and answers, in its own
//! versioned encoding.
//!
//! A command is a [`structures::Request`]; it is answered by [`Told`], as a [`Question`] is.

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use structures::{Answer, Query, Refusal};

/// The content type of requests and answers.
pub const CONTENT_TYPE: &str = "application/vnd.thorp.state";

/// A question, and how it is to be answered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Question {
    pub query: Query,
    /// Whether the answer may be old: it comes from this node alone, also without a quorum.
    pub is_stale: bool,
    pub wait: Option<Wait>,
}

/// Asks for an answer that is not known yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wait {
    /// What [`structures::Waiting::mark`] makes of the answer that is known.
    pub known: Bytes,
    /// How long to wait for another one; then the known one is given again.
    pub most_ms: u64,
}

/// What came of a command or a question.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Told {
    pub outcome: Result<Answer, Refusal>,
    /// A revision of the state that holds the change, or that was read.
    pub revision: u64,
}
