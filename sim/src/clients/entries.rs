//! What a client does with entries of a map.

use std::collections::BTreeMap;

use bytes::Bytes;
use structures::Answer;
use structures::map::{Command, PutCondition, PutOptions, Query};

use super::{Client, Keyed, name};
use crate::linearizability::Event;
use crate::models::entry::{self, Operation, Stored};

const KEYS: u64 = 4;

/// The revisions that a client was told last, by key.
pub(super) type Known = BTreeMap<u64, u64>;

pub(super) async fn step(client: &mut Client, seen: &mut Vec<Keyed<Operation, entry::Answer>>) {
    let key = client.chance.below(KEYS);
    let value = client.chance.below(1_000_000);
    let operation = match (client.chance.below(10), client.entries.get(&key)) {
        (0..=2, _) => Operation::Put { value },
        (3, _) => Operation::Delete,
        (4, _) => Operation::PutIfValue { expected: None, value },
        (5 | 6, Some(revision)) => Operation::PutIfRevision { revision: *revision, value },
        _ => Operation::Get,
    };
    let called = client.call();
    let answered = match command(key, operation) {
        Some(command) => client.write(command).await,
        None => client.read(Query::Get { map: map(), key: name("key", key) }).await,
    };
    let answer = answered.map(|(at, outcome)| {
        let answer = outcome.ok().and_then(|answer| told(&operation, answer));
        (at, answer.expect("a map answers each operation in its way"))
    });
    match answer {
        Some((_, entry::Answer::Found(Some(Stored { revision: Some(revision), .. })))) => {
            client.entries.insert(key, revision);
        }
        Some((_, entry::Answer::Written(Some(revision)))) => {
            client.entries.insert(key, revision);
        }
        _ => {}
    }
    if answer.is_some() || operation != Operation::Get {
        client.record(
            seen,
            Event { client: client.number, called, operation: (key, operation), answer },
        );
    }
}

fn map() -> Bytes {
    Bytes::from_static(b"map")
}

/// The command of an operation; none: it is a question.
fn command(key: u64, operation: Operation) -> Option<Command> {
    let key = name("key", key);
    let (value, condition) = match operation {
        Operation::Get => return None,
        Operation::Delete => return Some(Command::Delete { map: map(), keys: vec![key] }),
        Operation::Put { value } => (value, PutCondition::Always),
        Operation::PutIfValue { value, .. } => (value, PutCondition::Absent),
        Operation::PutIfRevision { revision, value } => (value, PutCondition::Revision(revision)),
    };
    let options = PutOptions { condition, ..PutOptions::default() };
    let value = Bytes::from(value.to_string());
    Some(Command::Put { map: map(), key, value, options })
}

fn told(operation: &Operation, answer: Answer) -> Option<entry::Answer> {
    Some(match (operation, answer) {
        (Operation::Get, Answer::Nothing) => entry::Answer::Found(None),
        (Operation::Get, Answer::Entry(found)) => {
            let value = std::str::from_utf8(&found.value).ok()?.parse().ok()?;
            entry::Answer::Found(Some(Stored { value, revision: Some(found.revision) }))
        }
        (Operation::Delete, Answer::Integer(deleted)) => entry::Answer::Flag(deleted == 1),
        (_, Answer::Put(put)) => match put.revision {
            Some(revision) => entry::Answer::Written(Some(revision)),
            None => entry::Answer::Refused,
        },
        _ => return None,
    })
}
