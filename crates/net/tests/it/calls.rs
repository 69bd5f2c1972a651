//! Calls and streams between members.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures::{StreamExt, stream};
use model::fault::Kind;
use net::identity::Identity;
use net::limits;
use net::transport::{CallError, Peers, Pending, Server, StreamError};
use tokio::net::TcpListener;

use crate::support::{Echo, LONG, Node, Running, place, spawn};

async fn echo(node: &Node) -> (Arc<Echo>, Running) {
    let echo = Arc::new(Echo::default());
    let server = Server::new(&node.credentials()).with("echo", echo.clone());
    (echo, Running::start(server).await)
}

fn peers(node: &Node) -> Peers {
    Peers::new(&node.credentials()).unwrap()
}

/// Callers that speak as members do now, and as those of the version before do.
fn both(node: &Node) -> [Peers; 2] {
    [peers(node), peers(node).as_before()]
}

#[tokio::test]
async fn a_call_brings_the_answer_and_the_caller_is_known() {
    let node = Node::founder("dev");
    let (echo, server) = echo(&node).await;
    for peers in both(&node) {
        for size in [0, 1, limits::FRAME_BYTES_MAX, limits::CALL_BYTES_MAX] {
            let body = Bytes::from_iter((0..=u8::MAX).cycle().take(size));
            let answer = peers.call(&server.address, "echo", body.clone(), LONG).await.unwrap();
            assert_eq!(answer, body);
        }
    }
    let callers = echo.callers.lock().unwrap().clone();
    assert_eq!(callers.into_keys().collect::<Vec<_>>(), [node.peer()]);
    server.end().await;
}

/// How a port of those above looks.
fn behind_a_port<'a>(peers: &'a Peers, address: &'a str) -> Pending<'a, Result<Bytes, CallError>> {
    Box::pin(peers.call(address, "echo", "x".into(), LONG))
}

#[tokio::test]
async fn calls_fit_behind_a_port_and_move_between_threads() {
    let node = Node::founder("dev");
    let (_echo, server) = echo(&node).await;
    let (peers, address) = (peers(&node), server.address.clone());
    let called = spawn(async move { behind_a_port(&peers, &address).await });
    assert_eq!(called.await.unwrap().unwrap(), "x");
}

#[tokio::test]
async fn many_calls_at_once_share_a_connection() {
    let node = Node::founder("dev");
    let (echo, server) = echo(&node).await;
    for peers in both(&node) {
        let calls = (0_u32..2_000).map(|n| {
            let (peers, address) = (&peers, server.address.as_str());
            async move {
                let body = Bytes::from(n.to_be_bytes().to_vec());
                peers.call(address, "echo", body.clone(), LONG).await.unwrap() == body
            }
        });
        // More than may be under way on a connection.
        let right =
            stream::iter(calls).buffer_unordered(1_500).filter(|right| std::future::ready(*right));
        assert_eq!(right.count().await, 2_000);
    }
    assert_eq!(echo.callers.lock().unwrap()[&node.peer()], 4_000);
}

#[tokio::test]
async fn short_calls_pass_between_the_pieces_of_long_ones() {
    let node = Node::founder("dev");
    let (_echo, server) = echo(&node).await;
    let peers = peers(&node);
    let call = |body: Bytes| peers.call(&server.address, "echo", body, LONG);
    let long = Bytes::from_iter((0..=u8::MAX).cycle().take(limits::CALL_BYTES_MAX));
    let work = async { tokio::join!(call(long.clone()), call(long.clone()), call(long.clone())) };
    let beats = async {
        loop {
            assert_eq!(call("beat".into()).await.unwrap(), "beat");
        }
    };
    tokio::select! {
        (one, two, three) = work => {
            assert!([one, two, three].into_iter().all(|answer| answer.unwrap() == long));
        }
        () = beats => {}
    }
}

