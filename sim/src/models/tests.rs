use super::entry::{self, MapEntry, Stored};
use super::lock::{self, Lock};
use crate::linearizability::{Event, Model, check};

/// A history in which nothing overlaps.
fn in_turn<O, A>(steps: Vec<(O, Option<A>)>) -> Vec<Event<O, A>> {
    let mut at = 0;
    let mut history = Vec::new();
    for (operation, answer) in steps {
        at += 10;
        history.push(Event {
            client: at,
            called: at,
            operation,
            answer: answer.map(|a| (at + 5, a)),
        });
    }
    history
}

fn is_right<M: Model>(model: &M, steps: Vec<(M::Operation, Option<M::Answer>)>) -> bool {
    check(model, &in_turn(steps)).is_ok()
}

fn found(value: u64, revision: u64) -> Option<entry::Answer> {
    Some(entry::Answer::Found(Some(Stored { value, revision: Some(revision) })))
}

#[test]
fn an_entry_is_set_over_what_was_read() {
    use entry::Answer::{Refused, Written};
    use entry::Operation::{Get, Put, PutIfRevision, PutIfValue};
    let put = |value| (Put { value }, Some(Written(Some(value))));
    let over = |revision, answer| (PutIfRevision { revision, value: 9 }, Some(answer));
    assert!(is_right(&MapEntry, vec![put(1), (Get, found(1, 1)), over(1, Written(Some(2)))]));
    assert!(is_right(&MapEntry, vec![put(1), put(2), over(1, Refused)]));
    // It was over another one, it was refused without a reason, its revision is not new.
    assert!(!is_right(&MapEntry, vec![put(1), put(2), over(1, Written(Some(3)))]));
    assert!(!is_right(&MapEntry, vec![put(1), over(1, Refused)]));
    assert!(!is_right(&MapEntry, vec![put(5), over(5, Written(Some(4)))]));
    let by_value = |expected, answer| (PutIfValue { expected, value: 9 }, Some(answer));
    assert!(is_right(&MapEntry, vec![by_value(None, Written(None)), by_value(None, Refused)]));
    assert!(!is_right(&MapEntry, vec![put(1), by_value(None, Written(None))]));
}

#[test]
fn an_entry_whose_revision_nobody_saw_gets_it_by_a_read() {
    use entry::Answer::{Flag, Written};
    use entry::Operation::{Delete, Get, Put};
    let unseen = || (Put { value: 7 }, None);
    let put = || (Put { value: 1 }, Some(Written(Some(1))));
    assert!(is_right(&MapEntry, vec![put(), unseen(), (Get, found(7, 4)), (Get, found(7, 4))]));
    assert!(!is_right(&MapEntry, vec![put(), unseen(), (Get, found(7, 4)), (Get, found(7, 5))]));
    assert!(is_right(
        &MapEntry,
        vec![put(), (Delete, Some(Flag(true))), (Delete, Some(Flag(false)))]
    ));
    assert!(!is_right(&MapEntry, vec![put(), (Delete, Some(Flag(false)))]));
}

fn acquire(owner: u64, answer: Option<lock::Answer>) -> (lock::Operation, Option<lock::Answer>) {
    (lock::Operation::Acquire { owner, lease_ms: 100 }, answer)
}

fn granted(token: u64, expires_ms: u64) -> Option<lock::Answer> {
    Some(lock::Answer::Granted { token, expires_ms })
}

fn release(token: u64, answer: lock::Answer) -> (lock::Operation, Option<lock::Answer>) {
    (lock::Operation::Release { token }, Some(answer))
}

#[test]
fn a_lock_has_one_holder_and_tokens_grow() {
    use lock::Answer::{Holder, Refused, Released};
    let lock = Lock { leases_end: false };
    let first = || acquire(1, granted(5, 900));
    assert!(is_right(&lock, vec![first(), acquire(2, Some(Refused)), release(5, Released)]));
    assert!(is_right(&lock, vec![first(), release(5, Released), acquire(2, granted(6, 950))]));
    assert!(is_right(&lock, vec![first(), acquire(1, granted(5, 980)), release(5, Released)]));
    // Two at once, a token that is not new, a refusal of a free lock, a lost release.
    assert!(!is_right(&lock, vec![first(), acquire(2, granted(6, 2_000))]));
    assert!(!is_right(&lock, vec![first(), release(5, Released), acquire(2, granted(5, 950))]));
    assert!(!is_right(&lock, vec![acquire(2, Some(Refused))]));
    assert!(!is_right(&lock, vec![first(), release(5, Refused)]));
    let status = |holder| (lock::Operation::Status, Some(Holder(holder)));
    assert!(is_right(&lock, vec![acquire(1, None), status(Some((1, 9))), release(9, Released)]));
    assert!(!is_right(&lock, vec![first(), status(Some((2, 5)))]));
    assert!(!is_right(&lock, vec![first(), status(None)]));
}

#[test]
fn a_lock_passes_on_only_after_the_end_of_its_lease() {
    use lock::Answer::Refused;
    let lock = Lock { leases_end: true };
    let first = || acquire(1, granted(5, 900));
    assert!(is_right(&lock, vec![first(), acquire(2, granted(6, 1_000)), release(5, Refused)]));
    assert!(!is_right(&lock, vec![first(), acquire(2, granted(6, 999))]));
    assert!(!is_right(&lock, vec![first(), acquire(2, granted(4, 1_000))]));
    // Renewed, or ended and taken again: nobody saw which.
    let status = |token| (lock::Operation::Status, Some(lock::Answer::Holder(Some((1, token)))));
    assert!(is_right(&lock, vec![first(), acquire(1, None), status(5)]));
    assert!(is_right(&lock, vec![first(), acquire(1, None), release(5, Refused), status(7)]));
    assert!(!is_right(&lock, vec![first(), acquire(1, None), status(4)]));
}
