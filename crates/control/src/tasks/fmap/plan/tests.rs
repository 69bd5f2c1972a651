use std::collections::BTreeSet;

use proptest::collection::vec;
use proptest::prelude::{prop_assert, prop_assert_eq, proptest};
use state::NodeId;

use super::super::cutter::Cut;
use super::super::{OnError, Order, Part};
use super::{Call, Dispatch, Plan};
use crate::limits::{
    CHUNK_ATTEMPTS_MAX, CHUNK_ITEMS_FIRST, CHUNK_MS, HELD_BYTES_MAX, REST_MS_MAX, STRAGGLER_MS_MIN,
};
use crate::tasks::FMapError;
use crate::tasks::message::Items;
use crate::tasks::roster::Aside;

fn plan(order: Order, on_error: OnError, members: u64) -> Plan {
    let mut plan = Plan::new(order, on_error);
    plan.set_members(&(1..=members).map(NodeId).collect());
    plan
}

fn ordered(members: u64) -> Plan {
    plan(Order::Input, OnError::Stop, members)
}

fn items(first_index: u64, items: u64) -> Cut {
    let lines: String = (first_index..first_index + items).map(|n| format!("{n}\n")).collect();
    Cut { first_index, items, lines: lines.into() }
}

fn send(plan: &mut Plan, first_index: u64, count: u64) -> Dispatch {
    plan.send_new(items(first_index, count), 0).unwrap()
}

fn call(dispatch: &Dispatch) -> Call {
    let Dispatch { attempt, member, first_index, .. } = *dispatch;
    Call { attempt, member, first_index }
}

/// The answer of a function that gives its items back.
fn echo(dispatch: &Dispatch, compute_ms: u64) -> Items {
    let lines = dispatch.lines.to_string();
    let items = u64::try_from(lines.lines().count()).unwrap();
    Items { items, lines, errors: Vec::new(), compute_ms, contexts: 1 }
}

fn taken(plan: &mut Plan) -> Option<Part> {
    plan.take().map(|(part, _)| part)
}

#[test]
fn results_come_in_the_order_of_the_input() {
    let mut plan = ordered(2);
    let (one, two) = (send(&mut plan, 0, 2), send(&mut plan, 2, 2));
    assert_ne!(one.member, two.member);
    plan.done(call(&two), echo(&two, 1), 0);
    assert_eq!(plan.take().map(|_| ()), None);
    plan.done(call(&one), echo(&one, 1), 0);
    assert_eq!(taken(&mut plan).unwrap().lines, "0\n1\n");
    assert_eq!(taken(&mut plan).unwrap().first_index, 2);
    assert!(plan.is_empty());
}

#[test]
fn results_come_as_they_are_done_when_order_does_not_matter() {
    let mut plan = plan(Order::Done, OnError::Stop, 2);
    let (one, two) = (send(&mut plan, 0, 2), send(&mut plan, 2, 2));
    plan.done(call(&two), echo(&two, 1), 0);
    assert_eq!(taken(&mut plan).unwrap().first_index, 2);
    plan.done(call(&one), echo(&one, 1), 0);
    assert_eq!(taken(&mut plan).unwrap().first_index, 0);
}

#[test]
fn chunks_grow_until_they_take_long_enough() {
    let mut plan = ordered(1);
    let (mut first, mut wants) = (0, CHUNK_ITEMS_FIRST);
    // An item takes a hundredth of a millisecond.
    for _ in 0..10 {
        assert_eq!(plan.wanted(0), Some(wants));
        let sent = send(&mut plan, first, wants);
        plan.done(call(&sent), echo(&sent, wants / 100), 0);
        first += wants;
        wants = plan.wanted(0).unwrap();
    }
    assert!((CHUNK_MS * 90..CHUNK_MS * 115).contains(&wants), "{wants} items");
    // Now an item takes a second.
    let sent = send(&mut plan, first, wants);
    plan.done(call(&sent), echo(&sent, wants * 1_000), 0);
    assert_eq!(plan.wanted(0), Some(1));
}

#[test]
fn what_is_lost_goes_to_another_member_at_once_and_to_the_same_one_later() {
    let mut plan = ordered(2);
    let sent = send(&mut plan, 0, 2);
    plan.lost(call(&sent), "gone", 0).unwrap();
    let again = plan.send_again(0).unwrap();
    assert_eq!((again.first_index, &again.lines), (0, &sent.lines));
    assert_ne!(again.member, sent.member);
    plan.lost(call(&again), "gone", 0).unwrap();
    assert_eq!(plan.send_again(0), None, "both rest");
    assert!(plan.send_again(REST_MS_MAX).is_some());
}

