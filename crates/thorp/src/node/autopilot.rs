//! Keeps the right members voting, and removed ones out.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use model::clock::Clock;
use model::fault::Chain;
use net::identity::{Credentials, PeerId};
use state::{Embedded, Engine, Member, Members, NodeId, Role, autopilot};

use super::limits;

/// What the autopilot remembers between two looks.
#[derive(Debug)]
pub(super) struct Autopilot {
    pub(super) engine: Arc<Embedded>,
    pub(super) credentials: Arc<Credentials>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) own: NodeId,
    pub(super) member: Member,
}

impl Autopilot {
    /// Looks at the members again and again.
    pub(super) async fn run(self) {
        self.tell_address().await;
        let mut heard: BTreeMap<NodeId, u64> = BTreeMap::new();
        let mut known = self.engine.members();
        loop {
            tokio::time::sleep(limits::AUTOPILOT).await;
            let members = self.engine.members();
            self.shut_out(&known, &members);
            if self.engine.status().leader == Some(self.own) {
                self.balance(&members, &mut heard).await;
            } else {
                heard.clear();
            }
            known = members;
        }
    }

    /// Tells the others where this node is now, when they know another address.
    async fn tell_address(&self) {
        loop {
            let members = self.engine.members();
            match members.all.get(&self.own) {
                Some((known, _)) if *known == self.member => return,
                // A new member is told of itself by the leader; then there is nothing to change.
                None => {}
                Some(_) => match self.engine.add(self.own, &self.member, limits::CHANGE).await {
                    Ok(()) => return,
                    Err(error) => {
                        tracing::debug!(error = %Chain(&error), "the new address is not known yet");
                    }
                },
            }
            tokio::time::sleep(limits::AUTOPILOT).await;
        }
    }

    /// As the leader: lets the right members vote.
    async fn balance(&self, members: &Members, heard: &mut BTreeMap<NodeId, u64>) {
        let now_ms = self.clock.monotonic_ms();
        let reachable = self.engine.status().reachable;
        heard.retain(|id, _| members.all.contains_key(id));
        for id in members.all.keys() {
            let at = heard.entry(*id).or_insert(now_ms);
            if reachable.contains(id) {
                *at = now_ms;
            }
        }
        let is_missing =
            |(_, at): &(&NodeId, &u64)| now_ms.saturating_sub(**at) >= limits::MISSING_MS;
        let missing: BTreeSet<NodeId> =
            heard.iter().filter(is_missing).map(|(id, _)| *id).collect();
        let wanted = autopilot::voters(members, &missing);
        let voters = members.all.iter().filter(|(_, (_, role))| *role != Role::Learner);
        if voters.map(|(id, _)| *id).eq(wanted.iter().copied()) {
            return;
        }
        let wanted: Vec<NodeId> = wanted.into_iter().collect();
        match self.engine.set_voters(&wanted, limits::CHANGE).await {
            Ok(()) => tracing::info!(voters = wanted.len(), "the voters were changed"),
            Err(error) => tracing::warn!(error = %Chain(&error), "the voters were not changed"),
        }
    }

    /// Members that are gone do not come back with their old certificates.
    fn shut_out(&self, known: &Members, members: &Members) {
        let gone: BTreeSet<PeerId> = known
            .all
            .iter()
            .filter(|(id, _)| !members.all.contains_key(id))
            .filter_map(|(_, (member, _))| member.peer.parse().ok())
            .collect();
        if gone.is_empty() {
            return;
        }
        let mut removed = self.credentials.removed();
        removed.extend(gone);
        if let Err(error) = self.credentials.set_removed(removed) {
            tracing::warn!(error = %Chain(&error), "the list of removed nodes was not written");
        }
    }
}
