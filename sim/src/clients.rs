//! Clients of a simulated cluster, and what they saw.

mod counters;
mod entries;
mod locks;
mod queues;

use std::fmt::Debug;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use bytes::Bytes;
use state::{Embedded, Engine};
use structures::{Answer, Command, Query, Refusal, Request, RequestId, session};

use crate::chance::Chance;
use crate::cluster::Cluster;
use crate::life::Life;
use crate::linearizability::{Event, describe};
use crate::models::{counter, entry, lock, queue};
use crate::world::pause_ms;
pub(crate) use locks::LASTING;
pub(crate) use queues::{item, queue};

/// Longest that one attempt may take.
const ATTEMPT: Duration = Duration::from_secs(3);

/// Short enough that a jump of a clock may end it.
const SESSION_MS: u64 = 20_000;

/// An operation on one of several things of a kind, with the number of the thing.
pub(crate) type Keyed<O, A> = Event<(u64, O), A>;

/// What clients did, by structure.
#[derive(Debug, Default)]
pub(crate) struct Histories {
    pub(crate) entries: Vec<Keyed<entry::Operation, entry::Answer>>,
    pub(crate) counters: Vec<Keyed<counter::Operation, i64>>,
    pub(crate) locks: Vec<Keyed<lock::Operation, lock::Answer>>,
    pub(crate) queue: Vec<Event<queue::Operation, queue::Answer>>,
}

impl Histories {
    pub(crate) fn absorb(&mut self, other: Self) {
        self.entries.extend(other.entries);
        self.counters.extend(other.counters);
        self.locks.extend(other.locks);
        self.queue.extend(other.queue);
    }

    /// How many operations there are, and how many of them were not answered.
    pub(crate) fn counts(&self) -> (usize, usize) {
        fn of<O, A>(events: &[Event<O, A>]) -> (usize, usize) {
            (events.len(), events.iter().filter(|event| event.answer.is_none()).count())
        }
        let all = [of(&self.entries), of(&self.counters), of(&self.locks), of(&self.queue)];
        all.iter().fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1))
    }
}

/// An answer, and when it came.
type Answered = (u64, Result<Answer, Refusal>);

pub(crate) struct Client {
    cluster: Arc<Cluster>,
    number: u64,
    chance: Chance,
    /// Numbers of requests; none: a request is sent once, whatever comes of it.
    requests: Option<u64>,
    entries: entries::Known,
    locks: locks::Known,
    queues: queues::Known,
}

impl Client {
    /// Every other client numbers its requests, and sends them until they are answered.
    pub(crate) fn new(cluster: Arc<Cluster>, number: u64) -> Self {
        let chance = Chance::of(cluster.world.seed, 100 + number);
        let requests = number.is_multiple_of(2).then_some(0);
        Self {
            cluster,
            number,
            chance,
            requests,
            entries: entries::Known::default(),
            locks: locks::Known::default(),
            queues: queues::Known::default(),
        }
    }

    /// Works until it is told to stop, and says what it saw.
    pub(crate) async fn work(mut self, is_over: Arc<AtomicBool>) -> Histories {
        let mut seen = Histories::default();
        if self.requests.is_some() {
            self.open_session().await;
        }
        while !is_over.load(Ordering::Relaxed) {
            pause_ms(self.chance.between(1, 80)).await;
            if self.cluster.serving().is_empty() {
                continue;
            }
            match self.chance.below(8) {
                0..=2 => entries::step(&mut self, &mut seen.entries).await,
                3 => counters::step(&mut self, &mut seen.counters).await,
                4 | 5 => locks::step(&mut self, &mut seen.locks).await,
                _ => queues::step(&mut self, &mut seen.queue).await,
            }
        }
        seen
    }

    async fn open_session(&mut self) {
        let open = session::Command::Open { client: self.number, ttl_ms: SESSION_MS };
        let request = Request { id: None, command: open.into() };
        while self.attempt(&request).await.is_none() {
            pause_ms(20).await;
        }
    }

    fn call(&self) -> u64 {
        self.cluster.world.tick()
    }

    /// Asks for a write; none: nobody knows what came of it.
    async fn write(&mut self, command: impl Into<Command>) -> Option<Answered> {
        let mut request = Request { id: None, command: command.into() };
        let Some(last) = self.requests else { return self.attempt(&request).await };
        let number = last + 1;
        self.requests = Some(number);
        request.id = Some(RequestId { client: self.number, number, answered_below: number });
        let mut may_be_done = false;
        loop {
            match self.attempt(&request).await {
                Some((_, Err(Refusal::SessionUnknown { .. }))) => {
                    self.open_session().await;
                    if may_be_done {
                        // An earlier attempt may have been done in the session that ended.
                        return None;
                    }
                }
                Some(answered) => return Some(answered),
                None => {
                    may_be_done = true;
                    pause_ms(20).await;
                }
            }
        }
    }

    async fn attempt(&mut self, request: &Request) -> Option<Answered> {
        let (life, engine) = self.node()?;
        let answered = tokio::select! {
            biased;
            () = life.end() => None,
            proposed = engine.propose(request, ATTEMPT) => proposed.ok(),
        };
        self.answered(answered.map(|proposed| proposed.outcome))
    }

    /// Reads with everything that was acknowledged before.
    async fn read(&mut self, query: impl Into<Query>) -> Option<Answered> {
        let query = query.into();
        let (life, engine) = self.node()?;
        let engine: &dyn Engine = &*engine;
        let answered = tokio::select! {
            biased;
            () = life.end() => None,
            read = engine.read(&query, ATTEMPT) => read.ok(),
        };
        self.answered(answered)
    }

    fn answered(&self, outcome: Option<Result<Answer, Refusal>>) -> Option<Answered> {
        let at = self.cluster.world.tick();
        outcome.map(|outcome| (at, outcome))
    }

    fn record<O: Debug, A: Debug>(&self, seen: &mut Vec<Event<O, A>>, event: Event<O, A>) {
        self.cluster.world.note(format_args!("{}", describe(&event)));
        seen.push(event);
    }

    /// A node to ask; none: all are down.
    fn node(&mut self) -> Option<(Arc<Life>, Arc<Embedded>)> {
        let serving = self.cluster.serving();
        let node = self.chance.pick(&serving)?;
        self.cluster.with(*node, |run| (Arc::clone(&run.life), Arc::clone(&run.engine)))
    }
}

fn name(kind: &str, number: u64) -> Bytes {
    Bytes::from(format!("{kind}-{number}"))
}
