//! Queues.

use structures::queue::{Chosen, Command, Item, NewItem, Query, Receipt, Settings, Status};
use structures::{Answer, Event, Refusal, names};

use crate::kit::{Bench, Random, list, text};

pub(crate) fn push(name: &str, payloads: &[&str]) -> Command {
    let item = |payload: &&str| NewItem { payload: text(payload), ..NewItem::default() };
    Command::Push { name: text(name), items: payloads.iter().map(item).collect() }
}

fn take(bench: &mut Bench, count: u64) -> Vec<Item> {
    let take = Command::Take { name: text("q"), count, lease_ms: None };
    let Answer::Items(items) = bench.write(take) else { panic!() };
    items
}

fn receipt(item: &Item) -> Receipt {
    Receipt { number: item.number, token: item.lease.unwrap().token }
}

fn payloads(items: &[Item]) -> Vec<&str> {
    items.iter().map(|item| std::str::from_utf8(&item.payload).unwrap()).collect()
}

fn status(bench: &Bench) -> [u64; 4] {
    let Answer::Queue(Status { ready, delayed, leased, dead, .. }) =
        bench.read(Query::Status { name: text("q") })
    else {
        panic!()
    };
    [ready, delayed, leased, dead]
}

fn acknowledge(item: &Item) -> Command {
    Command::Acknowledge { name: text("q"), receipts: vec![receipt(item)] }
}

#[test]
fn items_are_taken_in_order_and_acknowledged() {
    let mut bench = Bench::new();
    assert_eq!(bench.write(push("q", &["a", "b", "c"])), Answer::Ids(vec![0, 1, 2]));
    let items = take(&mut bench, 2);
    assert_eq!(payloads(&items), ["a", "b"]);
    assert_eq!(status(&bench), [1, 0, 2, 0]);
    assert_eq!(bench.write(acknowledge(&items[0])), Answer::Integer(1));
    assert_eq!(bench.write(acknowledge(&items[0])), Answer::Integer(0));
    assert_eq!(status(&bench), [1, 0, 1, 0]);
    let name = text("q");
    assert_eq!(bench.write(Command::Pop { name, count: 9 }), list(&["c"]));
    bench.write(acknowledge(&items[1]));
    assert_eq!(status(&bench), [0, 0, 0, 0]);
    assert_eq!(bench.read(names::Query::Len), Answer::Integer(1), "an empty queue stays");
    bench.assert_leaves_nothing();
}

#[test]
fn higher_priorities_go_first_and_delayed_items_wait() {
    let mut bench = Bench::new();
    let item =
        |payload: &str, priority, delay_ms| NewItem { payload: text(payload), priority, delay_ms };
    let items = vec![item("low", 0, 0), item("later", 9, 100), item("high", 9, 0)];
    bench.write(Command::Push { name: text("q"), items });
    assert_eq!(status(&bench), [2, 1, 0, 0]);
    let Answer::Items(next) = bench.read(Query::Peek { name: text("q"), count: 1 }) else {
        panic!()
    };
    assert_eq!(payloads(&next), ["high"]);
    bench.told();
    bench.wait(100);
    bench.expire();
    assert_eq!(bench.told(), [Event::Grown]);
    assert_eq!(payloads(&take(&mut bench, 9)), ["later", "high", "low"]);
}

#[test]
fn an_item_comes_back_to_its_place_when_its_lease_ends() {
    let mut bench = Bench::new();
    bench.write(push("q", &["a", "b"]));
    let first = take(&mut bench, 1);
    bench.wait(29_999);
    bench.expire();
    assert_eq!(status(&bench), [1, 0, 1, 0]);
    bench.wait(1);
    bench.expire();
    let again = take(&mut bench, 9);
    assert_eq!(payloads(&again), ["a", "b"]);
    assert_eq!((again[0].attempts, again[1].attempts), (2, 1));
    assert_eq!(bench.write(acknowledge(&first[0])), Answer::Integer(0), "the lease was lost");
    let extend = Command::Extend { name: text("q"), receipt: receipt(&first[0]), lease_ms: 1000 };
    let number = first[0].number;
    let lost = Refusal::ItemNotLeased { name: text("q"), number };
    assert_eq!(bench.try_write(extend), Err(lost));
    assert_eq!(bench.write(acknowledge(&again[0])), Answer::Integer(1));
}

#[test]
fn a_lease_is_extended_or_given_back() {
    let mut bench = Bench::new();
    bench.write(push("q", &["a"]));
    let item = take(&mut bench, 1).remove(0);
    bench.wait(20_000);
    let extend = Command::Extend { name: text("q"), receipt: receipt(&item), lease_ms: 30_000 };
    assert_eq!(bench.write(extend), Answer::Deadline(Some(bench.now_ms + 30_000)));
    bench.wait(20_000);
    bench.expire();
    assert_eq!(status(&bench), [0, 0, 1, 0]);
    let back = Command::Return { name: text("q"), receipt: receipt(&item), delay_ms: 50 };
    assert_eq!(bench.write(back), Answer::Done);
    assert_eq!(status(&bench), [0, 1, 0, 0]);
    bench.wait(50);
    assert_eq!(take(&mut bench, 1)[0].attempts, 2, "what is due ends before the command");
}

