//! Who should vote: decided from the members, as one function without effects.

use std::collections::BTreeSet;

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

/// What may fail next, and what to do about it, in words.
#[must_use]
pub fn advice(voters: usize, reachable: usize) -> Vec<String> {
    let majority = voters / 2 + 1;
    if reachable < majority {
        return vec![format!(
            "{reachable} of {voters} voters can be reached, {majority} are needed: writes have \
             stopped; start the missing nodes"
        )];
    }
    let spare = reachable - majority;
    let missing = voters - reachable;
    let mut advice = Vec::new();
    if missing > 0 {
        advice.push(format!("{missing} of {voters} voters cannot be reached; start them again"));
    }
    match (spare, voters) {
        (0, 1) => advice.push("losing this node stops everything; add two nodes".to_owned()),
        (0, 2) => advice.push("losing any one node stops writes; add a witness".to_owned()),
        (0, _) => advice.push("losing one more node stops writes".to_owned()),
        (1, _) => advice.push("any one node may be lost".to_owned()),
        (spare, _) => advice.push(format!("any {spare} nodes may be lost")),
    }
    advice
}

#[cfg(test)]
mod tests;
