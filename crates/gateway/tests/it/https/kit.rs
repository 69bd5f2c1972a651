//! A door over an engine of one node, and a client that trusts its certificate.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use control::host::ClusterHost;
use control::tasks::{self, Native, Natives, Tasks};
use gateway::https::body::cluster::{Member, Role, State, Status, Task};
use gateway::https::{Door, Options, Port, Refused};
use model::clock::Clock;
use net::identity::{Identity, Place};
use net::transport::Peers;
use reqwest::{Method, RequestBuilder, Response, StatusCode};
use runtime::javascript::{Config, JavaScript, Limits, Node as ScriptNode};
use serde_json::Value;
use state::{ChangeError, Embedded, Engine, NodeId, Origin, Pending};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::sync::{oneshot, watch};
use tokio::task::JoinHandle;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

use crate::engines::{RealClock, Wire};

pub(crate) const TOKEN: &str = "letmein-0123456789abcdef";
pub(crate) const SOON: Duration = Duration::from_secs(20);

/// The cluster as the engine knows it.
#[derive(Debug)]
struct Known(Arc<Embedded>);

impl Known {
    fn members(&self) -> Vec<Member> {
        let members = self.0.members();
        let member = |(member, _): &(state::Member, state::Role)| Member {
            name: member.name.clone(),
            peers: member.address.clone(),
            role: Role::Leader,
            reachable: Some(true),
        };
        members.all.values().map(member).collect()
    }
}

impl Port for Known {
    fn status(&self) -> Pending<'_, Status> {
        let status = self.0.status();
        let members = self.members();
        let status = Status {
            cluster: "thorp".to_owned(),
            node: "node-1".to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            has_quorum: status.leader.is_some(),
            leader: status.leader.map(|_| "node-1".to_owned()),
            voters: status.voters,
            reachable_voters: status.reachable_voters,
            members,
            advice: vec![],
            state: State { applied_index: status.applied_index, ..State::default() },
            tasks: None,
        };
        Box::pin(std::future::ready(status))
    }

    fn tasks(&self) -> Vec<Task> {
        let tasks = self.0.status().tasks;
        tasks.into_iter().map(|name| Task { name: name.to_owned() }).collect()
    }

    fn doors(&self) -> Pending<'_, Vec<String>> {
        Box::pin(async { vec!["https://localhost:8443".to_owned()] })
    }

    fn remove<'a>(&'a self, name: &'a str) -> Pending<'a, Result<(), Refused>> {
        Box::pin(async move {
            let refused = |error: ChangeError| -> Refused { Box::new(error) };
            let members = self.0.members();
            let found = members.all.iter().find(|(_, (member, _))| member.name == name);
            let id = *found.ok_or_else(|| refused(ChangeError::Unknown { id: NodeId(99) }))?.0;
            self.0.remove(id, SOON).await.map_err(refused)
        })
    }

    fn drain<'a>(&'a self, name: &'a str, _: bool) -> Pending<'a, Result<(), Refused>> {
        let is_known = self.members().iter().any(|member| member.name == name);
        let unknown = || -> Refused { Box::new(ChangeError::Unknown { id: NodeId(99) }) };
        let drained = if is_known { Ok(()) } else { Err(unknown()) };
        Box::pin(std::future::ready(drained))
    }

    fn join_token(&self) -> Pending<'_, Result<String, Refused>> {
        Box::pin(async { Ok("thorp-join 127.0.0.1:5701 secret".to_owned()) })
    }
}

/// What runs code on the only member.
fn code(dir: &Path, engine: &Arc<Embedded>) -> Tasks {
    let clock: Arc<dyn Clock> = Arc::new(RealClock);
    let mut identity = Identity::open(dir).unwrap();
    let place = Place { cluster: "thorp".parse().unwrap(), id: 1, name: "node-1".to_owned() };
    identity.found(place).unwrap();
    let credentials = identity.credentials(Arc::clone(&clock)).unwrap();
    let own = NodeId(1);
    let engine: Arc<Embedded> = Arc::clone(engine);
    let handle = tokio::runtime::Handle::current();
    let host = ClusterHost::new(engine.clone(), own, Arc::clone(&clock), handle);
    let javascript = JavaScript::new(Config {
        limits: Limits::default(),
        contexts_max: 3,
        node: ScriptNode { name: "node-1".to_owned(), id: "1".to_owned() },
        host: Arc::new(host),
        clock: Arc::clone(&clock),
    });
    let peers = Arc::new(Peers::new(&credentials).unwrap());
    let double = Native::new(|item: u64| item.checked_mul(2).ok_or("too large"));
    let natives = Natives::new([("double".to_owned(), double)].into()).unwrap();
    let drained = watch::Sender::new(false).subscribe();
    let contexts = 1;
    Tasks::new(tasks::Options { engine, peers, javascript, own, contexts, natives, drained, clock })
}

