//! Maps, the default one and others.

use std::collections::BTreeMap;

use bytes::Bytes;
use structures::map::{
    Command, Comparison, Entry, Keys, Match, Merge, Put, PutCondition, PutOptions, Query, Scan,
};
use structures::{Answer, Direction, Kind, Page, Refusal, Ttl, TtlCondition, list as lists, names};

use crate::kit::{Bench, Random, bytes, text, texts};

pub(crate) fn put(map: &str, key: &str, value: &str) -> Command {
    put_with(map, key, value, PutOptions::default())
}

pub(crate) fn put_with(map: &str, key: &str, value: &str, options: PutOptions) -> Command {
    Command::Put { map: text(map), key: text(key), value: text(value), options }
}

fn merge(map: &str, key: &str, merge: Merge) -> Command {
    Command::Merge { map: text(map), key: text(key), merge }
}

pub(crate) fn get(bench: &Bench, map: &str, key: &str) -> Option<Entry> {
    match bench.read(Query::Get { map: text(map), key: text(key) }) {
        Answer::Entry(entry) => Some(entry),
        Answer::Nothing => None,
        other => panic!("{other:?}"),
    }
}

pub(crate) fn value(bench: &Bench, map: &str, key: &str) -> Option<String> {
    get(bench, map, key).map(|entry| String::from_utf8(entry.value.to_vec()).unwrap())
}

fn done(answer: &Answer) -> bool {
    let Answer::Put(Put { revision, .. }) = answer else { panic!("{answer:?}") };
    revision.is_some()
}

#[test]
fn a_value_is_put_read_and_deleted_in_either_kind_of_map() {
    for map in ["default", "users"] {
        let mut bench = Bench::new();
        bench.write(put(map, "k", "v"));
        let entry = get(&bench, map, "k").unwrap();
        assert_eq!((entry.value, entry.created, entry.revision), (text("v"), 1, 1));
        bench.write(put(map, "k", "w"));
        let entry = get(&bench, map, "k").unwrap();
        assert_eq!((entry.value, entry.created, entry.revision), (text("w"), 1, 2));
        assert_eq!(bench.read(Query::Len { map: text(map) }), Answer::Integer(1));
        let delete = Command::Delete { map: text(map), keys: texts(&["k", "k", "x"]) };
        assert_eq!(bench.write(delete), Answer::Integer(1));
        assert_eq!(get(&bench, map, "k"), None);
        bench.assert_leaves_nothing();
    }
}

#[test]
fn conditions_of_a_put_are_held() {
    for map in ["default", "users"] {
        let mut bench = Bench::new();
        let mut put = |value: &str, condition| {
            let options = PutOptions { condition, ..PutOptions::default() };
            done(&bench.write(put_with(map, "k", value, options)))
        };
        assert!(!put("1", PutCondition::Present));
        assert!(!put("1", PutCondition::Revision(1)));
        assert!(put("1", PutCondition::Absent));
        assert!(!put("2", PutCondition::Absent));
        assert!(put("2", PutCondition::Present));
        assert!(!put("3", PutCondition::Revision(1)));
        assert!(put("3", PutCondition::Revision(2)));
        assert_eq!(value(&bench, map, "k").unwrap(), "3");
    }
}

#[test]
fn an_old_value_is_answered_also_when_the_condition_does_not_hold() {
    let mut bench = Bench::new();
    bench.write(put("default", "k", "1"));
    let condition = PutCondition::Absent;
    let options = PutOptions { condition, wants_old: true, ..PutOptions::default() };
    let answer = bench.write(put_with("default", "k", "2", options));
    assert_eq!(answer, Answer::Put(Put { revision: None, old: Some(text("1")) }));
}

#[test]
fn a_value_takes_the_name_of_another_structure_only_when_it_may() {
    let mut bench = Bench::new();
    let values = texts(&["a"]);
    let push = lists::Command::Push {
        name: text("l"),
        end: lists::End::Back,
        values,
        only_existing: false,
    };
    bench.write(push);
    let refused = bench.try_write(put("default", "l", "v")).unwrap_err();
    let (found, wanted) = (Kind::List, Kind::Value);
    assert_eq!(refused, Refusal::WrongKind { name: text("l"), found, wanted });
    let over = PutOptions { over_any_kind: true, ..PutOptions::default() };
    bench.write(put_with("default", "l", "v", over));
    assert_eq!(value(&bench, "default", "l").unwrap(), "v");
    assert_eq!(bench.read(names::Query::Len), Answer::Integer(1));
    bench.assert_leaves_nothing();
}

