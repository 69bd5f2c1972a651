//! Lists.

use bytes::Bytes;
use structures::list::{Command, End, PositionOptions, Query, Side};
use structures::{Answer, Kind, Refusal, Ttl, TtlCondition, names, queue};

use crate::kit::{Bench, Random, bytes, list, text, texts};

pub(crate) fn push(name: &str, end: End, values: &[&str]) -> Command {
    Command::Push { name: text(name), end, values: texts(values), only_existing: false }
}

fn pop(name: &str, end: End, count: u64) -> Command {
    Command::Pop { name: text(name), end, count }
}

pub(crate) fn all(bench: &Bench, name: &str) -> Answer {
    bench.read(Query::Range { name: text(name), from: 0, to: -1 })
}

#[test]
fn values_come_from_the_end_they_are_asked_from() {
    let mut bench = Bench::new();
    assert_eq!(bench.write(push("l", End::Front, &["a", "b", "c"])), Answer::Integer(3));
    assert_eq!(bench.write(push("l", End::Back, &["d"])), Answer::Integer(4));
    assert_eq!(all(&bench, "l"), list(&["c", "b", "a", "d"]));
    assert_eq!(bench.write(pop("l", End::Back, 2)), list(&["d", "a"]));
    assert_eq!(bench.write(pop("l", End::Front, 0)), list(&[]));
    assert_eq!(bench.write(pop("l", End::Front, 9)), list(&["c", "b"]));
    assert_eq!(bench.write(pop("l", End::Front, 1)), Answer::Nothing);
    assert_eq!(bench.read(names::Query::Len), Answer::Integer(0));
    bench.assert_leaves_nothing();
}

#[test]
fn a_push_only_to_an_existing_list_makes_none() {
    let mut bench = Bench::new();
    let push = Command::Push {
        name: text("l"),
        end: End::Back,
        values: texts(&["a"]),
        only_existing: true,
    };
    assert_eq!(bench.write(push), Answer::Integer(0));
    assert_eq!(bench.read(names::Query::Len), Answer::Integer(0));
}

#[test]
fn the_first_list_that_exists_is_popped() {
    let mut bench = Bench::new();
    bench.write(push("b", End::Back, &["1", "2"]));
    let names = texts(&["a", "b"]);
    let pop = Command::PopFirst { names, end: End::Front, count: 1 };
    assert_eq!(bench.write(pop.clone()), Answer::List(vec![bytes("b"), list(&["1"])]));
    bench.write(pop.clone());
    assert_eq!(bench.write(pop), Answer::Nothing);
}

#[test]
fn elements_are_moved_between_lists() {
    let mut bench = Bench::new();
    bench.write(push("a", End::Back, &["1", "2", "3"]));
    let step = |from: &str, from_end, to: &str, to_end| Command::Move {
        from: text(from),
        from_end,
        to: text(to),
        to_end,
    };
    assert_eq!(bench.write(step("a", End::Back, "b", End::Front)), bytes("3"));
    assert_eq!(bench.write(step("a", End::Front, "a", End::Back)), bytes("1"));
    assert_eq!(all(&bench, "a"), list(&["2", "1"]));
    assert_eq!(all(&bench, "b"), list(&["3"]));
    assert_eq!(bench.write(step("x", End::Front, "a", End::Back)), Answer::Nothing);
}

#[test]
fn turning_a_list_of_one_element_keeps_its_end() {
    let mut bench = Bench::new();
    bench.write(push("a", End::Back, &["1"]));
    let (ttl, condition) = (Ttl::After { ms: 100 }, TtlCondition::Always);
    bench.write(names::Command::Expire { name: text("a"), ttl, condition });
    let (from, to) = (text("a"), text("a"));
    let turn = Command::Move { from, from_end: End::Back, to, to_end: End::Front };
    assert_eq!(bench.write(turn), bytes("1"));
    let deadline = bench.read(names::Query::Deadline { name: text("a") });
    assert_eq!(deadline, Answer::Deadline(Some(bench.now_ms + 100)));
}

#[test]
fn a_move_to_a_name_of_another_kind_changes_nothing() {
    let mut bench = Bench::new();
    bench.write(push("a", End::Back, &["1"]));
    bench.write(crate::maps::put("default", "s", "v"));
    let (from, to) = (text("a"), text("s"));
    let refused =
        bench.try_write(Command::Move { from, from_end: End::Back, to, to_end: End::Back });
    let (found, wanted) = (Kind::Value, Kind::List);
    assert_eq!(refused, Err(Refusal::WrongKind { name: text("s"), found, wanted }));
    assert_eq!(all(&bench, "a"), list(&["1"]));
}

#[test]
fn elements_are_set_inserted_and_removed() {
    let mut bench = Bench::new();
    bench.write(push("l", End::Back, &["a", "b", "a", "c", "a"]));
    let set = |index| Command::Set { name: text("l"), index, value: text("x") };
    assert_eq!(bench.write(set(-2)), Answer::Done);
    assert_eq!(bench.try_write(set(5)), Err(Refusal::IndexOutOfRange { index: 5, len: 5 }));
    let insert = |name: &str, side, pivot: &str| Command::Insert {
        name: text(name),
        side,
        pivot: text(pivot),
        value: text("new"),
    };
    assert_eq!(bench.write(insert("l", Side::After, "b")), Answer::Integer(6));
    assert_eq!(bench.write(insert("l", Side::Before, "a")), Answer::Integer(7));
    assert_eq!(bench.write(insert("l", Side::Before, "none")), Answer::Integer(-1));
    assert_eq!(bench.write(insert("none", Side::Before, "a")), Answer::Integer(0));
    assert_eq!(all(&bench, "l"), list(&["new", "a", "b", "new", "a", "x", "a"]));
    let remove = |count| Command::Remove { name: text("l"), value: text("a"), count };
    assert_eq!(bench.write(remove(-1)), Answer::Integer(1));
    assert_eq!(bench.write(remove(1)), Answer::Integer(1));
    assert_eq!(bench.write(remove(0)), Answer::Integer(1));
    assert_eq!(all(&bench, "l"), list(&["new", "b", "new", "x"]));
}

