//! What a client does with locks.

use std::collections::BTreeMap;

use bytes::Bytes;
use structures::lock::{Command, Query};
use structures::{Answer, Refusal};

use super::{Client, Keyed, name};
use crate::linearizability::Event;
use crate::models::lock::{self, Operation};

/// The lock whose leases outlast the simulation, clocks that are set forward included.
pub(crate) const LASTING: u64 = 0;

const LOCKS: u64 = 2;

const LASTING_MS: u64 = 7 * 24 * 60 * 60 * 1000;

/// Longest lease of the other ones.
const SHORT_MS: u64 = 1_500;

/// The tokens that a client has, by lock.
pub(super) type Known = BTreeMap<u64, u64>;

pub(super) async fn step(client: &mut Client, seen: &mut Vec<Keyed<Operation, lock::Answer>>) {
    let lock = client.chance.below(LOCKS);
    let held = client.locks.get(&lock).copied();
    let lease_ms = if lock == LASTING { LASTING_MS } else { client.chance.between(1, SHORT_MS) };
    let operation = match (client.chance.below(6), held) {
        (0, _) => Operation::Status,
        (1..=4, Some(token)) => Operation::Release { token },
        _ => Operation::Acquire { owner: client.number, lease_ms },
    };
    let name = name("lock", lock);
    let called = client.call();
    let answered = match operation {
        Operation::Acquire { owner, lease_ms } => {
            let owner = Bytes::from(owner.to_string());
            client.write(Command::Acquire { name, owner, lease_ms, wait_ms: 0 }).await
        }
        Operation::Release { token } => {
            client.locks.remove(&lock);
            client.write(Command::Release { name, token }).await
        }
        Operation::Status => client.read(Query::Status { name }).await,
    };
    let answer = answered.map(|(at, outcome)| (at, told(outcome)));
    if let Some((_, lock::Answer::Granted { token, .. })) = answer {
        client.locks.insert(lock, token);
    }
    if answer.is_some() || operation != Operation::Status {
        client.record(
            seen,
            Event { client: client.number, called, operation: (lock, operation), answer },
        );
    }
}

fn told(outcome: Result<Answer, Refusal>) -> lock::Answer {
    match outcome {
        Ok(Answer::Grant(grant)) => {
            lock::Answer::Granted { token: grant.token, expires_ms: grant.expires_ms }
        }
        Ok(Answer::Done) => lock::Answer::Released,
        Ok(Answer::Nothing) => lock::Answer::Holder(None),
        Ok(Answer::Lock(status)) => {
            let owner = std::str::from_utf8(&status.owner).ok().and_then(|text| text.parse().ok());
            let owner = owner.expect("owners are numbers of clients");
            lock::Answer::Holder(Some((owner, status.grant.token)))
        }
        Err(Refusal::LockHeld { .. } | Refusal::LockNotHeld { .. }) => lock::Answer::Refused,
        other => panic!("a lock answered {other:?}"),
    }
}
