//! Queues.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Octets;

/// How a queue works.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "QueueSettings")]
pub struct Settings {
    /// How long an item is leased.
    pub lease_ms: u64,
    /// After so many attempts an item goes to the dead letters.
    pub attempts_max: u32,
    /// How long an item rests whose lease ended without an answer.
    pub retry_delay_ms: u64,
}

/// How a queue is to work; what is left out is as the settings of the cluster say.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "QueueConfigure")]
#[serde(deny_unknown_fields, default)]
pub struct Configure {
    /// How long an item is leased.
    pub lease_ms: Option<u64>,
    /// After so many attempts an item goes to the dead letters.
    pub attempts_max: Option<u32>,
    /// How long an item rests whose lease ended without an answer.
    pub retry_delay_ms: Option<u64>,
}

/// A queue at a glance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "QueueStatus")]
pub struct Status {
    pub settings: Settings,
    /// Items that can be leased now.
    pub ready: u64,
    pub delayed: u64,
    pub leased: u64,
    /// Dead letters.
    pub dead: u64,
}

/// How an item is put.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct PutQuery {
    /// Higher ones go first.
    pub priority: u8,
    /// How long the item cannot be leased yet.
    pub delay_ms: u64,
}

/// Some items to put.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "QueuePutMany")]
#[serde(deny_unknown_fields)]
pub struct PutMany {
    pub items: Vec<NewItem>,
}

/// An item to put.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewItem {
    pub payload: Octets,
    /// Higher ones go first.
    #[serde(default)]
    pub priority: u8,
    /// How long the item cannot be leased yet.
    #[serde(default)]
    pub delay_ms: u64,
}

/// The numbers of items.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Numbers {
    pub numbers: Vec<u64>,
}

/// How items are leased.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "QueueLease")]
#[serde(deny_unknown_fields, default)]
pub struct Lease {
    pub count: u64,
    /// For how long; as the settings say unless given.
    pub lease_ms: Option<u64>,
    /// How long the request may wait for the first item.
    pub wait_ms: u64,
}

impl Default for Lease {
    fn default() -> Self {
        Self { count: 1, lease_ms: None, wait_ms: 0 }
    }
}

/// Some items.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "QueueItems")]
pub struct Items {
    pub items: Vec<Item>,
}

/// An item.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "QueueItem")]
pub struct Item {
    pub number: u64,
    pub payload: Octets,
    pub priority: u8,
    /// How often it was leased.
    pub attempts: u32,
    /// When it was put, in milliseconds since the Unix epoch.
    pub pushed_ms: u64,
    /// Proves with `number` that the item is leased to the caller; null: it is not leased.
    pub token: Option<u64>,
    /// When the lease ends, in milliseconds since the Unix epoch.
    pub lease_expires_ms: Option<u64>,
}

/// Proves that an item is leased to the caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Receipt {
    pub number: u64,
    pub token: u64,
}

/// Items that are done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "QueueAck")]
#[serde(deny_unknown_fields)]
pub struct Ack {
    pub receipts: Vec<Receipt>,
}

/// Gives an item back before its lease ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Nack {
    pub number: u64,
    pub token: u64,
    /// How long the item rests.
    #[serde(default)]
    pub delay_ms: u64,
}

/// Lets a lease end later.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Extend {
    pub number: u64,
    pub token: u64,
    pub lease_ms: u64,
}

/// How many items are popped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "QueuePop")]
#[serde(deny_unknown_fields, default)]
pub struct Pop {
    pub count: u64,
}

impl Default for Pop {
    fn default() -> Self {
        Self { count: 1 }
    }
}

/// Which items are shown.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct PeekQuery {
    /// How many; 100 unless given.
    pub count: Option<u64>,
    /// Whether the answer may be old.
    pub stale: bool,
}

/// Which dead letters are shown.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct DeadQuery {
    /// The number of the last one seen.
    pub after: Option<u64>,
    /// How many; 100 unless given.
    pub count: Option<u64>,
    /// Whether the answer may be old.
    pub stale: bool,
}

/// Which dead letters are meant: one of the two.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Chosen {
    Numbers(Vec<u64>),
    /// The first ones, so many.
    First(u64),
}
