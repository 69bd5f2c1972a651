//! Sets.

use std::collections::BTreeSet;

use bytes::Bytes;
use structures::set::{Combination, Command, Query};
use structures::{Answer, Kind, Page, Refusal, names};

use crate::kit::{Bench, Random, list, text, texts};

pub(crate) fn add(name: &str, members: &[&str]) -> Command {
    Command::Add { name: text(name), members: texts(members) }
}

fn members(bench: &Bench, name: &str) -> Answer {
    bench.read(Query::Members { name: text(name) })
}

#[test]
fn members_are_there_once() {
    let mut bench = Bench::new();
    assert_eq!(bench.write(add("s", &["b", "a", "b"])), Answer::Integer(2));
    assert_eq!(bench.write(add("s", &["a"])), Answer::Integer(0));
    assert_eq!(members(&bench, "s"), list(&["a", "b"]));
    let contain = Query::Contain { name: text("s"), members: texts(&["a", "x"]) };
    let flags = Answer::List(vec![Answer::Flag(true), Answer::Flag(false)]);
    assert_eq!(bench.read(contain), flags);
    let remove = Command::Remove { name: text("s"), members: texts(&["a", "x", "b"]) };
    assert_eq!(bench.write(remove), Answer::Integer(2));
    assert_eq!(bench.read(names::Query::Len), Answer::Integer(0));
    bench.assert_leaves_nothing();
}

#[test]
fn members_are_moved_and_popped() {
    let mut bench = Bench::new();
    bench.write(add("a", &["1", "2"]));
    let step = |from: &str, to: &str, member: &str| Command::Move {
        from: text(from),
        to: text(to),
        member: text(member),
    };
    assert_eq!(bench.write(step("a", "b", "1")), Answer::Flag(true));
    assert_eq!(bench.write(step("a", "b", "1")), Answer::Flag(false));
    assert_eq!(bench.write(step("b", "b", "1")), Answer::Flag(true));
    assert_eq!(members(&bench, "b"), list(&["1"]));
    let pop = Command::Pop { name: text("a"), count: 5, chance: 1 };
    assert_eq!(bench.write(pop.clone()), list(&["2"]));
    assert_eq!(bench.write(pop), list(&[]));
    bench.write(crate::maps::put("default", "s", "v"));
    let (found, wanted) = (Kind::Value, Kind::Set);
    let refused = Refusal::WrongKind { name: text("s"), found, wanted };
    assert_eq!(bench.try_write(step("b", "s", "1")), Err(refused));
}

#[test]
fn every_member_is_popped_as_often_as_others() {
    let mut bench = Bench::new();
    let all: Vec<String> = (0..100).map(|number| format!("m{number}")).collect();
    let all: Vec<&str> = all.iter().map(String::as_str).collect();
    bench.write(add("s", &all));
    let mut seen = std::collections::BTreeMap::new();
    for chance in 0..5000 {
        let random = Query::Random { name: text("s"), count: None, chance };
        let Answer::List(found) = bench.read(random) else { panic!() };
        *seen.entry(format!("{:?}", found[0])).or_insert(0) += 1;
    }
    assert_eq!(seen.len(), 100);
    assert!(seen.values().all(|count| (20..90).contains(count)), "{seen:?}");
}

#[test]
fn sets_are_combined() {
    let mut bench = Bench::new();
    bench.write(add("a", &["1", "2", "3", "4"]));
    bench.write(add("b", &["2", "3", "9"]));
    bench.write(add("c", &["3"]));
    for (combination, names, expected) in [
        (Combination::Union, &["a", "b", "x"][..], &["1", "2", "3", "4", "9"][..]),
        (Combination::Intersection, &["a", "b"], &["2", "3"]),
        (Combination::Intersection, &["a", "x"], &[]),
        (Combination::Difference, &["a", "b", "c"], &["1", "4"]),
        (Combination::Difference, &["x", "a"], &[]),
    ] {
        let names = texts(names);
        let query = Query::Combine { combination, names: names.clone() };
        assert_eq!(bench.read(query), list(expected), "{combination:?}");
        let len = Answer::Integer(i64::try_from(expected.len()).unwrap());
        bench.write(crate::maps::put("default", "to", "is replaced"));
        assert_eq!(bench.write(Command::Store { to: text("to"), combination, names }), len);
        assert_eq!(members(&bench, "to"), list(expected));
        bench.write(names::Command::Delete { names: texts(&["to"]) });
    }
    let most = |most| Query::IntersectionLen { names: texts(&["a", "b"]), most };
    assert_eq!(bench.read(most(0)), Answer::Integer(2));
    assert_eq!(bench.read(most(1)), Answer::Integer(1));
    bench.assert_leaves_nothing();
}

#[test]
fn pages_show_every_member_that_stays() {
    let mut bench = Bench::new();
    let all: Vec<String> = (0..100).map(|number| format!("m{number:02}")).collect();
    let all: Vec<&str> = all.iter().map(String::as_str).collect();
    bench.write(add("s", &all));
    let (mut seen, mut after) = (BTreeSet::new(), None);
    loop {
        let (name, matching) = (text("s"), Some(text("*5")));
        let Answer::Page(Page { items, next }) =
            bench.read(Query::Scan { name, after, matching, count: 3 })
        else {
            panic!()
        };
        let Answer::List(items) = *items else { panic!() };
        seen.extend(items.into_iter().map(|item| format!("{item:?}")));
        bench.write(Command::Remove { name: text("s"), members: texts(&["m01", "m02"]) });
        after = next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(seen.len(), 10);
}

#[test]
fn random_commands_do_what_a_naive_set_does() {
    for seed in 0..60 {
        let mut random = Random::new(seed);
        let mut bench = Bench::new();
        let mut model: BTreeSet<Bytes> = BTreeSet::new();
        for step in 0..300 {
            let members: Vec<Bytes> = (0..random.below(20)).map(|_| random.word(300)).collect();
            let (name, before) = (text("s"), model.len());
            let changed = match random.below(3) {
                0 => {
                    model.extend(members.iter().cloned());
                    bench.write(Command::Add { name, members })
                }
                1 => {
                    model.retain(|member| !members.contains(member));
                    bench.write(Command::Remove { name, members })
                }
                _ => {
                    let (count, chance) = (random.below(4), random.next());
                    let Answer::List(popped) = bench.write(Command::Pop { name, count, chance })
                    else {
                        panic!()
                    };
                    for member in &popped {
                        let Answer::Bytes(member) = member else { panic!() };
                        assert!(model.remove(member), "seed {seed}, step {step}");
                    }
                    Answer::Integer(i64::try_from(popped.len()).unwrap())
                }
            };
            let expected = i64::try_from(model.len().abs_diff(before)).unwrap();
            assert_eq!(changed, Answer::Integer(expected), "seed {seed}, step {step}");
            if step % 10 == 0 {
                let all = Answer::List(model.iter().cloned().map(Answer::Bytes).collect());
                assert_eq!(super::sets::members(&bench, "s"), all, "seed {seed}, step {step}");
            }
        }
        bench.assert_leaves_nothing();
    }
}
