//! Transactions.

use structures::{
    Answer, Command, Condition, Counted, Nested, OnRefusal, Operation, Query, Refusal, Transaction,
    limits, list as lists, map, names, session,
};

use crate::kit::{Bench, bytes, text};
use crate::lists::push;
use crate::maps::{put, value};

fn add(key: &str, by: i64) -> Operation {
    let (map, key) = (text("default"), text(key));
    write(map::Command::Merge { map, key, merge: map::Merge::AddInteger(by) })
}

fn write(command: impl Into<Command>) -> Operation {
    Operation::Write(command.into())
}

fn get(key: &str) -> Operation {
    let (map, key) = (text("default"), text(key));
    Operation::Read(Query::Map(map::Query::Range { map, key, from: 0, to: -1 }))
}

fn transaction(
    conditions: Vec<Condition>,
    operations: Vec<Operation>,
    on_refusal: OnRefusal,
) -> Transaction {
    Transaction { conditions, operations, on_refusal }
}

#[test]
fn operations_see_what_earlier_ones_did() {
    let mut bench = Bench::new();
    let operations = vec![
        add("k", 5),
        get("k"),
        write(names::Command::Rename { from: text("k"), to: text("n"), only_if_free: true }),
        add("n", 1),
        Operation::Read(names::Query::Len.into()),
    ];
    let answer = bench.write(transaction(vec![], operations, OnRefusal::Undo));
    let expected = [
        Answer::Integer(5),
        bytes("5"),
        Answer::Flag(true),
        Answer::Integer(6),
        Answer::Integer(1),
    ];
    assert_eq!(answer, Answer::Transaction(expected.into_iter().map(Ok).collect()));
    assert_eq!(structures::revision(&bench.view).unwrap(), 1);
}

#[test]
fn a_refused_operation_undoes_everything_or_is_passed_over() {
    let mut bench = Bench::new();
    bench.write(put("default", "text", "x"));
    let before = bench.view.clone();
    let operations = || vec![add("a", 1), add("text", 1), add("b", 1)];
    let undone = bench.write(transaction(vec![], operations(), OnRefusal::Undo));
    assert_eq!(undone, Answer::Undone(1, Refusal::NotAnInteger));
    assert_eq!(bench.view, before);
    let answer = bench.write(transaction(vec![], operations(), OnRefusal::Continue));
    let expected = vec![Ok(Answer::Integer(1)), Err(Refusal::NotAnInteger), Ok(Answer::Integer(1))];
    assert_eq!(answer, Answer::Transaction(expected));
    assert_eq!(value(&bench, "default", "b").unwrap(), "1");
}

#[test]
fn answers_that_are_too_large_together_stop_the_operations_behind_them() {
    let mut bench = Bench::new();
    let value = "x".repeat(limits::VALUE_BYTES_MAX);
    bench.write(put("default", "k", &value));
    let mut operations: Vec<Operation> = (0..70).map(|_| get("k")).collect();
    operations.push(add("n", 1));
    let answer = bench.write(transaction(vec![], operations, OnRefusal::Continue));
    let Answer::Transaction(answers) = answer else { panic!() };
    let most = limits::ANSWER_BYTES_MAX / limits::VALUE_BYTES_MAX;
    assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), most + 1);
    assert!(matches!(answers[70], Err(Refusal::TooMany { what: Counted::AnswerBytes, .. })));
    assert_eq!(self::value(&bench, "default", "n"), None);
}

#[test]
fn conditions_are_checked_before_anything_is_done() {
    let mut bench = Bench::new();
    bench.write(put("default", "k", "v"));
    bench.write(put("m", "k", "v"));
    bench.write(push("l", lists::End::Back, &["a"]));
    let (map, key) = (text("m"), text("k"));
    let (other, same) = (Some(9), Some(2));
    let holding = [
        Condition::Revision { name: text("k"), revision: Some(1) },
        Condition::Revision { name: text("none"), revision: None },
        Condition::EntryRevision { map: map.clone(), key: key.clone(), revision: same },
        Condition::EntryValue { map: map.clone(), key: key.clone(), value: Some(text("v")) },
        Condition::EntryValue { map: map.clone(), key: text("none"), value: None },
    ];
    let broken = [
        Condition::Revision { name: text("k"), revision: None },
        Condition::Revision { name: text("none"), revision: Some(1) },
        Condition::EntryRevision { map: map.clone(), key: key.clone(), revision: other },
        Condition::EntryValue { map, key, value: None },
    ];
    for condition in broken {
        let mut conditions = holding.to_vec();
        conditions.push(condition.clone());
        let answer = bench.write(transaction(conditions, vec![add("n", 1)], OnRefusal::Undo));
        assert_eq!(answer, Answer::Aborted(5), "{condition:?}");
    }
    assert_eq!(value(&bench, "default", "n"), None);
    let answer = bench.write(transaction(holding.to_vec(), vec![add("n", 1)], OnRefusal::Undo));
    assert_eq!(answer, Answer::Transaction(vec![Ok(Answer::Integer(1))]));
}

#[test]
fn any_change_of_a_structure_changes_its_revision() {
    let mut bench = Bench::new();
    let mut revisions = Vec::new();
    for command in [
        Command::from(push("l", lists::End::Back, &["a", "b"])),
        lists::Command::Set { name: text("l"), index: 0, value: text("x") }.into(),
        lists::Command::Trim { name: text("l"), from: 0, to: 0 }.into(),
        names::Command::Delete { names: vec![text("l")] }.into(),
        push("l", lists::End::Back, &["a", "b"]).into(),
    ] {
        bench.write(command);
        revisions.push(bench.read(names::Query::Revision { name: text("l") }));
    }
    let [first, second, third, fifth] = [1, 2, 3, 5].map(Answer::Integer);
    assert_eq!(revisions, [first, second, third, Answer::Nothing, fifth]);
}

#[test]
fn some_commands_have_no_place_in_a_transaction() {
    let mut bench = Bench::new();
    let inner = transaction(vec![], vec![], OnRefusal::Undo);
    for (command, what) in [
        (Command::Transaction(inner), Nested::Transaction),
        (session::Command::Close { client: 1 }.into(), Nested::Session),
        (Command::Expire, Nested::Expiry),
    ] {
        let outer = transaction(vec![], vec![write(command)], OnRefusal::Undo);
        let refused = Refusal::NotInTransaction { what };
        assert_eq!(bench.write(outer), Answer::Undone(0, refused));
    }
}
