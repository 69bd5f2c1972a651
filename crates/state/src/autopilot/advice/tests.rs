use std::collections::BTreeSet;

use super::{Count, Strength, advice};
use crate::autopilot::{Look, voters};
use crate::member::{Member, Members, NodeId, Role};

/// Voters that serve data and such that are witnesses, and how many of each are dead.
#[derive(Debug, Clone, Copy)]
struct Case {
    servers: usize,
    witnesses: usize,
    dead_servers: usize,
    dead_witnesses: usize,
}

fn case(servers: (usize, usize), witnesses: (usize, usize)) -> Case {
    let ((servers, dead_servers), (witnesses, dead_witnesses)) = (servers, witnesses);
    Case { servers, witnesses, dead_servers, dead_witnesses }
}

impl Case {
    /// All with one to five voters.
    fn all() -> Vec<Self> {
        let mut all = Vec::new();
        for servers in 0..=5 {
            for witnesses in 0..=5 - servers {
                for dead_servers in 0..=servers {
                    for dead_witnesses in 0..=witnesses {
                        all.push(case((servers, dead_servers), (witnesses, dead_witnesses)));
                    }
                }
            }
        }
        all.retain(|case| case.servers + case.witnesses > 0);
        all
    }

    /// For each voter, whether it is a witness and whether it lives.
    fn nodes(self) -> Vec<(bool, bool)> {
        let servers = (0..self.servers).map(|at| (false, at >= self.dead_servers));
        let witnesses = (0..self.witnesses).map(|at| (true, at >= self.dead_witnesses));
        servers.chain(witnesses).collect()
    }

    fn members(self) -> Members {
        let member = |is_witness| Member { is_witness, ..Member::default() };
        let all = (1..).zip(self.nodes());
        Members {
            all: all
                .map(|(id, (witness, _))| (NodeId(id), (member(witness), Role::Voter)))
                .collect(),
            are_agreed: true,
        }
    }

    fn advice(self) -> Vec<String> {
        let ids = (1..).zip(self.nodes()).filter(|(_, (_, lives))| *lives);
        let reachable: BTreeSet<NodeId> = ids.map(|(id, _)| NodeId(id)).collect();
        advice(&Strength::of(&self.members(), &reachable))
    }
}

/// Whether writes go on and somebody serves them.
fn works(nodes: &[(bool, bool)]) -> bool {
    let living = nodes.iter().filter(|(_, lives)| *lives);
    living.clone().count() * 2 > nodes.len() && living.clone().any(|(is_witness, _)| !is_witness)
}

/// How many may be lost at once, found by losing each set of nodes; none: it does not work.
fn spare(nodes: &[(bool, bool)]) -> Option<u32> {
    let losses = 0..1_u32 << nodes.len();
    let fatal = losses.filter(|loss| {
        let is_lost = |at: usize| loss & (1 << at) != 0;
        let only_living = nodes.iter().enumerate().all(|(at, (_, lives))| *lives || !is_lost(at));
        let rest = nodes.iter().enumerate();
        let rest: Vec<_> = rest.map(|(at, (is, lives))| (*is, *lives && !is_lost(at))).collect();
        only_living && !works(&rest)
    });
    fatal.map(u32::count_ones).min()?.checked_sub(1)
}

#[test]
fn every_membership_is_told_how_many_it_may_lose() {
    let all = Case::all();
    assert_eq!(all.len(), 125);
    for case in all {
        let (nodes, told) = (case.nodes(), case.advice());
        let last = told.last().unwrap().as_str();
        match spare(&nodes) {
            None if nodes.iter().filter(|(_, lives)| *lives).count() * 2 <= nodes.len() => {
                assert!(last.contains("writes have stopped; start the missing nodes"), "{case:?}");
            }
            None => assert!(last.starts_with("no member"), "{case:?}: {last}"),
            Some(0) => assert!(last.starts_with("losing "), "{case:?}: {last}"),
            Some(1) => assert_eq!(last, "any one node may be lost", "{case:?}"),
            Some(spare) => assert_eq!(last, format!("any {spare} nodes may be lost"), "{case:?}"),
        }
        let dead = nodes.iter().filter(|(_, lives)| !lives).count();
        let is_told = told.iter().any(|line| line.starts_with(&format!("{dead} of ")));
        assert!(dead == 0 || is_told || last.contains("can be reached"), "{case:?}: {told:?}");
    }
}

