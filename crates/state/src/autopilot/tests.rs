use std::collections::BTreeSet;

use super::{Look, heir, is_safe, voters};
use crate::member::{Member, Members, NodeId, Role};

fn members(roles: &[(Role, bool)]) -> Members {
    let member = |is_witness| Member { is_witness, ..Member::default() };
    let all = (1..).zip(roles).map(|(id, (role, witness))| (NodeId(id), (member(*witness), *role)));
    Members { all: all.collect(), are_agreed: true }
}

fn ids(ids: &[u64]) -> BTreeSet<NodeId> {
    ids.iter().copied().map(NodeId).collect()
}

/// Roles of the members, and who should vote.
type Case<'a> = (&'a [(Role, bool)], &'a [u64]);

const L: (Role, bool) = (Role::Leader, false);
const V: (Role, bool) = (Role::Voter, false);
const N: (Role, bool) = (Role::Learner, false);
const W: (Role, bool) = (Role::Learner, true);

#[test]
fn one_two_and_three_vote_four_are_three_and_a_learner_more_are_five() {
    let none = Look::default();
    let cases: [Case<'_>; 6] = [
        (&[L], &[1]),
        (&[L, N], &[1, 2]),
        (&[L, V, N], &[1, 2, 3]),
        (&[L, V, V, N], &[1, 2, 3]),
        (&[L, V, V, N, N], &[1, 2, 3, 4, 5]),
        (&[N, L, V, V, V, V], &[2, 3, 4, 5, 6]),
    ];
    for (roles, expected) in cases {
        assert_eq!(voters(&members(roles), &none), ids(expected), "{roles:?}");
    }
}

#[test]
fn a_witness_always_votes() {
    assert_eq!(voters(&members(&[L, V, V, W]), &Look::default()), ids(&[1, 2, 4]));
}

#[test]
fn a_missing_voter_gives_its_vote_to_a_learner_when_there_is_one() {
    let missing = |missing: &[u64]| Look { missing: ids(missing), ..Look::default() };
    assert_eq!(voters(&members(&[L, V, V, N]), &missing(&[2])), ids(&[1, 3, 4]));
    assert_eq!(voters(&members(&[L, V, V]), &missing(&[2])), ids(&[1, 2, 3]));
    assert_eq!(voters(&members(&[L, V, V, N]), &missing(&[2, 4])), ids(&[1, 2, 3]));
}

#[test]
fn a_learner_gets_a_vote_when_it_answers() {
    let silent = Look { silent: ids(&[2]), ..Look::default() };
    assert_eq!(voters(&members(&[L, N]), &silent), ids(&[1]));
    assert_eq!(voters(&members(&[L, V]), &silent), ids(&[1, 2]));
    assert!(!is_safe(&ids(&[1, 2]), &silent));
    assert!(is_safe(&ids(&[1, 2, 3]), &silent));
}

#[test]
fn who_is_drained_does_not_vote_when_another_one_serves() {
    const VW: (Role, bool) = (Role::Voter, true);
    let drained = |drained: &[u64]| Look { drained: ids(drained), ..Look::default() };
    assert_eq!(voters(&members(&[L, V, V]), &drained(&[1])), ids(&[2, 3]));
    assert_eq!(voters(&members(&[L, V]), &drained(&[2])), ids(&[1]));
    assert_eq!(voters(&members(&[L, VW]), &drained(&[1])), ids(&[1, 2]));
    assert_eq!(voters(&members(&[L, V, V, N]), &drained(&[2])), ids(&[1, 3, 4]));
}

#[test]
fn the_heir_is_a_voter_that_serves() {
    const VW: (Role, bool) = (Role::Voter, true);
    let roles = members(&[(Role::Leader, true), VW, V, V, N]);
    let silent = |silent: &[u64], drained: &[u64]| Look {
        silent: ids(silent),
        drained: ids(drained),
        ..Look::default()
    };
    assert_eq!(heir(&roles, &silent(&[], &[])), Some(NodeId(3)));
    assert_eq!(heir(&roles, &silent(&[3], &[])), Some(NodeId(4)));
    assert_eq!(heir(&roles, &silent(&[3], &[4])), None);
}
