//! Lists.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Octets;

/// Some values in their order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "ListValues")]
pub struct Values {
    pub values: Vec<Octets>,
}

/// A value, when there is one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "ListValue")]
pub struct Value {
    pub value: Option<Octets>,
}

/// An end of a list.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum End {
    Front,
    #[default]
    Back,
}

/// A part of a list, from one index to another, both included; negative ones count from the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct RangeQuery {
    pub from: i64,
    pub to: i64,
    /// Whether the answer may be old.
    pub stale: bool,
}

impl Default for RangeQuery {
    fn default() -> Self {
        Self { from: 0, to: -1, stale: false }
    }
}

/// Values to push, one after the other.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Push {
    pub values: Vec<Octets>,
    #[serde(default)]
    pub end: End,
}

/// How many values are popped, and from which end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "ListPop")]
#[serde(deny_unknown_fields, default)]
pub struct Pop {
    pub count: u64,
    pub end: End,
    /// How long the request may wait for the first value.
    pub wait_ms: u64,
}

impl Default for Pop {
    fn default() -> Self {
        Self { count: 1, end: End::Front, wait_ms: 0 }
    }
}

/// Moves a value from a list to another one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MoveValue {
    pub to: Octets,
    pub from_end: End,
    pub to_end: End,
}

/// A side of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    Before,
    After,
}

/// Puts a value beside the first one that is `pivot`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Insert {
    pub side: Side,
    pub pivot: Octets,
    pub value: Octets,
}

/// Removes values that are `value`: the first `count`, the last ones when it is negative, all when
/// it is 0.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Remove {
    pub value: Octets,
    #[serde(default)]
    pub count: i64,
}

/// Keeps the values from one index to another, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "ListTrim")]
#[serde(deny_unknown_fields)]
pub struct Trim {
    pub from: i64,
    pub to: i64,
}
