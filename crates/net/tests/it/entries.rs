//! Fresh nodes find a cluster, or found one.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use model::fault::{Fault, Kind};
use net::discovery::{Discovery, Fixed, Me, MembersFile, Registry};
use net::entry::{Entered, enter, stay_known};
use net::limits;
use net::secret::Secret;
use net::transport::{Refusal, Server};
use tokio::net::TcpListener;

use crate::support::{Door, LONG, Node, Running, gate, place, spawn};

fn me(address: &str) -> Me {
    Me { cluster: "dev".parse().unwrap(), address: address.parse().unwrap(), host: "box".into() }
}

async fn free_address() -> String {
    TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().to_string()
}

/// A node that enters by a registry directory and serves as soon as it is in.
async fn start(folder: std::path::PathBuf, secret: Secret) -> (Node, Running, bool) {
    let address = free_address().await;
    let mut node = Node::fresh();
    let registry = Registry::new(me(&address), folder);
    let joiner = node.joiner("dev", &secret);
    let entered = enter(&registry, &joiner, &Bytes::new()).await.unwrap();
    let is_founder = match entered {
        Entered::Founder => {
            node.identity.found(place("dev", 1)).unwrap();
            true
        }
        Entered::Joined(joined) => {
            node.identity.adopt(place("dev", 2), &joined.grant).unwrap();
            false
        }
    };
    let gate = gate(&secret, &Arc::new(Door::default()));
    let server = Server::new(&node.credentials()).with_gate(gate);
    let server = Running::start_at(server, &address).await;
    registry.announce().await.unwrap();
    (node, server, is_founder)
}

#[tokio::test]
async fn nodes_that_start_at_once_end_in_one_cluster() {
    for _ in 0..5 {
        let folder = tempfile::tempdir().unwrap();
        let secret = Secret::random();
        let starts = (0..3).map(|_| spawn(start(folder.path().to_owned(), secret.clone())));
        let started = futures::future::join_all(starts.collect::<Vec<_>>()).await;
        let started: Vec<_> = started.into_iter().map(Result::unwrap).collect();
        assert_eq!(started.iter().filter(|(_, _, is_founder)| *is_founder).count(), 1);
        let clusters: std::collections::BTreeSet<_> = started
            .iter()
            .map(|(node, _, _)| node.identity.membership().unwrap().fingerprint())
            .collect();
        assert_eq!(clusters.len(), 1);
    }
}

#[tokio::test]
async fn on_a_list_the_first_founds_and_the_others_have_their_turn_later() {
    let address = |host: &str| host.parse::<net::address::Address>().unwrap();
    let list = vec![address("10.0.0.1"), address("10.0.0.2"), address("10.0.0.3")];
    let turn = Duration::from_millis(limits::TURN_MS);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("members");
    std::fs::write(&path, "10.0.0.1\n10.0.0.2\n10.0.0.3\n").unwrap();
    for (host, turns) in [("10.0.0.1", 0), ("10.0.0.3", 2), ("10.0.0.9", 3)] {
        assert_eq!(Fixed::all(me(host), list.clone(), None).patience(), turn * turns);
        let file = MembersFile::new(me(host), path.clone(), None);
        file.look().await.unwrap();
        assert_eq!(file.patience(), turn * turns);
        let required = Some(address("10.0.0.2"));
        assert_eq!(Fixed::all(me(host), list.clone(), required).patience(), Duration::ZERO);
        assert_eq!(Fixed::to_join(me(host), list.clone()).patience(), Duration::ZERO);
    }
}

/// A node that enters by a list, and answers nobody before it is in.
async fn start_from(list: Vec<net::address::Address>, listener: TcpListener) -> (Node, Running) {
    let secret = Secret::parse("a0b1c2d3e4f5a6b7c8d9e0f1a2b3c4d5").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let mut node = Node::fresh();
    let fixed = Fixed::all(me(&address), list, None);
    let entered = enter(&fixed, &node.joiner("dev", &secret), &Bytes::new()).await.unwrap();
    match entered {
        Entered::Founder => node.identity.found(place("dev", 1)).unwrap(),
        Entered::Joined(joined) => {
            node.identity.adopt(place("dev", 2), &joined.grant).unwrap();
        }
    }
    let server = Server::new(&node.credentials()).with_gate(gate(&secret, &Arc::default()));
    (node, Running::start_on(server, listener))
}

