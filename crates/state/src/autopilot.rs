//! Who should vote: decided from the members, as one function without effects.

use std::collections::BTreeSet;

use crate::limits;
use crate::member::{Members, NodeId, Role};

/// The members that should vote, while those of `missing` have not been heard of for long.
///
/// One, two and three members all vote; four are three voters and a learner; five or more have
/// five voters. Who votes goes on voting, a witness always; a missing voter gives its vote to a
/// learner, when one is there.
#[must_use]
pub fn voters(members: &Members, missing: &BTreeSet<NodeId>) -> BTreeSet<NodeId> {
    let wanted = match members.all.len() {
        count @ 0..=2 => count,
        3 | 4 => 3,
        _ => limits::VOTERS_MAX,
    };
    let mut order: Vec<(u8, NodeId)> = members
        .all
        .iter()
        .map(|(id, (member, role))| (rank(member.is_witness, *role, missing.contains(id)), *id))
        .collect();
    order.sort_unstable();
    order.into_iter().take(wanted).map(|(_, id)| id).collect()
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
