use super::*;
use crate::chance::Chance;

fn event(called: u64, operation: Operation, answer: Answer) -> Event<Operation, Answer> {
    Event { client: called, called, operation, answer: Some((called + 5, answer)) }
}

fn push(at: u64, item: u64) -> Event<Operation, Answer> {
    event(at, Operation::Push { item }, Answer::Pushed)
}

/// Leases last 100 ms, and the leader's time is that of the calls.
fn take(at: u64, item: u64) -> Event<Operation, Answer> {
    let taken = Taken { item, token: at, expires_ms: at + 100 };
    event(at, Operation::Take { lease_ms: 100 }, Answer::Taken(Some(taken)))
}

fn acknowledge(at: u64, item: u64, token: u64) -> Event<Operation, Answer> {
    event(at, Operation::Acknowledge { item, token }, Answer::Acknowledged(true))
}

fn unseen(mut event: Event<Operation, Answer>) -> Event<Operation, Answer> {
    event.answer = None;
    event
}

fn empty(at: u64) -> Event<Operation, Answer> {
    event(at, Operation::Take { lease_ms: 100 }, Answer::Taken(None))
}

#[test]
fn items_come_out_in_order_and_once() {
    let history =
        [push(10, 1), push(20, 2), take(30, 1), acknowledge(40, 1, 30), take(50, 2), empty(60)];
    check(&history, &[2]).unwrap();
}

#[test]
fn a_lost_item_is_found() {
    let lost = check(&[push(10, 1)], &[]);
    assert!(matches!(lost, Err(Violation::Lost { item: 1, .. })), "{lost:?}");
    // Nobody was told that it is in the queue, or somebody may have ended it.
    check(&[unseen(push(10, 1))], &[]).unwrap();
    check(&[push(10, 1), take(20, 1), unseen(acknowledge(30, 1, 20))], &[]).unwrap();
    check(&[push(10, 1), unseen(event(20, Operation::Pop, Answer::Popped(None)))], &[]).unwrap();
    let pop = unseen(event(20, Operation::Pop, Answer::Popped(None)));
    let two = check(&[push(10, 1), push(11, 2), pop], &[]);
    assert!(matches!(two, Err(Violation::Lost { .. })), "{two:?}");
}

#[test]
fn an_item_from_nowhere_is_found() {
    let found = check(&[take(10, 1)], &[1]);
    assert!(matches!(found, Err(Violation::FromNowhere { item: 1, .. })), "{found:?}");
    let early = check(&[take(10, 1), push(30, 1)], &[1]);
    assert!(matches!(early, Err(Violation::FromNowhere { item: 1, .. })), "{early:?}");
}

#[test]
fn a_doubled_item_is_found() {
    let done = [push(10, 1), take(20, 1), acknowledge(30, 1, 20)];
    let again = check(&[done.clone().as_slice(), &[take(200, 1)]].concat(), &[]);
    assert!(matches!(again, Err(Violation::Doubled { item: 1, .. })), "{again:?}");
    let left = check(&done, &[1]);
    assert!(matches!(left, Err(Violation::Doubled { item: 1, .. })), "{left:?}");
    let pop = event(40, Operation::Pop, Answer::Popped(Some(1)));
    let twice = check(&[done.as_slice(), &[pop]].concat(), &[]);
    assert!(matches!(twice, Err(Violation::Doubled { item: 1, .. })), "{twice:?}");
}

#[test]
fn a_lease_is_not_shared() {
    let shared = check(&[push(10, 1), take(20, 1), take(60, 1)], &[1]);
    assert!(matches!(shared, Err(Violation::SharedLease { item: 1, .. })), "{shared:?}");
    check(&[push(10, 1), take(20, 1), take(120, 1)], &[1]).unwrap();
    let back = event(40, Operation::Return { item: 1, token: 20 }, Answer::Returned(true));
    check(&[push(10, 1), take(20, 1), back, take(60, 1)], &[1]).unwrap();
    let stale = [push(10, 1), take(20, 1), take(120, 1), acknowledge(130, 1, 20)];
    let stale = check(&stale, &[]);
    assert!(matches!(stale, Err(Violation::StaleLease { item: 1, .. })), "{stale:?}");
}

#[test]
fn order_and_emptiness_are_checked() {
    let overtaken = check(&[push(10, 1), push(20, 2), take(30, 2)], &[1, 2]);
    assert!(matches!(overtaken, Err(Violation::Overtaken { waiting: 1, .. })), "{overtaken:?}");
    let not_empty = check(&[push(10, 1), empty(20)], &[1]);
    assert!(matches!(not_empty, Err(Violation::NotEmpty { waiting: 1, .. })), "{not_empty:?}");
    // Pushed at the same time, or perhaps taken by somebody who was not told.
    check(&[push(10, 1), push(12, 2), take(30, 2)], &[1, 2]).unwrap();
    check(&[push(10, 1), unseen(empty(15)), empty(20)], &[1]).unwrap();
}

/// Runs a queue, with effects in the middle between calls and answers.
fn run(chance: &mut Chance) -> (Vec<Event<Operation, Answer>>, Vec<u64>) {
    let (mut ready, mut leased) = (std::collections::BTreeSet::new(), Vec::new());
    let mut history = Vec::new();
    for step in 1..80 {
        let at = 1_000 + step * 10;
        // Leases end as time goes by.
        leased.retain(|taken: &Taken| {
            if taken.expires_ms <= at {
                ready.insert(taken.item);
            }
            taken.expires_ms > at
        });
        let (operation, answer) = match chance.below(3) {
            0 => {
                ready.insert(step);
                (Operation::Push { item: step }, Answer::Pushed)
            }
            1 => {
                let item = ready.pop_first();
                let taken = item.map(|item| Taken { item, token: at, expires_ms: at + 100 });
                leased.extend(taken);
                (Operation::Take { lease_ms: 100 }, Answer::Taken(taken))
            }
            _ => {
                let Some(Taken { item, token, .. }) = leased.pop() else { continue };
                (Operation::Acknowledge { item, token }, Answer::Acknowledged(true))
            }
        };
        let (called, answered) = (at - chance.below(30), at + chance.below(30));
        history.push(Event { client: step, called, operation, answer: Some((answered, answer)) });
    }
    (history, ready.into_iter().chain(leased.into_iter().map(|taken| taken.item)).collect())
}

#[test]
fn histories_of_sequential_runs_are_accepted_and_mutated_ones_refused() {
    for seed in 0..300 {
        let mut chance = Chance::new(seed);
        let (mut history, mut remaining) = run(&mut chance);
        check(&history, &remaining).unwrap_or_else(|error| panic!("seed {seed}: {error}"));
        if remaining.pop().is_some() {
            check(&history, &remaining).expect_err(&format!("seed {seed}: an item is missing"));
        }
        let taken = history.iter_mut().find_map(|event| match &mut event.answer {
            Some((_, Answer::Taken(Some(taken)))) => Some(taken),
            _ => None,
        });
        if let Some(taken) = taken {
            taken.item = 10_000;
            check(&history, &remaining).expect_err(&format!("seed {seed}: it came from nowhere"));
        }
    }
}
