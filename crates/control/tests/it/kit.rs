//! Members of one cluster in one process: servers on loopback, engines in folders of their own.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use control::host::ClusterHost;
use control::tasks::{self, Natives, Tasks};
use model::clock::Clock;
use net::identity::{Credentials, Identity, PeerId, Place};
use net::join::{Doorkeeper, Gate, Joiner};
use net::secret::Secret;
use net::transport::{Answer, Peers, Pending, Refusal, Server};
use runtime::javascript::{Config, JavaScript, Limits, Node as ScriptNode};
use state::{Embedded, Engine, Format, Member, NodeId, Options, Origin, PeerCalls, PeerService};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::sync::{oneshot, watch};
use tokio::task::JoinHandle;

pub(crate) const SOON: Duration = Duration::from_secs(30);
const CONTEXTS: usize = 2;

/// The clock of this machine.
#[derive(Debug)]
pub(crate) struct RealClock;

impl Clock for RealClock {
    #[expect(clippy::disallowed_methods, reason = "members under test run in real time")]
    fn now_ms(&self) -> u64 {
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        u64::try_from(since.unwrap().as_millis()).unwrap()
    }

    fn monotonic_ms(&self) -> u64 {
        self.now_ms()
    }
}

/// Members with their servers.
pub(crate) struct Cluster {
    secret: Secret,
    nodes: BTreeMap<u64, Node>,
}

/// One member.
pub(crate) struct Node {
    pub(crate) tasks: Tasks,
    pub(crate) engine: Arc<Embedded>,
    drained: watch::Sender<bool>,
    address: String,
    _data: TempDir,
    stop: Option<oneshot::Sender<()>>,
    server: JoinHandle<()>,
}

/// Lets everybody in who knows the secret.
#[derive(Debug)]
struct Open;

impl Doorkeeper for Open {
    fn question(&self, _: Bytes) -> Pending<'_, Result<Bytes, Refusal>> {
        Box::pin(async { Ok(Bytes::new()) })
    }

    fn admit(&self, _: PeerId, _: Bytes) -> Pending<'_, Result<Bytes, Refusal>> {
        Box::pin(async { Ok(Bytes::new()) })
    }
}

/// Answers nothing.
#[derive(Debug)]
struct Frozen;

impl Answer for Frozen {
    fn answer(&self, _: PeerId, _: Bytes) -> Pending<'_, Result<Bytes, Refusal>> {
        Box::pin(std::future::pending())
    }
}

impl Cluster {
    pub(crate) async fn of(size: u64) -> Self {
        let mut cluster = Self { secret: Secret::random(), nodes: BTreeMap::new() };
        for id in 1..=size {
            cluster.grow(id).await;
        }
        cluster
    }

    /// Starts a node and lets it vote.
    pub(crate) async fn grow(&mut self, id: u64) {
        self.start(id, Work::Taken).await;
    }

    pub(crate) async fn add_witness(&mut self, id: u64) {
        self.start(id, Work::Refused).await;
    }

    /// Adds a member that takes work and never answers, like one that was paused.
    pub(crate) async fn add_frozen(&mut self, id: u64) {
        self.start(id, Work::NeverDone).await;
    }

