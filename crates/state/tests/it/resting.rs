//! The state of a node that does not run: what it holds, and a cluster of one made of it.

use bytes::Bytes;
use state::{Engine, NodeId, OpenError, Origin, Resting, RestingError};
use tempfile::TempDir;

use crate::kit::{Cluster, add_one, count, stale_count, until};

#[tokio::test(flavor = "multi_thread")]
async fn a_survivor_stands_alone_with_all_that_it_holds_and_grows_again() {
    let mut cluster = Cluster::of(3).await;
    for _ in 0..150 {
        add_one(&cluster.node(1), "a").await;
    }
    let third = cluster.node(3);
    until("the survivor has it", || (stale_count(&third, "a") == 150).then_some(())).await;
    for id in [1, 2, 3] {
        cluster.kill(id).await;
    }
    let resting = Resting::open(&cluster.dir(3)).unwrap();
    assert!(resting.has_writes());
    assert_eq!(resting.node(), NodeId(3));
    assert_eq!(resting.members().len(), 3);
    let last = resting.last_index();
    resting.stand_alone().unwrap();

    let survivor = cluster.start(3, Origin::Join).await;
    assert_eq!(count(&survivor, "a").await, 150);
    add_one(&survivor, "a").await;
    assert!(survivor.status().log_index > last);
    assert_eq!(survivor.members().all.len(), 1);
    cluster.grow(4).await;
    cluster.kill(3).await;
    let survivor = cluster.start(3, Origin::Join).await;
    assert_eq!(count(&survivor, "a").await, 151);
    for id in [3, 4] {
        cluster.kill(id).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cluster_without_a_write_is_known_as_such() {
    let mut cluster = Cluster::of(2).await;
    cluster.kill(2).await;
    let resting = Resting::open(&cluster.dir(2)).unwrap();
    assert!(!resting.has_writes());
    drop(resting);
    let dir = cluster.dir(1);
    let used = Resting::open(&dir).unwrap_err();
    assert!(matches!(used, RestingError::Open(OpenError::InUse { .. })), "{used}");
    cluster.kill(1).await;
    let nothing = Resting::open(TempDir::new().unwrap().path()).unwrap_err();
    assert!(matches!(nothing, RestingError::Empty { .. }), "{nothing}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_meant_for_another_node_is_refused() {
    let mut cluster = Cluster::of(1).await;
    let node = cluster.node(1);
    let mut message = vec![3];
    message.extend(2_u64.to_be_bytes());
    message.extend(b"whatever");
    let refused = node.answer(&Bytes::from(message)).await.unwrap_err();
    assert!(refused.to_string().contains("it is for another node"), "{refused}");
    let refused = node.answer(&Bytes::from_static(&[3, 0])).await.unwrap_err();
    assert!(refused.to_string().contains("it is too short"), "{refused}");
    cluster.kill(1).await;
}