#[test]
fn a_value_that_is_over_already_takes_the_name_of_another_structure_too() {
    let mut bench = Bench::new();
    let (name, end, values) = (text("l"), lists::End::Back, texts(&["a"]));
    bench.write(lists::Command::Push { name, end, values, only_existing: false });
    let ttl = Ttl::At { ms: 1 };
    let over = PutOptions { over_any_kind: true, ttl, ..PutOptions::default() };
    bench.write(put_with("default", "l", "v", over));
    assert_eq!(bench.read(names::Query::Len), Answer::Integer(0));
    bench.assert_leaves_nothing();
}

#[test]
fn many_are_put_at_once_or_none() {
    let mut bench = Bench::new();
    let put_many = |keys: &[&str], only_new| Command::PutMany {
        map: text("default"),
        entries: keys.iter().map(|key| (text(key), text("v"))).collect(),
        only_new,
        over_any_kind: true,
    };
    assert_eq!(bench.write(put_many(&["a", "b"], true)), Answer::Integer(2));
    assert_eq!(bench.write(put_many(&["b", "c"], true)), Answer::Nothing);
    assert_eq!(value(&bench, "default", "c"), None);
    assert_eq!(bench.write(put_many(&["b", "c"], false)), Answer::Integer(1));
    let keys = texts(&["a", "x", "c"]);
    let answer = bench.read(Query::GetMany { map: text("default"), keys });
    assert_eq!(answer, Answer::List(vec![bytes("v"), Answer::Nothing, bytes("v")]));
}

#[test]
fn integers_are_added_and_overflow_is_refused() {
    let mut bench = Bench::new();
    let mut add = |by| bench.try_write(merge("counts", "k", Merge::AddInteger(by)));
    assert_eq!(add(5), Ok(Answer::Integer(5)));
    assert_eq!(add(-7), Ok(Answer::Integer(-2)));
    assert_eq!(add(i64::MIN), Err(Refusal::Overflow));
    assert_eq!(add(i64::MAX), Ok(Answer::Integer(i64::MAX - 2)));
    for wrong in ["1.5", "01", "+1", " 1", "", "-0", "9223372036854775808"] {
        bench.write(put("counts", "k", wrong));
        let refused = bench.try_write(merge("counts", "k", Merge::AddInteger(1)));
        assert_eq!(refused, Err(Refusal::NotAnInteger), "{wrong:?}");
    }
}

