//! Nodes that founded a cluster each, and then find each other: nobody looks after them.

use std::path::Path;

use futures::FutureExt as _;
use thorp::{Cluster as _, Node};

use crate::kit::{Place, until};

/// A node that looks for others in a folder of its own.
async fn alone(place: &Place, name: &str) -> Node {
    let builder = Node::builder()
        .data(place.path(name))
        .name(name)
        .cluster("test")
        .join(format!("dir:{}", place.path(&format!("registry-{name}")).display()))
        .secret_file(place.path("secret"));
    builder.start().await.unwrap()
}

/// Lists `node` in the folder `registry`, as if it had done so itself.
fn introduce(node: &Node, registry: &Path) {
    std::fs::write(registry.join(node.addresses().peers.to_string()), "another\n").unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_yields_by_itself_and_what_was_taken_from_it_goes_on() {
    let place = Place::new();
    let nodes = [alone(&place, "one").await, alone(&place, "two").await];
    let maps = [&nodes[0], &nodes[1]].map(|node| node.map::<String, u8>("m"));
    let engines = [&nodes[0], &nodes[1]].map(Node::engine);
    introduce(&nodes[0], &place.path("registry-two"));
    introduce(&nodes[1], &place.path("registry-one"));

    // Nobody waits for `Node::failed`, and who asks meanwhile is answered.
    until(async || {
        for map in &maps {
            assert_eq!(map.get("k").await.unwrap(), None);
        }
        nodes.iter().all(|node| node.engine().status().voters == 2)
    })
    .await;
    let now = [&nodes[0], &nodes[1]].map(Node::engine);
    let stayed = engines.iter().zip(&now).filter(|(before, now)| {
        let before = before.status();
        before.stopped.is_none() && before.voters == now.status().voters
    });
    assert_eq!(stayed.count(), 1, "one of the two has started over");

    maps[0].put("k", 7).await.unwrap();
    assert_eq!(maps[1].get("k").await.unwrap(), Some(7));
    let sums = nodes[1].access().eval("1 + 1").await.unwrap();
    assert_eq!(sums.len(), 2);
    assert!(nodes[0].failed().now_or_never().is_none());
    for node in nodes {
        assert_eq!(node.advice().await, ["losing any one node stops writes; add a witness"]);
        node.stop().await;
    }
}
