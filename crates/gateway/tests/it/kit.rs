//! A node with a Redis door, in this process.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, Weak};
use std::time::Duration;

use bytes::Bytes;
use gateway::Door as _;
use model::clock::Clock;
use state::{CallError, Calls, Embedded, Engine, Member, NodeId, Options, Origin, Pending};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::client::Client;

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

/// Joins the nodes of one test; a node that is not there cannot be reached.
#[derive(Debug, Clone, Default)]
struct Wire(Arc<Mutex<BTreeMap<String, Weak<Embedded>>>>);

impl Calls for Wire {
    fn call<'a>(
        &'a self,
        address: &'a str,
        request: Bytes,
        timeout: Duration,
    ) -> Pending<'a, Result<Bytes, CallError>> {
        Box::pin(async move {
            let node = self.0.lock().unwrap().get(address).and_then(Weak::upgrade);
            let name = || address.to_owned();
            let Some(node) = node else {
                let reason = "it is gone".to_owned();
                return Err(CallError::Unreachable { address: name(), reason });
            };
            let late = |_| {
                let reason = "the time is over".to_owned();
                Err(CallError::Unanswered { address: name(), reason })
            };
            tokio::time::timeout(timeout, node.answer(&request)).await.unwrap_or_else(late)
        })
    }
}

/// A node with a door.
pub(crate) struct Node {
    pub(crate) address: SocketAddr,
    pub(crate) engine: Arc<Embedded>,
    stop: Option<oneshot::Sender<()>>,
    served: Option<JoinHandle<()>>,
    wire: Wire,
    _dir: TempDir,
}

fn member(id: u64) -> Member {
    let name = format!("node-{id}");
    Member { address: name.clone(), name, is_witness: false, peer: String::new() }
}

impl Node {
    pub(crate) async fn start(token: Option<&str>) -> Self {
        Self::start_as(1, Origin::Found, &Wire::default(), token).await
    }

    async fn start_as(id: u64, origin: Origin, wire: &Wire, token: Option<&str>) -> Self {
        let dir = TempDir::new().unwrap();
        let options = Options {
            dir: dir.path().to_owned(),
            node: NodeId(id),
            member: member(id),
            origin,
            clock: Arc::new(RealClock),
            calls: Arc::new(wire.clone()),
            cut_after_entries: state::limits::CUT_AFTER_ENTRIES,
        };
        let engine = Arc::new(Embedded::open(options).await.unwrap());
        wire.0.lock().unwrap().insert(member(id).address, Arc::downgrade(&engine));
        let (address, stop, served) = open_door(engine.clone(), token).await;
        let (stop, served, wire) = (Some(stop), Some(served), wire.clone());
        Self { address, engine, stop, served, wire, _dir: dir }
    }

    /// Starts nodes that all vote; the first one leads.
    pub(crate) async fn start_many<const COUNT: usize>() -> [Self; COUNT] {
        const SOON: Duration = Duration::from_secs(20);
        let mut nodes = vec![Self::start(None).await];
        let mut voters = vec![NodeId(1)];
        for id in (2_u64..).take(COUNT - 1) {
            nodes.push(Self::start_as(id, Origin::Join, &nodes[0].wire, None).await);
            nodes[0].engine.add(NodeId(id), &member(id), SOON).await.unwrap();
            voters.push(NodeId(id));
            nodes[0].engine.set_voters(&voters, SOON).await.unwrap();
        }
        nodes.try_into().ok().unwrap()
    }

    /// Ends a node so that others cannot reach it, in the middle of its work.
    pub(crate) async fn kill(self) {
        self.wire.0.lock().unwrap().retain(|_, node| !node.ptr_eq(&Arc::downgrade(&self.engine)));
        self.end().await;
    }

    pub(crate) fn client(&self) -> Client {
        Client::connect(self.address)
    }

    /// Closes the door and the node; whatever is still open must end in time.
    pub(crate) async fn end(mut self) {
        drop(self.stop.take());
        self.served.take().unwrap().await.unwrap();
        self.engine.close().await;
    }
}

/// A number of the environment, by which a run is repeated or made longer.
pub(crate) fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|text| text.parse().unwrap())
}

/// What makes a run differ from others; it is printed.
pub(crate) fn seed() -> u64 {
    let seed = number("GATEWAY_TEST_SEED").unwrap_or_else(|| RealClock.now_ms());
    eprintln!("GATEWAY_TEST_SEED={seed}");
    seed
}

/// Lets time pass for a client that waits; others go on meanwhile.
pub(crate) fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    for _ in 0..4_000 {
        if is_so() {
            return;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    panic!("never: {what}");
}

/// Opens a door onto an engine; it closes when the sender is dropped.
pub(crate) async fn open_door(
    engine: Arc<dyn Engine>,
    token: Option<&str>,
) -> (SocketAddr, oneshot::Sender<()>, JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let token = token.map(str::to_owned);
    let door = gateway::redis::Door::new(gateway::redis::Options {
        engine,
        clock: Arc::new(RealClock),
        token,
    });
    let (stop, stopped) = oneshot::channel::<()>();
    let serving = async move {
        let stop = Box::pin(async move { drop(stopped.await) });
        door.serve(listener, stop).await.unwrap();
    };
    #[expect(clippy::disallowed_methods, reason = "the test waits for it by hand")]
    let served = tokio::spawn(serving);
    (address, stop, served)
}
