//! Members, servers and handlers of the tests.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use futures::StreamExt;
use model::clock::Clock;
use model::fault::Kind;
use net::identity::{Credentials, Identity, PeerId, Place};
use net::join::{Doorkeeper, Gate, Joiner};
use net::secret::Secret;
use net::testing::HandClock;
use net::transport::{Answer, Incoming, Outgoing, Pending, Refusal, Server};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

pub(crate) const NOW_MS: u64 = 1_800_000_000_000;
pub(crate) const LONG: Duration = Duration::from_secs(20);

/// A node with a data folder and a clock of its own.
pub(crate) struct Node {
    pub(crate) data: tempfile::TempDir,
    pub(crate) clock: Arc<HandClock>,
    pub(crate) identity: Identity,
}

impl Node {
    pub(crate) fn fresh() -> Self {
        let data = tempfile::tempdir().unwrap();
        let identity = Identity::open(data.path()).unwrap();
        Self { data, clock: Arc::new(HandClock::at(NOW_MS)), identity }
    }

    pub(crate) fn founder(cluster: &str) -> Self {
        let mut node = Self::fresh();
        node.identity.found(place(cluster, 1)).unwrap();
        node
    }

    pub(crate) fn peer(&self) -> PeerId {
        self.identity.key().peer()
    }

    pub(crate) fn credentials(&self) -> Arc<Credentials> {
        self.identity.credentials(self.clock()).unwrap()
    }

    pub(crate) fn clock(&self) -> Arc<dyn Clock> {
        self.clock.clone()
    }

    pub(crate) fn joiner(&self, cluster: &str, secret: &Secret) -> Joiner {
        Joiner {
            key: Arc::clone(self.identity.key()),
            cluster: cluster.parse().unwrap(),
            secret: secret.clone(),
            authority: None,
            clock: self.clock(),
        }
    }
}

pub(crate) fn place(cluster: &str, id: u64) -> Place {
    Place { cluster: cluster.parse().unwrap(), id, name: format!("node-{id}") }
}

/// A server that runs until it is ended.
pub(crate) struct Running {
    pub(crate) address: String,
    stop: Option<oneshot::Sender<()>>,
    task: JoinHandle<()>,
}

impl Running {
    pub(crate) async fn start(server: Server) -> Self {
        Self::start_at(server, "127.0.0.1:0").await
    }

    pub(crate) async fn start_at(server: Server, address: &str) -> Self {
        Self::start_on(server, TcpListener::bind(address).await.unwrap())
    }

    pub(crate) fn start_on(server: Server, listener: TcpListener) -> Self {
        let address = listener.local_addr().unwrap().to_string();
        let (stop, stopped) = oneshot::channel();
        let run = async move {
            let stopped = async { drop(stopped.await) };
            server.serve(listener, stopped).await.unwrap();
        };
        Self { address, stop: Some(stop), task: spawn(run) }
    }

    pub(crate) async fn end(mut self) {
        drop(self.stop.take());
        (&mut self.task).await.unwrap();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.task.abort();
    }
}

pub(crate) fn spawn<T: Send + 'static>(
    work: impl Future<Output = T> + Send + 'static,
) -> JoinHandle<T> {
    tokio::runtime::Handle::current().spawn(work)
}

/// Answers what it is asked; `refuse`, `wait` and `large` are special.
#[derive(Debug, Default)]
pub(crate) struct Echo {
    pub(crate) callers: Mutex<BTreeMap<PeerId, u32>>,
    pub(crate) dropped: Arc<tokio::sync::Notify>,
}

/// Tells when it is dropped.
struct Tell(Arc<tokio::sync::Notify>);

impl Drop for Tell {
    fn drop(&mut self) {
        self.0.notify_one();
    }
}

impl Answer for Echo {
    fn answer(&self, caller: PeerId, request: Bytes) -> Pending<'_, Result<Bytes, Refusal>> {
        *self.callers.lock().unwrap().entry(caller).or_default() += 1;
        Box::pin(async move {
            match request.as_ref() {
                b"refuse" => Err(Refusal::new("QUEUE_FULL", Kind::Limit, "queue `q` is full")),
                b"refuse at length" => {
                    Err(Refusal::new("LONG", Kind::Bug, "\u{1f600}".repeat(100_000)))
                }
                b"wait" => {
                    let _tell = Tell(Arc::clone(&self.dropped));
                    std::future::pending().await
                }
                b"large" => Ok(Bytes::from(vec![0; net::limits::CALL_BYTES_MAX + 1])),
                _ => Ok(request),
            }
        })
    }

    fn stream(&self, _: PeerId, mut incoming: Incoming) -> Pending<'_, Result<Outgoing, Refusal>> {
        Box::pin(async move {
            let first = incoming.next().await;
            if matches!(&first, Some(Ok(piece)) if piece.as_ref() == b"refuse") {
                return Err(Refusal::new("NO_SNAPSHOT", Kind::NotFound, "there is none"));
            }
            let first = futures::stream::iter(first);
            let pieces = first.chain(incoming).map(|piece| piece.unwrap());
            let outgoing: Outgoing = Box::pin(pieces);
            Ok(outgoing)
        })
    }
}

/// Admits all, or says what it is told to.
#[derive(Debug, Default)]
pub(crate) struct Door {
    pub(crate) admitted: Mutex<Vec<PeerId>>,
    pub(crate) refusal: Mutex<Option<Refusal>>,
}

impl Doorkeeper for Door {
    fn question(&self, text: Bytes) -> Pending<'_, Result<Bytes, Refusal>> {
        Box::pin(async move { Ok([b"you asked ".as_slice(), &text].concat().into()) })
    }

    fn admit(&self, peer: PeerId, text: Bytes) -> Pending<'_, Result<Bytes, Refusal>> {
        Box::pin(async move {
            if let Some(refusal) = self.refusal.lock().unwrap().clone() {
                return Err(refusal);
            }
            self.admitted.lock().unwrap().push(peer);
            Ok([b"welcome ".as_slice(), &text].concat().into())
        })
    }
}

pub(crate) fn gate(secret: &Secret, door: &Arc<Door>) -> Arc<Gate> {
    Arc::new(Gate::new(secret.clone(), door.clone()))
}