#[test]
fn what_is_to_be_added_makes_the_loss_of_any_one_harmless() {
    let whole = Case::all().into_iter().filter(|case| case.dead_servers + case.dead_witnesses == 0);
    for case in whole {
        let told = case.advice();
        let is_safe = spare(&case.nodes()).is_some_and(|spare| spare > 0);
        let Some((_, add)) = told.last().unwrap().split_once("; add ") else {
            assert!(is_safe, "{case:?}: {told:?}");
            continue;
        };
        assert!(!is_safe, "{case:?}: {told:?}");
        let mut more = match add {
            "a witness" => Case { witnesses: case.witnesses + 1, ..case },
            "two nodes" => Case { servers: case.servers + 2, ..case },
            "a node that serves data" => Case { servers: case.servers + 1, ..case },
            other => panic!("{other}"),
        };
        if case.servers == 0 {
            // The first one makes it work; what it needs to be safe is told then.
            more.servers += 1;
        }
        assert!(spare(&more.nodes()).is_some_and(|spare| spare > 0), "{case:?}: {told:?}");
    }
}

#[test]
fn the_words_for_what_people_run() {
    let start = "1 of 3 voters cannot be reached; start them again";
    let cases: [(Case, &[&str]); 12] = [
        (case((1, 0), (0, 0)), &["losing this node stops everything; add two nodes"]),
        (case((2, 0), (0, 0)), &["losing any one node stops writes; add a witness"]),
        (case((1, 0), (1, 0)), &["losing any one node stops writes; add a node that serves data"]),
        (case((3, 0), (0, 0)), &["any one node may be lost"]),
        (case((2, 0), (1, 0)), &["any one node may be lost"]),
        (case((5, 0), (0, 0)), &["any 2 nodes may be lost"]),
        (case((2, 0), (3, 0)), &["any one node may be lost"]),
        (case((3, 1), (0, 0)), &[start, "losing one more node stops writes"]),
        (case((2, 0), (1, 1)), &[start, "losing one more node stops writes"]),
        (
            case((1, 0), (2, 0)),
            &[
                "losing the only node that serves data stops everything; add a node that serves data",
            ],
        ),
        (case((0, 0), (1, 0)), &["no member serves data; add a node that serves data"]),
        (
            case((2, 1), (3, 0)),
            &[
                "1 of 5 voters cannot be reached; start them again",
                "losing the last node that serves data stops everything; start the others again",
            ],
        ),
    ];
    for (case, expected) in cases {
        assert_eq!(case.advice(), expected, "{case:?}");
    }
    let stopped = case((3, 2), (0, 0)).advice();
    assert!(stopped[0].starts_with("1 of 3 voters can be reached, 2 are needed: writes have"));
}

#[test]
fn learners_serve_and_do_not_vote() {
    let mut members = case((1, 0), (2, 0)).members();
    members.all.insert(NodeId(9), (Member::default(), Role::Learner));
    let all = members.all.keys().copied().collect();
    let strength = Strength::of(&members, &all);
    assert_eq!(strength.voters, Count { all: 3, reachable: 3 });
    assert_eq!(strength.servers, Count { all: 2, reachable: 2 });
    assert_eq!(advice(&strength), ["any one node may be lost"]);
    assert!(voters(&members, &Look::default()).contains(&NodeId(2)));
}

#[test]
fn a_lost_quorum_of_two_is_told_what_was_missing() {
    let help = |servers, witnesses| {
        Strength::of(&case((servers, 0), (witnesses, 0)).members(), &BTreeSet::new()).help()
    };
    assert_eq!(help(2, 0), Some("add a witness"));
    assert_eq!(help(1, 1), Some("add a node that serves data"));
    assert_eq!(help(3, 0), None);
}
