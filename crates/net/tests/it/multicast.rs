//! Multicast between two machines.

use net::discovery::{Claim, Discovery, Me, Multicast};
use net::testing::discovery as suite;

use crate::network::Network;
use crate::support::Node;

/// A node on the machine that its port names: two machines take turns.
fn open(network: &Network, me: Me, port: Option<u16>) -> Box<dyn Discovery> {
    let machine = usize::from(me.address.port() % 2);
    let peer = Node::fresh().peer();
    network.on(machine, || Box::new(Multicast::start(me, peer, port).unwrap()))
}

#[tokio::test(flavor = "multi_thread")]
async fn multicast_conforms() {
    let Some(network) = Network::make("ta") else { return };
    suite::nodes_see_each_other(&|me| open(&network, me, None)).await;
    suite::clusters_do_not_mix(&|me| open(&network, me, None)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_tells_also_the_addresses_of_its_interfaces() {
    let Some(network) = Network::make("tb") else { return };
    let one = open(&network, suite::me(1), None);
    assert_eq!(one.claim().await.unwrap(), Claim::Founder);
    let two = open(&network, suite::me(2), None);
    assert!(one.patience() > std::time::Duration::ZERO);
    one.announce().await.unwrap();
    let found = async {
        loop {
            let seen = two.look().await.unwrap();
            if !seen.is_empty() {
                return seen;
            }
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    };
    let found = tokio::time::timeout(crate::support::LONG, found).await.unwrap();
    assert_eq!(found.first(), Some(&suite::me(1).address), "the one that it asks for comes first");
    assert!(found.contains(&"10.99.0.2:1".parse().unwrap()), "{found:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_fresh_nodes_that_hear_each_other_one_founds() {
    let Some(network) = Network::make("te") else { return };
    let (one, two) = (open(&network, suite::me(1), None), open(&network, suite::me(2), None));
    let claims = async || {
        let claims = [one.claim().await.unwrap(), two.claim().await.unwrap()];
        assert_ne!(claims, [Claim::Wait, Claim::Wait], "somebody founds");
        claims
    };
    // Until they hear each other both would.
    let decided = async {
        loop {
            match claims().await {
                [Claim::Founder, Claim::Wait] => return (&one, &two),
                [Claim::Wait, Claim::Founder] => return (&two, &one),
                _ => tokio::time::sleep(std::time::Duration::from_millis(20)).await,
            }
        }
    };
    let (founder, other) = tokio::time::timeout(crate::support::LONG, decided).await.unwrap();
    assert_eq!(other.look().await.unwrap(), [], "a fresh node is no member");
    founder.announce().await.unwrap();
    let ready = async {
        while other.look().await.unwrap().is_empty() {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(crate::support::LONG, ready).await.unwrap();
    founder.withdraw().await.unwrap();
    let left = async {
        while other.claim().await.unwrap() != Claim::Founder {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(crate::support::LONG, left).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn nodes_on_another_port_do_not_see_each_other() {
    let Some(network) = Network::make("tc") else { return };
    let (one, two) = (suite::me(1), suite::me(2));
    let (one, two) = (open(&network, one, Some(54_327)), open(&network, two, Some(54_327)));
    let other = open(&network, suite::me(4), None);
    one.announce().await.unwrap();
    let seen = async {
        while two.look().await.unwrap().is_empty() {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(crate::support::LONG, seen).await.unwrap();
    assert_eq!(other.look().await.unwrap(), []);
}
