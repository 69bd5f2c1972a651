//! Maps.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Direction, Octets};

/// How an entry is put. The headers `If-Match` and `If-None-Match` say on which condition.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct PutQuery {
    /// The entry ends so many milliseconds after it is put.
    pub ttl_ms: Option<i64>,
    /// The entry ends at this moment, in milliseconds since the Unix epoch.
    pub expires_ms: Option<i64>,
    /// Whether the entry ends when it did before.
    pub keep_expiry: bool,
}

/// What came of a put.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "MapPut")]
pub struct Put {
    /// The revision of the new value.
    pub revision: u64,
}

/// An entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "MapEntry")]
pub struct Entry {
    pub key: Octets,
    pub value: Octets,
    /// The revision that made it.
    pub created: u64,
    /// The revision that changed it last.
    pub revision: u64,
    /// When it ends, in milliseconds since the Unix epoch; null: never.
    pub expires_ms: Option<u64>,
}

/// Which entries a page holds: keys that fulfil all that is given.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ScanQuery {
    /// What the keys begin with.
    pub prefix: Option<Octets>,
    /// The first key.
    pub from: Option<Octets>,
    /// The first key that is not meant any more.
    pub to: Option<Octets>,
    /// A pattern with `*`, `?`, `[a-c]`, `[^a]` and `\`.
    pub matching: Option<Octets>,
    pub direction: Direction,
    /// How many; 100 unless given, 10,000 at most.
    pub count: Option<u64>,
    /// `next` of the page before.
    pub after: Option<String>,
    /// Whether the answer may be old.
    pub stale: bool,
}

/// A page of entries. A watch from the revision in the header `Thorp-Revision` misses no change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "MapPage")]
pub struct Page {
    pub entries: Vec<Entry>,
    /// Pass it as `after` for the next page; null: this was the last one.
    pub next: Option<String>,
}

/// Which changes are wanted.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct WatchQuery {
    /// The revision up to which the caller knows the map: what changed after it comes. Without one
    /// it is the revision of the moment.
    pub from: Option<u64>,
    /// What the keys begin with.
    pub prefix: Option<Octets>,
    /// A pattern for the keys.
    pub matching: Option<Octets>,
}

/// Which page of changes is wanted.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ChangesQuery {
    /// The revision up to which the caller knows the map.
    pub from: u64,
    /// `next` of the page before, instead of `from`.
    pub page: Option<u64>,
    /// What the keys begin with.
    pub prefix: Option<Octets>,
    /// How many; 100 unless given, 10,000 at most.
    pub count: Option<u64>,
    /// Whether the answer may be old.
    pub stale: bool,
}

/// A page of changes, oldest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "MapChanges")]
pub struct Changes {
    pub changes: Vec<Change>,
    /// Pass it as `page` to go on without a gap.
    pub next: u64,
    /// Whether there is more already.
    pub is_more: bool,
}

/// A change of a map.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "MapChange")]
pub struct Change {
    pub revision: u64,
    #[serde(flatten)]
    pub what: What,
}

/// What changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "change", rename_all = "snake_case")]
pub enum What {
    Put {
        key: Octets,
        value: Octets,
    },
    Removed {
        key: Octets,
        is_expired: bool,
    },
    /// All entries are gone at once.
    Cleared {
        is_expired: bool,
    },
    /// The map has other entries now, by a rename or a copy: read it anew.
    Reset,
}

/// Where a stream of changes begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Ready {
    pub revision: u64,
}

/// Some keys.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "MapKeys")]
#[serde(deny_unknown_fields)]
pub struct Keys {
    pub keys: Vec<Octets>,
}

/// Some keys to read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GetMany {
    pub keys: Vec<Octets>,
    /// Whether the answer may be old.
    #[serde(default)]
    pub stale: bool,
}

/// The values of some keys in their order; null where there is none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "MapValues")]
pub struct Values {
    pub values: Vec<Option<Octets>>,
}

/// Some entries to put.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "MapPutMany")]
#[serde(deny_unknown_fields)]
pub struct PutMany {
    pub entries: Vec<NewEntry>,
    /// Whether none is put when one exists.
    #[serde(default)]
    pub only_new: bool,
}

/// An entry to put.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewEntry {
    pub key: Octets,
    pub value: Octets,
}

/// How a value changes in place, as one step. An absent one counts as 0, as empty, or as `null`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Merge {
    /// Adds to an integer of 64 bits.
    AddInteger(i64),
    /// Adds to a number of any digits, written as text.
    AddNumber(String),
    /// Writes bytes behind the value.
    Append(Octets),
    /// Writes over the bytes from `offset` on, after zeros when there are fewer.
    SetRange { offset: u64, bytes: Octets },
    /// Keeps the smaller number, written as text.
    Min(String),
    /// Keeps the larger number, written as text.
    Max(String),
    /// Lays JSON over JSON: `null` removes a member (RFC 7396).
    JsonPatch(serde_json::Value),
}

/// What came of a merge: one of the two.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Merged {
    /// The sum, or how many bytes the value has now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub integer: Option<i64>,
    /// The value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<Octets>,
}
