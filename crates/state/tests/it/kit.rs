//! Nodes in one process, and the wire between them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, Weak};
use std::time::Duration;

use bytes::Bytes;
use model::clock::Clock;
use state::{
    CallError, Calls, Embedded, Engine, Format, Member, NodeId, Options, Origin, Pending, Proposed,
};
use structures::{Answer, Command, Query, Request, RequestId, counter};
use tempfile::TempDir;

pub(crate) const SOON: Duration = Duration::from_secs(20);

/// Few, so that snapshots are needed soon.
const CUT_AFTER: u64 = 100;

/// Small, so that files of the log are begun and used again soon.
const LOG_SEGMENT_BYTES: usize = 16 * 1024;

/// The clock of this machine.
#[derive(Debug)]
pub(crate) struct RealClock;

impl Clock for RealClock {
    #[expect(clippy::disallowed_methods, reason = "the engine under test runs in real time")]
    fn now_ms(&self) -> u64 {
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        u64::try_from(since.unwrap().as_millis()).unwrap()
    }

    fn monotonic_ms(&self) -> u64 {
        self.now_ms()
    }
}

/// A clock that is ahead of that of this machine.
#[derive(Debug, Default)]
pub(crate) struct WrongClock {
    pub(crate) ahead_ms: AtomicU64,
}

impl Clock for WrongClock {
    fn now_ms(&self) -> u64 {
        RealClock.now_ms() + self.ahead_ms.load(Ordering::Relaxed)
    }

    fn monotonic_ms(&self) -> u64 {
        RealClock.monotonic_ms()
    }
}

/// Joins nodes of one process; some may be cut off.
#[derive(Debug, Clone, Default)]
pub(crate) struct Wire(Arc<Mutex<Ends>>);

#[derive(Debug, Default)]
struct Ends {
    nodes: BTreeMap<String, Weak<Embedded>>,
    cut: BTreeSet<String>,
}

impl Wire {
    pub(crate) fn join(&self, address: &str, node: &Arc<Embedded>) {
        self.0.lock().unwrap().nodes.insert(address.to_owned(), Arc::downgrade(node));
    }

    pub(crate) fn cut(&self, address: &str) {
        self.0.lock().unwrap().cut.insert(address.to_owned());
    }

    pub(crate) fn mend(&self, address: &str) {
        self.0.lock().unwrap().cut.remove(address);
    }

    /// The end that one node uses.
    pub(crate) fn end(&self, address: &str) -> Arc<dyn Calls> {
        Arc::new(End { wire: self.clone(), address: address.to_owned() })
    }

    fn find(&self, from: &str, to: &str) -> Option<Arc<Embedded>> {
        let ends = self.0.lock().unwrap();
        if ends.cut.contains(from) || ends.cut.contains(to) {
            return None;
        }
        ends.nodes.get(to)?.upgrade()
    }
}

#[derive(Debug)]
struct End {
    wire: Wire,
    address: String,
}

impl Calls for End {
    fn call<'a>(
        &'a self,
        _: NodeId,
        address: &'a str,
        request: Bytes,
        timeout: Duration,
    ) -> Pending<'a, Result<Bytes, CallError>> {
        Box::pin(async move {
            let Some(node) = self.wire.find(&self.address, address) else {
                let reason = "it is cut off".to_owned();
                return Err(CallError::Unreachable { address: address.to_owned(), reason });
            };
            let unanswered = |reason: &str| CallError::Unanswered {
                address: address.to_owned(),
                reason: reason.to_owned(),
            };
            match tokio::time::timeout(timeout, node.answer(&request)).await {
                // The answer is lost when the wire was cut meanwhile.
                Ok(answered) if self.wire.find(&self.address, address).is_some() => answered,
                Ok(_) => Err(unanswered("it was cut off")),
                Err(_) => Err(unanswered("the time is over")),
            }
        })
    }
}

/// Nodes with a wire and folders.
#[derive(Debug, Default)]
pub(crate) struct Cluster {
    pub(crate) wire: Wire,
    dirs: BTreeMap<u64, TempDir>,
    nodes: BTreeMap<u64, Arc<Embedded>>,
}

pub(crate) fn address(id: u64) -> String {
    format!("node-{id}")
}

pub(crate) fn member(id: u64) -> Member {
    Member { name: address(id), address: address(id), is_witness: false, peer: address(id) }
}

/// Every other node writes as the version before did.
pub(crate) fn format(id: u64) -> Format {
    if id.is_multiple_of(2) { Format::Previous } else { Format::Newest }
}

