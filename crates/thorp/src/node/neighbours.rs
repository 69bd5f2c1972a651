//! Looks for nodes of the own cluster that have moved, and for other clusters of its name.
//!
//! Places to look are read again and again, at a bounded rate; only who is not known there is
//! asked something. A node without a leader asks everybody.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use bytes::Bytes;
use model::clock::Clock;
use model::fault::{Chain, Fault, Kind};
use net::address::Address;
use net::discovery::{Discovery, Several};
use net::join::{JoinError, Joiner};
use state::Engine;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use super::acquaintance::{Acquaintance, REMOVED, has_quorum};
use super::limits;
use super::standing::{Standing, Verdict, verdict};
use super::welcome::{Reply, decode, encode};

/// See the module.
#[derive(Debug)]
pub(super) struct Neighbours {
    pub(super) acquaintance: Arc<Acquaintance>,
    pub(super) discovery: Arc<Several>,
    pub(super) joiner: Joiner,
    pub(super) clock: Arc<dyn Clock>,
    /// Where the address goes of a cluster that this one yields to.
    pub(super) yields: mpsc::Sender<Address>,
    /// Until when nobody is asked anything, by address, in milliseconds.
    pub(super) asked: BTreeMap<Address, u64>,
    /// Since when this node has had no quorum, in milliseconds.
    pub(super) lonely_since: Option<u64>,
}

impl Neighbours {
    /// Looks until this node yields.
    pub(super) async fn run(mut self) {
        let mut pause = limits::LOOK;
        loop {
            tokio::time::sleep(pause).await;
            let is_lonely = self.is_lonely();
            let has_quorum = self.lonely_since.is_none();
            if let Some(address) = self.look(is_lonely).await {
                // Whoever gets this ends this work; nobody does when the node ends.
                drop(self.yields.send(address).await);
                return std::future::pending().await;
            }
            pause = if has_quorum { (pause * 2).min(limits::LOOK_CAP) } else { limits::LOOK };
        }
    }

    /// Whether this node has had no quorum for a while.
    fn is_lonely(&mut self) -> bool {
        if has_quorum(&self.acquaintance.engine.status(), self.acquaintance.own) {
            self.lonely_since = None;
            return false;
        }
        let now_ms = self.clock.monotonic_ms();
        let since_ms = *self.lonely_since.get_or_insert(now_ms);
        now_ms.saturating_sub(since_ms) >= limits::LONELY_MS
    }

    /// Asks who is there, and returns the address of a cluster to yield to.
    async fn look(&mut self, is_lonely: bool) -> Option<Address> {
        let found = match self.discovery.look().await {
            Ok(found) => found,
            Err(error) => {
                tracing::debug!(reason = %Chain(&error), "no look at other nodes");
                Vec::new()
            }
        };
        let text = encode(&self.acquaintance.question());
        let mut asks: JoinSet<(Address, Result<Bytes, JoinError>)> = JoinSet::new();
        for address in self.candidates(found, is_lonely) {
            let (joiner, text) = (self.joiner.clone(), text.clone());
            asks.spawn(async move {
                let answer = joiner.ask(&address, text).await;
                (address, answer)
            });
        }
        let mut yields = None;
        while let Some(asked) = asks.join_next().await {
            let Ok((address, answer)) = asked else { continue };
            let (verdict, rest) = self.take(&address, answer, is_lonely);
            self.asked.insert(address.clone(), self.clock.monotonic_ms() + rest);
            if verdict == Verdict::Yield {
                yields = Some(address);
            }
        }
        yields
    }

