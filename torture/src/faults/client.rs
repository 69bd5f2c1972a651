//! A client that uses shared things as others do at the same time, and writes down what it saw.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};
use sim::chance::Chance;
use sim::linearizability::Event;
use sim::models::{counter, entry, lock, queue};

use super::histories::{ByName, Histories};
use crate::clock::Clock;
use crate::cluster::Door;
use crate::failure::Failure;
use crate::https::{self, Https};
use crate::limits;
use crate::redis::{Redis, Reply};

/// After so many microseconds clients turn to new things: a short history is checked fast.
const ROUND_MICROS: u64 = 3_000_000;

/// Things of each kind that are used at the same time.
const THINGS: u64 = 3;

/// Longer than any run: such a lease does not end while it is looked at.
const LOCK_LEASE_MS: u64 = 24 * 60 * 60 * 1000;

/// So short that items come back while others still want them.
const ITEM_LEASE_MS: u64 = 1_500;

/// Longest rest between two operations, in microseconds.
const REST_MICROS_MAX: u64 = 6_000;

/// The map whose entries are used.
const MAP: &str = "faults";

#[derive(Debug)]
pub(super) struct Client {
    id: u64,
    redis: Redis,
    https: Https,
    chance: Chance,
    clock: Clock,
    /// The number of the last operation, which makes values unique.
    last: u64,
    /// The entry of which it knows the revision.
    revision: Option<(String, u64)>,
    /// The lock that it holds, with its token.
    held: Option<(String, u64)>,
    /// The item that it works on: its queue, number, token and payload.
    item: Option<Leased>,
    histories: Histories,
}

#[derive(Debug)]
struct Leased {
    queue: String,
    number: u64,
    token: u64,
    payload: u64,
}

impl Client {
    pub(super) fn new(id: u64, door: &Door, chance: Chance, clock: Clock) -> anyhow::Result<Self> {
        let (redis, https) = (door.redis(), door.https()?);
        let (revision, held, item) = (None, None, None);
        let histories = Histories::default();
        Ok(Self { id, redis, https, chance, clock, last: 0, revision, held, item, histories })
    }

    pub(super) fn run(mut self, stop: &AtomicBool) -> Histories {
        while !stop.load(Ordering::Relaxed) {
            self.turn();
            thread::sleep(Duration::from_micros(self.chance.below(REST_MICROS_MAX)));
        }
        self.histories
    }

    fn turn(&mut self) {
        let round = self.clock.micros() / ROUND_MICROS;
        let thing = format!("{round}-{}", self.chance.below(THINGS));
        match self.chance.below(100) {
            0..45 => self.use_entry(&thing),
            45..65 => self.use_counter(&thing),
            65..80 => self.use_lock(&thing),
            _ => self.use_queue(&format!("jobs{round}")),
        }
    }

    /// A number that no other operation has.
    fn unique(&mut self) -> u64 {
        self.last += 1;
        self.id * 1_000_000_000 + self.last
    }

    fn use_entry(&mut self, thing: &str) {
        use entry::{Answer, Operation};
        let (name, value) = (format!("entry{thing}"), self.unique());
        let path = format!("maps/{MAP}/entries/{name}");
        let known = self.revision.take().filter(|(entry, _)| *entry == name);
        let drawn = self.chance.below(100);
        let operation = match (drawn, known) {
            (0..40, _) => Operation::Get,
            (_, Some((_, revision))) => Operation::PutIfRevision { revision, value },
            (40..75, None) => Operation::Put { value },
            (75..85, None) => Operation::PutIfValue { expected: None, value },
            _ => Operation::Delete,
        };
        let called = self.clock.micros();
        let text = value.to_string();
        let redis = &mut self.redis;
        let answer = match operation {
            Operation::Get => redis.call(&["HGET", MAP, &name]).and_then(found),
            Operation::Put { .. } if drawn.is_multiple_of(2) => {
                redis.call(&["HSET", MAP, &name, &text]).map(|_| Answer::Written(None))
            }
            Operation::Put { .. } => {
                self.https.put_value(&path, text, None).and_then(|answer| written(&answer))
            }
            Operation::PutIfValue { .. } => {
                let is_new = redis.call(&["HSETNX", MAP, &name, &text]).and_then(Reply::integer);
                is_new.map(|new| if new == 1 { Answer::Written(None) } else { Answer::Refused })
            }
            Operation::PutIfRevision { revision, .. } => {
                let put = self
                    .https
                    .put_value(&path, text, Some(revision))
                    .and_then(|answer| written(&answer));
                put.or_else(|failure| failure.expected("CONDITION_FAILED", Answer::Refused))
            }
            Operation::Delete => {
                let gone = redis.call(&["HDEL", MAP, &name]).and_then(Reply::integer);
                gone.map(|gone| Answer::Flag(gone == 1))
            }
        };
        if let Ok(Answer::Written(Some(revision))) = answer {
            self.revision = Some((name.clone(), revision));
        }
        let outcome = self.outcome(called, operation, answer);
        note(&mut self.histories.entries, name, outcome);
    }

