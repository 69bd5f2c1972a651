//! A function is loaded, called, and replaced while the nodes run.
//!
//! Run it with `cargo run --package thorp --example live_patching --no-default-features`.

#![expect(clippy::print_stdout, reason = "an example shows what it does")]

use std::error::Error;
use std::path::Path;

use futures::TryStreamExt as _;
use thorp::node::StartError;
use thorp::{Cluster, CodeError, Node, code};

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

/// Calls the function by its name, wherever it runs.
async fn greet(cluster: &impl Cluster, name: &'static str) -> Result<String, Box<dyn Error>> {
    let greeted = cluster.fmap(code::named("greet")?, [name]).results::<String>();
    Ok(greeted.try_collect::<String>().await?)
}

async fn load(cluster: &impl Cluster, words: &str) -> Result<u64, CodeError> {
    let source = format!("export function greet(name) {{ return `{words} ${{name}}` }}");
    Ok(cluster.load("greet.js", &source).await?.number)
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let one = peer(folder.path(), "one").await?;

    let first = load(&one, "hello").await?;
    println!("patch {first}: {}", greet(&one, "Ada").await?);
    let second = load(&one, "good evening").await?;
    println!("patch {second}: {}", greet(&one, "Ada").await?);

    // A node that comes later has everything that was loaded before.
    let two = peer(folder.path(), "two").await?;
    println!("a node that came later: {}", greet(&two, "Ada").await?);

    one.roll_back(first).await?;
    println!("back to patch {first}: {}", greet(&two, "Ada").await?);
    two.stop().await;
    one.stop().await;
    Ok(())
}