    async fn start(&mut self, id: u64, work: Work) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let data = tempfile::tempdir().unwrap();
        let mut identity = Identity::open(data.path()).unwrap();
        let place = Place { cluster: "dev".parse().unwrap(), id, name: format!("node-{id}") };
        match self.nodes.values().next() {
            None => identity.found(place).unwrap(),
            Some(member) => {
                let joiner = Joiner {
                    key: Arc::clone(identity.key()),
                    cluster: "dev".parse().unwrap(),
                    secret: self.secret.clone(),
                    authority: None,
                    clock: Arc::new(RealClock),
                };
                let address = member.address.parse().unwrap();
                let joined = joiner.join(&address, Bytes::new()).await.unwrap();
                identity.adopt(place, &joined.grant).unwrap();
            }
        }
        let credentials = identity.credentials(Arc::new(RealClock)).unwrap();
        let origin = if self.nodes.is_empty() { Origin::Found } else { Origin::Join };
        let node =
            Node::start((id, origin, work), data, &credentials, listener, &self.secret).await;
        self.nodes.insert(id, node);
        let first = self.nodes.values().next().unwrap();
        if origin == Origin::Join {
            first.engine.add(NodeId(id), &member(id, &address, work), SOON).await.unwrap();
            let voters: Vec<NodeId> = self.nodes.keys().copied().map(NodeId).collect();
            first.engine.set_voters(&voters, SOON).await.unwrap();
        }
    }

    pub(crate) fn tasks(&self, id: u64) -> Tasks {
        self.nodes[&id].tasks.clone()
    }

    pub(crate) fn engine(&self, id: u64) -> Arc<Embedded> {
        Arc::clone(&self.nodes[&id].engine)
    }

    /// Lets a node take nothing new, or takes that back.
    pub(crate) fn drain(&self, id: u64, is_drained: bool) {
        self.nodes[&id].drained.send_replace(is_drained);
    }

    /// Ends a node as if it were killed; it stays a member.
    pub(crate) async fn kill(&mut self, id: u64) {
        let node = self.nodes.remove(&id).unwrap();
        node.server.abort();
        node.engine.close().await;
    }

    pub(crate) async fn end(mut self) {
        for (_, node) in std::mem::take(&mut self.nodes) {
            drop(node.stop);
            node.server.await.unwrap();
            node.engine.close().await;
        }
    }
}

/// What a member does with work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Work {
    Taken,
    Refused,
    NeverDone,
}

fn member(id: u64, address: &str, work: Work) -> Member {
    let name = format!("node-{id}");
    let is_witness = work == Work::Refused;
    Member { name: name.clone(), address: address.into(), is_witness, peer: name }
}

impl Node {
    async fn start(
        (id, origin, work): (u64, Origin, Work),
        data: TempDir,
        credentials: &Arc<Credentials>,
        listener: TcpListener,
        secret: &Secret,
    ) -> Self {
        let address = listener.local_addr().unwrap().to_string();
        let clock = Arc::new(RealClock);
        let peers = Arc::new(Peers::new(credentials).unwrap());
        let engine = Embedded::open(Options {
            dir: data.path().join("state"),
            node: NodeId(id),
            member: member(id, &address, Work::Taken),
            origin,
            clock: clock.clone(),
            calls: Arc::new(PeerCalls::new(Arc::clone(&peers))),
            cut_after_entries: state::limits::CUT_AFTER_ENTRIES,
            log_segment_bytes: state::limits::LOG_SEGMENT_BYTES,
            format: Format::Newest,
        });
        let engine = Arc::new(engine.await.unwrap());
        let handle = tokio::runtime::Handle::current();
        let host = ClusterHost::new(engine.clone(), NodeId(id), clock.clone(), handle);
        let javascript = JavaScript::new(Config {
            limits: Limits::default(),
            contexts_max: CONTEXTS + 2,
            node: ScriptNode { name: format!("node-{id}"), id: id.to_string() },
            host: Arc::new(host),
            clock: clock.clone(),
        });
        let drained = watch::Sender::new(false);
        let tasks = Tasks::new(tasks::Options {
            engine: engine.clone(),
            peers,
            javascript,
            own: NodeId(id),
            contexts: CONTEXTS,
            natives: Natives::default(),
            drained: drained.subscribe(),
            clock,
        });
        let service: Arc<dyn Answer> = match work {
            Work::NeverDone => Arc::new(Frozen),
            Work::Taken | Work::Refused => tasks.service(),
        };
        let server = Server::new(credentials)
            .with(state::SERVICE, Arc::new(PeerService::new(Arc::clone(&engine))))
            .with(tasks::SERVICE, service)
            .with_gate(Arc::new(Gate::new(secret.clone(), Arc::new(Open))));
        let (stop, stopped) = oneshot::channel::<()>();
        let serve = async move { server.serve(listener, async { drop(stopped.await) }).await };
        let server = tokio::runtime::Handle::current().spawn(async { serve.await.unwrap() });
        Self { tasks, engine, drained, address, _data: data, stop: Some(stop), server }
    }
}

/// Waits until something is so.
pub(crate) async fn until(is_so: impl AsyncFn() -> bool) {
    let waiting = async {
        while !is_so().await {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(SOON, waiting).await.expect("it was never so");
}
