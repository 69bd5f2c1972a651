//! What a client does with counters.

use structures::Answer;
use structures::counter::{Command, Query};

use super::{Client, Keyed, name};
use crate::linearizability::Event;
use crate::models::counter::Operation;

const COUNTERS: u64 = 2;

pub(super) async fn step(client: &mut Client, seen: &mut Vec<Keyed<Operation, i64>>) {
    let counter = client.chance.below(COUNTERS);
    let number = i64::try_from(client.chance.below(100)).unwrap_or(0);
    let operation = match client.chance.below(8) {
        0..=3 => Operation::Add(number),
        4 => Operation::Set(number),
        _ => Operation::Get,
    };
    let name = name("counter", counter);
    let called = client.call();
    let answered = match operation {
        Operation::Add(by) => client.write(Command::Add { name, by }).await,
        Operation::Set(value) => client.write(Command::Set { name, value }).await,
        Operation::Get => client.read(Query::Get { name }).await,
    };
    let answer = answered.map(|(at, outcome)| match outcome {
        Ok(Answer::Integer(value)) => (at, value),
        Ok(Answer::Nothing) => (at, 0),
        other => panic!("{operation:?} answered {other:?}"),
    });
    if answer.is_some() || operation != Operation::Get {
        client.record(
            seen,
            Event { client: client.number, called, operation: (counter, operation), answer },
        );
    }
}
