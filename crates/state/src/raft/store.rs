//! The log, as openraft wants to see it.

#![expect(clippy::result_large_err, reason = "the traits of openraft want its errors")]

use std::fmt::Debug;
use std::ops::{Bound, RangeBounds};
use std::sync::Arc;

use openraft::storage::{LogFlushed, RaftLogStorage};
use openraft::{AnyError, LogId, LogState, OptionalSend, RaftLogReader, StorageIOError};
use tokio::sync::{oneshot, watch};

use super::convert::{self, Entry, Vote};
use super::network::Contacts;
use super::types::Types;
use crate::applied::Progress;
use crate::disk::Step;
use crate::fault::StoreError;
use crate::limits;
use crate::log::{self, Done, Log, Payload, Record};

type Failure = openraft::StorageError<u64>;

#[derive(Debug, Clone)]
pub(super) struct LogStore {
    pub(super) log: Arc<Log>,
    /// Whose log it is.
    pub(super) node: u64,
    /// Up to where the applied state is durable.
    pub(super) progress: watch::Receiver<Progress>,
    pub(super) contacts: Arc<Contacts>,
}

fn unread(error: &(impl std::error::Error + 'static)) -> Failure {
    StorageIOError::read_logs(AnyError::new(error)).into()
}

fn unwritten(error: &(impl std::error::Error + 'static)) -> Failure {
    StorageIOError::write_logs(AnyError::new(error)).into()
}

impl LogStore {
    fn read(&self, from: u64, to: u64, bytes_max: usize) -> Result<Vec<Entry>, Failure> {
        let records = self.log.read(from..to, bytes_max).map_err(|error| unread(&error))?;
        records.into_iter().map(|record| convert::entry(record).map_err(|e| unread(&e))).collect()
    }

    /// Whether this node was elected and knows of nobody who came after it.
    fn leads(&self) -> bool {
        self.log.ends().vote.is_some_and(|vote| vote.is_committed && vote.leader == self.node)
    }
}

/// Gives an order with `place`, and waits until it is durable.
async fn durably(place: impl FnOnce(Done) -> Result<(), StoreError>) -> Result<(), Failure> {
    let (sender, receiver) = oneshot::channel();
    // Nobody waits any more when Raft was shut down meanwhile.
    place(Box::new(move |written| drop(sender.send(written))))
        .map_err(|error| unwritten(&error))?;
    match receiver.await {
        Ok(written) => written.map_err(|error| unwritten(&error)),
        Err(error) => Err(unwritten(&error)),
    }
}

impl RaftLogReader<Types> for LogStore {
    async fn try_get_log_entries<RB: RangeBounds<u64> + Clone + Debug + OptionalSend>(
        &mut self,
        range: RB,
    ) -> Result<Vec<Entry>, Failure> {
        let from = match range.start_bound() {
            Bound::Included(from) => *from,
            Bound::Excluded(before) => before + 1,
            Bound::Unbounded => 0,
        };
        let to = match range.end_bound() {
            Bound::Included(last) => last + 1,
            Bound::Excluded(to) => *to,
            Bound::Unbounded => u64::MAX,
        };
        self.read(from, to, usize::MAX)
    }

    async fn limited_get_log_entries(
        &mut self,
        start: u64,
        end: u64,
    ) -> Result<Vec<Entry>, Failure> {
        let mut entries = self.read(start, end, limits::REPLICATED_BYTES_MAX)?;
        // A node that led tells its followers once more what it has, and may have cut its log since
        // then: without the first entries the others would leave a gap in the log of the follower.
        if entries.first().is_some_and(|first| first.log_id.index != start) {
            entries.clear();
        }
        Ok(entries)
    }
}

impl RaftLogStorage<Types> for LogStore {
    type LogReader = Self;

    async fn get_log_state(&mut self) -> Result<LogState<Types>, Failure> {
        let ends = self.log.ends();
        Ok(LogState {
            last_purged_log_id: ends.purged.map(convert::log_id),
            last_log_id: ends.last.map(convert::log_id),
        })
    }

    async fn get_log_reader(&mut self) -> Self {
        self.clone()
    }

    async fn save_vote(&mut self, vote: &Vote) -> Result<(), Failure> {
        let vote = convert::own_vote(vote);
        durably(|done| {
            self.log.vote(vote, done);
            Ok(())
        })
        .await
    }

    /// Is asked for when Raft starts. A node that led when it stopped is not to lead on, as openraft
    /// would let it: it knows no more what of its log was agreed on, so a read could miss what was
    /// acknowledged. It remembers that it voted for itself, and must be elected anew.
    async fn read_vote(&mut self) -> Result<Option<Vote>, Failure> {
        let vote = self.log.ends().vote.map(|vote| log::Vote {
            is_committed: vote.is_committed && vote.leader != self.node,
            ..vote
        });
        Ok(vote.map(convert::vote))
    }

    /// A leader lets its followers write while it writes itself (Ongaro's thesis, section 10.2.1):
    /// openraft is told that an entry is durable when it is on its way, and so counts it as agreed
    /// on when a follower has it. Until it is durable here as well nobody may know that: see
    /// [`Machine::apply`](super::machine::Machine) and [`Peer`](super::network::Peer).
    ///
    /// Who the members are goes to nobody before it is durable here. If a leader that is the only
    /// voter from then on lost it, and a member that votes no longer had it, nobody could lead: the
    /// one would not be elected by the other, and openraft lets only voters ask for an election.
    async fn append<I>(&mut self, entries: I, callback: LogFlushed<Types>) -> Result<(), Failure>
    where
        I: IntoIterator<Item = Entry> + OptionalSend,
        I::IntoIter: OptionalSend,
    {
        let records: Vec<Record> = entries.into_iter().map(convert::record).collect();
        let names_members =
            records.iter().any(|record| matches!(record.payload, Payload::Members(_)));
        // On a full disk that would take for ever, and reads are to go on.
        if self.leads() && names_members && !self.log.is_disk_full() {
            let written = durably(|done| {
                self.log.append(records, done);
                Ok(())
            });
            callback.log_io_completed(written.await.map_err(std::io::Error::other));
            return Ok(());
        }
        if self.leads() && self.log.keeps_up() {
            // Who fails to write says so to the machine.
            let done: Done = Box::new(drop);
            let bytes: usize = records.iter().map(Record::bytes).sum();
            if self.contacts.is_alone() && bytes <= limits::LOG_ALONE_BYTES_MAX {
                // Everybody waits for this.
                self.log.append_here(records, done);
            } else {
                self.log.append(records, done);
            }
            callback.log_io_completed(Ok(()));
            return Ok(());
        }
        let done: Done = Box::new(move |written| {
            callback.log_io_completed(written.map_err(std::io::Error::other));
        });
        if self.leads() {
            self.log.append(records, done);
        } else {
            self.log.append_here(records, done);
        }
        Ok(())
    }

    async fn truncate(&mut self, from: LogId<u64>) -> Result<(), Failure> {
        durably(|done| self.log.truncate(from.index, done)).await
    }

    /// When a node gets a snapshot, openraft cuts the log below it at once, while the snapshot is
    /// being installed. A stop between the two would leave neither the rows nor the entries that
    /// make them, so the cut waits until the rows are durable.
    async fn purge(&mut self, upto: LogId<u64>) -> Result<(), Failure> {
        let is_durable = |progress: &Progress| progress.durable >= Some(upto.index);
        let waited = self.progress.wait_for(|now| is_durable(now) || now.has_ended).await;
        if !waited.is_ok_and(|now| is_durable(&now)) {
            return Err(unwritten(&StoreError::Undone { step: Step::Install }));
        }
        durably(|done| {
            self.log.purge(convert::position(&upto), done);
            Ok(())
        })
        .await
    }
}
