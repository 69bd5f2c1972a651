//! What may fail next and what to do about it, in words: the one place that says so.

use std::collections::BTreeSet;

use crate::member::{Members, NodeId, Role};

const ADD_WITNESS: &str = "add a witness";
const ADD_SERVER: &str = "add a node that serves data";

/// Who votes and who serves data, and how many of them can be reached.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Strength {
    pub voters: Count,
    /// Voters that are witnesses.
    pub witnesses: Count,
    /// Members that are no witnesses, learners too.
    pub servers: Count,
}

/// How many there are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Count {
    pub all: usize,
    pub reachable: usize,
}

impl Strength {
    #[must_use]
    pub fn of(members: &Members, reachable: &BTreeSet<NodeId>) -> Self {
        let mut strength = Self::default();
        for (id, (member, role)) in &members.all {
            let is_reachable = reachable.contains(id);
            let votes = *role != Role::Learner;
            strength.voters.add(votes, is_reachable);
            strength.witnesses.add(votes && member.is_witness, is_reachable);
            strength.servers.add(!member.is_witness, is_reachable);
        }
        strength
    }

    fn majority(&self) -> usize {
        self.voters.all / 2 + 1
    }

    /// How many of those that can be reached may be lost, whichever they are, while the rest
    /// writes and serves. None: they do not even now.
    fn spare(&self) -> Option<usize> {
        let votes = self.voters.reachable.checked_sub(self.majority())?;
        Some(votes.min(self.servers.reachable.checked_sub(1)?))
    }

    /// What makes two voters safe.
    fn add_to_two(&self) -> &'static str {
        if self.witnesses.all == 0 { ADD_WITNESS } else { ADD_SERVER }
    }

    /// What to do about a quorum that is lost, beside starting the missing nodes again.
    pub(crate) fn help(&self) -> Option<&'static str> {
        (self.voters.all == 2).then(|| self.add_to_two())
    }
}

impl Count {
    fn add(&mut self, counts: bool, is_reachable: bool) {
        self.all += usize::from(counts);
        self.reachable += usize::from(counts && is_reachable);
    }

    fn missing(self) -> usize {
        self.all.saturating_sub(self.reachable)
    }
}

/// What may fail next, and what to do about it, in words.
#[must_use]
pub fn advice(strength: &Strength) -> Vec<String> {
    let Count { all: voters, reachable } = strength.voters;
    let majority = strength.majority();
    if reachable < majority {
        return vec![format!(
            "{reachable} of {voters} voters can be reached, {majority} are needed: writes have \
             stopped; start the missing nodes"
        )];
    }
    let mut advice = Vec::new();
    let missing = strength.voters.missing();
    if missing > 0 {
        advice.push(format!("{missing} of {voters} voters cannot be reached; start them again"));
    }
    advice.push(match strength.spare() {
        Some(0) => last_one(strength),
        Some(1) => "any one node may be lost".to_owned(),
        Some(spare) => format!("any {spare} nodes may be lost"),
        None if strength.servers.all == 0 => format!("no member serves data; {ADD_SERVER}"),
        None => "no member that serves data can be reached; start one of them again".to_owned(),
    });
    advice
}

/// What one loss stops, and what helps against it.
fn last_one(strength: &Strength) -> String {
    let votes = strength.voters.reachable - strength.majority();
    match (strength.voters.all, votes) {
        (1, _) if strength.servers.all == 1 => {
            "losing this node stops everything; add two nodes".to_owned()
        }
        (2, 0) => format!("losing any one node stops writes; {}", strength.add_to_two()),
        (_, 0) => "losing one more node stops writes".to_owned(),
        _ if strength.servers.missing() > 0 => {
            "losing the last node that serves data stops everything; start the others again"
                .to_owned()
        }
        _ => format!("losing the only node that serves data stops everything; {ADD_SERVER}"),
    }
}

#[cfg(test)]
mod tests;
