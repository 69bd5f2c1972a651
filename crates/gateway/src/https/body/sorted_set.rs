//! Sorted sets.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::set::Combination;
use super::{Direction, Octets, Score};

/// Members with their scores.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Scored {
    pub members: Vec<ScoredMember>,
}

/// A member with its score.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ScoredMember {
    pub member: Octets,
    pub score: Score,
}

/// Members to add to a sorted set, or new scores of members.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AddScored {
    pub members: Vec<ScoredMember>,
    /// Whether members must be there before.
    #[serde(default)]
    pub only: Only,
    /// Where the scores of members that are there may move.
    #[serde(default)]
    pub moves: Moves,
    /// Whether the answer counts members with a changed score too.
    #[serde(default)]
    pub counts_changed: bool,
}

/// Whether members must be there before.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Only {
    #[default]
    Any,
    New,
    Existing,
}

/// Where the scores of members that are there may move.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Moves {
    #[default]
    Anywhere,
    Up,
    Down,
}

/// Adds to the score of a member; one that is not there counts as 0.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Increment {
    pub member: Octets,
    pub by: Score,
}

/// A score; null: the member is not there.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct OneScore {
    pub score: Option<Score>,
}

/// The scores of some members in their order; null where there is none.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Scores {
    pub scores: Vec<Option<Score>>,
}

/// Whose rank is wanted.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RankQuery {
    pub member: Octets,
    #[serde(default)]
    pub direction: Direction,
    /// Whether the answer may be old.
    #[serde(default)]
    pub stale: bool,
}

/// How many members stand before one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Rank {
    pub rank: i64,
}

/// Which members of a sorted set are meant: all, or those between two indexes (`from`, `to`), two
/// scores (`min`, `max`) or two members (`first`, `last`), all of them included.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct SliceQuery {
    /// The first index in the direction of the walk; negative ones count from its end.
    pub from: Option<i64>,
    /// The last index.
    pub to: Option<i64>,
    /// The smallest score.
    pub min: Option<f64>,
    /// The largest score.
    pub max: Option<f64>,
    /// The smallest member; sensible when all have one score.
    pub first: Option<Octets>,
    /// The largest member.
    pub last: Option<Octets>,
    pub direction: Direction,
    /// Members that are left out at the beginning.
    pub offset: u64,
    /// How many; all unless given.
    pub count: Option<u64>,
    /// Whether the answer may be old.
    pub stale: bool,
}

/// A page of members with their scores.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ScoredPage {
    pub members: Vec<ScoredMember>,
    /// Pass it as `after` for the next page; null: this was the last one.
    pub next: Option<String>,
}

/// Which members of a sorted set go: those between two indexes, scores or members, all of them
/// included.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Span {
    Index { from: i64, to: i64 },
    Score { min: Score, max: Score },
    Member { first: Octets, last: Octets },
}

/// Takes the first members, or the last ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct PopScored {
    pub count: u64,
    pub direction: Direction,
}

impl Default for PopScored {
    fn default() -> Self {
        Self { count: 1, direction: Direction::Up }
    }
}

/// Combines sorted sets; a plain set counts as one whose scores are all 1.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CombineScored {
    pub combination: Combination,
    pub inputs: Vec<CombineInput>,
    /// What becomes of the scores of one member.
    #[serde(default)]
    pub aggregate: Aggregate,
}

/// A sorted set that is combined.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CombineInput {
    pub name: Octets,
    /// What its scores are multiplied by.
    #[serde(default = "one")]
    pub weight: f64,
}

fn one() -> f64 {
    1.0
}

/// What becomes of the scores of one member.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Aggregate {
    #[default]
    Sum,
    Min,
    Max,
}
