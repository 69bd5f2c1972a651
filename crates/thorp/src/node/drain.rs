//! A node that is about to be stopped: it leads no longer, does not vote, and takes no new work.
//!
//! It tells the leader so as long as it lasts, and the leader forgets it soon after. A restart ends
//! it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use model::clock::Clock;
use model::fault::{Fault, Kind};
use state::{
    ChangeError, Embedded, Engine, Member, Members, NodeId, Outcome, Pending, ProposeError,
    Proposed, ReadError, Role, SnapshotError, Status, Unavailable,
};
use structures::{Notice, Query, Request, View, ViewError};
use tokio::sync::{broadcast, watch};

use super::limits;

/// Who is drained: this node, and for a leader others.
#[derive(Debug)]
pub(super) struct Drains {
    own: NodeId,
    is_own: watch::Sender<bool>,
    clock: Arc<dyn Clock>,
    /// Until when the others are, in milliseconds.
    others: Mutex<BTreeMap<NodeId, u64>>,
}

impl Drains {
    pub(super) fn new(own: NodeId, clock: Arc<dyn Clock>) -> Self {
        Self { own, is_own: watch::Sender::new(false), clock, others: Mutex::default() }
    }

    pub(super) fn set_own(&self, is_drained: bool) {
        let changed =
            self.is_own.send_if_modified(|own| std::mem::replace(own, is_drained) != is_drained);
        if changed {
            tracing::info!(is_drained, "this node takes no new work while it is drained");
        }
    }

    pub(super) fn is_own(&self) -> bool {
        *self.is_own.borrow()
    }

    /// Wakes when this node is drained, or is no longer.
    pub(super) fn changed(&self) -> watch::Receiver<bool> {
        self.is_own.subscribe()
    }

    /// Takes note that another member is drained; it says so again and again.
    pub(super) fn note(&self, node: NodeId) {
        let until_ms = self.clock.monotonic_ms() + limits::DRAINED_MS;
        self.others.lock().unwrap_or_else(PoisonError::into_inner).insert(node, until_ms);
    }

    /// All that are drained, as far as this node knows.
    pub(super) fn all(&self) -> BTreeSet<NodeId> {
        let now_ms = self.clock.monotonic_ms();
        let mut others = self.others.lock().unwrap_or_else(PoisonError::into_inner);
        others.retain(|_, until_ms| *until_ms > now_ms);
        others.keys().copied().chain(self.is_own().then_some(self.own)).collect()
    }
}

/// Whom clients of the node `own` should use instead: the leader, or another one that serves.
pub(super) fn instead(members: &Members, own: NodeId) -> Option<&Member> {
    let serves = |(id, (member, _)): &(&NodeId, &(Member, Role))| **id != own && !member.is_witness;
    let others = members.all.iter().filter(serves);
    let best = others.min_by_key(|(_, (_, role))| match role {
        Role::Leader => 0,
        Role::Voter => 1,
        Role::Learner => 2,
    });
    best.map(|(_, (member, _))| member)
}

/// The engine as the doors use it: a drained node takes no new work through them.
#[derive(Debug)]
pub(super) struct Guarded {
    pub(super) engine: Arc<Embedded>,
    pub(super) drains: Arc<Drains>,
}

impl Guarded {
    fn check(&self) -> Result<(), Unavailable> {
        match self.refused() {
            Some(instead) => Err(Unavailable::Drained { instead }),
            None => Ok(()),
        }
    }

    fn refused(&self) -> Option<String> {
        let members = self.drains.is_own().then(|| self.engine.members())?;
        instead(&members, self.drains.own).map(|member| member.name.clone())
    }
}

impl Engine for Guarded {
    fn propose<'a>(
        &'a self,
        request: &'a Request,
        timeout: Duration,
    ) -> Pending<'a, Result<Proposed, ProposeError>> {
        match self.check() {
            Ok(()) => self.engine.propose(request, timeout),
            Err(error) => Box::pin(std::future::ready(Err(error.into()))),
        }
    }

    fn barrier(&self, timeout: Duration) -> Pending<'_, Result<(), Unavailable>> {
        match self.check() {
            Ok(()) => self.engine.barrier(timeout),
            Err(error) => Box::pin(std::future::ready(Err(error))),
        }
    }

    fn stale(&self, query: &Query) -> Result<Outcome, ReadError> {
        self.engine.stale(query)
    }

    fn look(
        &self,
        look: &mut dyn FnMut(&dyn View) -> Result<(), ViewError>,
    ) -> Result<(), ReadError> {
        self.engine.look(look)
    }

    fn notices(&self) -> broadcast::Receiver<Arc<Vec<Notice>>> {
        self.engine.notices()
    }

    fn snapshot<'a>(&'a self, to: &'a Path) -> Pending<'a, Result<(), SnapshotError>> {
        self.engine.snapshot(to)
    }

    fn members(&self) -> Members {
        self.engine.members()
    }

    fn add<'a>(
        &'a self,
        id: NodeId,
        member: &'a Member,
        timeout: Duration,
    ) -> Pending<'a, Result<(), ChangeError>> {
        self.engine.add(id, member, timeout)
    }

    fn set_voters<'a>(
        &'a self,
        voters: &'a [NodeId],
        timeout: Duration,
    ) -> Pending<'a, Result<(), ChangeError>> {
        self.engine.set_voters(voters, timeout)
    }

    fn remove(&self, id: NodeId, timeout: Duration) -> Pending<'_, Result<(), ChangeError>> {
        self.engine.remove(id, timeout)
    }

    fn hand_over(&self, to: NodeId, timeout: Duration) -> Pending<'_, Result<(), ChangeError>> {
        self.engine.hand_over(to, timeout)
    }

    fn status(&self) -> Status {
        Status { drained: self.refused(), ..self.engine.status() }
    }

    fn close(&self) -> Pending<'_, ()> {
        self.engine.close()
    }
}

/// Why a member was not drained, or not taken back.
#[derive(Debug, thiserror::Error)]
pub enum DrainError {
    #[error("there is no member `{name}`")]
    Unknown { name: String },
    #[error("no other member serves: `{name}` cannot be drained")]
    Alone { name: String },
    #[error("`{name}` did not take note of it")]
    Call { name: String, source: net::transport::CallError },
    #[error("`{name}` still leads after {seconds} s: no other voter takes over")]
    Leads { name: String, seconds: u64 },
}

impl Fault for DrainError {
    fn code(&self) -> &'static str {
        match self {
            Self::Unknown { .. } => "MEMBER_UNKNOWN",
            Self::Alone { .. } | Self::Leads { .. } => "MEMBERS_UNCHANGED",
            Self::Call { source, .. } => source.code(),
        }
    }

    fn kind(&self) -> Kind {
        match self {
            Self::Unknown { .. } => Kind::NotFound,
            Self::Alone { .. } | Self::Leads { .. } => Kind::Conflict,
            Self::Call { source, .. } => source.kind(),
        }
    }

    fn help(&self) -> Option<String> {
        match self {
            Self::Unknown { .. } => Some("`thorp node list` shows the members".into()),
            Self::Alone { .. } => Some("start another node first".into()),
            Self::Call { source, .. } => source.help(),
            Self::Leads { .. } => Some("`thorp status` shows who can be reached".into()),
        }
    }
}
