//! What all structures have in common.

use structures::names::{Command, Name, Query};
use structures::{Answer, Event, Kind, Page, Refusal, Ttl, TtlCondition, list as lists};

use crate::kit::{Bench, Random, list, text, texts};
use crate::lists::{all, push};
use crate::maps::{get, put, value};

fn rename(from: &str, to: &str, only_if_free: bool) -> Command {
    Command::Rename { from: text(from), to: text(to), only_if_free }
}

fn copy(from: &str, to: &str, replace: bool) -> Command {
    Command::Copy { from: text(from), to: text(to), replace }
}

fn expire(name: &str, ms: i64, condition: TtlCondition) -> Command {
    Command::Expire { name: text(name), ttl: Ttl::After { ms }, condition }
}

fn deadline(bench: &Bench, name: &str) -> Answer {
    bench.read(Query::Deadline { name: text(name) })
}

#[test]
fn all_structures_share_one_name_space() {
    let mut bench = Bench::new();
    bench.write(put("default", "value", "v"));
    bench.write(put("map", "k", "v"));
    bench.write(push("list", lists::End::Back, &["a"]));
    bench.write(crate::sets::add("set", &["a"]));
    bench.write(crate::sorted::add("sorted", &[(1.0, "a")]));
    let kind = |name: &str| bench.read(Query::Kind { name: text(name) });
    for (name, expected) in [
        ("value", Kind::Value),
        ("map", Kind::Map),
        ("list", Kind::List),
        ("set", Kind::Set),
        ("sorted", Kind::SortedSet),
    ] {
        assert_eq!(kind(name), Answer::Kind(expected));
    }
    assert_eq!(kind("none"), Answer::Nothing);
    assert_eq!(bench.read(Query::Len), Answer::Integer(5));
    let exist = Query::Exist { names: texts(&["list", "list", "none", "map"]) };
    assert_eq!(bench.read(exist), Answer::Integer(3));
    let delete = Command::Delete { names: texts(&["list", "none", "map", "value"]) };
    assert_eq!(bench.write(delete), Answer::Integer(3));
    assert_eq!(bench.read(Query::Len), Answer::Integer(2));
    bench.assert_leaves_nothing();
}

#[test]
fn a_renamed_structure_keeps_everything_and_replaces_what_was_there() {
    let mut bench = Bench::new();
    bench.write(push("a", lists::End::Back, &["1", "2"]));
    bench.write(expire("a", 500, TtlCondition::Always));
    bench.write(put("m", "k", "v"));
    assert_eq!(bench.write(rename("a", "m", true)), Answer::Flag(false));
    assert_eq!(bench.write(rename("a", "m", false)), Answer::Flag(true));
    assert_eq!(all(&bench, "m"), list(&["1", "2"]));
    assert_eq!(deadline(&bench, "m"), Answer::Deadline(Some(bench.now_ms + 500)));
    assert_eq!(deadline(&bench, "a"), Answer::Nothing);
    assert_eq!(bench.write(rename("m", "m", false)), Answer::Flag(true));
    let refused = bench.try_write(rename("a", "b", false));
    assert_eq!(refused, Err(Refusal::NotFound { name: text("a") }));
    bench.wait(500);
    bench.expire();
    assert_eq!(bench.read(Query::Len), Answer::Integer(0));
    bench.assert_leaves_nothing();
}

#[test]
fn entries_of_a_renamed_map_still_end() {
    let mut bench = Bench::new();
    let options = structures::map::PutOptions { ttl: Ttl::After { ms: 100 }, ..Default::default() };
    bench.write(crate::maps::put_with("m", "k", "v", options));
    bench.write(put("m", "stays", "v"));
    bench.write(rename("m", "n", false));
    bench.wait(100);
    bench.expire();
    assert_eq!(get(&bench, "n", "k"), None);
    assert_eq!(value(&bench, "n", "stays").unwrap(), "v");
}

