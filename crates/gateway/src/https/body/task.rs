//! Code that runs on the members: expressions, patches, a function over many items.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Problem;

/// What every member shall evaluate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Expression {
    /// JavaScript; the value of the last statement counts, and promises are awaited.
    pub expression: String,
}

/// One answer of each member.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Evaluations {
    pub members: Vec<Evaluation>,
}

/// What the expression gave on one member.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Evaluation {
    pub member: String,
    /// The value as it is shown to people; null when it failed.
    pub text: Option<String>,
    /// The value, when it can be written as JSON.
    pub value: Option<serde_json::Value>,
    /// Why there is no value.
    pub error: Option<Failure>,
    /// What the expression wrote to `console`.
    pub log: Vec<String>,
}

/// Why a member gave no value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Failure {
    pub code: String,
    pub text: String,
}

/// The patches of the cluster in the order of their numbers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Patches {
    pub patches: Vec<Patch>,
}

/// A source that every member loads before it runs anything.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Patch {
    /// From 1.
    pub number: u64,
    pub name: String,
    pub source: String,
    /// When it was added, in milliseconds since the Unix epoch.
    pub added_ms: u64,
}

/// How a patch is called.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PatchQuery {
    /// For people, such as the name of the file.
    pub name: String,
}

/// Which patches stay.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RollBack {
    /// The number of the last one that stays; 0: none.
    pub to: u64,
}

/// What came of a change of the patches.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Loaded {
    /// The number of the last patch now.
    pub number: u64,
    /// Members that have not said yet that they have it; they get it before they take work.
    pub behind: Vec<String>,
}

/// What is done with each item: one of `function`, `source` and `native`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct FMapQuery {
    /// A function that a patch defines.
    pub function: Option<String>,
    /// A function expression, such as `x => x + k`.
    pub source: Option<String>,
    /// A JSON object with the value of each name that `source` does not define itself.
    pub captured: Option<String>,
    /// A function in Rust, by the name under which programs registered it on their nodes.
    pub native: Option<String>,
    /// A map: the items are keys of it, and the function gets `[key, value]`, on the member where
    /// the key lives; the value is null when there is none.
    pub keys_of: Option<String>,
    pub order: Order,
    pub on_error: OnError,
    /// How long all items may take together, in milliseconds.
    pub deadline_ms: Option<u64>,
    /// Nobody waits: the answer is `end` without results when all items were read, and the node
    /// goes on until they are done. What fails is in its log.
    pub detach: bool,
}

/// A function to call once on every member: one of `function`, `source` and `native`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MemberCall {
    /// A function that a patch defines.
    pub function: Option<String>,
    /// A function expression, such as `x => x + k`.
    pub source: Option<String>,
    /// A JSON object with the value of each name that `source` does not define itself.
    pub captured: Option<String>,
    /// A function in Rust, by the name under which programs registered it on their nodes.
    pub native: Option<String>,
    /// Its one argument.
    #[serde(default)]
    pub argument: serde_json::Value,
    /// How long members have to answer, in milliseconds; 10 seconds unless it is said.
    pub within_ms: Option<u64>,
}

/// In which order results come.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "FMapOrder")]
pub enum Order {
    /// As the items came.
    #[default]
    Input,
    /// As they are done.
    Done,
}

/// What an item means that fails.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "FMapOnError")]
pub enum OnError {
    /// The results end before it, with a problem.
    #[default]
    Stop,
    /// The error is the result of the item.
    Collect,
}

/// What stands before results: a line of JSON.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "FMapHead")]
pub enum Head {
    /// The results of some items follow, one line each.
    Part(Part),
    /// All results were given.
    End(End),
    /// There are no more results, because of this.
    Problem(Problem),
}

/// Results of items that follow each other in the input.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "FMapPart")]
pub struct Part {
    /// The index of the first item, from 0.
    pub first: u64,
    /// How many lines follow.
    pub items: u64,
    /// Items that failed; their lines are empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<ItemError>,
}

/// An item that failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "FMapItemError")]
pub struct ItemError {
    pub index: u64,
    /// How the item begins.
    pub item: String,
    pub text: String,
}

/// The end of all results.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "FMapEnd")]
pub struct End {
    /// How many results were given.
    pub items: u64,
}

/// What runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Tasks {
    pub tasks: Vec<Task>,
    /// Members that did not say what they drive.
    pub silent: Vec<String>,
}

/// A function over many items, which a member drives.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Task {
    /// The member that drives it.
    pub member: String,
    /// Its number on that member.
    pub id: u64,
    /// The function; an anonymous one by its hash.
    pub function: String,
    pub runs_ms: u64,
    /// Items whose results were given.
    pub items: u64,
    /// How long items ran, on all members together.
    pub compute_ms: u64,
    /// How long calls of members took beyond that.
    pub transport_ms: u64,
}
