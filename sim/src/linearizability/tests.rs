use super::*;
use crate::chance::Chance;
use crate::models::counter::{Counter, Operation};
use crate::models::entry::{self, MapEntry};

type CounterEvent = Event<Operation, i64>;

fn event<O, A>(client: u64, operation: O, called: u64, answer: Option<(u64, A)>) -> Event<O, A> {
    Event { client, called, operation, answer }
}

#[test]
fn an_empty_history_is_right() {
    check(&Counter, &[]).unwrap();
}

#[test]
fn concurrent_operations_may_take_effect_in_any_order() {
    let history = [
        event(1, Operation::Add(1), 0, Some((10, 3))),
        event(2, Operation::Add(2), 5, Some((8, 2))),
        event(3, Operation::Get, 1, Some((9, 0))),
    ];
    check(&Counter, &history).unwrap();
}

#[test]
fn a_read_of_what_was_overwritten_before_is_found() {
    let history = [
        event(1, Operation::Add(1), 0, Some((10, 1))),
        event(2, Operation::Add(1), 11, Some((20, 2))),
        event(3, Operation::Get, 21, Some((30, 1))),
    ];
    let Err(Violation::Inexplicable(part)) = check(&Counter, &history) else { panic!("accepted") };
    assert_eq!(part.explained, 2);
    assert_eq!(part.unexplained, ["client 3 from 21 to 30: Get -> 1"]);
    assert_eq!(part.state, "2");
}

#[test]
fn the_part_ends_where_the_mistake_is_first_seen() {
    let mut history = vec![
        event(1, Operation::Add(1), 0, Some((10, 1))),
        event(1, Operation::Get, 11, Some((20, 7))),
    ];
    history.extend((3..40).map(|at| event(2, Operation::Add(0), at * 10, Some((at * 10 + 5, 1)))));
    let Err(Violation::Inexplicable(part)) = check(&Counter, &history) else { panic!("accepted") };
    assert_eq!(part.unexplained, ["client 1 from 11 to 20: Get -> 7"]);
}

#[test]
fn what_nobody_saw_may_happen_late_or_never() {
    let unseen = event(1, Operation::Add(5), 0, None);
    let get = |at, answer| event(2, Operation::Get, at, Some((at + 5, answer)));
    check(&Counter, &[unseen.clone(), get(10, 0), get(20, 0)]).unwrap();
    check(&Counter, &[unseen.clone(), get(10, 0), get(20, 5), get(30, 5)]).unwrap();
    // Not before its call, not twice, and not back again.
    check(&Counter, &[get(10, 5), event(1, Operation::Add(5), 20, None)]).unwrap_err();
    check(&Counter, &[unseen.clone(), get(10, 10)]).unwrap_err();
    check(&Counter, &[unseen, get(10, 5), get(20, 0)]).unwrap_err();
}

#[test]
fn too_much_work_is_said_to_be_undecided() {
    let adds = (0..40).map(|client| event(client, Operation::Add(1), 0, Some((100, 50))));
    let history: Vec<CounterEvent> = adds.collect();
    let undecided = check_within(&Counter, &history[..39], 10);
    assert_eq!(undecided, Err(Violation::Undecided { steps: 10 }));
}

#[test]
fn independent_things_are_taken_apart() {
    let event =
        |key: u64, called| Event { client: 1, called, operation: key, answer: None::<(u64, ())> };
    let parts = by_key(vec![event(1, 0), event(2, 1), event(1, 2)], |key| *key);
    let sizes: Vec<(u64, usize)> = parts.iter().map(|(key, part)| (*key, part.len())).collect();
    assert_eq!(sizes, [(1, 2), (2, 1)]);
}

