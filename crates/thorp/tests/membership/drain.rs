//! Nodes that are about to be stopped.

use std::net::SocketAddr;

use model::fault::Fault;
use state::Role;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

use crate::kit::{Home, until};

/// What the Redis door says to `command`.
async fn redis(at: Option<SocketAddr>, command: &str) -> String {
    let mut stream = BufReader::new(TcpStream::connect(at.unwrap()).await.unwrap());
    stream.write_all(format!("{command}\r\n").as_bytes()).await.unwrap();
    let mut line = String::new();
    stream.read_line(&mut line).await.unwrap();
    line.trim_end().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_drained_node_can_be_stopped_and_is_taken_back() {
    let home = Home::new();
    let (one, two, three) = (home.start("a").await, home.start("b").await, home.start("c").await);
    one.sees_voters(3).await;
    one.drain().await.unwrap();
    assert_eq!(one.role("a"), Some(Role::Learner));
    until("another one leads", async || two.members().leader()).await;
    let refused = redis(one.addresses.redis, "SET k v").await;
    assert!(refused.starts_with("-CLUSTERDOWN this node is drained; use `"), "{refused}");
    assert_eq!(redis(two.addresses.redis, "SET k v").await, "+OK");
    assert!(one.advice().await.iter().any(|line| line.contains("`a` is drained")));

    one.undrain();
    assert_eq!(redis(one.addresses.redis, "SET k w").await, "+OK");
    two.sees_voters(3).await;

    two.drain().await.unwrap();
    two.stop().await;
    assert_eq!(redis(three.addresses.redis, "SET k x").await, "+OK");
    let two = home.start("b").await;
    one.sees_voters(3).await;
    assert_eq!(redis(two.addresses.redis, "SET k y").await, "+OK");
    for node in [one, two, three] {
        node.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_only_node_that_serves_is_not_drained() {
    let home = Home::new();
    let one = home.start("a").await;
    let refused = one.drain().await.unwrap_err();
    assert_eq!(refused.code(), "MEMBERS_UNCHANGED");
    assert_eq!(redis(one.addresses.redis, "SET k v").await, "+OK");
    let two = home.start("b").await;
    one.sees_voters(2).await;
    one.drain().await.unwrap();
    until("the other one leads alone", async || (two.members().voters() == 1).then_some(())).await;
    one.stop().await;
    assert_eq!(redis(two.addresses.redis, "SET k v").await, "+OK");
    two.stop().await;
}
