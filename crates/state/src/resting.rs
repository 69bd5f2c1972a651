//! The state of a node that does not run: what it holds, and a cluster of one made of it.
//!
//! A quorum that is lost for good can agree on nothing, not even on new members. So a survivor
//! writes into its own log who the members are from now on: itself alone. This is outside of what
//! Raft promises; whoever does it sees that the others never come back with their old state.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::sync_channel;

use crate::applied::Applied;
use crate::disk::{Disk, Threads};
use crate::embedded::lock;
use crate::fault::{OpenError, RestingError, StoreError};
use crate::limits;
use crate::log::{Done, Log, Payload, Position, Record, Vote};
use crate::member::{Member, NodeId};
use crate::raft::list;

/// The state of a node that does not run. Nobody else can use it meanwhile.
#[derive(Debug)]
pub struct Resting {
    dir: PathBuf,
    log: Log,
    applied: Option<Position>,
    node: NodeId,
    members: BTreeMap<NodeId, Member>,
    has_writes: bool,
    /// Held open: whoever has the lock uses the folder.
    _lock: File,
}

impl Resting {
    /// Opens the state in `dir`, and reads it as far as a restart would.
    ///
    /// # Errors
    ///
    /// [`RestingError`] when there is none, when a node uses it, or when it is damaged.
    pub fn open(dir: &Path) -> Result<Self, RestingError> {
        let unusable = |source| OpenError::Store { dir: dir.display().to_string(), source };
        if !Log::is_in(dir).map_err(unusable)? {
            return Err(RestingError::Empty { dir: dir.display().to_string() });
        }
        let lock = lock(dir)?;
        // A log that is there keeps its owner.
        let threads: Arc<dyn Disk> = Arc::new(Threads);
        let log = Log::open(dir, 0, limits::LOG_SEGMENT_BYTES, &threads).map_err(unusable)?;
        let applied = Applied::open(dir).map_err(unusable)?;
        let point = applied.point();
        let has_writes = structures::revision(&applied.view()).map_err(|error| {
            let reason = model::fault::Chain(&error).to_string();
            unusable(StoreError::Damaged { file: dir.display().to_string(), reason })
        })? > 0;
        let members = list::of_point(&point).map_err(|error| damaged(dir, &error));
        let members = members.map_err(unusable)?.unwrap_or_default();
        let dir = dir.to_owned();
        let (node, applied) = (NodeId(log.owner()), point.at);
        let mut resting = Self { dir, log, applied, node, members, has_writes, _lock: lock };
        resting.read_log().map_err(|source| OpenError::Store {
            dir: resting.dir.display().to_string(),
            source,
        })?;
        Ok(resting)
    }

    /// Looks at what was not applied yet, agreed on or not.
    fn read_log(&mut self) -> Result<(), StoreError> {
        let last = self.log.ends().last.map_or(0, |last| last.index);
        let mut next = self.applied.map_or(0, |at| at.index + 1);
        while next <= last {
            let records = self.log.read(next..last + 1, limits::REPLICATED_BYTES_MAX)?;
            let Some(end) = records.last() else { break };
            next = end.at.index + 1;
            for record in &records {
                match &record.payload {
                    Payload::Members(bytes) => {
                        self.members =
                            list::of_record(bytes).map_err(|error| damaged(&self.dir, &error))?;
                    }
                    Payload::Batch(_) => self.has_writes = true,
                    Payload::Blank => {}
                }
            }
        }
        Ok(())
    }

    /// Whose state this is.
    #[must_use]
    pub fn node(&self) -> NodeId {
        self.node
    }

    /// Who the members are, as far as this node knows.
    #[must_use]
    pub fn members(&self) -> &BTreeMap<NodeId, Member> {
        &self.members
    }

    /// The last log entry that this node holds; it is applied after the next start.
    #[must_use]
    pub fn last_index(&self) -> u64 {
        self.last().map_or(0, |last| last.index)
    }

    /// Whether anything was ever written, or may have been: no acknowledged write is missed.
    #[must_use]
    pub fn has_writes(&self) -> bool {
        self.has_writes
    }

    /// Makes this node the only member. All that it holds counts as agreed on from then on.
    ///
    /// # Errors
    ///
    /// When it is no member, or when the log cannot be written; then nothing has changed.
    pub fn stand_alone(self) -> Result<(), RestingError> {
        let dir = self.dir.display().to_string();
        let Some(member) = self.members.get(&self.node).cloned() else {
            return Err(RestingError::NoMember { dir });
        };
        let changed = self.write_members(member);
        self.log.close();
        changed.map_err(|source| RestingError::Change { dir, source })
    }

    fn write_members(&self, member: Member) -> Result<(), StoreError> {
        let ends = self.log.ends();
        if let Some(applied) = self.applied
            && ends.last.is_none_or(|last| last.index < applied.index)
        {
            // The state came as a whole, and the log before it is of no use.
            self.durably(|done| self.log.purge(applied, done))?;
        }
        let voted = ends.vote.map_or(0, |vote| vote.term);
        let last = self.last();
        let term = voted.max(last.map_or(0, |last| last.term)) + 1;
        let leader = self.node.0;
        // The next start elects this node once more, in a still newer term.
        let vote = Vote { term, leader, is_committed: false };
        self.durably(|done| self.log.vote(vote, done))?;
        let at = Position { term, leader, index: last.map_or(0, |last| last.index + 1) };
        let payload = Payload::Members(list::of_one(leader, member));
        self.durably(|done| self.log.append(vec![Record { at, payload }], done))
    }

    /// Gives an order to the log, and waits until it is durable.
    fn durably(&self, order: impl FnOnce(Done)) -> Result<(), StoreError> {
        let (sender, receiver) = sync_channel(1);
        order(Box::new(move |written| drop(sender.send(written))));
        receiver
            .recv()
            .unwrap_or_else(|_| Err(StoreError::Ended { file: self.dir.display().to_string() }))
    }

    fn last(&self) -> Option<Position> {
        let ends = self.log.ends();
        let index = |at: &Position| at.index;
        [ends.last, self.applied].into_iter().flatten().max_by_key(index)
    }
}

fn damaged(path: &Path, error: &structures::encoding::DecodeError) -> StoreError {
    StoreError::Damaged { file: path.display().to_string(), reason: error.to_string() }
}
