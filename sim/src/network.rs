//! The simulated network: messages are late and lost and overtake each other, and those of Raft are
//! doubled; nodes are cut off from each other, in one direction or both.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use bytes::Bytes;
use state::{CallError, Calls, Embedded, NodeId, Pending, testing};
use tokio::sync::mpsc;
use tokio::time::Instant;

use crate::chance::Chance;
use crate::life::Life;
use crate::world::{World, pause_us};

#[derive(Debug, Clone)]
pub(crate) struct Network {
    world: Arc<World>,
    state: Arc<Mutex<State>>,
}

#[derive(Debug)]
struct State {
    chance: Chance,
    weather: Weather,
    nodes: BTreeMap<u64, (Arc<Life>, Weak<Embedded>)>,
    /// Pairs of a sender and a receiver between whom nothing passes.
    cuts: BTreeSet<(u64, u64)>,
    /// Pairs of a node and one that it takes for removed: no call passes between them.
    shut_out: BTreeSet<(u64, u64)>,
}

/// How messages fare.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Weather {
    pub(crate) delay_most_us: u64,
    /// So many of a thousand messages are lost.
    pub(crate) lost: u64,
    /// So many of a thousand messages arrive twice.
    pub(crate) doubled: u64,
}

/// After this time a connection of `net` notices that nobody is at its other end.
const NOTICED_AFTER: Duration = Duration::from_secs(5);

pub(crate) const CALM: Weather = Weather { delay_most_us: 2_000, lost: 0, doubled: 0 };

pub(crate) fn address(node: u64) -> String {
    format!("node-{node}")
}

fn node_of(address: &str) -> u64 {
    address.strip_prefix("node-").and_then(|node| node.parse().ok()).unwrap_or(0)
}

