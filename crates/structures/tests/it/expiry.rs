//! Deadlines.

use structures::{Answer, Cause, Command, Event, Stamp, Ttl, apply, map, names, next_deadline};

use crate::kit::{Bench, text};
use crate::maps::{get, put, put_with, value};

fn ending(map: &str, key: &str, ms: i64) -> map::Command {
    put_with(map, key, "v", map::PutOptions { ttl: Ttl::After { ms }, ..Default::default() })
}

#[test]
fn a_value_is_seen_until_a_command_ends_it() {
    let mut bench = Bench::new();
    bench.write(ending("default", "k", 100));
    assert_eq!(next_deadline(&bench.view).unwrap(), Some(bench.now_ms + 100));
    bench.wait(1000);
    assert_eq!(value(&bench, "default", "k").unwrap(), "v", "reads compare with no clock");
    bench.told();
    assert_eq!(bench.write(Command::Expire), Answer::Integer(1));
    assert_eq!(get(&bench, "default", "k"), None);
    let (key, old) = (text("k"), text("v"));
    assert_eq!(bench.told(), [Event::Removed { key, old, cause: Cause::Expired }]);
    assert_eq!(next_deadline(&bench.view).unwrap(), None);
    assert_eq!(bench.write(Command::Expire), Answer::Integer(0));
}

#[test]
fn a_command_never_finds_what_is_over() {
    let mut bench = Bench::new();
    bench.write(ending("default", "k", 100));
    bench.wait(100);
    let append = map::Merge::Append(text("new"));
    let (map, key) = (text("default"), text("k"));
    assert_eq!(bench.write(map::Command::Merge { map, key, merge: append }), Answer::Integer(3));
    assert_eq!(value(&bench, "default", "k").unwrap(), "new");
}

#[test]
fn time_never_goes_back() {
    let mut bench = Bench::new();
    bench.write(put("default", "a", "v"));
    let seen_ms = bench.now_ms;
    bench.now_ms = 5;
    bench.write(ending("default", "k", 100));
    assert_eq!(get(&bench, "default", "k").unwrap().expires_ms, Some(seen_ms + 100));
    assert_eq!(structures::now_ms(&bench.view).unwrap(), seen_ms);
}

#[test]
fn a_command_that_changes_nothing_writes_nothing() {
    let mut bench = Bench::new();
    bench.write(put("default", "a", "v"));
    bench.wait(1000);
    for command in [
        Command::Expire,
        names::Command::Delete { names: vec![text("none")] }.into(),
        map::Command::Take { map: text("m"), key: text("k") }.into(),
    ] {
        let stamp = Stamp { now_ms: bench.now_ms };
        let request = structures::Request { id: None, command };
        let applied = apply(&bench.view, stamp, [&request]).unwrap();
        assert!(applied.changes.is_empty(), "{request:?}: {:?}", applied.changes);
        assert_eq!(applied.revision, 1);
    }
}

#[test]
fn what_would_be_over_at_once_is_not_written() {
    for map in ["default", "m"] {
        let mut bench = Bench::new();
        bench.write(put(map, "k", "old"));
        bench.write(ending(map, "k", 0));
        assert_eq!(get(&bench, map, "k"), None);
        bench.write(put_with(
            map,
            "k",
            "v",
            map::PutOptions { ttl: Ttl::At { ms: 1 }, ..Default::default() },
        ));
        assert_eq!(get(&bench, map, "k"), None);
        bench.assert_leaves_nothing();
    }
}

#[test]
fn many_deadlines_at_once_end_in_bounded_steps() {
    let mut bench = Bench::new();
    for number in 0..2500 {
        bench.write(ending("default", &format!("k{number}"), 100));
    }
    bench.wait(100_000);
    let ended: Vec<Answer> = (0..4).map(|_| bench.write(Command::Expire)).collect();
    assert_eq!(ended, [1000, 1000, 500, 0].map(Answer::Integer));
    assert_eq!(bench.read(names::Query::Len), Answer::Integer(0));
}
