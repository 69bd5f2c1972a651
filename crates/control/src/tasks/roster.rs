//! Which members take the work of one task, by what they said when they were asked. Pure: time
//! comes in.

use std::collections::{BTreeMap, BTreeSet};

use net::transport::Refusal;
use state::NodeId;

use super::Function;
use super::error::{DRAINED, UNKNOWN};
use crate::limits;

/// What members said that did not take the work of a task.
#[derive(Debug, Default)]
pub(super) struct Roster {
    aside: BTreeMap<NodeId, Aside>,
}

/// Why a member does not take work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Aside {
    /// It has not got the function.
    Lacking,
    /// It is drained, or it was lost; then it is asked again.
    Away { until_ms: u64 },
}

/// Members that take work.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Takers {
    pub members: BTreeSet<NodeId>,
    /// Whether they have to be told to take it although they are drained: nobody else is there.
    pub insists: bool,
}

impl Roster {
    pub(super) fn put_aside(&mut self, member: NodeId, why: Aside) {
        self.aside.insert(member, why);
    }

    /// Those of `members` that take work.
    pub(super) fn takers(&self, members: impl Iterator<Item = NodeId>, now_ms: u64) -> Takers {
        let able: BTreeSet<NodeId> =
            members.filter(|id| self.aside.get(id) != Some(&Aside::Lacking)).collect();
        let is_away = |id: &NodeId| match self.aside.get(id) {
            Some(Aside::Away { until_ms }) => now_ms < *until_ms,
            Some(Aside::Lacking) | None => false,
        };
        let willing: BTreeSet<NodeId> = able.iter().filter(|id| !is_away(id)).copied().collect();
        let insists = willing.is_empty();
        Takers { members: if insists { able } else { willing }, insists }
    }
}

impl Aside {
    /// What a refusal says of the member, when it is about the member and not about the work.
    pub(super) fn told(refusal: &Refusal, function: &Function, now_ms: u64) -> Option<Self> {
        match (refusal.code.as_str(), function) {
            // A member of a version before native functions does not understand the message.
            (UNKNOWN | "TASK_MESSAGE_UNKNOWN", Function::Native(_)) => Some(Self::Lacking),
            (DRAINED, _) => Some(Self::Away { until_ms: now_ms + limits::DRAINED_MS }),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests;