impl Network {
    pub(crate) fn new(world: Arc<World>) -> Self {
        let chance = Chance::of(world.seed, 2);
        let (nodes, cuts, shut_out) = (BTreeMap::new(), BTreeSet::new(), BTreeSet::new());
        let state = State { chance, weather: CALM, nodes, cuts, shut_out };
        Self { world, state: Arc::new(Mutex::new(state)) }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn join(&self, life: &Arc<Life>, engine: &Arc<Embedded>) {
        let node = (Arc::clone(life), Arc::downgrade(engine));
        self.state().nodes.insert(life.node, node);
    }

    pub(crate) fn set_weather(&self, weather: Weather) {
        self.state().weather = weather;
    }

    /// Lets nothing pass from the first to the second of each pair, and all others be mended.
    pub(crate) fn set_cuts(&self, cuts: BTreeSet<(u64, u64)>) {
        self.state().cuts = cuts;
    }

    /// Lets nothing pass any more between a node and `removed`.
    pub(crate) fn shut_out(&self, node: u64, removed: u64) {
        self.state().shut_out.insert((node, removed));
    }

    /// Whether `node` has nothing more to do with `removed`.
    pub(crate) fn has_shut_out(&self, node: u64, removed: u64) -> bool {
        self.state().shut_out.contains(&(node, removed))
    }

    /// The end that one run of a node uses.
    pub(crate) fn end(&self, life: &Arc<Life>) -> Arc<dyn Calls> {
        Arc::new(End { network: self.clone(), life: Arc::clone(life) })
    }

    /// How long a message travels; none: it is lost.
    fn fate(&self, from: u64, to: u64) -> Option<u64> {
        let mut state = self.state();
        let Weather { delay_most_us, lost, .. } = state.weather;
        let delay_us = state.chance.between(100, delay_most_us);
        let is_lost = state.chance.happens(lost, 1_000) || state.cuts.contains(&(from, to));
        (!is_lost).then_some(delay_us)
    }

    /// Whether a request arrives twice. Only Raft must stand that: connections of `net` carry each
    /// call once.
    fn is_doubled(&self, request: &[u8]) -> bool {
        let mut state = self.state();
        let doubled = state.weather.doubled;
        testing::is_for_raft(request) && state.chance.happens(doubled, 1_000)
    }

    /// Whether a caller is told of a lost call at once, as by a connection that breaks.
    fn is_told(&self) -> bool {
        self.state().chance.happens(1, 2)
    }

    /// The run of a node that is under way.
    fn find(&self, node: u64) -> Option<(Arc<Life>, Arc<Embedded>)> {
        let state = self.state();
        let (life, engine) = state.nodes.get(&node)?;
        let engine = engine.upgrade()?;
        (!life.is_over()).then(|| (Arc::clone(life), engine))
    }

    /// Brings a request to a node, and its answer back.
    async fn carry(self, from: u64, to: u64, request: Bytes, answer: mpsc::Sender<Bytes>) {
        let size = request.len();
        let Some(delay_us) = self.fate(from, to) else {
            return self.world.note(format_args!("lost {from}->{to} {size}"));
        };
        pause_us(delay_us).await;
        let Some((life, engine)) = self.find(to) else {
            return self.world.note(format_args!("late {from}->{to} {size}"));
        };
        self.world.note(format_args!("sent {from}->{to} {size}"));
        let answered = tokio::select! {
            biased;
            () = life.end() => return,
            answered = engine.answer(&request) => answered,
        };
        drop(engine);
        let Ok(answered) = answered else { return };
        let Some(delay_us) = self.fate(to, from).filter(|_| !life.is_over()) else {
            return self.world.note(format_args!("lost {to}->{from} {}", answered.len()));
        };
        pause_us(delay_us).await;
        self.world.note(format_args!("sent {to}->{from} {}", answered.len()));
        // Only the first answer counts, when the request arrived twice.
        drop(answer.try_send(answered));
    }
}

#[derive(Debug)]
struct End {
    network: Network,
    life: Arc<Life>,
}

impl Calls for End {
    fn call<'a>(
        &'a self,
        _: NodeId,
        address: &'a str,
        request: Bytes,
        timeout: Duration,
    ) -> Pending<'a, Result<Bytes, CallError>> {
        Box::pin(async move {
            let (from, to) = (self.life.node, node_of(address));
            let unanswered = |reason: &str| CallError::Unanswered {
                address: address.to_owned(),
                reason: reason.to_owned(),
            };
            if self.life.is_over() {
                // Raft tries again at once, until it is ended.
                tokio::time::sleep(timeout).await;
                return Err(unanswered("this node is lost"));
            }
            if self.network.has_shut_out(to, from) || self.network.has_shut_out(from, to) {
                pause_us(500).await;
                let reason = "the certificate is not valid any more".to_owned();
                return Err(CallError::Unreachable { address: address.to_owned(), reason });
            }
            if self.network.find(to).is_none() {
                // The machine is there and refuses the connection.
                pause_us(500).await;
                let reason = "nobody listens".to_owned();
                return Err(CallError::Unreachable { address: address.to_owned(), reason });
            }
            let deadline = Instant::now() + timeout;
            let (sender, mut answers) = mpsc::channel(1);
            let carry = self.network.clone().carry(from, to, request.clone(), sender.clone());
            self.network.world.spawn(carry);
            if self.network.is_doubled(&request) {
                let carry = self.network.clone().carry(from, to, request, sender);
                self.network.world.spawn(carry);
            } else {
                drop(sender);
            }
            match tokio::time::timeout_at(deadline, answers.recv()).await {
                Ok(Some(answer)) if !self.life.is_over() => Ok(answer),
                Ok(None) => {
                    if !self.network.is_told() {
                        let noticed = Instant::now() + NOTICED_AFTER;
                        tokio::time::sleep_until(deadline.min(noticed)).await;
                    }
                    // Who is told at once tries again at once.
                    pause_us(500).await;
                    Err(unanswered("it was lost"))
                }
                _ => Err(unanswered("the time is over")),
            }
        })
    }
}