#[test]
fn a_member_without_the_function_gets_nothing_more_and_one_that_comes_does() {
    let mut plan = ordered(2);
    let (one, two) = (send(&mut plan, 0, 2), send(&mut plan, 2, 2));
    plan.put_aside(call(&one), Aside::Lacking);
    assert!(!plan.is_stranded());
    let again = plan.send_again(0).unwrap();
    assert_eq!((again.first_index, again.member), (0, two.member));
    assert_eq!(plan.wanted(0), None, "the other one has all that it takes");
    plan.put_aside(call(&two), Aside::Lacking);
    plan.put_aside(call(&again), Aside::Lacking);
    assert!(plan.is_stranded());
    assert_eq!(plan.send_again(0), None);
    plan.set_members(&(1..=3).map(NodeId).collect());
    assert!(!plan.is_stranded());
    assert_eq!(plan.send_again(0).unwrap().member, NodeId(3));
    assert_eq!(plan.send_again(0).unwrap().member, NodeId(3));
}

#[test]
fn a_drained_member_gets_nothing_new_unless_all_are() {
    let mut plan = ordered(2);
    let (one, two) = (send(&mut plan, 0, 2), send(&mut plan, 2, 2));
    plan.put_aside(call(&one), Aside::Away { until_ms: 10 });
    let again = plan.send_again(0).unwrap();
    assert_eq!((again.member, again.insists), (two.member, false));
    plan.put_aside(call(&two), Aside::Away { until_ms: 10 });
    plan.put_aside(call(&again), Aside::Away { until_ms: 10 });
    assert!(plan.send_again(0).unwrap().insists);
    assert!(!plan.is_stranded());
    assert!(!plan.send_again(10).unwrap().insists);
}

#[test]
fn what_is_lost_too_often_ends_all() {
    let mut plan = ordered(1);
    let mut sent = send(&mut plan, 7, 1);
    let mut now_ms = 0;
    for _ in 1..CHUNK_ATTEMPTS_MAX {
        plan.lost(call(&sent), "gone", now_ms).unwrap();
        now_ms += REST_MS_MAX;
        sent = plan.send_again(now_ms).unwrap();
    }
    let error = plan.lost(call(&sent), "gone", now_ms).unwrap_err();
    assert!(matches!(error, FMapError::Lost { index: 7, attempts: CHUNK_ATTEMPTS_MAX, .. }));
}

#[test]
fn a_straggler_is_asked_for_twice_and_answers_once() {
    let mut plan = ordered(2);
    let slow = send(&mut plan, 0, 1);
    let quick = send(&mut plan, 1, 1);
    plan.done(call(&quick), echo(&quick, 1), 0);
    assert_eq!(plan.send_again(STRAGGLER_MS_MIN), None);
    let late_ms = STRAGGLER_MS_MIN + 1;
    let again = plan.send_again(late_ms).unwrap();
    assert_eq!((again.first_index, again.member), (0, quick.member));
    assert_eq!(plan.send_again(late_ms + STRAGGLER_MS_MIN), None, "not a third time");
    assert_eq!(plan.done(call(&again), echo(&again, 1), late_ms), [slow.attempt]);
    assert!(plan.done(call(&slow), echo(&slow, 1), late_ms).is_empty());
    assert_eq!(taken(&mut plan).unwrap().lines, "0\n");
    assert_eq!(taken(&mut plan).unwrap().lines, "1\n");
    assert!(plan.is_empty());
}

#[test]
fn what_an_answer_leaves_out_is_asked_for_again() {
    let mut plan = ordered(1);
    let sent = send(&mut plan, 5, 3);
    let answer = Items { items: 1, lines: "5\n".into(), ..echo(&sent, 1) };
    assert!(plan.fits(call(&sent), &answer));
    plan.done(call(&sent), answer, 0);
    assert_eq!(taken(&mut plan).unwrap().lines, "5\n");
    let rest = plan.send_again(0).unwrap();
    assert_eq!((rest.first_index, rest.lines.as_ref()), (6, "6\n7\n"));
    plan.done(call(&rest), echo(&rest, 1), 0);
    assert_eq!(taken(&mut plan).unwrap().items, 2);
    assert!(plan.is_empty());
}

