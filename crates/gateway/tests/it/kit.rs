//! A node with a Redis door, in this process.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use gateway::Door as _;
use model::clock::Clock;
use state::{Embedded, Engine, NodeId, Origin};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::client::Client;
use crate::engines::{RealClock, Wire, member};

/// A node with a door.
pub(crate) struct Node {
    pub(crate) address: SocketAddr,
    pub(crate) engine: Arc<Embedded>,
    stop: Option<oneshot::Sender<()>>,
    served: Option<JoinHandle<()>>,
    wire: Wire,
    _dir: TempDir,
}

impl Node {
    pub(crate) async fn start(token: Option<&str>) -> Self {
        Self::start_as(1, Origin::Found, &Wire::default(), token).await
    }

    async fn start_as(id: u64, origin: Origin, wire: &Wire, token: Option<&str>) -> Self {
        let dir = TempDir::new().unwrap();
        let engine = wire.node(dir.path(), id, origin).await;
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
        self.wire.cut(&self.engine);
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
