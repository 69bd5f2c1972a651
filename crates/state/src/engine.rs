//! The port: agrees on an order of commands and feeds it to `structures`.

use std::collections::BTreeSet;
use std::fmt::Debug;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use structures::{Answer, Notice, Query, Refusal, Request, View, ViewError};
use tokio::sync::broadcast;

use crate::autopilot::Strength;
use crate::calls::Pending;
use crate::member::{Member, Members, NodeId};

/// What came of one request.
pub type Outcome = Result<Answer, Refusal>;

/// What came of a proposed request, and when.
#[derive(Debug, Clone, PartialEq)]
pub struct Proposed {
    pub outcome: Outcome,
    /// A revision of the state that holds the change.
    pub revision: u64,
}

/// Agrees on an order of commands, applies them on every member, and answers from the result.
///
/// Every call has a deadline, and any node takes any call.
pub trait Engine: Debug + Send + Sync {
    /// Applies `request` once it is agreed on and durable on a quorum.
    ///
    /// A request with an id may be sent again after any error: it is done once.
    fn propose<'a>(
        &'a self,
        request: &'a Request,
        timeout: Duration,
    ) -> Pending<'a, Result<Proposed, ProposeError>>;

    /// Waits until this node has applied everything that was acknowledged before the call.
    fn barrier(&self, timeout: Duration) -> Pending<'_, Result<(), Unavailable>>;

    /// Answers `query` from what this node has applied: possibly old, and never ahead.
    ///
    /// # Errors
    ///
    /// [`ReadError`] when the rows cannot be read.
    fn stale(&self, query: &Query) -> Result<Outcome, ReadError>;

    /// Calls `look` with the rows that this node has applied; nothing is applied meanwhile.
    ///
    /// # Errors
    ///
    /// What `look` returns.
    fn look(
        &self,
        look: &mut dyn FnMut(&dyn View) -> Result<(), ViewError>,
    ) -> Result<(), ReadError>;

    /// What changed, as it is applied on this node.
    fn notices(&self) -> broadcast::Receiver<Arc<Vec<Notice>>>;

    /// Writes a consistent copy of the applied state into the new file `to`.
    fn snapshot<'a>(&'a self, to: &'a Path) -> Pending<'a, Result<(), SnapshotError>>;

    /// The members and what they do.
    fn members(&self) -> Members;

    /// Adds a member that receives the state and does not vote; one that is there already gets the
    /// new name and address.
    fn add<'a>(
        &'a self,
        id: NodeId,
        member: &'a Member,
        timeout: Duration,
    ) -> Pending<'a, Result<(), ChangeError>>;

    /// Lets exactly these members vote, once they have caught up; others stay as learners.
    fn set_voters<'a>(
        &'a self,
        voters: &'a [NodeId],
        timeout: Duration,
    ) -> Pending<'a, Result<(), ChangeError>>;

    /// Removes a member for good.
    fn remove(&self, id: NodeId, timeout: Duration) -> Pending<'_, Result<(), ChangeError>>;

    /// Gives the leadership to `to` without losing a request.
    fn hand_over(&self, to: NodeId, timeout: Duration) -> Pending<'_, Result<(), ChangeError>>;

    /// How this node is.
    fn status(&self) -> Status;

    /// Ends the work of this node in order; what was acknowledged is durable in any case.
    fn close(&self) -> Pending<'_, ()>;
}

impl dyn Engine + '_ {
    /// Answers `query` with everything that was acknowledged before the call.
    ///
    /// # Errors
    ///
    /// [`ReadError`] when there is no quorum in time or the rows cannot be read.
    pub async fn read(&self, query: &Query, timeout: Duration) -> Result<Outcome, ReadError> {
        self.barrier(timeout).await?;
        self.stale(query)
    }
}

/// How a node is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Status {
    pub leader: Option<NodeId>,
    pub term: u64,
    /// The last log entry that this node has.
    pub log_index: u64,
    /// The last log entry that this node has applied.
    pub applied_index: u64,
    /// The last log entry whose effects are in the file of the applied state.
    pub durable_index: u64,
    /// The first log entry that is still kept.
    pub first_index: u64,
    /// Voters that this node could talk to lately, itself included.
    pub reachable_voters: usize,
    pub voters: usize,
    /// The members that this node could talk to lately, itself included. One that follows talks to
    /// the leader alone.
    pub reachable: BTreeSet<NodeId>,
    pub disk_full: bool,
    /// The member that callers should use instead, when this node takes no work.
    pub drained: Option<String>,
    /// Why the node takes part no longer.
    pub stopped: Option<String>,
    /// Background work by name.
    pub tasks: Vec<&'static str>,
}

/// Why nothing could be agreed on.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unavailable {
    #[error("no quorum: {} of {} voters", .0.voters.reachable, .0.voters.all)]
    NoQuorum(Strength),
    #[error("no answer within {timeout_ms} ms")]
    Deadline { timeout_ms: u64 },
    #[error("the disk of this node is full")]
    DiskFull,
    #[error("this node has stopped: {reason}")]
    Stopped { reason: String },
    #[error("this node is drained; use `{instead}`")]
    Drained { instead: String },
}

/// Why a request has no outcome.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProposeError {
    /// The request was not applied, or not in time.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
    /// The leader was lost while it had the request.
    #[error("the leader was lost; the request may or may not have been done")]
    OutcomeUnknown,
    /// The request cannot travel.
    #[error(transparent)]
    Refused(Refusal),
}

/// Why a question has no answer.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
    #[error("failed to read the state of this node")]
    View(#[from] ViewError),
}

/// Why the members did not change.
#[derive(Debug, thiserror::Error)]
pub enum ChangeError {
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
    #[error("{id} is not a member")]
    Unknown { id: NodeId },
    #[error("the members are being changed already")]
    Busy,
    #[error("{id} is the last voter and cannot go")]
    LastVoter { id: NodeId },
    #[error("{id} did not take over the leadership in time")]
    NotTaken { id: NodeId },
    #[error("{id} has that name or that key already")]
    InUse { id: NodeId },
}

/// Why there is no copy of the state.
#[derive(Debug, thiserror::Error)]
pub enum SnapshotError {
    #[error("failed to copy the state to `{to}`")]
    Copy { to: String, source: crate::fault::StoreError },
}