/// Runs operations one after the other, and spreads calls and answers around the effects.
fn sequential(chance: &mut Chance, length: u64) -> Vec<CounterEvent> {
    let mut value = 0;
    let mut history = Vec::new();
    for step in 0..length {
        let operation = match chance.below(3) {
            0 => Operation::Get,
            1 => Operation::Add(i64::try_from(chance.below(9)).unwrap()),
            _ => Operation::Set(i64::try_from(chance.below(9)).unwrap()),
        };
        let after = Counter.unseen(&value, &operation);
        let answer = if matches!(operation, Operation::Set(_)) { value } else { after };
        let at = 100 + step * 10;
        let called = at - chance.below(40);
        let answered = at + chance.below(40);
        // Some answers are lost, and some operations with them.
        let is_lost = chance.happens(1, 10);
        if !is_lost || chance.happens(1, 2) {
            value = after;
        }
        history.push(event(step, operation, called, (!is_lost).then_some((answered, answer))));
    }
    history
}

#[test]
fn histories_of_sequential_runs_are_accepted_and_mutated_ones_refused() {
    for seed in 0..200 {
        let mut chance = Chance::new(seed);
        let mut history = sequential(&mut chance, 60);
        check(&Counter, &history).unwrap_or_else(|error| panic!("seed {seed}: {error}"));
        let answered: Vec<usize> =
            (0..history.len()).filter(|index| history[*index].answer.is_some()).collect();
        let wrong = *chance.pick(&answered).unwrap();
        // No sum can become as large.
        history[wrong].answer.as_mut().unwrap().1 += 10_000;
        let found = check(&Counter, &history);
        assert!(matches!(found, Err(Violation::Inexplicable(_))), "seed {seed}: {found:?}");
    }
}

/// Tries all orders of all choices of unseen operations.
fn by_force(state: i64, left: &[CounterEvent]) -> bool {
    if left.iter().all(|event| event.answer.is_none()) {
        return true;
    }
    let first_answer = left.iter().filter_map(|event| event.answer).map(|(at, _)| at).min();
    (0..left.len()).any(|index| {
        let mut rest = left.to_vec();
        let next = rest.remove(index);
        if Some(next.called) > first_answer {
            return false;
        }
        let after = match next.answer {
            Some((_, answer)) => Counter.step(&state, &next.operation, &answer),
            None => Some(Counter.unseen(&state, &next.operation)),
        };
        after.is_some_and(|after| by_force(after, &rest))
    })
}

#[test]
fn the_search_agrees_with_trying_all_orders() {
    let mut right = 0;
    for seed in 0..3_000 {
        let mut chance = Chance::of(seed, 1);
        let history: Vec<CounterEvent> = (0..5)
            .map(|client| {
                let operation = match chance.below(3) {
                    0 => Operation::Get,
                    1 => Operation::Add(1),
                    _ => Operation::Set(0),
                };
                let called = chance.below(20);
                let answer = (called + chance.below(15), i64::try_from(chance.below(3)).unwrap());
                event(client, operation, called, chance.happens(4, 5).then_some(answer))
            })
            .collect();
        let found = check(&Counter, &history).is_ok();
        assert_eq!(found, by_force(0, &history), "seed {seed}: {history:#?}");
        right += u64::from(found);
    }
    assert!((100..2_900).contains(&right), "{right} of 3000 were right");
}

#[test]
fn a_violation_reads_as_a_sentence() {
    let history = [
        event(1, entry::Operation::Put { value: 7 }, 0, Some((5, entry::Answer::Written(Some(3))))),
        event(2, entry::Operation::Get, 6, Some((9, entry::Answer::Found(None)))),
    ];
    let text = check(&MapEntry, &history).unwrap_err().to_string();
    assert_eq!(
        text,
        "not linearizable: 1 operations can be explained, the last ones by\n  \
         client 1 from 0 to 5: Put { value: 7 } -> Written(Some(3))\n\
         which leads to the state Some(Stored { value: 7, revision: Some(3) }), where none of \
         these fits next:\n  client 2 from 6 to 9: Get -> Found(None)\n"
    );
}
