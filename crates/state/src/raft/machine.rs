//! The applied state, as openraft wants to see it.
//!
//! The state is durable by itself, so a snapshot is built when somebody needs one: what openraft
//! calls building only flushes the state, which allows it to cut the log up to there.

#![expect(clippy::result_large_err, reason = "the traits of openraft want its errors")]

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use openraft::storage::RaftStateMachine;
use openraft::{
    AnyError, EntryPayload, LogId, OptionalSend, RaftSnapshotBuilder, Snapshot, SnapshotMeta,
    StorageError, StorageIOError,
};
use structures::{Notice, encoding};
use tokio::sync::watch;

use super::convert::{self, Entry, Stored};
use super::types::{Payload, Types};
use crate::applied::{Applied, Point};
use crate::batch::{Batch, Outcomes};
use crate::disk::{Disk, Parcel, Step, apart};
use crate::fault::StoreError;
use crate::log::{Position, Written};
use crate::member::Member;
use crate::sqlite;

type Failure = StorageError<u64>;
type Meta = SnapshotMeta<u64, Member>;

/// What an entry does.
struct Effect {
    at: Position,
    what: What,
}

enum What {
    Nothing,
    Members(Stored),
    Batch(structures::Applied),
}

/// Is told what changed.
pub(crate) type Listener = Box<dyn Fn(Vec<Notice>) + Send + Sync>;

pub(crate) struct Machine {
    applied: Arc<Applied>,
    written: watch::Receiver<Written>,
    agreed: watch::Sender<u64>,
    listener: Listener,
    disk: Arc<dyn Disk>,
    dir: PathBuf,
    copies: AtomicU64,
    /// Only what the state is is asked for, not the state: Raft starts.
    is_starting: bool,
}

impl Machine {
    pub(crate) fn new(
        applied: Arc<Applied>,
        written: watch::Receiver<Written>,
        agreed: watch::Sender<u64>,
        listener: Listener,
        disk: Arc<dyn Disk>,
    ) -> Self {
        let dir = applied.dir().join("snapshots");
        // What a stop in the middle of a copy left is of no use.
        drop(std::fs::remove_dir_all(&dir));
        let copies = AtomicU64::new(0);
        Self { applied, written, agreed, listener, disk, dir, copies, is_starting: true }
    }

    /// Works out what an entry does to the state as it is, and leaves the state so.
    fn work_out(&self, entry: Entry) -> Result<Effect, Failure> {
        let at = convert::position(&entry.log_id);
        let unapplied = |error: &(dyn std::error::Error + 'static)| {
            Failure::from(StorageIOError::apply(entry.log_id, AnyError::error(chain(error))))
        };
        let what = match entry.payload {
            EntryPayload::Blank => What::Nothing,
            EntryPayload::Membership(members) => {
                What::Members(Stored::new(Some(entry.log_id), members))
            }
            EntryPayload::Normal(Payload(bytes)) => {
                let batch = Batch::decode(&bytes).map_err(|error| unapplied(&error))?;
                let requests = batch.requests().map_err(|error| unapplied(&error))?;
                let effects = self.applied.work_out(batch.stamp, &requests);
                What::Batch(effects.map_err(|error| unapplied(&error))?)
            }
        };
        Ok(Effect { at, what })
    }

    /// Lets the state be as an entry makes it.
    fn bring_about(&self, Effect { at, what }: Effect) -> Outcomes {
        match what {
            What::Nothing => self.applied.pass(at, None),
            What::Members(stored) => self.applied.pass(at, Some(encoding::encode(&stored))),
            What::Batch(effects) => {
                let (outcomes, notices) = self.applied.bring_about(at, effects);
                if !notices.is_empty() {
                    (self.listener)(notices);
                }
                return outcomes;
            }
        }
        Outcomes::default()
    }

    /// Whether a power cut would leave the entry in the log of this node.
    fn is_durable(&self, at: Position) -> bool {
        self.written.borrow().upto >= Some(at)
    }

    /// Waits until the entry is durable here: a leader knows that the others have it before that.
    async fn durable(&mut self, at: Position) -> Result<(), Failure> {
        let waited = self.written.wait_for(|now| now.upto >= Some(at) || now.failure.is_some());
        let failure = match waited.await {
            Ok(now) => now.failure.clone(),
            Err(_) => Some("the log has ended".to_owned()),
        };
        match failure {
            None => Ok(()),
            Some(reason) => Err(StorageIOError::write_logs(AnyError::error(reason)).into()),
        }
    }

    /// A new file for a snapshot; it is gone when it is closed.
    fn new_file(&self) -> Result<PathBuf, StoreError> {
        std::fs::create_dir_all(&self.dir)
            .map_err(|source| sqlite::io("make", &self.dir, source))?;
        let number = self.copies.fetch_add(1, Ordering::Relaxed);
        let path = self.dir.join(format!("{}-{number}", std::process::id()));
        if path.exists() {
            std::fs::remove_file(&path).map_err(|source| sqlite::io("remove", &path, source))?;
        }
        Ok(path)
    }
}

/// Lets the tasks go first that were just woken.
async fn let_others_go_first() {
    let mut went = false;
    std::future::poll_fn(|context| {
        if std::mem::replace(&mut went, true) {
            return std::task::Poll::Ready(());
        }
        context.waker().wake_by_ref();
        std::task::Poll::Pending
    })
    .await;
}

fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    model::fault::Chain(error).to_string()
}

fn unread(error: &StoreError) -> Failure {
    StorageIOError::read_snapshot(None, AnyError::error(chain(error))).into()
}

