//! Counters and flake ids.

use structures::counter::{Command, Query};
use structures::{Answer, Refusal, flake};

use crate::kit::{Bench, text};

#[test]
fn a_counter_counts() {
    let mut bench = Bench::new();
    let add = |by| Command::Add { name: text("c"), by };
    assert_eq!(bench.read(Query::Get { name: text("c") }), Answer::Nothing);
    assert_eq!(bench.write(add(5)), Answer::Integer(5));
    assert_eq!(bench.try_write(add(i64::MAX)), Err(Refusal::Overflow));
    let set = |expected, value| Command::CompareAndSet { name: text("c"), expected, value };
    assert_eq!(bench.write(set(4, 9)), Answer::Flag(false));
    assert_eq!(bench.write(set(5, 9)), Answer::Flag(true));
    assert_eq!(bench.write(Command::Set { name: text("c"), value: 1 }), Answer::Integer(9));
    assert_eq!(bench.read(Query::Get { name: text("c") }), Answer::Integer(1));
    bench.assert_leaves_nothing();
}

#[test]
fn ids_grow_and_are_never_given_twice() {
    let mut bench = Bench::new();
    let new = |node, count| flake::Command::New { name: text("ids"), node, count };
    let mut all = Vec::new();
    for round in 0..20 {
        let Answer::Ids(ids) = bench.write(new(round % 3, 50)) else { panic!() };
        all.extend(ids);
        bench.wait(u64::from(round) % 2);
    }
    assert!(all.windows(2).all(|pair| pair[0] < pair[1]), "{all:?}");
    let parts = flake::parse(all[0]);
    assert_eq!((parts.at_ms, parts.sequence, parts.node), (1_600_000_000_000, 0, 0));
    assert_eq!(flake::parse(all[1]).sequence, 1);
    assert_eq!(flake::parse(all[50]).node, 1);
}

#[test]
fn ids_do_not_run_far_ahead_of_the_time() {
    let mut bench = Bench::new();
    let new = || flake::Command::New { name: text("ids"), node: 1, count: 10_000 };
    let given = (0..200).take_while(|_| bench.try_write(new()).is_ok()).count();
    assert_eq!(given, 96, "15 s of 64 ids per ms");
    bench.wait(15_000);
    bench.write(new());
}
