//! Conversations in which one side does not keep to the rules.

use std::future::Future;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::client::TlsStream as ClientStream;
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_rustls::server::TlsStream;
use tokio_rustls::{TlsAcceptor, TlsConnector, rustls};

use super::messages::{Message, receive, send};
use super::{Doorkeeper, Gate, JoinError, Joiner};
use crate::address::Address;
use crate::cluster::ClusterName;
use crate::identity::{
    ALPN_JOIN, Credentials, Identity, NODE_NAME, NodeKey, PeerId, Place, client_builder, roots,
};
use crate::limits;
use crate::secret::Secret;
use crate::testing::HandClock;
use crate::transport::{Pending, Refusal};

const NOW_MS: u64 = 1_800_000_000_000;

#[derive(Debug, Default)]
struct Door(Mutex<Vec<PeerId>>);

impl Doorkeeper for Door {
    fn question(&self, text: Bytes) -> Pending<'_, Result<Bytes, Refusal>> {
        Box::pin(std::future::ready(Ok(text)))
    }

    fn admit(&self, peer: PeerId, text: Bytes) -> Pending<'_, Result<Bytes, Refusal>> {
        self.0.lock().unwrap().push(peer);
        Box::pin(std::future::ready(Ok(text)))
    }
}

fn member() -> (tempfile::TempDir, Arc<Credentials>) {
    let data = tempfile::tempdir().unwrap();
    let mut identity = Identity::open(data.path()).unwrap();
    identity.found(Place { cluster: ClusterName::default(), id: 1, name: "one".into() }).unwrap();
    let credentials = identity.credentials(Arc::new(HandClock::at(NOW_MS))).unwrap();
    (data, credentials)
}

fn joiner(secret: &Secret) -> Joiner {
    Joiner {
        key: Arc::new(NodeKey::generate().unwrap()),
        cluster: ClusterName::default(),
        secret: secret.clone(),
        authority: None,
        clock: Arc::new(HandClock::at(NOW_MS)),
    }
}

async fn listen() -> (TcpListener, Address) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().into();
    (listener, address)
}

/// Accepts one TLS connection in the name of `credentials`.
async fn accept(listener: &TcpListener, credentials: &Arc<Credentials>) -> TlsStream<TcpStream> {
    let (tcp, _) = listener.accept().await.unwrap();
    let tls = TlsAcceptor::from(Arc::new(credentials.server_config().unwrap()));
    tls.accept(tcp).await.unwrap()
}

/// Connects as somebody without a certificate, who speaks the protocol of joiners.
async fn connect(address: &Address, credentials: &Arc<Credentials>) -> ClientStream<TcpStream> {
    let tcp = TcpStream::connect((address.host(), address.port())).await.unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = client_builder(&provider, credentials.clock())
        .unwrap()
        .with_root_certificates(roots(credentials.authority().certificate()).unwrap())
        .with_no_client_auth();
    config.alpn_protocols = vec![ALPN_JOIN.to_vec()];
    let name = ServerName::try_from(NODE_NAME).unwrap();
    TlsConnector::from(Arc::new(config)).connect(name, tcp).await.unwrap()
}

async fn gate_once(gate: &Gate, listener: &TcpListener, credentials: &Arc<Credentials>) {
    let stream = accept(listener, credentials).await;
    gate.receive(stream, "10.0.0.1:1".parse().unwrap(), credentials).await;
}

/// A joiner that talks to whoever `serve` plays.
async fn join_with(
    secret: &Secret,
    serve: impl Future<Output = ()>,
    address: &Address,
) -> JoinError {
    let joiner = joiner(secret);
    let (joined, ()) = tokio::join!(joiner.join(address, "hidden".into()), serve);
    joined.unwrap_err()
}

#[tokio::test]
async fn a_cluster_that_says_yes_to_every_proof_is_an_impostor() {
    let (_data, credentials) = member();
    let (listener, address) = listen().await;
    let fake = async {
        let mut stream = accept(&listener, &credentials).await;
        receive(&mut stream, limits::STRANGER_BYTES_MAX).await.unwrap();
        let challenge = Message::Challenge { major: 1, minor: 0, nonce: [0; 32] };
        send(&mut stream, &challenge).await.unwrap();
        // It sends back what it got.
        let proof = receive(&mut stream, limits::STRANGER_BYTES_MAX).await.unwrap();
        send(&mut stream, &proof).await.unwrap();
        let more = receive(&mut stream, limits::JOIN_BYTES_MAX).await;
        assert!(more.is_err(), "the joiner says nothing more: {more:?}");
    };
    let error = join_with(&Secret::random(), fake, &address).await;
    assert!(matches!(error, JoinError::Impostor { .. }), "{error}");
}