fn unwritten(error: &StoreError) -> Failure {
    StorageIOError::write_snapshot(None, AnyError::error(chain(error))).into()
}

fn unknown(error: &encoding::DecodeError) -> Failure {
    StorageIOError::read_state_machine(AnyError::new(error)).into()
}

fn meta(point: &Point) -> Result<Meta, Failure> {
    let last = point.at.map(convert::log_id);
    let id = last.map_or_else(|| "empty".to_owned(), |last| last.to_string());
    let last_membership = convert::members(point).map_err(|error| unknown(&error))?;
    Ok(Meta { last_log_id: last, last_membership, snapshot_id: id })
}

/// Opens a file and takes its name away, so that no stop can leave it behind.
fn open_nameless(path: &Path, is_new: bool) -> Result<std::fs::File, StoreError> {
    let mut options = std::fs::OpenOptions::new();
    let file = options.read(true).write(true).create_new(is_new).open(path);
    let file = file.map_err(|source| sqlite::io("open", path, source))?;
    std::fs::remove_file(path).map_err(|source| sqlite::io("remove", path, source))?;
    Ok(file)
}

impl Drop for Machine {
    fn drop(&mut self) {
        self.applied.end();
    }
}

impl RaftStateMachine<Types> for Machine {
    type SnapshotBuilder = Builder;

    async fn applied_state(&mut self) -> Result<(Option<LogId<u64>>, Stored), Failure> {
        let point = self.applied.point();
        let members = convert::members(&point).map_err(|error| unknown(&error))?;
        Ok((point.at.map(convert::log_id), members))
    }

    async fn apply<I>(&mut self, entries: I) -> Result<Vec<Outcomes>, Failure>
    where
        I: IntoIterator<Item = Entry> + OptionalSend,
        I::IntoIter: OptionalSend,
    {
        let entries = Vec::from_iter(entries);
        let Some(last) = entries.last().map(|last| convert::position(&last.log_id)) else {
            return Ok(Vec::new());
        };
        let mut entries = entries.into_iter();
        let mut outcomes = Vec::with_capacity(entries.len());
        // The disk and the processor work at the same time; nobody sees anything of it before both
        // are ready.
        let first = match self.is_durable(last) {
            false => entries.next().map(|first| self.work_out(first)).transpose()?,
            true => None,
        };
        self.durable(last).await?;
        self.agreed.send_replace(last.index);
        let_others_go_first().await;
        outcomes.extend(first.map(|effect| self.bring_about(effect)));
        for entry in entries {
            let effect = self.work_out(entry)?;
            outcomes.push(self.bring_about(effect));
        }
        Ok(outcomes)
    }

    async fn get_snapshot_builder(&mut self) -> Builder {
        Builder {
            applied: Arc::clone(&self.applied),
            disk: Arc::clone(&self.disk),
            path: self.new_file(),
        }
    }

    async fn begin_receiving_snapshot(&mut self) -> Result<Box<Box<dyn Parcel>>, Failure> {
        let file = self.new_file().and_then(|path| open_nameless(&path, true));
        file.map(|file| Box::new(self.disk.parcel(file))).map_err(|error| unwritten(&error))
    }

    async fn install_snapshot(
        &mut self,
        _: &Meta,
        snapshot: Box<Box<dyn Parcel>>,
    ) -> Result<(), Failure> {
        let applied = Arc::clone(&self.applied);
        let snapshot = snapshot.into_file().await;
        let work = move || applied.install(snapshot);
        let installed = apart(&*self.disk, Step::Install, work).await;
        installed.map(drop).map_err(|error| unwritten(&error))
    }

    async fn get_current_snapshot(&mut self) -> Result<Option<Snapshot<Types>>, Failure> {
        let point = self.applied.point();
        let is_first = std::mem::take(&mut self.is_starting);
        if point.at.is_none() {
            return Ok(None);
        }
        let path = self.new_file().map_err(|error| unwritten(&error))?;
        if is_first {
            let file = open_nameless(&path, true).map_err(|error| unwritten(&error))?;
            let snapshot = Box::new(self.disk.parcel(file));
            return Ok(Some(Snapshot { meta: meta(&point)?, snapshot }));
        }
        let applied = Arc::clone(&self.applied);
        let work = move || {
            let copy = applied.copy(&path)?;
            Ok((copy, open_nameless(&path, false)?))
        };
        let copied = apart(&*self.disk, Step::Copy, work).await;
        let (copy, file) = copied.map_err(|error| unread(&error))?;
        let snapshot = Box::new(self.disk.parcel(file));
        Ok(Some(Snapshot { meta: meta(&copy.point)?, snapshot }))
    }
}

/// Makes the state durable, so that the log can be cut.
pub(crate) struct Builder {
    applied: Arc<Applied>,
    disk: Arc<dyn Disk>,
    path: Result<PathBuf, StoreError>,
}

impl RaftSnapshotBuilder<Types> for Builder {
    async fn build_snapshot(&mut self) -> Result<Snapshot<Types>, Failure> {
        let applied = Arc::clone(&self.applied);
        let flushed = apart(&*self.disk, Step::Flush, move || applied.flush()).await;
        let point = flushed.map_err(|error| unwritten(&error))?;
        let path = self.path.as_ref().map_err(unwritten)?;
        let file = open_nameless(path, true).map_err(|error| unwritten(&error))?;
        Ok(Snapshot { meta: meta(&point)?, snapshot: Box::new(self.disk.parcel(file)) })
    }
}
