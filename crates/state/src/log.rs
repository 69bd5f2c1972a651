//! The log of one node: an order of records that survives, and the vote.
//!
//! One at a time writes; each order is acknowledged after the fsync of the frame that holds it, and
//! orders that wait together share one frame. The newest records are kept in memory,
//! so that applying and replicating never reads a file when everybody keeps up.
//!
//! Frames lie one behind the other in files of one length, which are made before they are needed
//! and used again when what they hold was cut: a write changes nothing but bytes of a file.
//!
//! [`Written`] says what is durable, for who may go on before it is.

mod change;
mod files;
mod frame;
mod pace;
mod places;
mod recent;
mod record;
mod scan;
mod scribe;
mod segment;
mod window;
mod writer;

use std::ops::Range;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use tokio::sync::watch;

use crate::disk::Disk;
use crate::fault::StoreError;
use crate::limits;
pub(crate) use change::{Change, Ends};
use files::Opened;
use places::Places;
use recent::Recent;
pub(crate) use record::{Payload, Position, Record, Vote};
pub(crate) use scribe::Done;
use scribe::Order;
use writer::Writer;

/// The log of one node.
#[derive(Debug)]
pub(crate) struct Log {
    shared: Arc<Shared>,
    writer: Writer,
    owner: u64,
}

/// What writers and readers have in common.
#[derive(Debug)]
struct Shared {
    memory: Mutex<Memory>,
    /// Held while a file is read, so that none gets another name meanwhile.
    places: Mutex<Places>,
    is_disk_full: AtomicBool,
    written: watch::Sender<Written>,
    /// Orders that are not written yet.
    unwritten: AtomicUsize,
    /// Nothing waits for space any more.
    is_closing: AtomicBool,
    /// Bytes that came since the last cut.
    uncut_bytes: AtomicUsize,
    /// Bytes of the newest records that stay in memory.
    recent_bytes_max: AtomicUsize,
}

#[derive(Debug)]
struct Memory {
    recent: Recent,
    ends: Ends,
}

/// What of the log is durable.
#[derive(Debug, Clone, Default)]
pub(crate) struct Written {
    /// The last record that was written. In one term of one leader, all before it are too.
    pub(crate) upto: Option<Position>,
    /// Why nothing is written any more.
    pub(crate) failure: Option<String>,
}

impl Log {
    /// Opens the log of node `node` in its folder, and makes it when it is absent.
    pub(crate) fn open(
        dir: &Path,
        node: u64,
        segment_bytes: usize,
        disk: &Arc<dyn Disk>,
    ) -> Result<Self, StoreError> {
        let Opened { files, places, ends, owner } = files::open(dir, node, segment_bytes)?;
        let (upto, next) = (ends.last, ends.last.map_or(0, |last| last.index + 1));
        let shared = Arc::new(Shared {
            memory: Mutex::new(Memory { recent: Recent::starting_at(next), ends }),
            places: Mutex::new(places),
            is_disk_full: AtomicBool::new(false),
            written: watch::Sender::new(Written { upto, failure: None }),
            unwritten: AtomicUsize::new(0),
            is_closing: AtomicBool::new(false),
            uncut_bytes: AtomicUsize::new(0),
            recent_bytes_max: AtomicUsize::new(limits::MEMORY.recent),
        });
        let writer = Writer::start(files, dir, Arc::clone(&shared), disk)?;
        Ok(Self { shared, writer, owner })
    }

    /// Whether `dir` holds a log.
    pub(crate) fn is_in(dir: &Path) -> Result<bool, StoreError> {
        files::are_in(dir)
    }

    /// The node that it belongs to.
    pub(crate) fn owner(&self) -> u64 {
        self.owner
    }

    /// Keeps no more than `memory` says.
    pub(crate) fn within(self, memory: &limits::Memory) -> Self {
        self.shared.recent_bytes_max.store(memory.recent, Ordering::Relaxed);
        self
    }

    pub(crate) fn ends(&self) -> Ends {
        self.shared.memory().ends.clone()
    }

    /// Whether writes wait for space on the disk.
    pub(crate) fn is_disk_full(&self) -> bool {
        self.shared.is_disk_full.load(Ordering::Relaxed)
    }

    /// What is durable, and when that changes.
    pub(crate) fn written(&self) -> watch::Receiver<Written> {
        self.shared.written.subscribe()
    }

    /// Whether the disk keeps up with what it is told to write.
    pub(crate) fn keeps_up(&self) -> bool {
        self.shared.unwritten.load(Ordering::Relaxed) < limits::LOG_ORDERS_AHEAD_MAX
            && !self.is_disk_full()
            && self.shared.written.borrow().failure.is_none()
    }