#[tokio::test]
async fn calls_that_are_given_up_make_place_for_others() {
    let node = Node::founder("dev");
    let (_echo, server) = echo(&node).await;
    let peers = peers(&node);
    let call = |body: Bytes, time| peers.call(&server.address, "echo", body, time);
    let most = usize::try_from(limits::STREAMS_MAX).unwrap();
    for _ in 0..5 {
        let all = (0..most).map(|_| call("wait".into(), Duration::from_millis(50)));
        for error in futures::future::join_all(all).await {
            assert!(matches!(error, Err(CallError::Unanswered { .. })), "{error:?}");
        }
    }
    let long = Bytes::from(vec![1; limits::CALL_BYTES_MAX]);
    for micros in [0, 1, 300, 1_000, 3_000, 10_000] {
        drop(tokio::time::timeout(Duration::from_micros(micros), call(long.clone(), LONG)).await);
        assert_eq!(call("beat".into(), LONG).await.unwrap(), "beat");
    }
    assert_eq!(call(long.clone(), LONG).await.unwrap(), long);
}

#[tokio::test]
async fn a_refusal_travels_with_code_kind_and_text() {
    let node = Node::founder("dev");
    let (_echo, server) = echo(&node).await;
    for peers in both(&node) {
        let error = peers.call(&server.address, "echo", "refuse".into(), LONG).await;
        let Err(CallError::Refused { refusal, .. }) = error else { panic!("{error:?}") };
        assert_eq!((refusal.code.as_str(), refusal.kind), ("QUEUE_FULL", Kind::Limit));
        assert_eq!(refusal.text, "queue `q` is full");
    }
}

#[tokio::test]
async fn a_long_refusal_arrives_shortened() {
    let node = Node::founder("dev");
    let (_echo, server) = echo(&node).await;
    for peers in both(&node) {
        let error = peers.call(&server.address, "echo", "refuse at length".into(), LONG).await;
        let Err(CallError::Refused { refusal, .. }) = error else { panic!("{error:?}") };
        assert_eq!(refusal.text.len(), limits::REFUSAL_BYTES_MAX);
    }
}

#[tokio::test]
async fn an_unknown_service_and_a_large_answer_are_refusals() {
    let node = Node::founder("dev");
    let (_echo, server) = echo(&node).await;
    let wrong = [("nobody", "x", "SERVICE_UNKNOWN"), ("echo", "large", "ANSWER_LARGE")];
    for peers in both(&node) {
        for (service, body, code) in wrong {
            let error = peers.call(&server.address, service, body.into(), LONG).await;
            let Err(CallError::Refused { refusal, .. }) = error else { panic!("{error:?}") };
            assert_eq!(refusal.code, code);
        }
    }
}

#[tokio::test]
async fn what_never_left_is_unreachable() {
    let node = Node::founder("dev");
    let peers = peers(&node);
    let free = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().to_string();
    let large = Bytes::from(vec![0; limits::CALL_BYTES_MAX + 1]);
    for (address, service, body) in [
        (free.as_str(), "echo", Bytes::new()),
        ("no address", "echo", Bytes::new()),
        ("nowhere.invalid:1", "echo", Bytes::new()),
        (free.as_str(), "echo", large),
        (free.as_str(), "ec ho", Bytes::new()),
    ] {
        let error = peers.call(address, service, body, LONG).await;
        assert!(matches!(error, Err(CallError::Unreachable { .. })), "{error:?}");
    }
}

#[tokio::test]
async fn a_call_without_an_answer_is_unanswered_and_its_work_ends() {
    let node = Node::founder("dev");
    let (echo, server) = echo(&node).await;
    for peers in both(&node) {
        let short = Duration::from_millis(100);
        let error = peers.call(&server.address, "echo", "wait".into(), short).await;
        assert!(matches!(error, Err(CallError::Unanswered { .. })), "{error:?}");
        echo.dropped.notified().await;
    }
}

#[tokio::test]
async fn a_server_that_ends_during_a_call_leaves_it_unanswered() {
    let node = Node::founder("dev");
    let (echo, server) = echo(&node).await;
    let peers = peers(&node);
    let address = server.address.clone();
    let call = peers.call(&address, "echo", "wait".into(), LONG);
    let end = async {
        while echo.callers.lock().unwrap().is_empty() {
            tokio::task::yield_now().await;
        }
        server.end().await;
    };
    let (error, ()) = tokio::join!(call, end);
    assert!(matches!(error, Err(CallError::Unanswered { .. })), "{error:?}");
}

