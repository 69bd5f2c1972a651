//! The embedded engine: Raft inside of this process, its log in files, the state in SQLite.

mod changes;
mod entries;
mod expiry;
mod finish;
mod flush;
mod forward;
mod gather;
mod proposer;
mod reader;
mod time;
mod under_way;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use model::clock::Clock;
use structures::{Notice, Query, Request, View, ViewError};
use tokio::sync::{broadcast, mpsc};

use crate::applied::Applied;
use crate::autopilot::Strength;
use crate::batch::Format;
use crate::calls::{CallError, Calls, Pending};
use crate::disk::{Disk, Step, Threads, apart};
use crate::engine::{
    ChangeError, Engine, Outcome, ProposeError, Proposed, ReadError, SnapshotError, Status,
    Unavailable,
};
use crate::fault::{OpenError, StoreError};
use crate::limits;
use crate::log::Log;
use crate::member::{Member, Members, NodeId, Role};
use crate::raft::{Changed, Consensus, Contacts, Parts, Refused};
use crate::sqlite;
use crate::tasks::Tasks;

/// How a node is opened.
#[derive(Debug)]
pub struct Options {
    /// Belongs to this node alone; made when it is absent.
    pub dir: PathBuf,
    pub node: NodeId,
    pub member: Member,
    pub origin: Origin,
    pub clock: Arc<dyn Clock>,
    pub calls: Arc<dyn Calls>,
    /// Log entries after which the log is cut, [`limits::CUT_AFTER_ENTRIES`] unless a test says
    /// otherwise; half of them are kept.
    pub cut_after_entries: u64,
    /// Bytes of a file of the log, [`limits::LOG_SEGMENT_BYTES`] unless a test says otherwise.
    pub log_segment_bytes: usize,
    /// How it writes log entries when it leads.
    pub format: Format,
}

/// What a node does that has no state yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// It becomes a cluster of one.
    Found,
    /// It waits until a leader adds it.
    Join,
}

/// One node of the embedded engine.
#[derive(Debug)]
pub struct Embedded {
    core: Arc<Core>,
    tasks: Tasks,
    /// Held open until the node is closed: whoever has the lock uses the folder.
    lock: Mutex<Option<std::fs::File>>,
}

/// What the background work of a node shares.
#[derive(Debug)]
struct Core {
    node: u64,
    clock: Arc<dyn Clock>,
    time: time::Time,
    calls: Arc<dyn Calls>,
    contacts: Arc<Contacts>,
    log: Arc<Log>,
    disk: Arc<dyn Disk>,
    applied: Arc<Applied>,
    consensus: Consensus,
    format: Format,
    notices: broadcast::Sender<Arc<Vec<Notice>>>,
    proposals: mpsc::Sender<proposer::Waiting>,
    entries: mpsc::Sender<entries::Part>,
    reads: mpsc::Sender<reader::Waiting>,
    /// While the leadership is handed over nothing is proposed.
    gate: tokio::sync::RwLock<()>,
    /// Held by who changes the voters, on the node that leads: a change may take several entries.
    changing: tokio::sync::Mutex<()>,
    /// Changed rows found no space on the disk.
    is_flush_held_up: AtomicBool,
    /// Until when this node does not take over, by its monotonic clock: it is to be removed.
    going_until_ms: AtomicU64,
}

impl Embedded {
    /// Opens a node; a restart is the same as a recovery.
    ///
    /// Must be called on a tokio runtime. The transport passes what other members call to
    /// [`Embedded::answer`] from then on.
    ///
    /// # Errors
    ///
    /// [`OpenError`] when the folder cannot be used or its contents are damaged.
    pub async fn open(options: Options) -> Result<Self, OpenError> {
        Self::open_on(options, Arc::new(Threads)).await
    }

