use state::NodeId;

use super::{Aside, Roster, Takers};

fn takers(roster: &Roster, now_ms: u64) -> (Vec<u64>, bool) {
    let Takers { members, insists } = roster.takers((1..=3).map(NodeId), now_ms);
    (members.into_iter().map(|id| id.0).collect(), insists)
}

#[test]
fn a_drained_member_takes_work_when_all_are_drained_and_is_asked_again_later() {
    let mut roster = Roster::default();
    assert_eq!(takers(&roster, 0), (vec![1, 2, 3], false));
    roster.put_aside(NodeId(1), Aside::Away { until_ms: 10 });
    roster.put_aside(NodeId(2), Aside::Away { until_ms: 20 });
    assert_eq!(takers(&roster, 0), (vec![3], false));
    roster.put_aside(NodeId(3), Aside::Away { until_ms: 20 });
    assert_eq!(takers(&roster, 9), (vec![1, 2, 3], true));
    assert_eq!(takers(&roster, 10), (vec![1], false));
}

#[test]
fn a_member_without_the_function_never_takes_work() {
    let mut roster = Roster::default();
    roster.put_aside(NodeId(1), Aside::Lacking);
    roster.put_aside(NodeId(2), Aside::Away { until_ms: 10 });
    roster.put_aside(NodeId(3), Aside::Away { until_ms: 10 });
    assert_eq!(takers(&roster, 0), (vec![2, 3], true));
    roster.put_aside(NodeId(2), Aside::Lacking);
    roster.put_aside(NodeId(3), Aside::Lacking);
    assert!(takers(&roster, 0).0.is_empty());
}
