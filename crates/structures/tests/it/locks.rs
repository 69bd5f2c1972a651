//! Locks.

use structures::lock::{Command, Grant, Query, Status};
use structures::{Answer, Event, Refusal, names};

use crate::kit::{Bench, Random, text, texts};

fn acquire(owner: &str, wait_ms: u64) -> Command {
    Command::Acquire { name: text("l"), owner: text(owner), lease_ms: 100, wait_ms }
}

fn granted(answer: &Answer) -> Grant {
    let Answer::Grant(grant) = answer else { panic!("{answer:?}") };
    *grant
}

fn release(token: u64) -> Command {
    Command::Release { name: text("l"), token }
}

fn holder(bench: &Bench) -> Option<Status> {
    match bench.read(Query::Status { name: text("l") }) {
        Answer::Lock(status) => Some(status),
        Answer::Nothing => None,
        other => panic!("{other:?}"),
    }
}

#[test]
fn only_one_holds_a_lock() {
    let mut bench = Bench::new();
    let first = granted(&bench.write(acquire("a", 0)));
    assert_eq!(first.expires_ms, bench.now_ms + 100);
    let held = Refusal::LockHeld { name: text("l"), expires_ms: first.expires_ms };
    assert_eq!(bench.try_write(acquire("b", 0)), Err(held));
    assert_eq!(granted(&bench.write(acquire("a", 0))).token, first.token, "asked again");
    assert_eq!(bench.write(release(first.token)), Answer::Done);
    let not_held = Refusal::LockNotHeld { name: text("l") };
    assert_eq!(bench.try_write(release(first.token)), Err(not_held));
    assert_eq!(holder(&bench), None);
    let second = granted(&bench.write(acquire("b", 0)));
    assert!(second.token > first.token);
    bench.assert_leaves_nothing();
}

#[test]
fn those_who_wait_get_the_lock_in_the_order_in_which_they_came() {
    let mut bench = Bench::new();
    let first = granted(&bench.write(acquire("a", 0)));
    assert_eq!(bench.write(acquire("b", 1000)), Answer::Waiting(1));
    assert_eq!(bench.write(acquire("c", 1000)), Answer::Waiting(2));
    assert_eq!(bench.write(acquire("b", 1000)), Answer::Waiting(2), "b keeps its place");
    assert_eq!(holder(&bench).unwrap().line, texts(&["b", "c"]));
    bench.told();
    bench.write(release(first.token));
    let Event::Granted { owner, token, .. } = bench.told().pop().unwrap() else { panic!() };
    assert_eq!(owner, text("b"));
    assert!(token > first.token);
    assert_eq!(
        bench.write(Command::Leave { name: text("l"), owner: text("b") }),
        Answer::Flag(true)
    );
    assert_eq!(holder(&bench).unwrap().owner, text("c"));
    bench.assert_leaves_nothing();
}

#[test]
fn a_lease_that_ends_passes_the_lock_on() {
    let mut bench = Bench::new();
    let first = granted(&bench.write(acquire("a", 0)));
    bench.write(acquire("b", 1000));
    bench.wait(60);
    let renew = Command::Renew { name: text("l"), token: first.token, lease_ms: 100 };
    assert_eq!(bench.write(renew.clone()), Answer::Deadline(Some(bench.now_ms + 100)));
    bench.wait(99);
    bench.expire();
    assert_eq!(holder(&bench).unwrap().owner, text("a"));
    bench.told();
    bench.wait(1);
    bench.expire();
    let told = bench.told();
    assert_eq!(told[0], Event::Lost { owner: text("a") });
    assert!(matches!(&told[1], Event::Granted { owner, .. } if *owner == text("b")), "{told:?}");
    assert_eq!(bench.try_write(renew), Err(Refusal::LockNotHeld { name: text("l") }));
}

#[test]
fn one_who_waited_long_enough_leaves_the_line() {
    let mut bench = Bench::new();
    bench.write(acquire("a", 0));
    bench.write(acquire("b", 50));
    bench.told();
    bench.wait(50);
    bench.expire();
    assert_eq!(bench.told(), [Event::Lost { owner: text("b") }]);
    bench.wait(50);
    bench.expire();
    assert_eq!(holder(&bench), None);
    assert_eq!(bench.read(names::Query::Len), Answer::Integer(0));
    bench.assert_leaves_nothing();
}

#[test]
fn random_owners_take_turns() {
    for seed in 0..40 {
        let mut random = Random::new(seed);
        let mut bench = Bench::new();
        // Who holds it, until when; who waits, until when.
        let mut held: Option<(u64, u64)> = None;
        let mut line: Vec<(u64, u64)> = Vec::new();
        let mut last_token = 0;
        for step in 0..300 {
            for _ in 0..random.below(30) {
                bench.wait(1);
                bench.expire();
                let now_ms = bench.now_ms;
                // Who waits until the moment at which the lock becomes free gets it.
                if held.is_some_and(|(_, until)| until <= now_ms) {
                    held = None;
                }
                if held.is_none() && !line.is_empty() {
                    held = Some((line.remove(0).0, now_ms + 100));
                }
                line.retain(|(_, until)| *until > now_ms);
            }
            let owner = random.below(6);
            let name = format!("o{owner}");
            if random.below(3) > 0 {
                let wait_ms = 1 + random.below(100);
                let answer = bench.write(acquire(&name, wait_ms));
                let until = bench.now_ms + wait_ms;
                match held {
                    None => held = Some((owner, bench.now_ms + 100)),
                    Some((holder, _)) if holder == owner => {
                        held = Some((owner, bench.now_ms + 100));
                    }
                    Some(_) => match line.iter_mut().find(|(waiter, _)| *waiter == owner) {
                        Some(waiter) => waiter.1 = until,
                        None => line.push((owner, until)),
                    },
                }
                let is_waiting = matches!(answer, Answer::Waiting(_));
                assert_eq!(is_waiting, held.unwrap().0 != owner, "seed {seed}, step {step}");
            } else {
                bench.write(Command::Leave { name: text("l"), owner: text(&name) });
                line.retain(|(waiter, _)| *waiter != owner);
                if held.is_some_and(|(holder, _)| holder == owner) {
                    held = None;
                    if !line.is_empty() {
                        held = Some((line.remove(0).0, bench.now_ms + 100));
                    }
                }
            }
            let status = holder(&bench);
            let owners = |line: &[(u64, u64)]| -> Vec<_> {
                line.iter().map(|(owner, _)| text(&format!("o{owner}"))).collect()
            };
            let found = status.as_ref().map(|status| status.owner.clone());
            assert_eq!(found, owners(held.as_slice()).pop(), "seed {seed}, step {step}");
            if let Some(status) = status {
                assert_eq!(status.line, owners(&line), "seed {seed}, step {step}");
                assert!(status.grant.token >= last_token, "seed {seed}, step {step}");
                last_token = status.grant.token;
            }
        }
        bench.assert_leaves_nothing();
    }
}
