//! Patches: numbered without a gap, rolled back, and no names.

use bytes::Bytes;
use structures::limits::{PATCH_BYTES_MAX, PATCHES_MAX};
use structures::patches::{Command, Log, Query};
use structures::{Answer, Refusal, names};

use crate::kit::{Bench, text};

fn append(source: &str, last: u64) -> Command {
    Command::Append { name: text("a.js"), source: text(source), last }
}

fn log(bench: &Bench) -> Log {
    match bench.read(Query::ChangedAfter { revision: 0 }) {
        Answer::Patches(log) => log,
        Answer::Nothing => Log::default(),
        other => panic!("{other:?}"),
    }
}

fn sources(bench: &Bench) -> Vec<Bytes> {
    log(bench).patches.into_iter().map(|patch| patch.source).collect()
}

#[test]
fn patches_are_numbered_and_one_that_comes_second_is_not_added() {
    let mut bench = Bench::new();
    assert_eq!(bench.write(append("one", 0)), Answer::Integer(1));
    assert_eq!(bench.write(append("late", 0)), Answer::Nothing);
    assert_eq!(bench.write(append("two", 1)), Answer::Integer(2));
    assert_eq!(sources(&bench), ["one", "two"]);
}

#[test]
fn removing_all_names_leaves_the_patches() {
    let mut bench = Bench::new();
    bench.write(append("one", 0));
    bench.write(structures::counter::Command::Add { name: text("n"), by: 1 });
    bench.write(names::Command::Flush);
    bench.expire();
    assert_eq!(sources(&bench), ["one"]);
    assert_eq!(bench.read(names::Query::Len), Answer::Integer(0));
}

#[test]
fn a_roll_back_frees_the_numbers_behind_it() {
    let mut bench = Bench::new();
    for (last, source) in (0..).zip(["one", "two", "three"]) {
        bench.write(append(source, last));
    }
    let before = log(&bench).revision;
    assert_eq!(bench.write(Command::RollBack { to: 1 }), Answer::Integer(2));
    assert_eq!(bench.write(Command::RollBack { to: 1 }), Answer::Integer(0));
    assert!(log(&bench).revision > before);
    assert_eq!(bench.write(append("other", 1)), Answer::Integer(2));
    assert_eq!(sources(&bench), ["one", "other"]);
}

#[test]
fn patches_are_read_again_only_when_they_changed() {
    let mut bench = Bench::new();
    assert_eq!(bench.read(Query::ChangedAfter { revision: 0 }), Answer::Nothing);
    bench.write(append("one", 0));
    let revision = log(&bench).revision;
    assert_eq!(bench.read(Query::ChangedAfter { revision }), Answer::Nothing);
    bench.write(Command::RollBack { to: 0 });
    let Answer::Patches(now) = bench.read(Query::ChangedAfter { revision }) else { panic!() };
    assert!(now.patches.is_empty());
}

#[test]
fn patches_have_limits() {
    let mut bench = Bench::new();
    let long = "x".repeat(PATCH_BYTES_MAX + 1);
    assert!(matches!(bench.try_write(append(&long, 0)), Err(Refusal::TooMany { .. })));
    let long = "x".repeat(PATCH_BYTES_MAX);
    for last in 0..4 {
        bench.write(append(&long, last));
    }
    assert!(matches!(bench.try_write(append("x", 4)), Err(Refusal::TooMany { .. })));
    bench.write(Command::RollBack { to: 0 });
    let last = u64::try_from(PATCHES_MAX).unwrap();
    for last in 0..last {
        bench.write(append("", last));
    }
    assert!(matches!(bench.try_write(append("", last)), Err(Refusal::TooMany { .. })));
    assert_eq!(log(&bench).patches.len(), PATCHES_MAX);
}