    fn use_counter(&mut self, thing: &str) {
        use counter::Operation;
        let name = format!("counter{thing}");
        let path = format!("counters/{name}");
        let called = self.clock.micros();
        // Counters of the two doors are different things: one is an entry with a number.
        let (name, operation, answer) = match self.chance.below(4) {
            0 => {
                let name = format!("redis-{name}");
                let got = self.redis.call(&["GET", &name]).and_then(Reply::text);
                let answer = got.and_then(|text| match text.as_deref().unwrap_or("0").parse() {
                    Ok(number) => Ok(number),
                    Err(_) => Err(https::unexpected(&json!(text))),
                });
                (name, Operation::Get, answer)
            }
            1 => {
                let name = format!("redis-{name}");
                let answer = self.redis.call(&["INCR", &name]).and_then(Reply::integer);
                (name, Operation::Add(1), answer)
            }
            2 => {
                let got = self.https.get(&path).and_then(|answer| count(&answer));
                let answer = got.or_else(|failure| failure.expected("NOT_FOUND", 0));
                (name, Operation::Get, answer)
            }
            _ => {
                let added = self.https.post(&format!("{path}/add"), &json!({ "by": 1 }));
                (name, Operation::Add(1), added.and_then(|answer| count(&answer)))
            }
        };
        let outcome = self.outcome(called, operation, answer);
        note(&mut self.histories.counters, name, outcome);
    }

    fn use_lock(&mut self, thing: &str) {
        use lock::{Answer, Operation};
        let held = self.held.take();
        let name = held.as_ref().map_or_else(|| format!("lock{thing}"), |(name, _)| name.clone());
        let path = format!("locks/{name}");
        let operation = match held {
            Some((_, token)) => Operation::Release { token },
            None if self.chance.happens(1, 5) => Operation::Status,
            None => Operation::Acquire { owner: self.id, lease_ms: LOCK_LEASE_MS },
        };
        let called = self.clock.micros();
        let answer = match operation {
            Operation::Release { token } => {
                let done = self.https.post(&format!("{path}/release"), &json!({ "token": token }));
                let answer = done.map(|_| Answer::Released);
                answer.or_else(|failure| failure.expected("LEASE_LOST", Answer::Refused))
            }
            Operation::Acquire { owner, lease_ms } => {
                let body = json!({ "owner": owner.to_string(), "lease_ms": lease_ms });
                let grant = self
                    .https
                    .post(&format!("{path}/acquire"), &body)
                    .and_then(|answer| granted(&answer));
                grant.or_else(|failure| failure.expected("LOCK_HELD", Answer::Refused))
            }
            Operation::Status => {
                let holder = self.https.get(&path).and_then(|answer| holder(&answer));
                holder.or_else(|failure| failure.expected("NOT_FOUND", Answer::Holder(None)))
            }
        };
        if let Ok(Answer::Granted { token, .. }) = answer {
            self.held = Some((name.clone(), token));
        }
        let outcome = self.outcome(called, operation, answer);
        note(&mut self.histories.locks, name, outcome);
    }

    fn use_queue(&mut self, queue: &str) {
        use queue::{Answer, Operation};
        let leased = self.item.take();
        let name = leased.as_ref().map_or_else(|| queue.to_owned(), |item| item.queue.clone());
        let path = format!("queues/{name}");
        let item = self.unique();
        let (drawn, called) = (self.chance.below(100), self.clock.micros());
        let (operation, answer) = match leased {
            // Some items are forgotten, as by a worker that died.
            Some(_) if drawn < 15 => return,
            Some(Leased { number, token, payload, .. }) if drawn < 30 => {
                let receipt = json!({ "number": number, "token": token });
                let done = self.https.post(&format!("{path}/nack"), &receipt);
                let answer = done.map(|_| Answer::Returned(true));
                let answer = answer
                    .or_else(|failure| failure.expected("LEASE_LOST", Answer::Returned(false)));
                (Operation::Return { item: payload, token }, answer)
            }
            Some(Leased { number, token, payload, .. }) => {
                let receipts = json!({ "receipts": [{ "number": number, "token": token }] });
                let done = self.https.post(&format!("{path}/ack"), &receipts);
                let answer = done.and_then(|answer| https::number(&answer, "count"));
                let answer = answer.map(|count| Answer::Acknowledged(count == 1));
                (Operation::Acknowledge { item: payload, token }, answer)
            }
            None if drawn < 50 => {
                let items = json!({ "items": [{ "payload": item.to_string() }] });
                let put = self.https.post(&format!("{path}/put"), &items);
                (Operation::Push { item }, put.map(|_| Answer::Pushed))
            }
            None if drawn < 70 => {
                let popped = self.redis.call(&["LPOP", &name]).and_then(Reply::text);
                let answer =
                    popped.map(|text| Answer::Popped(text.and_then(|text| text.parse().ok())));
                (Operation::Pop, answer)
            }
            None => {
                let body = json!({ "lease_ms": ITEM_LEASE_MS });
                let taken = self
                    .https
                    .post(&format!("{path}/lease"), &body)
                    .and_then(|answer| taken(&answer));
                if let Ok(Some((number, taken))) = &taken {
                    let (number, token, payload) = (*number, taken.token, taken.item);
                    self.item = Some(Leased { queue: name.clone(), number, token, payload });
                }
                let answer = taken.map(|taken| Answer::Taken(taken.map(|(_, taken)| taken)));
                (Operation::Take { lease_ms: ITEM_LEASE_MS }, answer)
            }
        };
        let outcome = self.outcome(called, operation, answer);
        note(&mut self.histories.queues, name, outcome);
    }