#[tokio::test]
async fn proofs_are_worth_nothing_when_they_are_passed_on() {
    let (_data, real) = member();
    let (_other_data, middle) = member();
    let (secret, door) = (Secret::random(), Arc::new(Door::default()));
    let gate = Gate::new(secret.clone(), door.clone());
    let (near, near_address) = listen().await;
    let (far, far_address) = listen().await;
    // Someone in the middle has TLS with both sides and passes on what they say.
    let relay = async {
        let mut near = accept(&near, &middle).await;
        let mut far = connect(&far_address, &real).await;
        tokio::io::copy_bidirectional(&mut near, &mut far).await.ok();
    };
    let work = async {
        tokio::join!(relay, gate_once(&gate, &far, &real));
    };
    let error = join_with(&secret, Box::pin(work), &near_address).await;
    assert!(matches!(error, JoinError::WrongSecret { .. }), "{error}");
    assert!(door.0.lock().unwrap().is_empty());
}

#[tokio::test]
async fn a_newer_protocol_is_refused_with_the_fix() {
    let (_data, credentials) = member();
    let (listener, address) = listen().await;
    let newer = async {
        let mut stream = accept(&listener, &credentials).await;
        receive(&mut stream, limits::STRANGER_BYTES_MAX).await.unwrap();
        let challenge = Message::Challenge { major: 2, minor: 0, nonce: [0; 32] };
        send(&mut stream, &challenge).await.unwrap();
    };
    let error = join_with(&Secret::random(), newer, &address).await.to_string();
    assert!(error.contains("update thorp on this node"), "{error}");
}

#[tokio::test]
async fn a_stranger_may_say_anything() {
    let (_data, credentials) = member();
    let door = Arc::new(Door::default());
    let gate = Gate::new(Secret::random(), door.clone());
    let (listener, address) = listen().await;
    let hello = Message::Hello { major: 1, minor: 0, cluster: "dev".into(), nonce: [0; 32] };
    let proof = Message::Proof { code: Bytes::new() };
    let framed = |message: &Message| {
        let body = message.encode();
        [&u32::try_from(body.len()).unwrap().to_be_bytes()[..], &body].concat()
    };
    for said in [
        vec![],
        vec![0xff; 4],
        vec![0; 100],
        b"GET / HTTP/1.1\r\n\r\n".to_vec(),
        framed(&proof),
        framed(&hello)[..20].to_vec(),
        [framed(&hello), framed(&hello)].concat(),
        [framed(&hello), framed(&proof)].concat(),
        [framed(&hello), vec![0xff; 100]].concat(),
    ] {
        let stranger = async {
            let mut stream = connect(&address, &credentials).await;
            stream.write_all(&said).await.unwrap();
            stream.shutdown().await.unwrap();
            let mut rest = Vec::new();
            tokio::io::AsyncReadExt::read_to_end(&mut stream, &mut rest).await.ok();
        };
        tokio::join!(stranger, gate_once(&gate, &listener, &credentials));
    }
    assert!(door.0.lock().unwrap().is_empty());
}

#[tokio::test]
async fn who_shows_a_key_of_somebody_else_is_not_let_in() {
    let (_data, credentials) = member();
    let (secret, door) = (Secret::random(), Arc::new(Door::default()));
    let gate = Gate::new(secret.clone(), door.clone());
    let (listener, address) = listen().await;
    let thief = joiner(&secret);
    let stolen = NodeKey::generate().unwrap();
    let asked = thief.talk(&address, Duration::from_millis(limits::MEET_MS), |conversation| {
        let signature = thief.key.sign(&conversation.to_sign()).unwrap().into();
        let key = Bytes::copy_from_slice(stolen.peer().bytes());
        Ok(Message::Request { key, signature, text: Bytes::new() })
    });
    let (answer, ()) = tokio::join!(asked, gate_once(&gate, &listener, &credentials));
    assert!(answer.is_err());
    assert!(door.0.lock().unwrap().is_empty());
}
