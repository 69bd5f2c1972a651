//! Topics.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Direction, Octets};

/// An entry to append.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Append {
    /// Fields and their values in their order; a field may come twice.
    pub fields: Vec<(Octets, Octets)>,
    /// An id that is larger than all before: `MS-SEQUENCE`. The time of the command unless given.
    #[serde(default)]
    pub id: Option<String>,
    /// Entries that the topic keeps at most; older ones go.
    #[serde(default)]
    pub len_max: Option<u64>,
}

/// The id of an entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "TopicId")]
pub struct Id {
    /// A time in milliseconds and a sequence within it: `1526919030474-55`.
    pub id: String,
}

/// An entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "TopicEntry")]
pub struct Entry {
    pub id: String,
    /// Fields and their values; null when the entry is deleted and still pending.
    pub fields: Option<Vec<(Octets, Octets)>>,
}

/// Some entries.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "TopicEntries")]
pub struct Entries {
    pub entries: Vec<Entry>,
}

/// Which entries are wanted.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct RangeQuery {
    /// The smallest id; the sequence may be left out.
    pub from: Option<String>,
    /// The largest id; the sequence may be left out.
    pub to: Option<String>,
    /// Entries after this id, instead of `from`.
    pub after: Option<String>,
    pub direction: Direction,
    /// How many; 100 unless given.
    pub count: Option<u64>,
    /// Whether the answer may be old.
    pub stale: bool,
}

/// Where a stream of entries begins.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct FollowQuery {
    /// Entries after this id come; `0` is the beginning. Without one: those that are appended from
    /// now on.
    pub after: Option<String>,
}

/// Which entries go.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "TopicTrim")]
#[serde(rename_all = "snake_case")]
pub enum Trim {
    /// All but so many of the newest.
    KeepLast(u64),
    /// Those with a smaller id.
    KeepFrom(String),
}

/// What a topic forgets by itself.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Retention {
    /// Entries that it keeps at most.
    pub len_max: Option<u64>,
    /// How old an entry becomes, by the time in its id.
    pub age_ms_max: Option<u64>,
}

/// A topic at a glance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "TopicInfo")]
pub struct Info {
    pub len: u64,
    /// The last id that was given.
    pub last: String,
    /// Entries that were ever appended.
    pub added: u64,
    pub groups: u64,
    pub retention: Retention,
    pub first_entry: Option<Entry>,
    pub last_entry: Option<Entry>,
}

/// Where a group begins.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct GroupStart {
    /// Entries after this id are delivered; `0` is the beginning. Without one: those that are
    /// appended from now on.
    pub after: Option<String>,
}

/// The groups of a topic.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Groups {
    pub groups: Vec<Group>,
}

/// A group at a glance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Group {
    pub name: Octets,
    pub consumers: u64,
    /// Entries that are delivered and not acknowledged.
    pub pending: u64,
    pub last_delivered: String,
    /// How many entries wait for it, when that is known.
    pub lag: Option<u64>,
}

/// The consumers of a group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Consumers {
    pub consumers: Vec<Consumer>,
}

/// A consumer at a glance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Consumer {
    pub name: Octets,
    pub pending: u64,
    /// When it was last heard of, in milliseconds since the Unix epoch.
    pub seen_ms: u64,
}

/// What a consumer wants.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "TopicRead")]
#[serde(deny_unknown_fields)]
pub struct Read {
    pub consumer: Octets,
    /// How many entries; 100 unless given.
    #[serde(default)]
    pub count: Option<u64>,
    /// Its own pending entries after this id, instead of new ones; `0`: all of them.
    #[serde(default)]
    pub pending_after: Option<String>,
    /// Whether entries are done when they are delivered.
    #[serde(default)]
    pub acknowledges: bool,
    /// How long the request may wait for a new entry.
    #[serde(default)]
    pub wait_ms: u64,
}

/// Entries that are done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "TopicAck")]
#[serde(deny_unknown_fields)]
pub struct Ack {
    pub ids: Vec<String>,
}

/// Takes over entries that are pending for long.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Claim {
    pub consumer: Octets,
    /// Entries that were delivered less than so long ago are left alone.
    #[serde(default)]
    pub idle_ms: u64,
    /// Where to begin: `next` of the claim before.
    #[serde(default)]
    pub start: Option<String>,
    /// How many; 100 unless given.
    #[serde(default)]
    pub count: Option<u64>,
}

/// Entries that were taken over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Claimed {
    pub entries: Vec<Entry>,
    /// Pass it as `start` to go on; null: there is no more.
    pub next: Option<String>,
    /// Entries that were pending, and are deleted from the topic.
    pub deleted: Vec<String>,
}

/// Which pending entries are wanted.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct PendingQuery {
    /// Entries after this id.
    pub after: Option<String>,
    /// Only those of this consumer.
    pub consumer: Option<Octets>,
    /// How many; 100 unless given.
    pub count: Option<u64>,
    /// Whether the answer may be old.
    pub stale: bool,
}

/// Entries that are delivered and not acknowledged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "TopicPending")]
pub struct Pending {
    pub pending: Vec<PendingEntry>,
}

/// An entry that is delivered and not acknowledged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PendingEntry {
    pub id: String,
    pub consumer: Octets,
    /// When it was delivered last, in milliseconds since the Unix epoch.
    pub delivered_ms: u64,
    /// How often it was delivered.
    pub deliveries: u64,
}
