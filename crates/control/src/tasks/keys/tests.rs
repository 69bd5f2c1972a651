use std::collections::BTreeMap;

use state::NodeId;

use super::{home, kept, pair};

fn homes(members: std::ops::RangeInclusive<u64>) -> Vec<NodeId> {
    let members = members.map(NodeId).collect();
    (0..3_000).map(|key| home("m", &format!("\"k{key}\""), &members).unwrap()).collect()
}

#[test]
fn keys_are_spread_evenly_and_stay_when_a_member_goes() {
    let (four, three) = (homes(1..=4), homes(1..=3));
    let mut counts: BTreeMap<NodeId, u32> = BTreeMap::new();
    for (before, after) in four.iter().zip(&three) {
        *counts.entry(*before).or_default() += 1;
        assert!(before == after || *before == NodeId(4));
    }
    assert!(counts.values().all(|count| (650..850).contains(count)), "{counts:?}");
    let moved = four.iter().zip(&three).filter(|(before, _)| **before == NodeId(4));
    let heirs: std::collections::BTreeSet<_> = moved.map(|(_, after)| after).collect();
    assert_eq!(heirs.len(), 3, "what a member leaves behind goes to all others");
}

#[test]
fn the_home_of_a_key_is_the_same_in_all_versions() {
    let members = (1..=5).map(NodeId).collect();
    let homes = ["\"a\"", "\"b\"", "\"c\"", "1", "[1,2]"].map(|key| home("m", key, &members));
    assert_eq!(homes.map(|home| home.unwrap().0), [4, 3, 2, 4, 1]);
    assert_eq!(home("m", "1", &std::collections::BTreeSet::new()), None);
}

#[test]
fn keys_are_kept_as_programs_keep_them() {
    assert_eq!(kept("\"a \\\"b\"").unwrap(), "a \"b");
    assert_eq!(kept("7").unwrap(), "7");
    assert_eq!(kept("{\"x\":1}\r").unwrap(), "{\"x\":1}");
    assert_eq!(kept("1,2"), None);
    assert_eq!(kept("\"open"), None);
    assert_eq!(pair("\"a\"", Some(&serde_json::json!({ "n": 1 }))), "[\"a\",{\"n\":1}]\n");
    assert_eq!(pair("7", None), "[7,null]\n");
}