pub(crate) fn options(dir: &Path, id: u64, origin: Origin, wire: &Wire) -> Options {
    Options {
        dir: dir.to_owned(),
        node: NodeId(id),
        member: member(id),
        origin,
        clock: Arc::new(RealClock),
        calls: wire.end(&address(id)),
        cut_after_entries: CUT_AFTER,
        log_segment_bytes: LOG_SEGMENT_BYTES,
        format: format(id),
    }
}

impl Cluster {
    pub(crate) async fn of(size: u64) -> Self {
        let mut cluster = Self::default();
        cluster.start(1, Origin::Found).await;
        for id in 2..=size {
            cluster.grow(id).await;
        }
        cluster
    }

    /// Starts a node, for the first time or again.
    pub(crate) async fn start(&mut self, id: u64, origin: Origin) -> Arc<Embedded> {
        let dir = self.dir(id);
        let node = Embedded::open(options(&dir, id, origin, &self.wire)).await.unwrap();
        let node = Arc::new(node);
        self.wire.join(&address(id), &node);
        self.nodes.insert(id, Arc::clone(&node));
        node
    }

    /// Adds a node and lets it vote.
    pub(crate) async fn grow(&mut self, id: u64) {
        self.start(id, Origin::Join).await;
        let first = self.any();
        first.add(NodeId(id), &member(id), SOON).await.unwrap();
        let voters: Vec<NodeId> = self.nodes.keys().copied().map(NodeId).collect();
        first.set_voters(&voters, SOON).await.unwrap();
    }

    pub(crate) fn dir(&mut self, id: u64) -> PathBuf {
        let dir = self.dirs.entry(id).or_insert_with(|| TempDir::new().unwrap());
        dir.path().to_owned()
    }

    pub(crate) fn node(&self, id: u64) -> Arc<Embedded> {
        Arc::clone(&self.nodes[&id])
    }

    pub(crate) fn any(&self) -> Arc<Embedded> {
        Arc::clone(self.nodes.values().next().unwrap())
    }

    pub(crate) fn ids(&self) -> Vec<u64> {
        self.nodes.keys().copied().collect()
    }

    /// Waits until a node knows a leader among those that run, and says which.
    pub(crate) async fn leader(&self) -> u64 {
        until("there is a leader", || {
            let known = self.nodes.values().find_map(|node| node.status().leader);
            known.map(|leader| leader.0).filter(|leader| {
                self.nodes
                    .get(leader)
                    .is_some_and(|node| node.status().leader.map(|l| l.0) == known.map(|l| l.0))
            })
        })
        .await
    }

    /// Cuts a node off and ends it, as if it were killed.
    pub(crate) async fn kill(&mut self, id: u64) {
        self.wire.cut(&address(id));
        let node = self.nodes.remove(&id).unwrap();
        node.close().await;
        self.wire.mend(&address(id));
    }
}

/// Looks every few milliseconds until there is something to see.
pub(crate) async fn until<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let looking = async {
        loop {
            if let Some(seen) = look() {
                return seen;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(SOON, looking).await.unwrap_or_else(|_| panic!("never: {what}"))
}

pub(crate) fn increment(name: &str) -> Request {
    let command = counter::Command::Add { name: Bytes::copy_from_slice(name.as_bytes()), by: 1 };
    Request { id: None, command: Command::Counter(command) }
}

pub(crate) fn with_id(request: Request, client: u64, number: u64) -> Request {
    let id = RequestId { client, number, answered_below: 0 };
    Request { id: Some(id), ..request }
}

pub(crate) async fn add_one(node: &Embedded, name: &str) -> Proposed {
    node.propose(&increment(name), SOON).await.unwrap()
}

pub(crate) async fn count(node: &Embedded, name: &str) -> i64 {
    let node: &dyn Engine = node;
    match node.read(&counter_of(name), SOON).await.unwrap() {
        Ok(Answer::Integer(count)) => count,
        Ok(Answer::Nothing) => 0,
        other => panic!("no count: {other:?}"),
    }
}

pub(crate) fn stale_count(node: &Embedded, name: &str) -> i64 {
    match node.stale(&counter_of(name)).unwrap() {
        Ok(Answer::Integer(count)) => count,
        _ => 0,
    }
}

pub(crate) fn counter_of(name: &str) -> Query {
    Query::Counter(counter::Query::Get { name: Bytes::copy_from_slice(name.as_bytes()) })
}