#[test]
fn a_copy_is_independent() {
    let mut bench = Bench::new();
    bench.write(push("a", lists::End::Back, &["1", "2"]));
    bench.write(expire("a", 500, TtlCondition::Always));
    assert_eq!(bench.write(copy("a", "b", false)), Answer::Flag(true));
    assert_eq!(bench.write(copy("a", "b", false)), Answer::Flag(false));
    assert_eq!(bench.write(copy("a", "b", true)), Answer::Flag(true));
    assert_eq!(bench.write(copy("none", "c", true)), Answer::Flag(false));
    assert_eq!(deadline(&bench, "b"), deadline(&bench, "a"));
    bench.write(push("b", lists::End::Back, &["3"]));
    assert_eq!(all(&bench, "a"), list(&["1", "2"]));
    assert_eq!(all(&bench, "b"), list(&["1", "2", "3"]));
    let options = structures::map::PutOptions { ttl: Ttl::After { ms: 100 }, ..Default::default() };
    bench.write(crate::maps::put_with("m", "k", "v", options));
    bench.write(copy("m", "n", false));
    bench.wait(100);
    bench.expire();
    assert_eq!(bench.read(Query::Exist { names: texts(&["m", "n"]) }), Answer::Integer(0));
    bench.assert_leaves_nothing();
}

#[test]
fn deadlines_are_set_on_conditions() {
    let mut bench = Bench::new();
    bench.write(put("default", "k", "v"));
    let mut set = |ms, condition| bench.write(expire("k", ms, condition)) == Answer::Flag(true);
    assert!(!set(100, TtlCondition::Present));
    assert!(!set(100, TtlCondition::Later), "without a deadline it ends last");
    assert!(set(100, TtlCondition::Sooner));
    assert!(!set(100, TtlCondition::Absent));
    assert!(!set(100, TtlCondition::Later));
    assert!(set(200, TtlCondition::Later));
    assert!(!set(300, TtlCondition::Sooner));
    assert!(set(50, TtlCondition::Present));
    assert!(!set(60, TtlCondition::SoonerIfPresent));
    assert!(set(40, TtlCondition::SoonerIfPresent));
    assert_eq!(bench.write(Command::Persist { name: text("k") }), Answer::Flag(true));
    assert_eq!(bench.write(Command::Persist { name: text("k") }), Answer::Flag(false));
    assert_eq!(deadline(&bench, "k"), Answer::Deadline(None));
    let refused = bench.write(expire("k", 40, TtlCondition::SoonerIfPresent));
    assert_eq!(refused, Answer::Flag(false));
    assert_eq!(bench.write(expire("k", -1, TtlCondition::Always)), Answer::Flag(true));
    assert_eq!(deadline(&bench, "k"), Answer::Nothing);
    assert_eq!(bench.write(expire("k", 1, TtlCondition::Always)), Answer::Flag(false));
    bench.write(put("default", "k", "v"));
    let refused = bench.try_write(expire("k", i64::MAX, TtlCondition::Always));
    assert_eq!(refused, Err(Refusal::TimeOutOfRange));
}

