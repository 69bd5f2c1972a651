//! Keeps the right members voting and leading, and removed ones out.
//!
//! It looks when the members or the leader change, and again after a pause: soon while something is
//! not as it should be, seldom otherwise.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use model::clock::Clock;
use model::fault::Chain;
use net::identity::{Credentials, PeerId};
use net::transport::Peers;
use state::autopilot::{self, Look};
use state::{ChangeError, Embedded, Engine, Member, Members, NodeId, Role};
use structures::settings::{self, Key};

use super::cluster::{Asked, SERVICE};
use super::drain::Drains;
use super::limits;
use super::welcome::encode;

/// What the autopilot works with.
#[derive(Debug)]
pub(super) struct Autopilot {
    pub(super) engine: Arc<Embedded>,
    pub(super) credentials: Arc<Credentials>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) peers: Arc<Peers>,
    pub(super) drains: Arc<Drains>,
    pub(super) own: NodeId,
    pub(super) member: Member,
}

impl Autopilot {
    /// Looks at the members again and again.
    pub(super) async fn run(self) {
        self.tell_address().await;
        let mut heard: BTreeMap<NodeId, u64> = BTreeMap::new();
        let mut known = Members::default();
        let (mut changed, mut drained) = (self.engine.changed(), self.drains.changed());
        loop {
            let members = self.engine.members();
            // A removal that is not agreed on may come to nothing, and who was shut out stays out.
            if members.are_agreed {
                self.shut_out(&known, &members);
                known.clone_from(&members);
            }
            let is_settled = self.look(&members, &mut heard).await && members.are_agreed;
            let pause = if is_settled { limits::AUTOPILOT } else { limits::AUTOPILOT_BUSY };
            tokio::select! {
                () = changed.wait() => {}
                Ok(()) = drained.changed() => {}
                () = tokio::time::sleep(pause) => {}
            }
        }
    }

    /// Tells the others where this node is now, when they know another address.
    async fn tell_address(&self) {
        loop {
            let members = self.engine.members();
            let known = members.all.get(&self.own).map(|(known, _)| known);
            let is_told = known == Some(&self.member);
            // A node that led when it was killed leads until somebody says otherwise, and writes
            // its address into a log that nobody follows: only what all have counts.
            if is_told && self.engine.barrier(limits::CHANGE).await.is_ok() {
                return;
            }
            // A new member is told of itself by the leader; then there is nothing to change.
            if known.is_some() {
                match self.engine.add(self.own, &self.member, limits::CHANGE).await {
                    Ok(()) => return,
                    Err(error) => {
                        tracing::debug!(error = %Chain(&error), "the new address is not known yet");
                    }
                }
            }
            tokio::time::sleep(limits::AUTOPILOT_BUSY).await;
        }
    }

    /// Does what is to be done; whether all is as it should be.
    async fn look(&self, members: &Members, heard: &mut BTreeMap<NodeId, u64>) -> bool {
        let leader = self.engine.status().leader;
        if leader != Some(self.own) {
            heard.clear();
            if self.drains.is_own()
                && let Some((leader, _)) = leader.and_then(|leader| members.all.get(&leader))
            {
                self.tell_drained(leader).await;
            }
            return leader.is_some() && !self.drains.is_own();
        }
        let look = self.look_around(members, heard);
        let should_lead = !self.member.is_witness && !self.drains.is_own();
        if !should_lead && let Some(heir) = autopilot::heir(members, &look) {
            match self.engine.hand_over(heir, limits::CHANGE).await {
                Ok(()) => tracing::info!(to = heir.0, "the leadership was handed over"),
                // Proposals are held meanwhile, so it is not tried again soon.
                Err(error) => {
                    tracing::debug!(error = %Chain(&error), "this node still leads");
                    return true;
                }
            }
            return false;
        }
        let is_balanced = self.balance(members, &look).await;
        is_balanced && look.silent.is_empty() && look.drained.is_empty() && should_lead
    }

    /// As the leader: who is there.
    fn look_around(&self, members: &Members, heard: &mut BTreeMap<NodeId, u64>) -> Look {
        let now_ms = self.clock.monotonic_ms();
        let reachable = self.engine.status().reachable;
        heard.retain(|id, _| members.all.contains_key(id));
        for id in members.all.keys() {
            let at = heard.entry(*id).or_insert(now_ms);
            if reachable.contains(id) {
                *at = now_ms;
            }
        }
        let missing_ms = self.replace_after_ms();
        let is_missing = |(_, at): &(&NodeId, &u64)| now_ms.saturating_sub(**at) >= missing_ms;
        Look {
            silent: members.all.keys().filter(|id| !reachable.contains(id)).copied().collect(),
            missing: heard.iter().filter(is_missing).map(|(id, _)| *id).collect(),
            drained: self.drains.all(),
        }
    }

    /// How long a voter may be away before a learner votes in its place.
    fn replace_after_ms(&self) -> u64 {
        let mut after_ms = Key::AutopilotReplaceAfter.about().default;
        let looked = self.engine.look(&mut |view| {
            after_ms = settings::values(view)?.get(Key::AutopilotReplaceAfter);
            Ok(())
        });
        if let Err(error) = looked {
            tracing::debug!(error = %Chain(&error), "the settings cannot be read now");
        }
        after_ms
    }

    /// As the leader: lets the right members vote; whether they do.
    async fn balance(&self, members: &Members, look: &Look) -> bool {
        let wanted = autopilot::voters(members, look);
        let voters = members.all.iter().filter(|(_, (_, role))| *role != Role::Learner);
        if voters.map(|(id, _)| *id).eq(wanted.iter().copied()) {
            return true;
        }
        if !autopilot::is_safe(&wanted, look) {
            return false;
        }
        let wanted: Vec<NodeId> = wanted.into_iter().collect();
        match self.engine.set_voters(&wanted, limits::CHANGE).await {
            Ok(()) => tracing::info!(voters = wanted.len(), "the voters were changed"),
            Err(error @ ChangeError::Unknown { .. }) => {
                tracing::debug!(error = %Chain(&error), "a member was removed meanwhile");
            }
            Err(error) => tracing::warn!(error = %Chain(&error), "the voters were not changed"),
        }
        false
    }

    /// Tells the leader that this node is drained.
    async fn tell_drained(&self, leader: &Member) {
        let asked = encode(&Asked::IsDrained);
        let told = self.peers.call(&leader.address, SERVICE, asked, limits::STATUS).await;
        if let Err(error) = told {
            tracing::debug!(error = %Chain(&error), "the leader was not told of the drain");
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