#[tokio::test]
async fn a_member_that_returns_is_called_again() {
    let node = Node::founder("dev");
    let (_echo, server) = echo(&node).await;
    let peers = peers(&node);
    let address = server.address.clone();
    peers.call(&address, "echo", "1".into(), LONG).await.unwrap();
    server.end().await;
    let error = peers.call(&address, "echo", "2".into(), LONG).await.unwrap_err();
    assert!(matches!(error, CallError::Unreachable { .. }), "{error:?}");

    let server = Server::new(&node.credentials()).with("echo", Arc::new(Echo::default()));
    let _server = Running::start_at(server, &address).await;
    let calls = async {
        while peers.call(&address, "echo", "3".into(), LONG).await.is_err() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(LONG, calls).await.unwrap();
}

#[tokio::test]
async fn members_of_other_clusters_do_not_talk_even_under_one_name() {
    let (one, two) = (Node::founder("dev"), Node::founder("dev"));
    let (echo, server) = echo(&one).await;
    let error = peers(&two).call(&server.address, "echo", "x".into(), LONG).await.unwrap_err();
    assert!(
        matches!(&error, CallError::Unreachable { reason, .. } if reason.contains("another cluster")),
        "{error}"
    );
    assert!(echo.callers.lock().unwrap().is_empty());
}

/// Two members of one cluster.
async fn pair() -> (Node, Node) {
    let one = Node::founder("dev");
    let mut two = Node::fresh();
    let secret = net::secret::Secret::random();
    let door = Arc::new(crate::support::Door::default());
    let server = Server::new(&one.credentials()).with_gate(crate::support::gate(&secret, &door));
    let server = Running::start(server).await;
    let address = server.address.parse().unwrap();
    let joined = two.joiner("dev", &secret).join(&address, Bytes::new()).await.unwrap();
    two.identity.adopt(place("dev", 2), &joined.grant).unwrap();
    (one, two)
}

#[tokio::test]
async fn a_removed_node_can_neither_connect_nor_go_on() {
    let (one, two) = pair().await;
    let (keeper, old) = (one.credentials(), two.credentials());
    let echo = Arc::new(Echo::default());
    let server = Running::start(Server::new(&keeper).with("echo", echo.clone())).await;
    let before = Peers::new(&old).unwrap();
    before.call(&server.address, "echo", "x".into(), LONG).await.unwrap();

    keeper.set_removed(BTreeSet::from([two.peer()])).unwrap();
    let error = before.call(&server.address, "echo", "x".into(), LONG).await;
    assert!(
        matches!(&error, Err(CallError::Refused { refusal, .. }) if refusal.code == "NODE_REMOVED"),
        "{error:?}"
    );
    let error = Peers::new(&old).unwrap().call(&server.address, "echo", "x".into(), LONG).await;
    assert!(matches!(error, Err(CallError::Unreachable { .. })), "{error:?}");
    assert_eq!(echo.callers.lock().unwrap()[&two.peer()], 1);
}

#[tokio::test]
async fn a_removed_node_is_not_called() {
    let (one, two) = pair().await;
    let (_echo, server) = echo(&two).await;
    let credentials = one.credentials();
    let peers = Peers::new(&credentials).unwrap();
    peers.call(&server.address, "echo", "x".into(), LONG).await.unwrap();
    credentials.set_removed(BTreeSet::from([two.peer()])).unwrap();
    for peers in [peers, Peers::new(&credentials).unwrap()] {
        let error = peers.call(&server.address, "echo", "x".into(), LONG).await.unwrap_err();
        assert!(
            matches!(&error, CallError::Unreachable { reason, .. } if reason.contains("removed")),
            "{error:?}"
        );
    }
}

#[tokio::test]
async fn certificates_hold_for_months_of_running_and_over_clocks_that_differ() {
    let (one, two) = pair().await;
    let (_echo, server) = echo(&one).await;
    let (keeper, credentials) = (&one.clock, two.credentials());
    for days in [0, 1, 30, 400] {
        keeper.set(crate::support::NOW_MS + days * 86_400_000);
        two.clock.set(crate::support::NOW_MS + days * 86_400_000 + 20 * 3_600_000);
        let peers = Peers::new(&credentials).unwrap();
        peers.call(&server.address, "echo", "x".into(), LONG).await.unwrap();
    }
    two.clock.pass(90 * 86_400_000);
    let peers = Peers::new(&credentials).unwrap();
    let error = peers.call(&server.address, "echo", "x".into(), LONG).await;
    let error = error.unwrap_err().to_string();
    assert!(error.contains("compare the clocks"), "{error}");
}

#[tokio::test]
async fn a_node_that_starts_again_from_its_folder_is_a_member() {
    let (one, two) = pair().await;
    let (_echo, server) = echo(&one).await;
    let again = Identity::open(two.data.path()).unwrap();
    assert_eq!(again.membership().unwrap().place, place("dev", 2));
    let peers = Peers::new(&again.credentials(two.clock()).unwrap()).unwrap();
    peers.call(&server.address, "echo", "x".into(), LONG).await.unwrap();
}

#[tokio::test]
async fn streams_carry_more_than_one_message_may_hold() {
    let node = Node::founder("dev");
    let (_echo, server) = echo(&node).await;
    let piece = Bytes::from(vec![5; limits::CHUNK_BYTES_MAX]);
    let outgoing = stream::iter(vec![piece.clone(); 40]).boxed();
    let peers = peers(&node);
    let mut incoming = peers.stream(&server.address, "echo", outgoing, LONG).await.unwrap();
    let mut pieces = 0;
    while let Some(one) = incoming.next().await {
        assert_eq!(one.unwrap(), piece);
        pieces += 1;
    }
    assert_eq!(pieces, 40);
}

#[tokio::test]
async fn calls_pass_while_a_stream_is_stuck() {
    let node = Node::founder("dev");
    let (_echo, server) = echo(&node).await;
    let peers = peers(&node);
    let piece = Bytes::from(vec![5; limits::CHUNK_BYTES_MAX]);
    let endless = stream::repeat(piece).boxed();
    // Nobody reads what comes back, so that all buffers on the way are full.
    let _stuck = peers.stream(&server.address, "echo", endless, LONG).await.unwrap();
    for _ in 0..100 {
        peers.call(&server.address, "echo", "beat".into(), LONG).await.unwrap();
    }
}

#[tokio::test]
async fn a_stream_is_refused_or_breaks_and_never_ends_silently() {
    let node = Node::founder("dev");
    let (_echo, server) = echo(&node).await;
    let peers = peers(&node);
    let refused = stream::iter([Bytes::from("refuse")]).boxed();
    let error = peers.stream(&server.address, "echo", refused, LONG).await.map(|_| ());
    let Err(CallError::Refused { refusal, .. }) = error else { panic!("{error:?}") };
    assert_eq!(refusal.code, "NO_SNAPSHOT");

    let endless = stream::iter([Bytes::from("one")]).chain(stream::pending()).boxed();
    let mut incoming = peers.stream(&server.address, "echo", endless, LONG).await.unwrap();
    assert_eq!(incoming.next().await.unwrap().unwrap(), "one");
    server.end().await;
    let broken = incoming.next().await;
    assert!(matches!(broken, Some(Err(StreamError::Broken(_)))), "{broken:?}");
}

#[tokio::test]
async fn strangers_with_any_bytes_do_not_disturb_a_server() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let node = Node::founder("dev");
    let (_echo, server) = echo(&node).await;
    for bytes in [&b"GET / HTTP/1.1\r\n\r\n"[..], &[0; 5_000], b"\x16\x03\x01\xff\xff", b""] {
        let mut stream = tokio::net::TcpStream::connect(&server.address).await.unwrap();
        stream.write_all(bytes).await.unwrap();
        stream.shutdown().await.unwrap();
        let mut rest = Vec::new();
        stream.read_to_end(&mut rest).await.ok();
    }
    peers(&node).call(&server.address, "echo", "x".into(), LONG).await.unwrap();
}

#[tokio::test]
async fn members_talk_over_ipv6() {
    let node = Node::founder("dev");
    let server = Server::new(&node.credentials()).with("echo", Arc::new(Echo::default()));
    let server = Running::start_at(server, "[::1]:0").await;
    peers(&node).call(&server.address, "echo", "x".into(), LONG).await.unwrap();
}
