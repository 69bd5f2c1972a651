//! Joins: with the right secret, with a wrong one, and with somebody in the middle.

use std::sync::Arc;

use bytes::Bytes;
use model::fault::{Fault, Kind};
use net::address::Address;
use net::join::JoinError;
use net::limits;
use net::secret::Secret;
use net::transport::{Peers, Refusal, Server};
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};

use crate::support::{Door, Echo, LONG, Node, Running, gate, place, spawn};

/// A member that lets nodes in.
struct Host {
    node: Node,
    door: Arc<Door>,
    secret: Secret,
    server: Running,
}

impl Host {
    async fn start(cluster: &str, secret: Secret) -> Self {
        let node = Node::founder(cluster);
        let door = Arc::new(Door::default());
        let server = Server::new(&node.credentials())
            .with("echo", Arc::new(Echo::default()))
            .with_gate(gate(&secret, &door));
        Self { node, door, secret, server: Running::start(server).await }
    }

    fn address(&self) -> Address {
        self.server.address.parse().unwrap()
    }
}

#[tokio::test]
async fn who_knows_the_secret_becomes_a_member_that_can_let_others_in() {
    let host = Host::start("dev", Secret::random()).await;
    let mut second = Node::fresh();
    let joiner = second.joiner("dev", &host.secret);
    let joined = joiner.join(&host.address(), "box".into()).await.unwrap();
    assert_eq!(joined.welcome, "welcome box");
    assert_eq!(*host.door.admitted.lock().unwrap(), [second.peer()]);
    second.identity.adopt(place("dev", 2), &joined.grant).unwrap();
    let peers = Peers::new(&second.credentials()).unwrap();
    assert_eq!(peers.call(&host.server.address, "echo", "x".into(), LONG).await.unwrap(), "x");

    let door = Arc::new(Door::default());
    let server = Server::new(&second.credentials()).with_gate(gate(&host.secret, &door));
    let server = Running::start(server).await;
    let mut third = Node::fresh();
    let address = server.address.parse().unwrap();
    let joined = third.joiner("dev", &host.secret).join(&address, Bytes::new()).await.unwrap();
    third.identity.adopt(place("dev", 3), &joined.grant).unwrap();
    let peers = Peers::new(&third.credentials()).unwrap();
    peers.call(&host.server.address, "echo", "x".into(), LONG).await.unwrap();
}

#[tokio::test]
async fn a_wrong_secret_is_refused_and_soon_waits() {
    let host = Host::start("dev", Secret::random()).await;
    let node = Node::fresh();
    let wrong = node.joiner("dev", &Secret::random());
    for _ in 0..limits::WRONG_SECRETS_MAX {
        let error = wrong.join(&host.address(), Bytes::new()).await.unwrap_err();
        assert_eq!((error.code(), error.kind()), ("JOIN_SECRET", Kind::Denied), "{error}");
    }
    let error = wrong.join(&host.address(), Bytes::new()).await.unwrap_err();
    assert_eq!(error.code(), "JOIN_LIMIT", "{error}");
    host.node.clock.pass(limits::WRONGS_WINDOW_MS);
    node.joiner("dev", &host.secret).join(&host.address(), Bytes::new()).await.unwrap();
    assert_eq!(host.door.admitted.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn different_cluster_names_never_mix() {
    let host = Host::start("prod", Secret::random()).await;
    let joiner = Node::fresh().joiner("dev", &host.secret);
    let error = joiner.join(&host.address(), Bytes::new()).await.unwrap_err();
    assert!(
        matches!(&error, JoinError::OtherCluster { text, .. } if text.contains("`prod`")),
        "{error}"
    );
}

#[tokio::test]
async fn a_cluster_that_does_not_know_the_secret_learns_nothing_and_is_not_joined() {
    // The fake has the right name and says yes to every proof: it has the secret of its own gate.
    let fake = Host::start("dev", Secret::random()).await;
    let real = Secret::random();
    let error = Node::fresh().joiner("dev", &real).join(&fake.address(), "hidden".into()).await;
    assert!(matches!(error, Err(JoinError::WrongSecret { .. })), "{error:?}");
    assert!(fake.door.admitted.lock().unwrap().is_empty());
}

#[tokio::test]
async fn a_token_names_the_authority_that_must_answer() {
    let host = Host::start("dev", Secret::random()).await;
    let mut joiner = Node::fresh().joiner("dev", &host.secret);
    joiner.authority = Some(host.node.identity.membership().unwrap().fingerprint());
    joiner.join(&host.address(), Bytes::new()).await.unwrap();
    joiner.authority = Some(Node::founder("dev").identity.membership().unwrap().fingerprint());
    let error = joiner.join(&host.address(), Bytes::new()).await.unwrap_err();
    assert!(matches!(error, JoinError::OtherAuthority { .. }), "{error}");
}

#[tokio::test]
async fn the_cluster_may_refuse_and_be_asked_without_joining() {
    let host = Host::start("dev", Secret::random()).await;
    let node = Node::fresh();
    let joiner = node.joiner("dev", &host.secret);
    let answer = joiner.ask(&host.address(), "who leads".into()).await.unwrap();
    assert_eq!(answer, "you asked who leads");
    let refusal = Refusal::new("NO_QUORUM", Kind::Unavailable, "1 of 2 voters");
    *host.door.refusal.lock().unwrap() = Some(refusal.clone());
    let error = joiner.join(&host.address(), Bytes::new()).await.unwrap_err();
    assert_eq!(error.kind(), Kind::Unavailable);
    let JoinError::Refused { refusal: told, .. } = error else { panic!("{error}") };
    assert_eq!(told, refusal);
}

#[tokio::test]
async fn a_removed_node_is_not_let_in_again() {
    let node = Node::founder("dev");
    let credentials = node.credentials();
    let (secret, door) = (Secret::random(), Arc::new(Door::default()));
    let server = Server::new(&credentials).with_gate(gate(&secret, &door));
    let server = Running::start(server).await;
    let removed = Node::fresh();
    credentials.set_removed([removed.peer()].into()).unwrap();
    let address = server.address.parse().unwrap();
    let error = removed.joiner("dev", &secret).join(&address, Bytes::new()).await.unwrap_err();
    assert!(error.to_string().contains("refused"), "{error}");
    assert!(door.admitted.lock().unwrap().is_empty());
}

#[tokio::test]
async fn nobody_there_is_unreachable() {
    let free = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let joiner = Node::fresh().joiner("dev", &Secret::random());
    let error = joiner.join(&free.into(), Bytes::new()).await.unwrap_err();
    assert_eq!(error.kind(), Kind::Unavailable, "{error}");

    // Somebody else's server.
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let other = spawn(async move {
        let (mut stream, _): (TcpStream, _) = listener.accept().await.unwrap();
        stream.write_all(b"SSH-2.0-OpenSSH_9.2\r\n").await.unwrap();
        stream.shutdown().await.unwrap();
    });
    let error = joiner.join(&address.into(), Bytes::new()).await.unwrap_err();
    assert_eq!(error.kind(), Kind::Unavailable, "{error}");
    other.await.unwrap();
}