#[test]
fn positions_of_a_value_are_found() {
    let mut bench = Bench::new();
    bench.write(push("l", End::Back, &["a", "b", "c", "1", "2", "3", "c", "c"]));
    for (rank, count, visited_max, expected) in [
        (1, 1, 0, vec![2]),
        (1, 2, 0, vec![2, 6]),
        (2, 1, 0, vec![6]),
        (-1, 2, 0, vec![7, 6]),
        (1, 0, 0, vec![2, 6, 7]),
        (1, 0, 3, vec![2]),
        (-1, 0, 1, vec![7]),
        (4, 0, 0, vec![]),
    ] {
        let options = PositionOptions { rank, count, visited_max };
        let query = Query::Positions { name: text("l"), value: text("c"), options };
        let expected = Answer::List(expected.into_iter().map(Answer::Integer).collect());
        assert_eq!(bench.read(query), expected, "{options:?}");
    }
}

#[test]
fn a_queue_takes_what_is_pushed_and_pops_its_next_item() {
    let mut bench = Bench::new();
    let settings = queue::Settings::default();
    bench.write(queue::Command::Configure { name: text("q"), settings });
    assert_eq!(bench.write(push("q", End::Front, &["a", "b"])), Answer::Integer(2));
    assert_eq!(bench.write(push("q", End::Back, &["c"])), Answer::Integer(3));
    assert_eq!(bench.read(Query::Len { name: text("q") }), Answer::Integer(3));
    assert_eq!(bench.write(pop("q", End::Back, 1)), list(&["a"]));
    assert_eq!(bench.write(pop("q", End::Front, 5)), list(&["b", "c"]));
    let refused = bench.try_read(Query::Range { name: text("q"), from: 0, to: -1 });
    assert!(matches!(refused, Err(Refusal::WrongKind { .. })), "{refused:?}");
    bench.assert_leaves_nothing();
}

#[test]
fn random_commands_do_what_a_naive_list_does() {
    for seed in 0..60 {
        let mut random = Random::new(seed);
        let mut bench = Bench::new();
        let mut model: Vec<Bytes> = Vec::new();
        for step in 0..400 {
            step_of_list(&mut bench, &mut model, &mut random);
            if step % 10 == 0 {
                let expected = Answer::List(model.iter().cloned().map(Answer::Bytes).collect());
                assert_eq!(all(&bench, "l"), expected, "seed {seed}, step {step}");
                let names = Answer::Integer(i64::from(!model.is_empty()));
                assert_eq!(bench.read(names::Query::Len), names, "seed {seed}, step {step}");
            }
        }
        bench.assert_leaves_nothing();
    }
}

fn step_of_list(bench: &mut Bench, model: &mut Vec<Bytes>, random: &mut Random) {
    let (name, value) = (text("l"), random.word(8));
    let end = if random.below(2) == 0 { End::Front } else { End::Back };
    match random.below(8) {
        0..=2 => {
            let values: Vec<Bytes> = (0..random.below(30)).map(|_| random.word(8)).collect();
            for value in &values {
                let place = if end == End::Front { 0 } else { model.len() };
                model.insert(place, value.clone());
            }
            bench.write(Command::Push { name, end, values, only_existing: false });
        }
        3 => {
            let count = random.below(6);
            let Answer::List(popped) = bench.write(Command::Pop { name, end, count }) else {
                return assert!(model.is_empty());
            };
            for value in popped {
                let place = if end == End::Front { 0 } else { model.len() - 1 };
                assert_eq!(value, Answer::Bytes(model.remove(place)));
            }
        }
        4 => {
            let index = random.index(model.len());
            let len = i64::try_from(model.len()).unwrap();
            let place = if index < 0 { index + len } else { index };
            if let Some(old) = usize::try_from(place).ok().and_then(|place| model.get_mut(place)) {
                *old = value.clone();
                bench.write(Command::Set { name, index, value });
            } else {
                bench.try_write(Command::Set { name, index, value }).unwrap_err();
            }
        }
        5 => {
            let pivot = random.word(8);
            if let Some(place) = model.iter().position(|other| *other == pivot) {
                model.insert(place + 1, value.clone());
            }
            bench.write(Command::Insert { name, side: Side::After, pivot, value });
        }
        6 => {
            let count = random.index(3);
            let mut left =
                if count == 0 { usize::MAX } else { count.unsigned_abs().try_into().unwrap() };
            let mut keep = |other: &Bytes| {
                let goes = *other == value && left > 0;
                left -= usize::from(goes);
                !goes
            };
            if count < 0 {
                model.reverse();
                model.retain(&mut keep);
                model.reverse();
            } else {
                model.retain(&mut keep);
            }
            bench.write(Command::Remove { name, value: value.clone(), count });
        }
        _ => {
            let len = i64::try_from(model.len()).unwrap();
            let (from, to) = (random.index(3), len - random.index(3));
            let place = |index: i64| (if index < 0 { index + len } else { index }).max(0);
            let past = if to < 0 { to + len } else { to } + 1;
            let start = usize::try_from(place(from)).unwrap().min(model.len());
            let end = usize::try_from(past.max(0)).unwrap().clamp(start, model.len());
            *model = model[start..end].to_vec();
            bench.write(Command::Trim { name, from, to });
        }
    }
}