#[test]
fn after_too_many_attempts_an_item_is_a_dead_letter() {
    let mut bench = Bench::new();
    let settings = Settings { lease_ms: 100, attempts_max: 2, retry_delay_ms: 10 };
    let configure = Command::Configure { name: text("q"), settings };
    assert_eq!(bench.write(configure.clone()), Answer::Flag(true));
    assert_eq!(bench.write(configure), Answer::Flag(false));
    bench.write(push("q", &["a", "b"]));
    for _ in 0..2 {
        assert_eq!(take(&mut bench, 2).len(), 2);
        bench.wait(100);
        bench.expire();
        bench.wait(10);
    }
    assert_eq!(status(&bench), [0, 0, 0, 2]);
    let dead = Query::Dead { name: text("q"), after: Some(0), count: 9 };
    let Answer::Items(dead) = bench.read(dead) else { panic!() };
    assert_eq!(payloads(&dead), ["b"]);
    let chosen = Chosen::Numbers(vec![1, 7]);
    assert_eq!(bench.write(Command::Revive { name: text("q"), chosen }), Answer::Integer(1));
    assert_eq!(take(&mut bench, 9)[0].attempts, 1);
    let chosen = Chosen::First { count: 9 };
    assert_eq!(bench.write(Command::Discard { name: text("q"), chosen }), Answer::Integer(1));
    assert_eq!(status(&bench), [0, 0, 1, 0]);
    bench.assert_leaves_nothing();
}

#[test]
fn what_makes_no_sense_is_refused() {
    let mut bench = Bench::new();
    let settings = Settings { attempts_max: 0, ..Settings::default() };
    bench.try_write(Command::Configure { name: text("q"), settings }).unwrap_err();
    let take = Command::Take { name: text("q"), count: 1, lease_ms: Some(u64::MAX) };
    bench.try_write(take).unwrap_err();
    assert_eq!(bench.read(Query::Status { name: text("q") }), Answer::Nothing);
}

/// What a naive queue knows of an item.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Naive {
    Ready,
    Until(u64),
    Dead,
}

#[test]
fn random_commands_lose_nothing() {
    for seed in 0..40 {
        let mut random = Random::new(seed);
        let mut bench = Bench::new();
        let settings = Settings { lease_ms: 50, attempts_max: 3, retry_delay_ms: 0 };
        bench.write(Command::Configure { name: text("q"), settings });
        // Number, attempts and place of every item that was not acknowledged.
        let mut model: Vec<(u64, u32, Naive)> = Vec::new();
        let mut held: Vec<Item> = Vec::new();
        for step in 0..300 {
            bench.wait(random.below(20));
            bench.expire();
            for (_, attempts, place) in &mut model {
                if matches!(place, Naive::Until(at) if *at <= bench.now_ms) {
                    *place = if *attempts >= 3 { Naive::Dead } else { Naive::Ready };
                }
            }
            match random.below(3) {
                0 => {
                    let Answer::Ids(ids) = bench.write(push("q", &["a", "b"])) else { panic!() };
                    model.extend(ids.into_iter().map(|number| (number, 0, Naive::Ready)));
                }
                1 => {
                    let count = random.below(4);
                    let items = take(&mut bench, count);
                    let until = Naive::Until(bench.now_ms + 50);
                    let ready = model.iter_mut().filter(|(_, _, place)| *place == Naive::Ready);
                    for (item, known) in items.iter().zip(ready) {
                        known.1 += 1;
                        known.2 = until;
                        assert_eq!((item.number, item.attempts), (known.0, known.1), "seed {seed}");
                    }
                    held.extend(items);
                }
                _ if !held.is_empty() => {
                    let item = held.swap_remove(random.place(held.len()));
                    let is_held = item.lease.unwrap().expires_ms > bench.now_ms;
                    let answer = Answer::Integer(i64::from(is_held));
                    assert_eq!(bench.write(acknowledge(&item)), answer, "seed {seed} {step}");
                    if is_held {
                        model.retain(|(number, _, _)| *number != item.number);
                    }
                }
                _ => {}
            }
            let count = |place: fn(&Naive) -> bool| {
                u64::try_from(model.iter().filter(|(_, _, found)| place(found)).count()).unwrap()
            };
            let expected = [
                count(|place| *place == Naive::Ready),
                0,
                count(|place| matches!(place, Naive::Until(_))),
                count(|place| *place == Naive::Dead),
            ];
            assert_eq!(status(&bench), expected, "seed {seed}, step {step}");
        }
        bench.assert_leaves_nothing();
    }
}
