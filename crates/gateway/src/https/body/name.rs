//! Names: what all kinds of structures have in common.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Octets;

/// What a name stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "NameKind")]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// An entry of the map `default`.
    Value,
    Map,
    List,
    Set,
    SortedSet,
    Queue,
    Topic,
    Lock,
    Counter,
    /// A source of ids.
    Flake,
}

/// A name and what it stands for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Name {
    pub name: Octets,
    pub kind: Kind,
    /// Entries, elements, or bytes of a value.
    pub len: u64,
    /// The revision that made it.
    pub created: u64,
    /// The revision that changed it last.
    pub revision: u64,
    /// When it ends, in milliseconds since the Unix epoch; null: never.
    pub expires_ms: Option<u64>,
}

/// Which names a page holds.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ScanQuery {
    /// Only names of this kind.
    pub kind: Option<Kind>,
    /// A pattern with `*`, `?`, `[a-c]`, `[^a]` and `\`.
    pub matching: Option<Octets>,
    /// How many; 100 unless given, 10,000 at most.
    pub count: Option<u64>,
    /// `next` of the page before.
    pub after: Option<String>,
    /// Whether the answer may be old.
    pub stale: bool,
}

/// A page of names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "NamePage")]
pub struct Page {
    pub names: Vec<Name>,
    /// Pass it as `after` for the next page; null: this was the last one.
    pub next: Option<String>,
}

/// Another name for a structure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "NameRename")]
#[serde(deny_unknown_fields)]
pub struct Rename {
    pub to: Octets,
    /// Whether nothing is done when the other name is taken; else what has it is replaced.
    #[serde(default)]
    pub only_if_free: bool,
}

/// The name of a copy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "NameCopy")]
#[serde(deny_unknown_fields)]
pub struct Copy {
    pub to: Octets,
    /// Whether what has the name is replaced; else nothing is done then.
    #[serde(default)]
    pub replace: bool,
}