#[test]
fn values_change_in_place() {
    let mut bench = Bench::new();
    for (old, change, new) in [
        (None, Merge::AddNumber(text("0.1")), "0.1"),
        (Some("0.1"), Merge::AddNumber(text("0.2")), "0.3"),
        (None, Merge::Append(text("ab")), "ab"),
        (Some("ab"), Merge::Append(text("cd")), "abcd"),
        (Some("Hello World"), Merge::SetRange { offset: 6, bytes: text("Redis") }, "Hello Redis"),
        (Some("Hello World"), Merge::SetRange { offset: 0, bytes: text("J") }, "Jello World"),
        (None, Merge::SetRange { offset: 3, bytes: text("x") }, "\0\0\0x"),
        (Some("7"), Merge::Min(text("10")), "7"),
        (Some("7"), Merge::Min(text("-1.5")), "-1.5"),
        (Some("7"), Merge::Max(text("10")), "10"),
        (None, Merge::Max(text("10")), "10"),
        (None, Merge::JsonPatch(text(r#"{"a":1,"b":null}"#)), r#"{"a":1}"#),
        (
            Some(r#"{"a":{"x":1,"y":2.50},"b":3}"#),
            Merge::JsonPatch(text(r#"{"a":{"x":null},"c":[null]}"#)),
            r#"{"a":{"y":2.50},"b":3,"c":[null]}"#,
        ),
    ] {
        bench.write(Command::Delete { map: text("m"), keys: texts(&["k"]) });
        if let Some(old) = old {
            bench.write(put("m", "k", old));
        }
        bench.write(merge("m", "k", change.clone()));
        assert_eq!(value(&bench, "m", "k").unwrap(), new, "{change:?}");
    }
    let nothing = merge("m", "new", Merge::SetRange { offset: 3, bytes: text("") });
    assert_eq!(bench.write(nothing), Answer::Integer(0));
    assert_eq!(value(&bench, "m", "new"), None);
    let refused = bench.try_write(merge("m", "k", Merge::JsonPatch(text("{"))));
    assert!(matches!(refused, Err(Refusal::NotJson { .. })), "{refused:?}");
}

#[test]
fn a_value_that_is_too_large_is_refused_and_changes_nothing() {
    let mut bench = Bench::new();
    let large = "x".repeat(1024 * 1024);
    bench.write(put("m", "k", &large));
    let refused = bench.try_write(merge("m", "k", Merge::Append(text("y"))));
    assert_eq!(refused, Err(Refusal::ValueTooLarge { bytes: 1_048_577, max: 1_048_576 }));
    let offset = u64::MAX;
    let refused = bench.try_write(merge("m", "k", Merge::SetRange { offset, bytes: text("y") }));
    assert!(matches!(refused, Err(Refusal::ValueTooLarge { .. })), "{refused:?}");
    assert_eq!(value(&bench, "m", "k").unwrap().len(), large.len());
    let refused = bench.try_write(put("m", &"k".repeat(65_537), "v"));
    assert_eq!(refused, Err(Refusal::KeyTooLong { bytes: 65_537, max: 65_536 }));
    assert_eq!(bench.read(Query::Len { map: text("m") }), Answer::Integer(1));
}

#[test]
fn parts_of_a_value_are_read() {
    let mut bench = Bench::new();
    bench.write(put("default", "k", "This is a string"));
    for (from, to, part) in [
        (0, 3, "This"),
        (-3, -1, "ing"),
        (0, -1, "This is a string"),
        (10, 100, "string"),
        (5, 3, ""),
        (0, -100, "T"),
        (-100, -100, "T"),
        (-1, -2, ""),
        (-100, 100, "This is a string"),
    ] {
        let range = Query::Range { map: text("default"), key: text("k"), from, to };
        assert_eq!(bench.read(range), bytes(part));
    }
    let length = Query::Length { map: text("default"), key: text("k") };
    assert_eq!(bench.read(length), Answer::Integer(16));
}

#[test]
fn a_value_is_taken_or_read_with_a_new_end() {
    for map in ["default", "m"] {
        let mut bench = Bench::new();
        bench.write(put(map, "k", "v"));
        let ttl = Ttl::After { ms: 100 };
        let read = Command::GetAndExpire { map: text(map), key: text("k"), ttl };
        assert_eq!(bench.write(read), bytes("v"));
        assert_eq!(get(&bench, map, "k").unwrap().expires_ms, Some(bench.now_ms + 100));
        let take = Command::Take { map: text(map), key: text("k") };
        assert_eq!(bench.write(take.clone()), bytes("v"));
        assert_eq!(bench.write(take), Answer::Nothing);
        bench.assert_leaves_nothing();
    }
}

#[test]
fn an_entry_is_deleted_only_at_the_revision_that_was_seen() {
    let mut bench = Bench::new();
    bench.write(put("m", "k", "v"));
    let delete = |revision| Command::DeleteRevision { map: text("m"), key: text("k"), revision };
    assert_eq!(bench.write(delete(7)), Answer::Flag(false));
    assert_eq!(bench.write(delete(1)), Answer::Flag(true));
    assert_eq!(bench.write(delete(1)), Answer::Flag(false));
}

#[test]
fn pages_show_every_entry_once_in_either_direction() {
    for map in ["default", "m"] {
        let mut bench = Bench::new();
        for number in 0..25 {
            bench.write(put(map, &format!("k{number:02}"), "v"));
        }
        bench.write(put(map, "other", "v"));
        for direction in [Direction::Up, Direction::Down] {
            let keys = Keys { prefix: Some(text("k")), ..Keys::default() };
            let (mut seen, mut after) = (Vec::new(), None);
            loop {
                let scan = Scan { keys: keys.clone(), after, count: 10, direction };
                let answer = bench.read(Query::Scan { map: text(map), scan });
                let Answer::Page(Page { items, next }) = answer else { panic!("{answer:?}") };
                let Answer::Entries(entries) = *items else { panic!("{items:?}") };
                seen.extend(entries.into_iter().map(|entry| entry.key));
                after = next;
                if after.is_none() {
                    break;
                }
            }
            let mut expected: Vec<Bytes> = (0..25).map(|n| text(&format!("k{n:02}"))).collect();
            if direction == Direction::Down {
                expected.reverse();
            }
            assert_eq!(seen, expected, "{map} {direction:?}");
        }
    }
}

#[test]
fn a_range_and_a_pattern_choose_keys() {
    let mut bench = Bench::new();
    for key in ["a1", "a2", "b1", "b2", "c1"] {
        bench.write(put("m", key, "v"));
    }
    let keys = Keys {
        from: Some(text("a2")),
        to: Some(text("c")),
        matching: Some(text("[ab]*")),
        ..Keys::default()
    };
    let scan = Scan { keys, after: None, count: 10, direction: Direction::Up };
    let Answer::Page(page) = bench.read(Query::Scan { map: text("m"), scan }) else { panic!() };
    let Answer::Entries(entries) = *page.items else { panic!() };
    let found: Vec<Bytes> = entries.into_iter().map(|entry| entry.key).collect();
    assert_eq!(found, texts(&["a2", "b1", "b2"]));
}

#[test]
fn entries_are_chosen_at_random() {
    let mut bench = Bench::new();
    for number in 0..1000 {
        bench.write(put("m", &format!("k{number}"), "v"));
    }
    let random = |count, chance| {
        let Answer::Entries(entries) = bench.read(Query::Random { map: text("m"), count, chance })
        else {
            panic!()
        };
        entries.into_iter().map(|entry| entry.key).collect::<Vec<_>>()
    };
    let one: std::collections::BTreeSet<_> = (0..500).flat_map(|seed| random(None, seed)).collect();
    assert!(one.len() > 150, "only {} different ones", one.len());
    let different: std::collections::BTreeSet<_> = random(Some(300), 1).into_iter().collect();
    assert_eq!(different.len(), 300);
    assert_eq!(random(Some(5000), 1).len(), 1000);
    assert_eq!(random(Some(-5000), 1).len(), 5000);
}

#[test]
fn what_two_values_have_in_common_is_found() {
    let mut bench = Bench::new();
    bench.write(put("default", "one", "ohmytext"));
    bench.write(put("default", "two", "mynewtext"));
    let compare =
        |from| Query::Compare { one: text("one"), two: text("two"), matches_from_bytes: from };
    let matches = vec![Match { one: 4, two: 5, bytes: 4 }, Match { one: 2, two: 0, bytes: 2 }];
    let common = text("mytext");
    let expected = Comparison { common: common.clone(), matches: matches.clone() };
    assert_eq!(bench.read(compare(Some(0))), Answer::Comparison(expected));
    let expected = Comparison { common, matches: matches[..1].to_vec() };
    assert_eq!(bench.read(compare(Some(4))), Answer::Comparison(expected));
}

#[test]
fn a_name_of_another_kind_is_no_entry() {
    let mut bench = Bench::new();
    bench.write(put("m", "k", "v"));
    let refused = bench.try_read(Query::Get { map: text("default"), key: text("m") });
    assert!(matches!(refused, Err(Refusal::WrongKind { .. })), "{refused:?}");
    let keys = texts(&["m"]);
    let many = bench.read(Query::GetMany { map: text("default"), keys });
    assert_eq!(many, Answer::List(vec![Answer::Nothing]));
    bench.write(put("default", "v", "1"));
    let refused = bench.try_read(Query::Get { map: text("v"), key: text("k") });
    assert!(matches!(refused, Err(Refusal::WrongKind { .. })), "{refused:?}");
}

/// An entry of the naive map.
#[derive(Debug, Clone, PartialEq)]
struct Naive {
    value: Bytes,
    expires_ms: Option<u64>,
}

#[test]
fn random_commands_do_what_a_naive_map_does() {
    for seed in 0..60 {
        let mut random = Random::new(seed);
        let map = if seed % 2 == 0 { "default" } else { "m" };
        let mut bench = Bench::new();
        let mut model: BTreeMap<Bytes, Naive> = BTreeMap::new();
        for step in 0..400 {
            bench.wait(random.below(20));
            let now_ms = bench.now_ms;
            model.retain(|_, entry| entry.expires_ms.is_none_or(|at| at > now_ms));
            step_of_map(&mut bench, &mut model, &mut random, map);
            if step % 20 == 0 {
                bench.expire();
                let Answer::Entries(all) = bench.read(Query::All { map: text(map) }) else {
                    panic!()
                };
                let all: BTreeMap<Bytes, Naive> = all
                    .into_iter()
                    .map(|Entry { key, value, expires_ms, .. }| (key, Naive { value, expires_ms }))
                    .collect();
                assert_eq!(all, model, "seed {seed}, step {step}");
                let len = Answer::Integer(i64::try_from(model.len()).unwrap());
                assert_eq!(bench.read(Query::Len { map: text(map) }), len, "seed {seed}");
            }
        }
        bench.assert_leaves_nothing();
    }
}

fn step_of_map(
    bench: &mut Bench,
    model: &mut BTreeMap<Bytes, Naive>,
    random: &mut Random,
    map: &str,
) {
    let (key, value, now_ms) = (random.word(30), random.word(1000), bench.now_ms);
    let map = text(map);
    match random.below(6) {
        0 | 1 => {
            let after_ms = random.below(60);
            let (ttl, expires_ms) = match random.below(3) {
                0 => (Ttl::Never, None),
                1 => (Ttl::Keep, model.get(&key).and_then(|old| old.expires_ms)),
                _ => {
                    let ms = i64::try_from(after_ms).unwrap();
                    (Ttl::After { ms }, Some(now_ms + after_ms))
                }
            };
            let options = PutOptions { ttl, ..PutOptions::default() };
            bench.write(Command::Put { map, key: key.clone(), value: value.clone(), options });
            model.insert(key, Naive { value, expires_ms });
            model.retain(|_, entry| entry.expires_ms.is_none_or(|at| at > now_ms));
        }
        2 => {
            let expected = i64::from(model.remove(&key).is_some());
            let answer = bench.write(Command::Delete { map, keys: vec![key] });
            assert_eq!(answer, Answer::Integer(expected));
        }
        3 => {
            bench.write(Command::Merge {
                map,
                key: key.clone(),
                merge: Merge::Append(value.clone()),
            });
            let entry = model.entry(key).or_insert(Naive { value: Bytes::new(), expires_ms: None });
            entry.value = [entry.value.as_ref(), value.as_ref()].concat().into();
        }
        4 => {
            let ms = random.below(50);
            let condition = match random.below(4) {
                0 => TtlCondition::Always,
                1 => TtlCondition::Absent,
                2 => TtlCondition::Later,
                _ => TtlCondition::Sooner,
            };
            let ttl = Ttl::After { ms: i64::try_from(ms).unwrap() };
            let answer = bench.write(Command::Expire { map, key: key.clone(), ttl, condition });
            let at_ms = now_ms + ms;
            let holds = model.get(&key).is_some_and(|entry| {
                let old_ms = entry.expires_ms.unwrap_or(u64::MAX);
                match condition {
                    TtlCondition::Absent => entry.expires_ms.is_none(),
                    TtlCondition::Later => at_ms > old_ms,
                    TtlCondition::Sooner => at_ms < old_ms,
                    _ => true,
                }
            });
            assert_eq!(answer, Answer::Flag(holds));
            if holds {
                model.get_mut(&key).unwrap().expires_ms = Some(at_ms);
                model.retain(|_, entry| entry.expires_ms.is_none_or(|at| at > now_ms));
            }
        }
        _ => {
            let answer = bench.write(Command::Take { map, key: key.clone() });
            let expected = model.remove(&key).map(|entry| entry.value);
            assert_eq!(answer, expected.map_or(Answer::Nothing, Answer::Bytes));
        }
    }
}
