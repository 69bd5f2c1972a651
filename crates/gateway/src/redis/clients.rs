//! The connections of a door, as `CLIENT` shows and ends them.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use tokio::sync::Notify;

use super::reply::Protocol;

/// The open connections by their numbers.
#[derive(Debug, Default)]
pub(super) struct Clients {
    open: Mutex<BTreeMap<u64, Arc<Client>>>,
    last: AtomicU64,
}

/// One connection.
#[derive(Debug)]
pub(super) struct Client {
    pub(super) id: u64,
    pub(super) address: SocketAddr,
    pub(super) local: SocketAddr,
    /// On the monotonic clock of the node.
    pub(super) since_ms: u64,
    shown: Mutex<Shown>,
    is_ending: AtomicBool,
    unblock: Mutex<Option<Unblock>>,
    called: Notify,
    cut: Notify,
    is_cut: AtomicBool,
}

/// What `CLIENT LIST` shows of a connection.
#[derive(Debug, Clone, Default)]
pub(super) struct Shown {
    pub(super) name: Bytes,
    pub(super) command: &'static str,
    /// When it was last heard of, on the monotonic clock.
    pub(super) heard_ms: u64,
    pub(super) channels: usize,
    pub(super) patterns: usize,
    pub(super) shards: usize,
    /// Commands in the queue of its transaction.
    pub(super) queued: Option<usize>,
    pub(super) watched: usize,
    pub(super) protocol: Protocol,
    pub(super) is_blocked: bool,
    pub(super) is_stale: bool,
}

impl Shown {
    pub(super) fn listens(&self) -> bool {
        self.channels + self.patterns + self.shards > 0
    }
}

/// How the waiting of a command ends by the order of another connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unblock {
    AsTimeout,
    WithError,
}

impl Clients {
    fn open(&self) -> MutexGuard<'_, BTreeMap<u64, Arc<Client>>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn enter(&self, address: SocketAddr, local: SocketAddr, now_ms: u64) -> Arc<Client> {
        let client = Arc::new(Client {
            id: self.last.fetch_add(1, Ordering::Relaxed) + 1,
            address,
            local,
            since_ms: now_ms,
            shown: Mutex::new(Shown { heard_ms: now_ms, ..Shown::default() }),
            is_ending: AtomicBool::new(false),
            unblock: Mutex::default(),
            called: Notify::new(),
            cut: Notify::new(),
            is_cut: AtomicBool::new(false),
        });
        self.open().insert(client.id, Arc::clone(&client));
        client
    }

    pub(super) fn leave(&self, id: u64) {
        self.open().remove(&id);
    }

    pub(super) fn all(&self) -> Vec<Arc<Client>> {
        self.open().values().cloned().collect()
    }

    pub(super) fn find(&self, id: u64) -> Option<Arc<Client>> {
        self.open().get(&id).cloned()
    }
}

impl Client {
    pub(super) fn shown(&self) -> MutexGuard<'_, Shown> {
        self.shown.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets the connection end as soon as it looks up.
    pub(super) fn end(&self) {
        self.is_ending.store(true, Ordering::Relaxed);
        self.called.notify_one();
    }

    /// Lets the connection end now, also when it cannot send what it must.
    pub(super) fn cut(&self) {
        self.is_cut.store(true, Ordering::Relaxed);
        self.cut.notify_one();
        self.end();
    }

    /// Ends when the connection is cut.
    pub(super) async fn is_cut(&self) {
        if !self.is_cut.load(Ordering::Relaxed) {
            self.cut.notified().await;
        }
    }

    pub(super) fn is_ending(&self) -> bool {
        self.is_ending.load(Ordering::Relaxed)
    }

    /// Lets a command that waits end; says whether one did.
    pub(super) fn unblock(&self, how: Unblock) -> bool {
        let is_blocked = self.shown().is_blocked;
        if is_blocked {
            *self.unblock.lock().unwrap_or_else(PoisonError::into_inner) = Some(how);
            self.called.notify_one();
        }
        is_blocked
    }

    /// How the command that waits must end, if it must.
    pub(super) fn take_unblock(&self) -> Option<Unblock> {
        self.unblock.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// Ends when another connection wants something of this one.
    pub(super) async fn called(&self) {
        self.called.notified().await;
    }

    /// The line of `CLIENT LIST`.
    pub(super) fn line(&self, now_ms: u64) -> String {
        let shown = self.shown().clone();
        let mut flags = String::new();
        let marks = [
            (shown.is_blocked, 'b'),
            (shown.listens(), 'P'),
            (shown.queued.is_some(), 'x'),
            (shown.is_stale, 'r'),
        ];
        flags.extend(marks.iter().filter(|(is_set, _)| *is_set).map(|(_, mark)| *mark));
        if flags.is_empty() {
            flags.push('N');
        }
        let queued = shown.queued.map_or(-1, |queued| i64::try_from(queued).unwrap_or(i64::MAX));
        let resp = if shown.protocol == Protocol::Resp2 { 2 } else { 3 };
        format!(
            "id={} addr={} laddr={} fd=-1 name={} age={} idle={} flags={flags} db=0 sub={} \
             psub={} ssub={} multi={queued} watch={} qbuf=0 qbuf-free=0 argv-mem=0 multi-mem=0 \
             rbs=0 rbp=0 obl=0 oll=0 omem=0 tot-mem=0 events=r cmd={} user=default redir=-1 \
             resp={resp}",
            self.id,
            self.address,
            self.local,
            String::from_utf8_lossy(&shown.name),
            now_ms.saturating_sub(self.since_ms) / 1000,
            now_ms.saturating_sub(shown.heard_ms) / 1000,
            shown.channels,
            shown.patterns,
            shown.shards,
            shown.watched,
            shown.command,
        )
    }
}
