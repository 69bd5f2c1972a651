//! Members of a cluster.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// The number of a node; a cluster never uses one twice.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct NodeId(pub u64);

impl std::fmt::Display for NodeId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "node {}", self.0)
    }
}

/// What the cluster knows of a member, beside its number.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// For people; unique in the cluster.
    pub name: String,
    /// Where other members call it.
    pub address: String,
    /// It votes and keeps a copy, and does nothing else.
    pub is_witness: bool,
    /// What tells its key from others.
    pub peer: String,
}

/// What a member does for agreement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    Leader,
    Voter,
    Learner,
}

/// The members of a cluster, as this node knows them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Members {
    pub all: BTreeMap<NodeId, (Member, Role)>,
    /// Whether that is agreed on and applied here. Else it is what the last entry of the log about
    /// the members says, which may yet come to nothing.
    pub are_agreed: bool,
}

impl Members {
    /// How many members vote.
    #[must_use]
    pub fn voters(&self) -> usize {
        self.all.values().filter(|(_, role)| *role != Role::Learner).count()
    }

    /// A member beside `id` that has the name or the key of `member`.
    pub(crate) fn other_like(&self, id: NodeId, member: &Member) -> Option<NodeId> {
        let is_like = |known: &Member| known.name == member.name || known.peer == member.peer;
        let others = self.all.iter().filter(|(other, _)| **other != id);
        others.filter(|(_, (known, _))| is_like(known)).map(|(other, _)| *other).next()
    }

    /// The leader, when one is known.
    #[must_use]
    pub fn leader(&self) -> Option<NodeId> {
        self.all.iter().find(|(_, (_, role))| *role == Role::Leader).map(|(id, _)| *id)
    }
}