    /// Opens a node whose work on files is done by `disk`.
    ///
    /// # Errors
    ///
    /// As [`Embedded::open`].
    pub async fn open_on(options: Options, disk: Arc<dyn Disk>) -> Result<Self, OpenError> {
        let dir = &options.dir;
        std::fs::create_dir_all(dir)
            .map_err(|source| unusable(dir)(sqlite::io("make", dir, source)))?;
        let lock = lock(dir)?;
        let (log, applied) = files(&options, &disk)?;
        let Options { node: NodeId(node), member, origin, clock, calls, .. } = options;
        let (log, applied) = (Arc::new(log), Arc::new(applied));
        let contacts = Arc::new(Contacts::new(Arc::clone(&clock)));
        let notices = broadcast::Sender::new(limits::NOTICES_KEPT);
        let listeners = notices.clone();
        let consensus = Consensus::start(Parts {
            node,
            log: Arc::clone(&log),
            disk: Arc::clone(&disk),
            applied: Arc::clone(&applied),
            // Nobody listens: nothing to tell.
            listener: Box::new(move |changed| drop(listeners.send(Arc::new(changed)))),
            calls: Arc::clone(&calls),
            contacts: Arc::clone(&contacts),
            cut_after_entries: options.cut_after_entries,
        })
        .await
        .map_err(|reason| OpenError::Start { reason })?;
        let (proposals, proposed) = mpsc::channel(limits::WAITING_REQUESTS_MAX);
        let (entries, brought) = mpsc::channel(limits::WAITING_PARTS_MAX);
        let (reads, asked) = mpsc::channel(limits::WAITING_READS_MAX);
        let core = Arc::new(Core {
            node,
            clock,
            time: time::Time::default(),
            calls,
            contacts,
            log,
            disk,
            applied,
            consensus,
            format: options.format,
            notices,
            proposals,
            entries,
            reads,
            gate: tokio::sync::RwLock::new(()),
            changing: tokio::sync::Mutex::new(()),
            is_flush_held_up: AtomicBool::new(false),
            going_until_ms: AtomicU64::new(0),
        });
        if origin == Origin::Found {
            found(&core.consensus, member).await?;
        }
        let tasks = Tasks::default();
        tasks.spawn("state-proposer", proposer::run(Arc::clone(&core), proposed));
        tasks.spawn("state-entries", entries::run(Arc::clone(&core), brought));
        tasks.spawn("state-reader", reader::run(Arc::clone(&core), asked));
        tasks.spawn("state-flush", flush::run(Arc::clone(&core)));
        tasks.spawn("state-expiry", expiry::run(Arc::clone(&core)));
        tasks.spawn("state-members", finish::run(Arc::clone(&core)));
        Ok(Self { core, tasks, lock: Mutex::new(Some(lock)) })
    }

    /// Wakes when the leader or the members may have changed.
    #[must_use]
    pub fn changed(&self) -> Changed {
        self.core.consensus.changed()
    }

    /// Answers what another member calls.
    ///
    /// # Errors
    ///
    /// [`CallError::Unanswered`] when the message cannot be understood.
    pub async fn answer(&self, message: &Bytes) -> Result<Bytes, CallError> {
        forward::answer(&self.core, message).await
    }
}

/// Opens the log and what was applied from it.
fn files(options: &Options, disk: &Arc<dyn Disk>) -> Result<(Log, Applied), OpenError> {
    let Options { dir, node: NodeId(node), member, log_segment_bytes, .. } = options;
    let memory = match member.is_witness {
        true => limits::MEMORY_WITNESS,
        false => limits::MEMORY,
    };
    let applied = Applied::open(dir).and_then(|applied| applied.within(&memory));
    let applied = applied.map_err(unusable(dir))?;
    if applied.point().at.is_some() && !Log::is_in(dir).map_err(unusable(dir))? {
        // The node would have forgotten what it acknowledged, and whom it voted for.
        let reason = "its log is missing, and what was applied from it is there".to_owned();
        return Err(unusable(dir)(StoreError::Damaged { file: dir.display().to_string(), reason }));
    }
    let log = Log::open(dir, *node, *log_segment_bytes, disk).map_err(unusable(dir))?;
    if log.owner() != *node {
        let (dir, found) = (dir.display().to_string(), log.owner());
        return Err(OpenError::OtherNode { dir, found, node: *node });
    }
    Ok((log.within(&memory), applied))
}

