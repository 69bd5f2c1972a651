//! Workers take jobs from a queue by lease. One of them dies, and its job comes back.
//!
//! Run it with `cargo run --package thorp --example job_queue --no-default-features`.

#![expect(clippy::print_stdout, reason = "an example shows what it does")]

use std::error::Error;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use thorp::{Client, Cluster, Node, QueueError};

#[derive(Debug, Serialize, Deserialize)]
struct Job {
    id: u32,
}

/// Takes one job and forgets it, as a worker does that is killed.
async fn die(cluster: &impl Cluster) -> Result<(), QueueError> {
    let jobs = cluster.queue::<Job>("jobs").with_lease(Duration::from_millis(500));
    if let Some(job) = jobs.take().await? {
        println!("one takes job {} and dies", job.id);
    }
    Ok(())
}

/// Does jobs until none comes for two seconds.
async fn work(cluster: &impl Cluster) -> Result<(), Box<dyn Error>> {
    let jobs = cluster.queue::<Job>("jobs");
    let done = cluster.counter("done");
    while let Some(job) = jobs.take_within(Duration::from_secs(2)).await? {
        match job.attempts() {
            1 => println!("two does job {}", job.id),
            attempts => println!("two does job {}, attempt {attempts}", job.id),
        }
        done.add(1).await?;
        job.ack().await?;
    }
    Ok(())
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let contacts = folder.path().join("contacts");
    let node = Node::builder()
        .data(folder.path().join("node"))
        .cluster("example")
        .join(format!("dir:{}", folder.path().join("registry").display()))
        .secret_file(folder.path().join("secret"))
        .contacts(&contacts)
        .https("127.0.0.1:0");
    let node = node.start().await?;

    // A worker may be anywhere: this one comes from outside, over HTTPS.
    let outside = Client::builder().contacts(&contacts).connect().await?;
    node.queue::<Job>("jobs").push_many(&[Job { id: 1 }, Job { id: 2 }, Job { id: 3 }]).await?;
    die(&outside).await?;
    work(&node).await?;
    println!("{} jobs are done", node.counter("done").get().await?);

    outside.close().await?;
    node.stop().await;
    Ok(())
}
