//! An amount is moved between two accounts, and a message says so: all of it, or nothing.
//!
//! Run it with `cargo run --package thorp --example transfer --no-default-features`.

#![expect(clippy::print_stdout, reason = "an example shows what it does")]

use std::error::Error;

use serde::{Deserialize, Serialize};
use thorp::{Cluster, Map, Node, TransactionError};

#[derive(Debug, Serialize, Deserialize)]
struct Moved {
    from: String,
    to: String,
    amount: u32,
}

/// An account as it was read: a balance and its revision.
type Seen = (u32, u64);

async fn look(accounts: &Map<String, u32>, name: &str) -> Result<Seen, Box<dyn Error>> {
    let seen = accounts.get_with_revision(name).await?;
    seen.ok_or_else(|| format!("there is no account of {name}").into())
}

/// Moves 30 from ada to bob, unless one of their accounts has changed since it was seen.
async fn transfer(
    cluster: &impl Cluster,
    (ada, ada_revision): Seen,
    (bob, bob_revision): Seen,
) -> Result<(), TransactionError> {
    let accounts = cluster.map::<String, u32>("accounts");
    let moves = cluster.topic::<Moved>("moves");
    let moved = Moved { from: "ada".to_owned(), to: "bob".to_owned(), amount: 30 };

    let mut transfer = cluster.transaction();
    transfer.map(&accounts).put_if("ada", ada - moved.amount, ada_revision);
    transfer.map(&accounts).put_if("bob", bob + moved.amount, bob_revision);
    transfer.topic(&moves).publish(&moved);
    transfer.commit().await?;
    Ok(())
}

async fn show(accounts: &Map<String, u32>) -> Result<(), Box<dyn Error>> {
    let ((ada, _), (bob, _)) = (look(accounts, "ada").await?, look(accounts, "bob").await?);
    println!("ada has {ada}, bob has {bob}");
    Ok(())
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let node = Node::builder()
        .data(folder.path().join("node"))
        .cluster("example")
        .join(format!("dir:{}", folder.path().join("registry").display()))
        .secret_file(folder.path().join("secret"));
    let node = node.start().await?;

    let accounts = node.map::<String, u32>("accounts");
    accounts.put_many([("ada".to_owned(), 100), ("bob".to_owned(), 0)]).await?;
    let (ada, bob) = (look(&accounts, "ada").await?, look(&accounts, "bob").await?);
    transfer(&node, ada, bob).await?;
    show(&accounts).await?;

    // The same again, with what was true before: somebody has to look first.
    match transfer(&node, ada, bob).await {
        Err(TransactionError::Condition(broken)) => println!("refused: {broken}"),
        other => other?,
    }
    show(&accounts).await?;
    println!("{} message says so", node.topic::<Moved>("moves").len().await?);
    node.stop().await;
    Ok(())
}
