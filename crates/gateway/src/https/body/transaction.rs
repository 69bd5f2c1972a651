//! Transactions: operations that are done together, or not at all.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::list::End;
use super::map::Merge;
use super::queue::{NewItem, Receipt};
use super::sorted_set::ScoredMember;
use super::{Octets, Score};

/// Operations that are done together: nothing comes between them, and later ones see what earlier
/// ones did. When one is refused, none is done.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Transaction {
    /// Unless all hold, nothing is done.
    #[serde(default)]
    pub conditions: Vec<Condition>,
    pub operations: Vec<Operation>,
}

/// What must hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Condition {
    /// The name was last changed by this revision; null: it does not exist.
    Revision { name: Octets, revision: Option<u64> },
    /// The entry of a map was last changed by this revision; null: it does not exist.
    EntryRevision { map: Octets, key: Octets, revision: Option<u64> },
    /// The entry has this value; null: it does not exist.
    EntryValue { map: Octets, key: Octets, value: Option<Octets> },
}

/// One operation, by the kind of structure that it is about.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Operation {
    Map(MapOperation),
    List(ListOperation),
    Set(SetOperation),
    SortedSet(SortedSetOperation),
    Queue(QueueOperation),
    Topic(TopicOperation),
    Counter(CounterOperation),
    Name(NameOperation),
}

/// An operation on a map.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum MapOperation {
    /// Answers `value`.
    Get { map: Octets, key: Octets },
    /// Answers `revision`.
    Put {
        map: Octets,
        key: Octets,
        value: Octets,
        #[serde(default)]
        ttl_ms: Option<i64>,
    },
    /// Answers `count`.
    Delete { map: Octets, keys: Vec<Octets> },
    /// Answers `count` or `value`.
    Merge { map: Octets, key: Octets, merge: Merge },
}

/// An operation on a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum ListOperation {
    /// Answers `count`: the length.
    Push {
        list: Octets,
        values: Vec<Octets>,
        #[serde(default)]
        end: End,
    },
    /// Answers `values`.
    Pop { list: Octets, end: End, count: u64 },
}

/// An operation on a set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum SetOperation {
    /// Answers `count`: how many are new.
    Add { set: Octets, members: Vec<Octets> },
    /// Answers `count`.
    Remove { set: Octets, members: Vec<Octets> },
}

/// An operation on a sorted set.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum SortedSetOperation {
    /// Answers `count`: how many are new.
    Add { set: Octets, members: Vec<ScoredMember> },
    /// Answers `score`.
    Increment { set: Octets, member: Octets, by: Score },
    /// Answers `count`.
    Remove { set: Octets, members: Vec<Octets> },
}

/// An operation on a queue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum QueueOperation {
    /// Answers `numbers`.
    Put { queue: Octets, items: Vec<NewItem> },
    /// Answers `count`.
    Ack { queue: Octets, receipts: Vec<Receipt> },
}

/// An operation on a topic.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum TopicOperation {
    /// Answers `id`.
    Append { topic: Octets, fields: Vec<(Octets, Octets)> },
}

/// An operation on a counter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum CounterOperation {
    /// Answers `count`, or `nothing` when it is not there.
    Get { counter: Octets },
    /// Answers `count`: the sum.
    Add { counter: Octets, by: i64 },
    /// Answers `count`: what it was.
    Set { counter: Octets, value: i64 },
}

/// An operation on names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum NameOperation {
    /// Deletes structures of any kind. Answers `count`.
    Delete { names: Vec<Octets> },
}

/// What each operation answered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Results {
    pub results: Vec<Outcome>,
}

/// What one operation answered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    Nothing,
    Count(i64),
    Value(Octets),
    Values(Vec<Octets>),
    Score(Score),
    Revision(u64),
    Numbers(Vec<u64>),
    Id(String),
}