    /// Bytes of records that came since the last cut, since the start at most.
    pub(crate) fn uncut_bytes(&self) -> usize {
        self.shared.uncut_bytes.load(Ordering::Relaxed)
    }

    /// Appends records; they can be read at once, and `done` is called when they are durable.
    pub(crate) fn append(&self, records: Vec<Record>, done: Done) {
        self.remember(&records);
        self.writer.order(Order { change: Change::Append(records), done });
    }

    /// As [`Self::append`], for who has nothing to do meanwhile: `done` was called already when this
    /// returns, if the disk is quick.
    pub(crate) fn append_here(&self, records: Vec<Record>, done: Done) {
        self.remember(&records);
        self.writer.order_here(Order { change: Change::Append(records), done });
    }

    fn remember(&self, records: &[Record]) {
        let mut memory = self.shared.memory();
        for record in records {
            self.shared.uncut_bytes.fetch_add(record.bytes(), Ordering::Relaxed);
            memory.recent.push(record.clone());
            memory.ends.last = Some(record.at);
        }
    }

    /// Keeps the vote; `done` is called when it is durable.
    pub(crate) fn vote(&self, vote: Vote, done: Done) {
        self.shared.memory().ends.vote = Some(vote);
        self.writer.order(Order { change: Change::Vote(vote), done });
    }

    /// Forgets the record `from` and all after it.
    pub(crate) fn truncate(&self, from: u64, done: Done) -> Result<(), StoreError> {
        let before = match from.checked_sub(1) {
            Some(index) => self.read(index..from, usize::MAX)?.pop().map(|record| record.at),
            None => None,
        };
        {
            let mut memory = self.shared.memory();
            memory.recent.truncate(from);
            memory.ends.last = before.or(memory.ends.purged);
        }
        self.writer.order(Order { change: Change::Truncate(from), done });
        Ok(())
    }

    /// Forgets all records up to `upto`.
    pub(crate) fn purge(&self, upto: Position, done: Done) {
        self.shared.uncut_bytes.store(0, Ordering::Relaxed);
        {
            let mut memory = self.shared.memory();
            memory.recent.purge(upto.index);
            memory.ends.purged = memory.ends.purged.max(Some(upto));
            if memory.ends.last.is_none_or(|last| last.index < upto.index) {
                memory.ends.last = Some(upto);
            }
        }
        self.writer.order(Order { change: Change::Purge(upto), done });
    }

    /// Reads records in order, at least one and then at most `bytes_max`; absent ones are left out.
    pub(crate) fn read(
        &self,
        range: Range<u64>,
        bytes_max: usize,
    ) -> Result<Vec<Record>, StoreError> {
        let (recent, from, kept) = {
            let memory = self.shared.memory();
            let behind = |at: Option<Position>| at.map_or(0, |at| at.index + 1);
            // The files may not know yet what was cut.
            let kept = behind(memory.ends.purged)..behind(memory.ends.last);
            (memory.recent.read(&range, bytes_max), memory.recent.first(), kept)
        };
        if range.start >= from {
            return Ok(recent);
        }
        let older = range.start.max(kept.start)..range.end.min(from).min(kept.end);
        let (mut records, is_whole) = self.shared.places().read(&older, bytes_max)?;
        if is_whole {
            let mut bytes: usize = records.iter().map(Record::bytes).sum();
            for record in recent {
                bytes += record.bytes();
                if bytes > bytes_max && !records.is_empty() {
                    break;
                }
                records.push(record);
            }
        }
        Ok(records)
    }

    /// Ends when all orders are done.
    pub(crate) fn close(&self) {
        self.writer.close();
    }
}

impl Shared {
    fn memory(&self) -> std::sync::MutexGuard<'_, Memory> {
        self.memory.lock().expect("no holder of the log panics")
    }

    fn places(&self) -> std::sync::MutexGuard<'_, Places> {
        self.places.lock().expect("no reader panics")
    }

    /// Lets those know who wait for it that `changes` are durable, or why they never will be.
    fn tell_written(&self, changes: &[Change], failure: Option<String>) {
        self.unwritten.fetch_sub(changes.len(), Ordering::Relaxed);
        let last = changes.iter().rev().find_map(|change| match change {
            Change::Append(records) => records.last().map(|record| record.at),
            _ => None,
        });
        self.written.send_if_modified(|written| match failure {
            Some(failure) => {
                written.failure = Some(failure);
                true
            }
            None => {
                written.upto = last.or(written.upto);
                last.is_some()
            }
        });
    }

    /// Records up to `index` are in the files: memory may forget them.
    fn flushed(&self, index: u64) {
        let bytes_max = self.recent_bytes_max.load(Ordering::Relaxed);
        self.memory().recent.flushed(index, bytes_max);
    }
}

#[cfg(test)]
mod tests;
