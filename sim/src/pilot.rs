//! The autopilot of a simulated node: makes the calls that the one of a real node makes, as
//! `state::autopilot` decides.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use state::autopilot::{self, Look};
use state::{Embedded, Engine, Members, NodeId, Role};

use crate::cluster::Cluster;
use crate::life::Life;
use crate::world::pause_ms;

/// Between two looks when nothing wakes it.
const LOOK_MS: u64 = 1_000;

/// A voter that was not heard of for so long is replaced.
const REPLACE_AFTER_MS: u64 = 3_000;

/// Longest that a change may take.
const CHANGE: Duration = Duration::from_secs(10);

/// Flies one run of one node.
pub(crate) struct Pilot {
    pub(crate) cluster: Arc<Cluster>,
    pub(crate) life: Arc<Life>,
    pub(crate) engine: Arc<Embedded>,
}

impl Pilot {
    /// Looks at the members again and again until the node is lost.
    pub(crate) async fn fly(self) {
        tokio::select! {
            biased;
            () = self.life.end() => {}
            () = self.look_on() => {}
        }
    }

    async fn look_on(&self) {
        let mut heard_ms = BTreeMap::new();
        let mut known = Members::default();
        let mut changed = self.engine.changed();
        loop {
            let members = self.engine.members();
            if members.are_agreed {
                self.shut_out(&known, &members);
                known = members.clone();
            }
            if self.engine.status().leader == Some(NodeId(self.life.node)) {
                let look = self.look_around(&members, &mut heard_ms);
                self.lead(&members, &look).await;
            } else {
                heard_ms.clear();
            }
            tokio::select! {
                biased;
                () = changed.wait() => {}
                () = pause_ms(LOOK_MS) => {}
            }
        }
    }

    /// Those that are gone do not come back.
    fn shut_out(&self, known: &Members, members: &Members) {
        if !self.cluster.shape.shuts_out {
            return;
        }
        for gone in known.all.keys().filter(|id| !members.all.contains_key(id)) {
            self.cluster.network.shut_out(self.life.node, gone.0);
        }
    }

    fn look_around(&self, members: &Members, heard_ms: &mut BTreeMap<NodeId, u64>) -> Look {
        let now_ms = self.cluster.world.now_ms();
        let reachable = self.engine.status().reachable;
        heard_ms.retain(|id, _| members.all.contains_key(id));
        for id in members.all.keys() {
            let at_ms = heard_ms.entry(*id).or_insert(now_ms);
            if reachable.contains(id) {
                *at_ms = now_ms;
            }
        }
        let is_missing =
            |(_, at_ms): &(&NodeId, &u64)| now_ms.saturating_sub(**at_ms) >= REPLACE_AFTER_MS;
        Look {
            silent: members.all.keys().filter(|id| !reachable.contains(id)).copied().collect(),
            missing: heard_ms.iter().filter(is_missing).map(|(id, _)| *id).collect(),
            drained: self.cluster.drained(),
        }
    }

    /// Hands over when this node should not lead, and lets the right members vote else.
    async fn lead(&self, members: &Members, look: &Look) {
        let own = NodeId(self.life.node);
        let is_witness = members.all.get(&own).is_some_and(|(member, _)| member.is_witness);
        if (is_witness || look.drained.contains(&own))
            && let Some(heir) = autopilot::heir(members, look)
        {
            // Proposals are held meanwhile, so a failure is not tried again at once.
            let handed = self.engine.hand_over(heir, CHANGE).await;
            self.cluster.world.note(format_args!("{own} hands over to {heir}: {}", handed.is_ok()));
            return;
        }
        let wanted = autopilot::voters(members, look);
        let voters: BTreeSet<NodeId> = members
            .all
            .iter()
            .filter(|(_, (_, role))| *role != Role::Learner)
            .map(|(id, _)| *id)
            .collect();
        if voters != wanted && autopilot::is_safe(&wanted, look) {
            let wanted: Vec<NodeId> = wanted.into_iter().collect();
            let changed = self.engine.set_voters(&wanted, CHANGE).await;
            let is_done = changed.is_ok();
            self.cluster.world.note(format_args!("{own} lets {wanted:?} vote: {is_done}"));
        }
    }
}
