//! Exactly once.

use bytes::Bytes;
use structures::session::Command;
use structures::{Answer, Changes, Refusal, RequestId, map};

use crate::kit::{Bench, text};
use crate::maps::value;

fn id(number: u64, answered_below: u64) -> Option<RequestId> {
    Some(RequestId { client: 7, number, answered_below })
}

fn add(bench: &mut Bench, id: Option<RequestId>) -> Result<Answer, Refusal> {
    let (map, key) = (text("default"), text("k"));
    let command = map::Command::Merge { map, key, merge: map::Merge::AddInteger(1) };
    bench.answer(id, command.into())
}

fn open(bench: &mut Bench) {
    assert_eq!(bench.write(Command::Open { client: 7, ttl_ms: 1000 }), Answer::Done);
}

#[test]
fn a_request_that_is_sent_again_is_answered_and_not_done_again() {
    let mut bench = Bench::new();
    open(&mut bench);
    assert_eq!(add(&mut bench, id(1, 0)), Ok(Answer::Integer(1)));
    assert_eq!(add(&mut bench, id(2, 0)), Ok(Answer::Integer(2)));
    let before = bench.view.clone();
    assert_eq!(add(&mut bench, id(1, 0)), Ok(Answer::Integer(1)));
    assert_eq!(bench.view, before);
    assert_eq!(value(&bench, "default", "k").unwrap(), "2");
}

#[test]
fn a_refusal_is_recalled_too() {
    let mut bench = Bench::new();
    open(&mut bench);
    bench.write(crate::maps::put("default", "k", "text"));
    assert_eq!(add(&mut bench, id(1, 0)), Err(Refusal::NotAnInteger));
    bench.write(crate::maps::put("default", "k", "1"));
    assert_eq!(add(&mut bench, id(1, 0)), Err(Refusal::NotAnInteger));
}

#[test]
fn outcomes_that_nobody_asks_for_again_are_forgotten() {
    let mut bench = Bench::new();
    open(&mut bench);
    for number in 0..100 {
        add(&mut bench, id(number, number.saturating_sub(3))).unwrap();
    }
    assert_eq!(add(&mut bench, id(5, 0)), Err(Refusal::RequestForgotten { number: 5 }));
    assert_eq!(add(&mut bench, id(99, 200)), Ok(Answer::Integer(100)), "recalled");
    let far = id(99 + 5000, 0);
    assert!(matches!(add(&mut bench, far), Err(Refusal::TooMany { .. })));
}

#[test]
fn a_long_outcome_is_recalled_until_it_is_forgotten() {
    let mut bench = Bench::new();
    open(&mut bench);
    let long = "x".repeat(1000);
    let exchange = |bench: &mut Bench, id| {
        let (map, key, value) = (text("default"), text("long"), text(&long));
        let options = map::PutOptions { wants_old: true, ..map::PutOptions::default() };
        bench.answer(id, map::Command::Put { map, key, value, options }.into())
    };
    exchange(&mut bench, None).unwrap();
    let rows_of = |bench: &Bench| bench.view.rows().filter(|(key, _)| key[0] == b'r').count();
    for number in 0..10 {
        let first = exchange(&mut bench, id(number, number.saturating_sub(3)));
        assert_eq!(exchange(&mut bench, id(number, 0)), first);
        assert!(matches!(first, Ok(Answer::Put(map::Put { old: Some(old), .. })) if old == long));
    }
    assert_eq!(rows_of(&bench), 4);
    bench.wait(1000);
    bench.expire();
    assert_eq!(rows_of(&bench), 0);
}

#[test]
fn a_session_that_was_written_in_an_older_form_recalls_its_outcomes() {
    let key = |table: u8, numbers: &[u64]| {
        let numbers = numbers.iter().flat_map(|number| number.to_be_bytes());
        Bytes::from_iter([table].into_iter().chain(numbers))
    };
    // The bytes of a session with request 1 answered `3`: as they were before outcomes lay in it,
    // and before these lay in it in their encoding.
    let first: &[u8] = b"\x01\x00\xe8\x07\xe8\x87\xba\xbb\xc8\x2e";
    let second: &[u8] = b"\x02\x00\xe8\x07\xe8\x87\xba\xbb\xc8\x2e\x01\x01\x00\x00\x03\x06";
    for session in [first, second] {
        let mut bench = Bench::new();
        open(&mut bench);
        let mut rows = Changes::default();
        rows.put(&key(b's', &[7]), session);
        if session == first {
            rows.put(&key(b'r', &[7, 1]), b"\x01\x00\x03\x06");
        }
        bench.view.write(rows);
        assert_eq!(add(&mut bench, id(1, 0)), Ok(Answer::Integer(3)));
        assert_eq!(add(&mut bench, id(2, 2)), Ok(Answer::Integer(1)));
        assert_eq!(add(&mut bench, id(1, 0)), Err(Refusal::RequestForgotten { number: 1 }));
        assert_eq!(bench.view.rows().filter(|(key, _)| key[0] == b'r').count(), 0);
    }
}

#[test]
fn a_session_that_is_not_used_ends_with_all_its_outcomes() {
    let mut bench = Bench::new();
    assert_eq!(add(&mut bench, id(1, 0)), Err(Refusal::SessionUnknown { client: 7 }));
    open(&mut bench);
    for number in 0..5 {
        bench.wait(400);
        bench.expire();
        add(&mut bench, id(number, 0)).unwrap();
    }
    bench.wait(1000);
    bench.expire();
    assert_eq!(add(&mut bench, id(4, 0)), Err(Refusal::SessionUnknown { client: 7 }));
    assert_eq!(bench.view.rows().filter(|(key, _)| b"rs".contains(&key[0])).count(), 0);
    bench.assert_leaves_nothing();
}

#[test]
fn a_session_is_opened_once_and_closed_once() {
    let mut bench = Bench::new();
    open(&mut bench);
    add(&mut bench, id(1, 0)).unwrap();
    open(&mut bench);
    assert_eq!(add(&mut bench, id(1, 0)), Ok(Answer::Integer(1)), "still recalled");
    assert_eq!(bench.write(Command::Close { client: 7 }), Answer::Flag(true));
    assert_eq!(bench.write(Command::Close { client: 7 }), Answer::Flag(false));
    bench.try_write(Command::Open { client: 7, ttl_ms: 0 }).unwrap_err();
    bench.assert_leaves_nothing();
}
