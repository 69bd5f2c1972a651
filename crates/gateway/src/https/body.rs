//! What requests and answers hold: the JSON of the door, for it and for clients in Rust.
//!
//! Names, keys, values and members are bytes: [`Octets`] writes them as text where they are UTF-8
//! and as base64 where they are not. Revisions, tokens and times in milliseconds are numbers.

pub mod cluster;
pub mod counter;
pub mod list;
pub mod lock;
pub mod map;
pub mod name;
mod octets;
pub mod queue;
mod score;
pub mod set;
pub mod settings;
pub mod sorted_set;
pub mod state;
pub mod task;
pub mod topic;
pub mod transaction;

pub use octets::Octets;
pub use score::Score;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// An error, after RFC 9457.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Problem {
    /// Names the code as a URN.
    #[serde(rename = "type")]
    pub urn: String,
    /// What the status means.
    pub title: String,
    pub status: u16,
    /// What failed, on which thing, with numbers.
    pub detail: String,
    /// Stable; `thorp explain CODE` tells more.
    pub code: String,
    /// What the caller can do: invalid, not-found, conflict, denied, limit, unavailable, bug.
    pub kind: String,
    /// The fix, when there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
    /// The number of the request, as it stands in the log of the node.
    pub request: String,
}

/// How fresh an answer must be.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Freshness {
    /// Whether the answer may be old: it comes from this node alone, also without a quorum.
    pub stale: bool,
}

/// How many there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Count {
    pub count: i64,
}

/// When something ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Deadline {
    /// Milliseconds since the Unix epoch; null: never.
    pub expires_ms: Option<u64>,
}

/// When something is to end: one of the two.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Expiry {
    /// So many milliseconds after the command is applied.
    pub ttl_ms: Option<i64>,
    /// At this moment, in milliseconds since the Unix epoch.
    pub expires_ms: Option<i64>,
    pub condition: ExpiryCondition,
}

/// On which condition an end is set; a thing that never ends counts as ending last.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ExpiryCondition {
    #[default]
    Always,
    /// Only when it has none.
    Absent,
    /// Only when it has one.
    Present,
    Later,
    Sooner,
}

/// Which end a walk starts from.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// From the smallest to the largest.
    #[default]
    Up,
    /// From the largest to the smallest.
    Down,
}