fn unusable(dir: &Path) -> impl Fn(StoreError) -> OpenError {
    move |source| OpenError::Store { dir: dir.display().to_string(), source }
}

async fn found(consensus: &Consensus, member: Member) -> Result<(), OpenError> {
    let failed = |refused| match refused {
        Refused::Stopped(reason) => OpenError::Start { reason },
        _ => OpenError::Start { reason: "the cluster cannot be founded".to_owned() },
    };
    if consensus.is_founded().await.map_err(failed)? {
        return Ok(());
    }
    consensus.found(member).await.map_err(failed)
}

/// Keeps other processes, and other nodes of this one, from using the folder.
pub(crate) fn lock(dir: &Path) -> Result<std::fs::File, OpenError> {
    let path = dir.join("lock");
    let unusable = |source| unusable(dir)(sqlite::io("lock", &path, source));
    let options = std::fs::OpenOptions::new().create(true).append(true).open(&path);
    let file = options.map_err(unusable)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(std::fs::TryLockError::WouldBlock) => {
            Err(OpenError::InUse { dir: dir.display().to_string() })
        }
        Err(std::fs::TryLockError::Error(source)) => Err(unusable(source)),
    }
}

impl Core {
    /// The moment by which this node leads.
    fn now_ms(&self) -> u64 {
        // A node that cannot read its rows stops; until then its clock will do.
        let seen_ms = structures::now_ms(&self.applied.view()).unwrap_or_default();
        self.time.now_ms(&*self.clock, seen_ms)
    }

    /// Whether writes wait for space. The log has some of its own, and fills it only when changed
    /// rows find none.
    fn is_disk_full(&self) -> bool {
        self.log.is_disk_full() || self.is_flush_held_up.load(Ordering::Relaxed)
    }

    /// Why nothing is agreed on, when the time is over.
    fn why_late(&self, timeout: Duration) -> Unavailable {
        let status = self.status();
        if let Some(reason) = status.stopped {
            return Unavailable::Stopped { reason };
        }
        if status.disk_full {
            return Unavailable::DiskFull;
        }
        if status.reachable_voters * 2 <= status.voters || status.leader.is_none() {
            let members = self.consensus.health().members;
            return Unavailable::NoQuorum(Strength::of(&members, &status.reachable));
        }
        Unavailable::Deadline { timeout_ms: millis(timeout) }
    }

    /// Waits for `work`, at most until the deadline or until a lack of quorum is certain.
    async fn in_time<T>(
        &self,
        timeout: Duration,
        work: impl Future<Output = T>,
    ) -> Result<T, Unavailable> {
        let most = Duration::from_millis(limits::NO_QUORUM_MS);
        tokio::pin!(work);
        if let Ok(done) = tokio::time::timeout(timeout.min(most), &mut work).await {
            return Ok(done);
        }
        match self.why_late(timeout) {
            Unavailable::Deadline { .. } if timeout > most => {}
            why => return Err(why),
        }
        match tokio::time::timeout(timeout.saturating_sub(most), &mut work).await {
            Ok(done) => Ok(done),
            Err(_) => Err(self.why_late(timeout)),
        }
    }

    fn status(&self) -> Status {
        let health = self.consensus.health();
        let progress = *self.applied.progress().borrow();
        let ends = self.log.ends();
        let is_reachable = |id: &NodeId| id.0 == self.node || self.contacts.is_reachable(id.0);
        let reachable: BTreeSet<NodeId> =
            health.members.all.keys().copied().filter(is_reachable).collect();
        let voters = health.members.all.iter().filter(|(_, (_, role))| *role != Role::Learner);
        Status {
            leader: health.leader.map(NodeId),
            term: health.term,
            log_index: health.last_index,
            applied_index: progress.applied.unwrap_or(0),
            durable_index: progress.durable.unwrap_or(0),
            first_index: ends.purged.map_or(0, |purged| purged.index + 1),
            reachable_voters: voters.clone().filter(|(id, _)| reachable.contains(id)).count(),
            voters: voters.count(),
            reachable,
            disk_full: self.is_disk_full(),
            drained: None,
            stopped: health.stopped,
            tasks: Vec::new(),
        }
    }

