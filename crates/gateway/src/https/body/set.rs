//! Sets.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Octets;

/// Some members.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "SetMembers")]
#[serde(deny_unknown_fields)]
pub struct Members {
    pub members: Vec<Octets>,
}

/// Which members a page holds.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ScanQuery {
    /// A pattern with `*`, `?`, `[a-c]`, `[^a]` and `\`.
    pub matching: Option<Octets>,
    /// How many; 100 unless given, 10,000 at most.
    pub count: Option<u64>,
    /// `next` of the page before.
    pub after: Option<String>,
    /// Whether the answer may be old.
    pub stale: bool,
}

/// A page of members.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct MemberPage {
    pub members: Vec<Octets>,
    /// Pass it as `after` for the next page; null: this was the last one.
    pub next: Option<String>,
}

/// Whether each of some members is there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Contained {
    pub contained: Vec<bool>,
}

/// Moves a member to another set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MoveMember {
    pub to: Octets,
    pub member: Octets,
}

/// How many members.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Pick {
    pub count: u64,
}

impl Default for Pick {
    fn default() -> Self {
        Self { count: 1 }
    }
}

/// How many members at random.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct RandomQuery {
    /// So many different ones at most; when negative exactly as many, with repetitions. One unless
    /// given.
    pub count: Option<i64>,
    /// Whether the answer may be old.
    pub stale: bool,
}

/// How sets are combined.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Combination {
    Union,
    Intersection,
    /// The first without all others.
    Difference,
}

/// Combines sets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Combine {
    pub combination: Combination,
    pub names: Vec<Octets>,
}