    /// The event that is worth to be noted; nothing when the request did not reach the node.
    fn outcome<O: std::fmt::Debug, A>(
        &mut self,
        called: u64,
        operation: O,
        answer: Result<A, Failure>,
    ) -> Option<Event<O, A>> {
        let client = self.id;
        match answer {
            Ok(answer) => {
                let answer = Some((self.clock.micros(), answer));
                Some(Event { client, called, operation, answer })
            }
            Err(Failure::Unknown(_)) => Some(Event { client, called, operation, answer: None }),
            Err(Failure::Unsent(_)) => {
                thread::sleep(limits::UNREACHED_PAUSE);
                None
            }
            Err(refused @ Failure::Refused { .. }) => {
                self.histories.refused.push(format!("{operation:?}: {refused}"));
                None
            }
        }
    }

    /// Reads everything once more, so that what is there at the end has to be explained too.
    pub(super) fn look_at_all(mut self, seen: &mut Histories) -> anyhow::Result<()> {
        for name in seen.entries.keys().cloned().collect::<Vec<_>>() {
            let called = self.clock.micros();
            let answer = self.redis.call(&["HGET", MAP, &name]).and_then(found)?;
            let outcome = self.outcome(called, entry::Operation::Get, Ok(answer));
            note(&mut seen.entries, name, outcome);
        }
        for name in seen.counters.keys().cloned().collect::<Vec<_>>() {
            let called = self.clock.micros();
            let answer = if name.starts_with("redis-") {
                let text = self.redis.call(&["GET", &name])?.text()?;
                text.as_deref().unwrap_or("0").parse()?
            } else {
                let got = self.https.get(&format!("counters/{name}"));
                let got = got.and_then(|answer| count(&answer));
                got.or_else(|failure| failure.expected("NOT_FOUND", 0))?
            };
            let outcome = self.outcome(called, counter::Operation::Get, Ok(answer));
            note(&mut seen.counters, name, outcome);
        }
        for name in seen.locks.keys().cloned().collect::<Vec<_>>() {
            let called = self.clock.micros();
            let holder =
                self.https.get(&format!("locks/{name}")).and_then(|answer| holder(&answer));
            let free = lock::Answer::Holder(None);
            let answer = holder.or_else(|failure| failure.expected("NOT_FOUND", free))?;
            let outcome = self.outcome(called, lock::Operation::Status, Ok(answer));
            note(&mut seen.locks, name, outcome);
        }
        Ok(())
    }
}

fn note<O, A>(histories: &mut ByName<O, A>, name: String, event: Option<Event<O, A>>) {
    if let Some(event) = event {
        histories.entry(name).or_default().push(event);
    }
}

fn found(reply: Reply) -> Result<entry::Answer, Failure> {
    let stored = match reply.text()? {
        None => None,
        Some(text) => {
            let value = text.parse().map_err(|_| https::unexpected(&json!(text)))?;
            Some(entry::Stored { value, revision: None })
        }
    };
    Ok(entry::Answer::Found(stored))
}

fn written(answer: &Value) -> Result<entry::Answer, Failure> {
    https::number(answer, "revision").map(|revision| entry::Answer::Written(Some(revision)))
}

fn count(answer: &Value) -> Result<i64, Failure> {
    answer.get("value").and_then(Value::as_i64).ok_or_else(|| https::unexpected(answer))
}

fn granted(answer: &Value) -> Result<lock::Answer, Failure> {
    let (token, expires_ms) =
        (https::number(answer, "token")?, https::number(answer, "expires_ms")?);
    Ok(lock::Answer::Granted { token, expires_ms })
}

fn holder(answer: &Value) -> Result<lock::Answer, Failure> {
    let owner = answer.get("owner").and_then(Value::as_str).and_then(|owner| owner.parse().ok());
    let owner = owner.ok_or_else(|| https::unexpected(answer))?;
    Ok(lock::Answer::Holder(Some((owner, https::number(answer, "token")?))))
}

/// The number of the item, and the item.
fn taken(answer: &Value) -> Result<Option<(u64, queue::Taken)>, Failure> {
    let Some(item) = https::list(answer, "items")?.first() else { return Ok(None) };
    let payload = item.get("payload").and_then(Value::as_str).and_then(|text| text.parse().ok());
    let payload = payload.ok_or_else(|| https::unexpected(item))?;
    let token = https::number(item, "token")?;
    let expires_ms = https::number(item, "lease_expires_ms")?;
    let taken = queue::Taken { item: payload, token, expires_ms };
    Ok(Some((https::number(item, "number")?, taken)))
}
