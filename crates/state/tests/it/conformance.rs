//! The conformance suite of the port, run against the embedded engine.

use std::sync::Arc;

use state::Engine;
use state::testing::suite::CASES;

use crate::kit::Cluster;

#[tokio::test(flavor = "multi_thread")]
async fn one_node_conforms() {
    for (name, case) in CASES {
        eprintln!("{name}");
        let cluster = Cluster::of(1).await;
        case(cluster.any()).await;
        cluster.any().close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_of_three_nodes_conforms() {
    for (name, case) in CASES {
        eprintln!("{name}");
        let cluster = Cluster::of(3).await;
        let leader = cluster.leader().await;
        let follower = cluster.ids().into_iter().find(|id| *id != leader).unwrap();
        let engine: Arc<dyn Engine> = cluster.node(follower);
        case(engine).await;
        for id in cluster.ids() {
            cluster.node(id).close().await;
        }
    }
}