#[test]
fn names_are_listed_by_pattern_and_kind() {
    let mut bench = Bench::new();
    for number in 0..30 {
        bench.write(put("default", &format!("k{number:02}"), "v"));
        bench.write(push(&format!("l{number:02}"), lists::End::Back, &["a"]));
    }
    let (mut seen, mut after) = (Vec::new(), None);
    loop {
        let (matching, kind) = (Some(text("*[0-4]")), Some(Kind::List));
        let Answer::Page(Page { items, next }) =
            bench.read(Query::Scan { after, matching, kind, count: 4 })
        else {
            panic!()
        };
        let Answer::Names(names) = *items else { panic!() };
        seen.extend(names);
        after = next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(seen.len(), 15);
    assert!(seen.iter().all(|name| name.kind == Kind::List && name.len == 1));
    let Answer::Names(all) = bench.read(Query::All { matching: Some(text("?0[12]")) }) else {
        panic!()
    };
    let all: Vec<_> = all.into_iter().map(|Name { name, .. }| name).collect();
    assert_eq!(all, texts(&["k01", "k02", "l01", "l02"]));
    let mut random = std::collections::BTreeSet::new();
    for chance in 0..300 {
        let Answer::Names(names) = bench.read(Query::Random { chance }) else { panic!() };
        random.insert(names[0].name.clone());
    }
    assert!(random.len() > 50, "{}", random.len());
}

#[test]
fn a_flush_hides_all_names_at_once_and_sweeps_later() {
    let mut bench = Bench::new();
    for number in 0..3000 {
        bench.write(put("default", &format!("k{number}"), "v"));
    }
    for number in 0..200 {
        bench.write(put("m", &format!("k{number}"), "v"));
    }
    let before = bench.view.rows().count();
    bench.told();
    assert_eq!(bench.write(Command::Flush), Answer::Done);
    assert_eq!(bench.told(), [Event::Flushed]);
    assert_eq!(bench.read(Query::Len), Answer::Integer(0));
    assert_eq!(get(&bench, "m", "k1"), None);
    bench.write(put("default", "k1", "new"));
    assert!(bench.view.rows().count() > before / 2, "swept at once");
    bench.expire();
    assert_eq!(value(&bench, "default", "k1").unwrap(), "new");
    bench.assert_leaves_nothing();
}

#[test]
fn a_large_structure_is_dropped_at_once_and_swept_in_steps() {
    let mut bench = Bench::new();
    for number in 0..5000 {
        let options =
            structures::map::PutOptions { ttl: Ttl::After { ms: 1_000_000 }, ..Default::default() };
        bench.write(crate::maps::put_with("m", &format!("k{number}"), "v", options));
    }
    bench.write(Command::Delete { names: texts(&["m"]) });
    let mut steps = 0;
    while structures::next_deadline(&bench.view).unwrap().is_some_and(|at| at <= bench.now_ms) {
        let applied = bench.request(None, structures::Command::Expire);
        assert!(applied.changes.len() < 2500, "{}", applied.changes.len());
        steps += 1;
    }
    assert!(steps >= 5, "{steps}");
    let rows = bench.view.rows().filter(|(key, _)| b"dtx".contains(&key[0])).count();
    assert_eq!(rows, 0);
}

#[test]
fn random_names_come_and_go_without_a_rest() {
    for seed in 0..40 {
        let mut random = Random::new(seed);
        let mut bench = Bench::new();
        for _ in 0..300 {
            let word = |random: &mut Random| format!("n{}", random.below(12));
            let (name, other) = (word(&mut random), word(&mut random));
            bench.wait(random.below(30));
            let ms = i64::try_from(random.below(200)).unwrap();
            let answer = match random.below(9) {
                0 => bench.try_write(put("default", &name, "v")),
                1 => bench.try_write(put(&name, &other, "v")),
                2 => bench.try_write(push(&name, lists::End::Back, &["a", "b"])),
                3 => bench.try_write(crate::sorted::add(&name, &[(1.0, &other)])),
                4 => bench.try_write(rename(&name, &other, random.below(2) == 0)),
                5 => bench.try_write(copy(&name, &other, random.below(2) == 0)),
                6 => bench.try_write(expire(&name, ms, TtlCondition::Always)),
                7 => bench.try_write(Command::Delete { names: texts(&[&name]) }),
                _ => bench.try_write(crate::queues::push(&name, &["a"])),
            };
            let is_expected =
                matches!(answer, Ok(_) | Err(Refusal::WrongKind { .. } | Refusal::NotFound { .. }));
            assert!(is_expected, "seed {seed}: {answer:?}");
            let Answer::Names(names) = bench.read(Query::All { matching: None }) else { panic!() };
            let len = Answer::Integer(i64::try_from(names.len()).unwrap());
            assert_eq!(bench.read(Query::Len), len, "seed {seed}");
        }
        bench.assert_leaves_nothing();
    }
}
