//! The cluster: status, members, background work.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The cluster at a glance, as one node sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "ClusterStatus")]
pub struct Status {
    /// The name of the cluster.
    pub cluster: String,
    /// The name of the node that answers.
    pub node: String,
    /// The version of the program.
    pub version: String,
    /// Whether a majority of the voters is there, so that writes go on.
    pub has_quorum: bool,
    /// The name of the member that leads, when one does.
    pub leader: Option<String>,
    pub voters: usize,
    pub reachable_voters: usize,
    pub members: Vec<Member>,
    /// What may fail next and what to do about it, in words.
    pub advice: Vec<String>,
    pub state: State,
    /// Background work of the node that answers, when it is asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tasks: Option<Vec<Task>>,
}

/// How the replicated state of one node is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "ClusterState")]
pub struct State {
    pub term: u64,
    /// The last log entry that the node has.
    pub log_index: u64,
    /// The last log entry that it has applied.
    pub applied_index: u64,
    /// The last log entry whose effects are in its file.
    pub durable_index: u64,
    /// The first log entry that it keeps.
    pub first_index: u64,
    pub disk_full: bool,
    /// Why the node takes part no longer.
    pub stopped: Option<String>,
}

/// A member of the cluster.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "ClusterMember")]
pub struct Member {
    /// Unique in the cluster.
    pub name: String,
    /// Where other members call it.
    pub peers: String,
    pub role: Role,
    /// Whether the node that answers heard of it lately, when it knows.
    pub reachable: Option<bool>,
}

/// What a member does for agreement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "ClusterRole")]
#[serde(rename_all = "snake_case")]
pub enum Role {
    Leader,
    /// A voter that is connected to a leader.
    Follower,
    /// A voter of which it is not known whether it follows.
    Voter,
    Learner,
    Witness,
}

/// The members of the cluster.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "ClusterMembers")]
pub struct Members {
    pub members: Vec<Member>,
}

/// A background task.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "ClusterTask")]
pub struct Task {
    pub name: String,
}

/// What the status should hold.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct StatusQuery {
    /// Whether background work is listed.
    pub tasks: bool,
}

/// A line that a second machine passes to `thorp up --join`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct JoinToken {
    pub token: String,
}

/// Where the members serve their data.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Doors {
    /// The URLs of their HTTPS doors; members that could not be asked are left out.
    pub urls: Vec<String>,
}

/// Whether a node lives or is ready.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Health {
    pub status: String,
}