/// A door that is open.
pub(crate) struct Open {
    pub(crate) address: SocketAddr,
    pub(crate) client: reqwest::Client,
    pub(crate) engine: Arc<Embedded>,
    pub(crate) wire: Wire,
    pub(crate) dir: TempDir,
    stop: oneshot::Sender<()>,
    serving: JoinHandle<()>,
}

impl Open {
    #[expect(clippy::disallowed_methods, reason = "the test itself joins what it starts")]
    pub(crate) async fn new() -> Self {
        let dir = TempDir::new().unwrap();
        let wire = Wire::default();
        let engine = wire.node(dir.path(), 1, Origin::Found).await;
        engine.barrier(SOON).await.unwrap();
        let door = Door::new(Options {
            engine: Arc::<Embedded>::clone(&engine),
            cluster: Arc::new(Known(Arc::clone(&engine))),
            code: code(dir.path(), &engine),
            clock: Arc::new(RealClock),
            token: TOKEN.to_owned(),
            node: 1,
            is_witness: false,
        });
        let names = vec!["localhost".to_owned(), "127.0.0.1".to_owned()];
        let made = rcgen::generate_simple_self_signed(names).unwrap();
        std::fs::write(dir.path().join("ca.pem"), made.cert.pem()).unwrap();
        let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
        let tls = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![made.cert.der().clone()], key)
            .unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel();
        let serving = tokio::spawn(async move {
            door.serve(listener, Arc::new(tls), async { drop(stopped.await) }).await;
        });
        let certificate = reqwest::Certificate::from_der(made.cert.der()).unwrap();
        let client = reqwest::Client::builder()
            .add_root_certificate(certificate)
            .tls_built_in_root_certs(false)
            .build()
            .unwrap();
        Self { address, client, engine, wire, dir, stop, serving }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("https://localhost:{}{path}", self.address.port())
    }

    /// The certificate, for other clients.
    pub(crate) fn certificate(&self) -> PathBuf {
        self.dir.path().join("ca.pem")
    }

    pub(crate) fn ask(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, self.url(path)).bearer_auth(TOKEN)
    }

    pub(crate) fn get(&self, path: &str) -> RequestBuilder {
        self.ask(Method::GET, path)
    }

    pub(crate) fn put(&self, path: &str, body: impl Into<reqwest::Body>) -> RequestBuilder {
        self.ask(Method::PUT, path).body(body)
    }

    pub(crate) fn post(&self, path: &str, body: &Value) -> RequestBuilder {
        self.ask(Method::POST, path).body(body.to_string())
    }

    /// Sends JSON and takes the JSON of a good answer.
    pub(crate) async fn told(&self, path: &str, body: Value) -> Value {
        good(self.post(path, &body).send().await.unwrap()).await
    }

    pub(crate) async fn shown(&self, path: &str) -> Value {
        good(self.get(path).send().await.unwrap()).await
    }

    /// Closes the door, then the engine.
    pub(crate) async fn close(self) {
        let Self { stop, serving, engine, client, .. } = self;
        drop(client);
        drop(stop);
        serving.await.unwrap();
        engine.close().await;
    }
}

/// The JSON of an answer that must be good.
pub(crate) async fn good(response: Response) -> Value {
    let status = response.status();
    let text = response.text().await.unwrap();
    assert!(status.is_success(), "{status} {text}");
    if text.is_empty() { Value::Null } else { serde_json::from_str(&text).unwrap() }
}

/// The code of an answer that must be a problem with this status.
pub(crate) async fn problem(response: Response, status: u16) -> String {
    assert_eq!(response.headers()["content-type"], "application/problem+json");
    assert_eq!(response.status(), StatusCode::from_u16(status).unwrap());
    let body: gateway::https::body::Problem =
        serde_json::from_str(&response.text().await.unwrap()).unwrap();
    assert_eq!(body.status, status);
    assert_eq!(body.urn, format!("urn:thorp:error:{}", body.code));
    assert!(!body.detail.is_empty() && !body.request.is_empty(), "{body:?}");
    body.code
}