    /// Waits until this node has applied the entry `index`.
    async fn applied_up_to(&self, index: Option<u64>) {
        let mut progress = self.applied.progress();
        // The sender lives as long as `self`.
        drop(progress.wait_for(|progress| progress.applied >= index).await);
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

impl Engine for Embedded {
    fn propose<'a>(
        &'a self,
        request: &'a Request,
        timeout: Duration,
    ) -> Pending<'a, Result<Proposed, ProposeError>> {
        Box::pin(proposer::propose(&self.core, request, timeout))
    }

    fn barrier(&self, timeout: Duration) -> Pending<'_, Result<(), Unavailable>> {
        Box::pin(reader::barrier(&self.core, timeout))
    }

    fn stale(&self, query: &Query) -> Result<Outcome, ReadError> {
        Ok(structures::read(&self.core.applied.view(), query)?)
    }

    fn look(
        &self,
        look: &mut dyn FnMut(&dyn View) -> Result<(), ViewError>,
    ) -> Result<(), ReadError> {
        Ok(look(&self.core.applied.view())?)
    }

    fn notices(&self) -> broadcast::Receiver<Arc<Vec<Notice>>> {
        self.core.notices.subscribe()
    }

    fn snapshot<'a>(&'a self, to: &'a Path) -> Pending<'a, Result<(), SnapshotError>> {
        Box::pin(async move {
            let (applied, path) = (Arc::clone(&self.core.applied), to.to_owned());
            let failed = |source| SnapshotError::Copy { to: to.display().to_string(), source };
            let copied = apart(&*self.core.disk, Step::Copy, move || applied.copy(&path)).await;
            copied.map(drop).map_err(failed)
        })
    }

    fn members(&self) -> Members {
        self.core.consensus.health().members
    }

    fn add<'a>(
        &'a self,
        id: NodeId,
        member: &'a Member,
        timeout: Duration,
    ) -> Pending<'a, Result<(), ChangeError>> {
        let change = changes::Change::Add { id: id.0, member: member.clone() };
        Box::pin(changes::make(&self.core, change, timeout))
    }

    fn set_voters<'a>(
        &'a self,
        voters: &'a [NodeId],
        timeout: Duration,
    ) -> Pending<'a, Result<(), ChangeError>> {
        let voters = voters.iter().map(|id| id.0).collect();
        Box::pin(changes::make(&self.core, changes::Change::Voters { voters }, timeout))
    }

    fn remove(&self, id: NodeId, timeout: Duration) -> Pending<'_, Result<(), ChangeError>> {
        let change = changes::Change::Remove { id: id.0 };
        Box::pin(changes::make(&self.core, change, timeout))
    }

    fn hand_over(&self, to: NodeId, timeout: Duration) -> Pending<'_, Result<(), ChangeError>> {
        let change = changes::Change::HandOver { to: to.0 };
        Box::pin(changes::make(&self.core, change, timeout))
    }

    fn status(&self) -> Status {
        Status { tasks: self.tasks.names(), ..self.core.status() }
    }

    fn close(&self) -> Pending<'_, ()> {
        Box::pin(async {
            self.tasks.end().await;
            self.core.consensus.shut_down().await;
            let core = Arc::clone(&self.core);
            let flushed = apart(&*self.core.disk, Step::Flush, move || {
                let flushed = core.applied.flush();
                core.log.close();
                flushed
            });
            // What is not flushed is in the log.
            if let Err(error) = flushed.await {
                tracing::warn!(%error, "failed to flush the state");
            }
            // Somebody may still hold the node, to find that it is closed.
            drop(self.lock.lock().unwrap_or_else(PoisonError::into_inner).take());
        })
    }
}