    /// Whom to ask now: who is not known, or without a quorum everybody.
    fn candidates(&mut self, found: Vec<Address>, is_lonely: bool) -> BTreeSet<Address> {
        let now_ms = self.clock.monotonic_ms();
        self.asked.retain(|_, until_ms| *until_ms > now_ms);
        let members = self.acquaintance.engine.members();
        let own = self.acquaintance.own;
        let others = members.all.iter().filter(|(id, _)| **id != own);
        let known: BTreeSet<Address> = others
            .flat_map(|(id, (member, _))| {
                [member.address.clone(), self.acquaintance.calls.address(*id, &member.address)]
            })
            .filter_map(|address| address.parse().ok())
            .collect();
        let mut candidates: BTreeSet<Address> = found.into_iter().collect();
        if is_lonely {
            candidates.extend(known);
        } else {
            candidates.retain(|address| !known.contains(address));
        }
        // What is told of somebody is told as long as it is so.
        candidates.extend(self.acquaintance.told());
        let is_due = |address: &Address| !self.asked.contains_key(address);
        candidates.into_iter().filter(is_due).take(limits::ASKED_AT_ONCE_MAX).collect()
    }

    /// What follows from an answer, and for how long that one is not asked again, in milliseconds.
    fn take(
        &self,
        address: &Address,
        answer: Result<Bytes, JoinError>,
        is_lonely: bool,
    ) -> (Verdict, u64) {
        let of_ours = if is_lonely { limits::ASK_LONELY_MS } else { limits::ASK_KNOWN_MS };
        let answer = match answer {
            Ok(answer) => answer,
            Err(error) => {
                tracing::debug!(%address, reason = %Chain(&error), "no answer of a node");
                self.acquaintance.forget(&address.to_string());
                let rest = match error.kind() {
                    Kind::Unavailable if is_lonely => limits::ASK_LONELY_MS,
                    Kind::Unavailable => limits::ASK_OTHER_MS,
                    _ => limits::ASK_KNOWN_MS,
                };
                return (Verdict::Stay, rest);
            }
        };
        let Ok(reply) = decode::<Reply>(&answer) else {
            tracing::debug!(%address, "the answer of a node is not understood");
            return (Verdict::Stay, limits::ASK_KNOWN_MS);
        };
        if reply.standing.cluster == self.acquaintance.cluster() {
            if reply.is_forgotten {
                self.acquaintance.tell(&address.to_string(), REMOVED.to_owned());
                return (Verdict::Stay, limits::ASK_OTHER_MS);
            }
            self.acquaintance.forget(&address.to_string());
            self.acquaintance.note(reply.node, &reply.peer, &reply.address);
            for moved in reply.moved.iter().take(limits::ASKED_AT_ONCE_MAX) {
                self.acquaintance.note(moved.node, &moved.peer, &moved.address);
            }
            return (Verdict::Stay, of_ours);
        }
        (self.judge(address, &reply, is_lonely), limits::ASK_OTHER_MS)
    }

    /// What this node does that met another cluster of its name and secret.
    fn judge(&self, address: &Address, reply: &Reply, is_lonely: bool) -> Verdict {
        let mut own = self.acquaintance.standing();
        if own.members == 0 && !is_lonely {
            // There is an election, most likely.
            own = Standing { members: self.acquaintance.engine.members().all.len(), ..own };
        }
        let verdict = verdict(&own, &reply.standing);
        let removed = self.acquaintance.credentials.removed();
        let is_removed = reply.peer.parse().is_ok_and(|peer| removed.contains(&peer));
        let text = match verdict {
            Verdict::Yield => {
                tracing::info!(%address, "this cluster holds no write and yields to another one");
                return verdict;
            }
            _ if reply.is_forgotten && own.has_writes => format!(
                "the cluster at {address} was recovered without this node: \
                 stop it, and start it with an empty data folder"
            ),
            _ if is_removed => format!(
                "a node that this cluster has forgotten runs at {address}: \
                 stop it, and start it with an empty data folder"
            ),
            Verdict::Apart => format!(
                "another cluster of this name is at {address}, and both hold data: \
                 stop one of them, or give it another name"
            ),
            Verdict::Stay => {
                self.acquaintance.forget(&address.to_string());
                return verdict;
            }
        };
        self.acquaintance.tell(&address.to_string(), text);
        verdict
    }
}
