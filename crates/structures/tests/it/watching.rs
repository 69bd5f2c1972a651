//! Notices, and the kept changes of maps.

use structures::map::{After, Change, Changes, Command, Keys, Query, What};
use structures::{Answer, Event, Refusal, list as lists, names};

use crate::kit::{Bench, text, texts};
use crate::maps::put;

fn changes(bench: &Bench, map: &str, after: After, count: u64) -> Result<Changes, Refusal> {
    let keys = Keys::default();
    match bench.try_read(Query::Changes { map: text(map), keys, after, count })? {
        Answer::Changes(changes) => Ok(changes),
        other => panic!("{other:?}"),
    }
}

fn whats(changes: &Changes) -> Vec<String> {
    let show = |change: &Change| match &change.what {
        What::Put { key, value } => format!("{}={}", key.escape_ascii(), value.escape_ascii()),
        What::Removed { key, .. } => format!("-{}", key.escape_ascii()),
        What::Cleared { .. } => "cleared".to_owned(),
        What::Reset => "reset".to_owned(),
    };
    changes.changes.iter().map(show).collect()
}

#[test]
fn a_watcher_catches_up_from_a_revision_without_a_gap() {
    for map in ["default", "m"] {
        let mut bench = Bench::new();
        for (key, value) in [("a", "1"), ("b", "1"), ("a", "2")] {
            bench.write(put(map, key, value));
            bench.write(put("other", key, value));
        }
        bench.write(Command::Delete { map: text(map), keys: texts(&["a"]) });
        let all = changes(&bench, map, After::Revision(0), 100).unwrap();
        assert_eq!(whats(&all), ["a=1", "b=1", "a=2", "-a"]);
        assert!(!all.is_more);
        let some = changes(&bench, map, After::Revision(3), 1).unwrap();
        assert_eq!(whats(&some), ["a=2"]);
        assert!(some.is_more);
        let rest = changes(&bench, map, After::Page(some.next), 100).unwrap();
        assert_eq!(whats(&rest), ["-a"]);
        let now = changes(&bench, map, After::Page(rest.next), 100).unwrap();
        assert_eq!((whats(&now).len(), now.next), (0, rest.next));
    }
}

#[test]
fn a_watcher_sees_that_a_whole_map_changed() {
    let mut bench = Bench::new();
    bench.write(put("m", "a", "1"));
    bench.write(names::Command::Rename { from: text("m"), to: text("n"), only_if_free: false });
    bench.write(names::Command::Delete { names: texts(&["n"]) });
    bench.write(put("n", "b", "2"));
    bench.write(names::Command::Flush);
    let old = changes(&bench, "m", After::Revision(0), 100).unwrap();
    assert_eq!(whats(&old), ["a=1", "cleared", "cleared"]);
    let new = changes(&bench, "n", After::Revision(0), 100).unwrap();
    assert_eq!(whats(&new), ["reset", "cleared", "b=2", "cleared"]);
}

#[test]
fn a_watcher_that_was_away_too_long_is_told() {
    let mut bench = Bench::new();
    for number in 0..10_050 {
        bench.write(put("m", "k", &number.to_string()));
    }
    let forgotten = Refusal::HistoryForgotten { after: 10, oldest: 51 };
    assert_eq!(changes(&bench, "m", After::Revision(10), 1), Err(forgotten));
    let first = changes(&bench, "m", After::Revision(50), 1).unwrap();
    assert_eq!(whats(&first), ["k=50"]);
    let kept = bench.view.rows().filter(|(key, _)| key[0] == b'h').count();
    assert_eq!(kept, 10_000);
}

#[test]
fn large_changes_are_kept_by_bytes() {
    let mut bench = Bench::new();
    let large = "x".repeat(1_000_000);
    for _ in 0..40 {
        bench.write(put("m", "k", &large));
    }
    let kept = bench.view.rows().filter(|(key, _)| key[0] == b'h').count();
    assert_eq!(kept, 16);
}

#[test]
fn those_who_wait_are_told_when_elements_come() {
    let mut bench = Bench::new();
    bench.write(crate::lists::push("l", lists::End::Back, &["a", "b"]));
    assert_eq!(bench.told(), [Event::Grown]);
    bench.write(lists::Command::Pop { name: text("l"), end: lists::End::Back, count: 1 });
    assert_eq!(bench.told(), [Event::Changed]);
    bench.write(names::Command::Rename { from: text("l"), to: text("n"), only_if_free: false });
    assert!(matches!(bench.told()[..], [Event::Dropped { .. }, Event::Grown]));
    bench.write(names::Command::Publish { channel: text("c"), message: text("hi") });
    assert_eq!(bench.told(), [Event::Published { message: text("hi") }]);
    bench.write(names::Command::PublishApart { channel: text("c"), message: text("hi") });
    assert_eq!(bench.told(), [Event::PublishedApart { message: text("hi") }]);
    bench.write(put("m", "k", "1"));
    bench.write(put("m", "k", "2"));
    let (key, value) = (text("k"), text("2"));
    let last = Event::Put { key, value, old: Some(text("1")) };
    assert_eq!(bench.told().pop(), Some(last));
}
