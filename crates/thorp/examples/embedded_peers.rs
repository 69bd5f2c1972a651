//! Two peers share a map. Here they are in one process; in two it is the same.
//!
//! Run it with `cargo run --package thorp --example embedded_peers --no-default-features`.

#![expect(clippy::print_stdout, reason = "an example shows what it does")]

use std::error::Error;
use std::path::Path;
use std::time::Duration;

use futures::StreamExt as _;
use thorp::map::Change;
use thorp::node::StartError;
use thorp::{Cluster as _, Node};

/// Peers with the same secret and the same place to look find each other.
async fn peer(folder: &Path, name: &str) -> Result<Node, StartError> {
    Node::builder()
        .data(folder.join(name))
        .name(name)
        .cluster("example")
        .join(format!("dir:{}", folder.join("registry").display()))
        .secret_file(folder.join("secret"))
        .start()
        .await
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let one = peer(folder.path(), "one").await?;
    let two = peer(folder.path(), "two").await?;
    while one.engine().status().voters < 2 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    println!("two peers, each with a vote");

    let stock = one.map::<String, u32>("stock");
    stock.put("apples", 12).await?;
    let seen = two.map::<String, u32>("stock");
    println!("two sees {} apples", seen.get("apples").await?.unwrap_or(0));

    let mut changes = stock.watch().changes().await?;
    seen.update("apples", |apples| apples.and_then(|apples| apples.checked_sub(1))).await?;
    if let Some(Change::Put { key, value, .. }) = changes.next().await.transpose()? {
        println!("one hears: {value} {key}");
    }

    // What was written is on the disks of both.
    two.stop().await;
    let two = peer(folder.path(), "two").await?;
    let apples = two.map::<String, u32>("stock").get("apples").await?;
    println!("started again, two sees {} apples", apples.unwrap_or(0));
    two.stop().await;
    one.stop().await;
    Ok(())
}
