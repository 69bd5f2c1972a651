//! Who should vote: decided from the members, as one function without effects.

mod advice;

use std::collections::BTreeSet;

pub use advice::{Count, Strength, advice};

use crate::limits;
use crate::member::{Member, Members, NodeId, Role};

/// The members that should vote, while those of `missing` have not been heard of for long.
///
/// One, two and three members all vote; four are three voters and a learner; five or more have
/// five voters. Who votes goes on voting, a witness always; a missing voter gives its vote to a
/// learner, when one is there. Who is drained does not vote, unless nobody else could serve.
#[must_use]
pub fn voters(members: &Members, look: &Look) -> BTreeSet<NodeId> {
    let serves = |id: &NodeId, member: &Member| !look.drained.contains(id) && !member.is_witness;
    let can_do_without =
        members.all.iter().any(|(id, (member, role))| *role != Role::Learner && serves(id, member));
    // A vote for who does not answer could hold up everything.
    let may_vote = |id: &NodeId, role: Role| {
        (!can_do_without || !look.drained.contains(id))
            && (role != Role::Learner || !look.silent.contains(id))
    };
    let candidates = members.all.iter().filter(|(id, (_, role))| may_vote(id, *role));
    let wanted = match candidates.clone().count() {
        count @ 0..=2 => count,
        3 | 4 => 3,
        _ => limits::VOTERS_MAX,
    };
    let mut order: Vec<(u8, NodeId)> = candidates
        .map(|(id, (member, role))| {
            (rank(member.is_witness, *role, look.missing.contains(id)), *id)
        })
        .collect();
    order.sort_unstable();
    order.into_iter().take(wanted).map(|(_, id)| id).collect()
}

/// What the leader knows of the members beside their roles.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Look {
    /// Cannot be reached now.
    pub silent: BTreeSet<NodeId>,
    /// Not heard of for long.
    pub missing: BTreeSet<NodeId>,
    /// About to be stopped.
    pub drained: BTreeSet<NodeId>,
}

/// Whether a majority of `voters` can be reached: else a change to them would stop all writes.
#[must_use]
pub fn is_safe(voters: &BTreeSet<NodeId>, look: &Look) -> bool {
    voters.difference(&look.silent).count() * 2 > voters.len()
}

/// To whom a leader that should not lead hands over: a voter that serves and can be reached.
#[must_use]
pub fn heir(members: &Members, look: &Look) -> Option<NodeId> {
    let mut voters = members.all.iter().filter(|(_, (_, role))| *role == Role::Voter);
    let takes_over = |id: &NodeId, member: &Member| {
        !member.is_witness && !look.drained.contains(id) && !look.silent.contains(id)
    };
    voters.find(|(id, (member, _))| takes_over(id, member)).map(|(id, _)| *id)
}

/// The smallest first.
fn rank(is_witness: bool, role: Role, is_missing: bool) -> u8 {
    match (role, is_missing) {
        (Role::Leader, _) => 0,
        (_, false) if is_witness => 1,
        (Role::Voter, false) => 2,
        (Role::Learner, false) => 3,
        // Still a voter when nobody else can be.
        (Role::Voter, true) => 4,
        (Role::Learner, true) => 5,
    }
}

#[cfg(test)]
mod tests;
