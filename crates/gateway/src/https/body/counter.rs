//! Counters and sources of ids.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A counter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "CounterValue")]
#[serde(deny_unknown_fields)]
pub struct Value {
    pub value: i64,
}

/// What a counter was and is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "CounterSet")]
pub struct Set {
    pub value: i64,
    pub old: i64,
}

/// What is added to a counter; one that is not there counts as 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "CounterAdd")]
#[serde(deny_unknown_fields)]
pub struct Add {
    /// May be negative.
    pub by: i64,
}

/// Sets a counter when it is `expected`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CompareAndSet {
    pub expected: i64,
    pub value: i64,
}

/// How many ids are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct NewIds {
    pub count: u32,
}

impl Default for NewIds {
    fn default() -> Self {
        Self { count: 1 }
    }
}

/// Ids, growing. They are texts: a number in JSON is not exact beyond 53 bits everywhere.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Ids {
    pub ids: Vec<String>,
}
