//! What a client does with a queue.

use bytes::Bytes;
use structures::queue::{Command, NewItem, Receipt};
use structures::{Answer, Refusal};

use super::{Client, name};
use crate::linearizability::Event;
use crate::models::queue::{self, Operation, Taken};

/// Longest lease.
const LEASE_MS: u64 = 1_500;

/// What a client has pushed and taken.
#[derive(Debug, Default)]
pub(super) struct Known {
    pushed: u64,
    taken: Vec<(u64, Receipt)>,
}

pub(crate) fn queue() -> Bytes {
    name("queue", 0)
}

pub(super) async fn step(client: &mut Client, seen: &mut Vec<Event<Operation, queue::Answer>>) {
    let held = client.chance.pick(&client.queues.taken).copied();
    let (operation, command) = match (client.chance.below(10), held) {
        (0..=3, _) => {
            client.queues.pushed += 1;
            let item = client.number * 1_000_000 + client.queues.pushed;
            let payload = Bytes::from(item.to_string());
            let items = vec![NewItem { payload, ..NewItem::default() }];
            (Operation::Push { item }, Command::Push { name: queue(), items })
        }
        (4, _) => (Operation::Pop, Command::Pop { name: queue(), count: 1 }),
        (5, Some((item, receipt))) => {
            let token = receipt.token;
            let give_back = Command::Return { name: queue(), receipt, delay_ms: 0 };
            (Operation::Return { item, token }, give_back)
        }
        (6 | 7, Some((item, receipt))) => {
            let token = receipt.token;
            let receipts = vec![receipt];
            let acknowledge = Command::Acknowledge { name: queue(), receipts };
            (Operation::Acknowledge { item, token }, acknowledge)
        }
        _ => {
            let lease_ms = client.chance.between(1, LEASE_MS);
            let take = Command::Take { name: queue(), count: 1, lease_ms: Some(lease_ms) };
            (Operation::Take { lease_ms }, take)
        }
    };
    if let Operation::Return { item, .. } | Operation::Acknowledge { item, .. } = operation {
        client.queues.taken.retain(|(taken, _)| *taken != item);
    }
    let called = client.call();
    let answered = client.write(command).await;
    let answer = answered.map(|(at, outcome)| (at, told(client, &operation, outcome)));
    client.record(seen, Event { client: client.number, called, operation, answer });
}

fn told(
    client: &mut Client,
    operation: &Operation,
    outcome: Result<Answer, Refusal>,
) -> queue::Answer {
    match (operation, outcome) {
        (Operation::Push { .. }, Ok(Answer::Ids(_))) => queue::Answer::Pushed,
        (Operation::Pop, Ok(Answer::List(popped))) => {
            queue::Answer::Popped(popped.first().map(|popped| match popped {
                Answer::Bytes(payload) => item(payload),
                other => panic!("a queue popped {other:?}"),
            }))
        }
        (Operation::Acknowledge { .. }, Ok(Answer::Integer(done))) => {
            queue::Answer::Acknowledged(done == 1)
        }
        (Operation::Return { .. }, Ok(Answer::Done)) => queue::Answer::Returned(true),
        (Operation::Return { .. }, Err(Refusal::ItemNotLeased { .. })) => {
            queue::Answer::Returned(false)
        }
        (Operation::Take { .. }, Ok(Answer::Items(items))) => {
            let taken = items.first().map(|taken| {
                let lease = taken.lease.expect("an item that is taken has a lease");
                let receipt = Receipt { number: taken.number, token: lease.token };
                let item = item(&taken.payload);
                client.queues.taken.push((item, receipt));
                Taken { item, token: lease.token, expires_ms: lease.expires_ms }
            });
            queue::Answer::Taken(taken)
        }
        (operation, other) => panic!("{operation:?} answered {other:?}"),
    }
}

pub(crate) fn item(payload: &[u8]) -> u64 {
    let text = std::str::from_utf8(payload).ok();
    text.and_then(|text| text.parse().ok()).expect("payloads are numbers of items")
}
