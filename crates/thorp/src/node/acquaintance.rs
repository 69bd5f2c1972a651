//! What a node tells others of itself and its cluster, and what it learns from them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use model::fault::Chain;
use net::address::Address;
use net::identity::Credentials;
use state::{Embedded, Engine, NodeId, PeerCalls, Status};

use super::limits;
use super::question::Question;
use super::standing::Standing;
use super::welcome::{Moved, Reply, VERSION, Visitor};

/// What a person should know of a node that members of its own cluster do not count among them.
pub(super) const REMOVED: &str = "the cluster has removed this node: stop it; \
     it may join again with an empty data folder";

/// A node, as it makes itself known to others and knows them.
#[derive(Debug)]
pub(super) struct Acquaintance {
    pub(super) engine: Arc<Embedded>,
    pub(super) calls: Arc<PeerCalls>,
    pub(super) credentials: Arc<Credentials>,
    pub(super) own: NodeId,
    /// Where others reach this node.
    pub(super) address: String,
    /// What a person should know of other clusters, and of nodes that were removed, by the address of
    /// who knows it or is meant.
    pub(super) news: Mutex<BTreeMap<String, String>>,
}

impl Acquaintance {
    /// What tells the cluster of this node from others.
    pub(super) fn cluster(&self) -> String {
        self.credentials.authority().fingerprint().to_string()
    }

    pub(super) fn question(&self) -> Question {
        Question::Cluster(Visitor {
            version: VERSION,
            cluster: self.cluster(),
            node: self.own.0,
            peer: self.credentials.peer().to_string(),
            address: self.address.clone(),
        })
    }

    /// Answers a node that has proved the secret, of this cluster or another one.
    pub(super) fn reply(&self, asked: &Visitor) -> Reply {
        let is_ours = asked.cluster == self.cluster();
        if is_ours {
            self.note(asked.node, &asked.peer, &asked.address);
        }
        let removed = self.credentials.removed();
        Reply {
            version: VERSION,
            node: self.own.0,
            peer: self.credentials.peer().to_string(),
            address: self.address.clone(),
            standing: self.standing(),
            is_forgotten: asked.peer.parse().is_ok_and(|peer| removed.contains(&peer)),
            moved: if is_ours { self.moved() } else { Vec::new() },
        }
    }

    /// How the cluster of this node stands now.
    pub(super) fn standing(&self) -> Standing {
        let members = self.engine.members();
        let has_quorum = has_quorum(&self.engine.status(), self.own);
        Standing {
            cluster: self.cluster(),
            // What cannot be read may be a write.
            has_writes: self.has_writes().unwrap_or(true),
            members: if has_quorum { members.all.len() } else { 0 },
        }
    }

    fn has_writes(&self) -> Option<bool> {
        let mut revision = 0;
        let looked = self.engine.look(&mut |view| {
            revision = structures::revision(view)?;
            Ok(())
        });
        match looked {
            Ok(()) => Some(revision > 0),
            Err(error) => {
                tracing::warn!(error = %Chain(&error), "the state could not be read");
                None
            }
        }
    }

    /// Takes note of where a member says that it is.
    pub(super) fn note(&self, node: u64, peer: &str, address: &str) {
        let node = NodeId(node);
        let members = self.engine.members();
        let Some((member, _)) = members.all.get(&node) else { return };
        let is_it = member.peer == peer && node != self.own;
        if !is_it || address.parse::<Address>().is_err() {
            return;
        }
        if self.calls.address(node, &member.address) != address {
            tracing::info!(name = member.name, address, "a member has moved");
            self.calls.moved(node, &member.address, address);
        }
    }

    /// The members that are not where all others know them.
    fn moved(&self) -> Vec<Moved> {
        let members = self.engine.members();
        let now = members.all.iter().map(|(id, (member, _))| {
            let address = self.calls.address(*id, &member.address);
            (id, member, address)
        });
        let moved = now.filter(|(_, member, address)| *address != member.address);
        let moved = moved.map(|(id, member, address)| Moved {
            node: id.0,
            peer: member.peer.clone(),
            address,
        });
        moved.collect()
    }

    /// Says once what a person should know about `address`, and goes on telling it.
    pub(super) fn tell(&self, address: &str, text: String) {
        let mut news = self.news.lock().unwrap_or_else(PoisonError::into_inner);
        let is_new = news.get(address) != Some(&text);
        if is_new && (news.contains_key(address) || news.len() < limits::NEWS_MAX) {
            tracing::warn!("{text}");
            news.insert(address.to_owned(), text);
        }
    }

    /// There is nothing to know about `address` any more.
    pub(super) fn forget(&self, address: &str) {
        self.news.lock().unwrap_or_else(PoisonError::into_inner).remove(address);
    }

    /// About whom there is something to know.
    pub(super) fn told(&self) -> Vec<Address> {
        let news = self.news.lock().unwrap_or_else(PoisonError::into_inner);
        news.keys().filter_map(|address| address.parse().ok()).collect()
    }

    /// What a person should know, each thing once.
    pub(super) fn news(&self) -> BTreeSet<String> {
        let news = self.news.lock().unwrap_or_else(PoisonError::into_inner);
        news.values().cloned().collect()
    }
}

/// Whether the node `own` has a leader with a majority behind it. Who follows sees no more than that
/// the leader is there.
pub(super) fn has_quorum(status: &Status, own: NodeId) -> bool {
    match status.leader {
        Some(leader) if leader == own => status.reachable_voters * 2 > status.voters,
        Some(leader) => status.reachable.contains(&leader),
        None => false,
    }
}
