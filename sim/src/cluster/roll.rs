//! The roll of a cluster: who was asked in and out, and what was acknowledged.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use anyhow::ensure;
use state::{Members, NodeId};

/// How a node stands to the cluster.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    /// It was asked for, and nobody knows yet whether it is a member.
    Joining,
    Member,
    /// Its removal was asked for, and nobody knows yet whether it is a member.
    Leaving,
    Removed,
}

/// All nodes that were ever asked for.
#[derive(Debug, Default)]
pub(crate) struct Roll(Mutex<BTreeMap<u64, Standing>>);

impl Roll {
    fn all(&self) -> MutexGuard<'_, BTreeMap<u64, Standing>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn set(&self, node: u64, standing: Standing) {
        self.all().insert(node, standing);
    }

    pub(crate) fn standing(&self, node: u64) -> Option<Standing> {
        self.all().get(&node).copied()
    }

    pub(crate) fn members(&self) -> Vec<u64> {
        self.are(Standing::Member)
    }

    pub(crate) fn removed(&self) -> Vec<u64> {
        self.are(Standing::Removed)
    }

    fn are(&self, standing: Standing) -> Vec<u64> {
        self.all().iter().filter(|(_, at)| **at == standing).map(|(node, _)| *node).collect()
    }

    /// Whether each change was acknowledged.
    pub(crate) fn is_settled(&self) -> bool {
        self.all().values().all(|at| matches!(at, Standing::Member | Standing::Removed))
    }

    /// How many came after the first `nodes`, and how many went.
    pub(crate) fn moves(&self, nodes: u64) -> (usize, usize) {
        let came = self.all().range(nodes + 1..).count();
        (came, self.removed().len())
    }

    /// All nodes as they stand now.
    pub(crate) fn copy(&self) -> BTreeMap<u64, Standing> {
        self.all().clone()
    }

    /// Whether `members` are what was acknowledged before they were asked for, and still is.
    pub(crate) fn check(
        &self,
        acknowledged: &BTreeMap<u64, Standing>,
        members: &Members,
    ) -> anyhow::Result<()> {
        let all = self.all();
        for (node, standing) in acknowledged {
            let is_member = members.all.contains_key(&NodeId(*node));
            let is_right = match standing {
                Standing::Member => is_member || all.get(node) != Some(standing),
                Standing::Removed => !is_member,
                Standing::Joining | Standing::Leaving => true,
            };
            ensure!(is_right, "node {node} is {standing:?}, and the members are {members:?}");
        }
        for id in members.all.keys() {
            ensure!(all.contains_key(&id.0), "nobody asked for {id}, and it is a member");
        }
        Ok(())
    }
}