#[test]
fn answers_to_something_else_do_not_fit() {
    let mut plan = ordered(1);
    let sent = send(&mut plan, 5, 2);
    let right = echo(&sent, 1);
    assert!(plan.fits(call(&sent), &right));
    let error = |index| vec![(index, "no".to_owned())];
    for wrong in [
        Items { items: 0, lines: String::new(), ..right.clone() },
        Items { items: 3, lines: "1\n2\n3\n".into(), ..right.clone() },
        Items { lines: "1\n".into(), ..right.clone() },
        Items { errors: error(4), ..right.clone() },
        Items { errors: error(7), ..right.clone() },
        Items { errors: [error(6), error(5)].concat(), ..right.clone() },
        Items { items: u64::MAX, ..right },
    ] {
        assert!(!plan.fits(call(&sent), &wrong), "{wrong:?}");
    }
}

#[test]
fn the_first_item_that_fails_ends_all_behind_what_is_before_it() {
    let mut plan = ordered(2);
    let (one, two) = (send(&mut plan, 0, 2), send(&mut plan, 2, 3));
    let failed =
        Items { errors: vec![(3, "no".into())], lines: "2\n\n4\n".into(), ..echo(&two, 1) };
    plan.done(call(&two), failed, 0);
    assert!(!plan.has_room(), "nothing more is cut");
    plan.done(call(&one), echo(&one, 1), 0);
    assert_eq!(taken(&mut plan).unwrap().lines, "0\n1\n");
    let (part, error) = plan.take().unwrap();
    assert_eq!((part.items, part.lines.as_str(), part.errors.len()), (1, "2\n", 0));
    assert!(matches!(error, Some(FMapError::Item { index: 3, .. })));
}

#[test]
fn nothing_is_cut_while_too_much_is_held() {
    let mut plan = ordered(1);
    let first = send(&mut plan, 0, 1);
    let lines = "x".repeat(HELD_BYTES_MAX);
    plan.send_new(Cut { first_index: 1, items: 1, lines: lines.as_str().into() }, 0).unwrap();
    assert!(!plan.has_room());
    let long = Items { lines: format!("{lines}\n"), ..echo(&first, 1) };
    plan.done(call(&first), long, 0);
    assert_eq!(taken(&mut plan).unwrap().items, 1);
    assert!(!plan.has_room(), "the second one is still held");
}

#[test]
fn a_member_that_left_gets_nothing_more() {
    let mut plan = ordered(2);
    plan.set_members(&BTreeSet::from([NodeId(2)]));
    for index in 0..2 {
        assert_eq!(send(&mut plan, index, 1).member, NodeId(2));
    }
    assert_eq!(plan.wanted(0), None);
}

proptest! {
    /// Whatever is lost, late or cut short: all comes once, in order, and nothing stays held.
    #[test]
    fn all_items_come_once_and_in_order(fates in vec(0_u8..6, 1..60)) {
        let (mut plan, mut now_ms, mut turn) = (ordered(3), 0, 0);
        let (mut cut_to, mut given) = (0, 0);
        let mut under_way: Vec<Dispatch> = Vec::new();
        while given < 200 {
            let fate = fates[turn % fates.len()];
            turn += 1;
            now_ms += u64::from(fate) * 400;
            under_way.extend(plan.send_again(now_ms));
            if cut_to < 200 && plan.has_room() && plan.wanted(now_ms).is_some() {
                let count = (1 + u64::from(fate)).min(200 - cut_to);
                under_way.extend(plan.send_new(items(cut_to, count), now_ms));
                cut_to += count;
            }
            if !under_way.is_empty() {
                let sent = under_way.remove(usize::from(fate) % under_way.len());
                // Fewer losses than would end all.
                if fate == 0 && turn % 5 == 0 {
                    plan.lost(call(&sent), "gone", now_ms).unwrap();
                } else {
                    let mut answer = echo(&sent, u64::from(fate));
                    if fate == 1 {
                        answer.items = 1;
                        answer.lines.truncate(answer.lines.find('\n').unwrap() + 1);
                    }
                    prop_assert!(plan.fits(call(&sent), &answer));
                    let ended = plan.done(call(&sent), answer, now_ms);
                    under_way.retain(|sent| !ended.contains(&sent.attempt));
                }
            }
            while let Some(part) = taken(&mut plan) {
                prop_assert_eq!(part.first_index, given);
                for result in part.results() {
                    prop_assert_eq!(result.unwrap(), given.to_string());
                    given += 1;
                }
            }
            prop_assert!(turn < 20_000, "it goes on");
        }
        prop_assert!(plan.is_empty());
        prop_assert_eq!(plan.held_bytes, 0);
    }
}