#[tokio::test]
async fn nodes_of_a_list_that_listen_before_they_answer_end_in_one_cluster() {
    let mut listeners = Vec::new();
    for _ in 0..3 {
        listeners.push(TcpListener::bind("127.0.0.1:0").await.unwrap());
    }
    let address = |listener: &TcpListener| listener.local_addr().unwrap().to_string();
    let list: Vec<_> = listeners.iter().map(|one| address(one).parse().unwrap()).collect();
    let starts = listeners.into_iter().map(|listener| spawn(start_from(list.clone(), listener)));
    let started = futures::future::join_all(starts.collect::<Vec<_>>()).await;
    let started: Vec<_> = started.into_iter().map(Result::unwrap).collect();
    let clusters: std::collections::BTreeSet<_> =
        started.iter().map(|(node, _)| node.identity.membership().unwrap().fingerprint()).collect();
    assert_eq!(clusters.len(), 1);
}

#[tokio::test]
async fn a_node_with_members_to_join_waits_for_them() {
    let address = free_address().await;
    let secret = Secret::random();
    let node = Node::fresh();
    let joiner = node.joiner("dev", &secret);
    let fixed = Fixed::to_join(me("127.0.0.1:1"), vec![address.parse().unwrap()]);
    let short = Duration::from_millis(500);
    let alone = tokio::time::timeout(short, enter(&fixed, &joiner, &Bytes::new())).await;
    assert!(alone.is_err(), "{alone:?}");

    let host = Node::founder("dev");
    let server = Server::new(&host.credentials()).with_gate(gate(&secret, &Arc::default()));
    let _server = Running::start_at(server, &address).await;
    let entered = tokio::time::timeout(LONG, enter(&fixed, &joiner, &Bytes::new())).await;
    assert!(matches!(entered.unwrap().unwrap(), Entered::Joined(_)));
}

#[tokio::test]
async fn a_cluster_that_cannot_decide_now_is_waited_for_and_not_founded_beside() {
    let secret = Secret::random();
    let (host, door) = (Node::founder("dev"), Arc::new(Door::default()));
    let refusal = Refusal::new("NO_QUORUM", Kind::Unavailable, "1 of 2 voters");
    *door.refusal.lock().unwrap() = Some(refusal);
    let server = Server::new(&host.credentials()).with_gate(gate(&secret, &door));
    let server = Running::start(server).await;
    let fixed = Fixed::all(me("127.0.0.1:1"), vec![server.address.parse().unwrap()], None);
    let joiner = Node::fresh().joiner("dev", &secret);
    let text = Bytes::new();
    let entering = enter(&fixed, &joiner, &text);
    tokio::pin!(entering);
    let short = Duration::from_millis(500);
    assert!(tokio::time::timeout(short, &mut entering).await.is_err());
    *door.refusal.lock().unwrap() = None;
    assert!(matches!(entering.await.unwrap(), Entered::Joined(_)));
}

#[tokio::test]
async fn a_wrong_secret_ends_the_search_and_another_cluster_does_not() {
    let host = Node::founder("dev");
    let server =
        Server::new(&host.credentials()).with_gate(gate(&Secret::random(), &Arc::default()));
    let server = Running::start(server).await;
    let fixed = Fixed::all(me("127.0.0.1:1"), vec![server.address.parse().unwrap()], None);
    let node = Node::fresh();
    let wrong = node.joiner("dev", &Secret::random());
    let error = enter(&fixed, &wrong, &Bytes::new()).await.unwrap_err();
    assert_eq!(error.code(), "JOIN_SECRET");
    let other = node.joiner("prod", &Secret::random());
    let entered = enter(&fixed, &other, &Bytes::new()).await.unwrap();
    assert!(matches!(entered, Entered::Founder));
}

#[tokio::test]
async fn a_node_stays_known_until_it_leaves() {
    let folder = tempfile::tempdir().unwrap();
    let (one, two) = ("10.0.0.1:1", "10.0.0.1:2");
    let registry = Registry::new(me(one), folder.path().to_owned());
    let other = Registry::new(me(two), folder.path().to_owned());
    tokio::select! {
        () = stay_known(&registry) => panic!("it stays known for ever"),
        () = async {
            while other.look().await.unwrap().is_empty() {
                tokio::task::yield_now().await;
            }
        } => {}
    }
    registry.withdraw().await.unwrap();
    assert_eq!(other.look().await.unwrap(), []);
}
