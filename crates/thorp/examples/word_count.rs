//! Words of many lines are counted by all nodes together.
//!
//! Run it with `cargo run --package thorp --example word_count --no-default-features`.

#![expect(clippy::print_stdout, reason = "an example shows what it does")]

use std::collections::BTreeMap;
use std::error::Error;
use std::path::Path;

use futures::TryStreamExt as _;
use thorp::node::StartError;
use thorp::{Cluster as _, Node, code};

const LINES: [&str; 3] =
    ["The quick brown fox", "jumps over the lazy dog,", "and the fox sleeps; the end."];

/// Counts the words of one line. It runs wherever there is time.
const COUNT: &str = "line => {
    const counts = {};
    for (const word of line.toLowerCase().match(/[a-z]+/g) ?? []) {
        counts[word] = (counts[word] ?? 0) + 1;
    }
    return counts;
}";

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
    let mut peers = Vec::new();
    for name in ["one", "two", "three"] {
        peers.push(peer(folder.path(), name).await?);
    }
    let [one, ..] = peers.as_slice() else { return Ok(()) };

    let lines = LINES.into_iter().cycle().take(3_000);
    println!("3000 lines on {} nodes", peers.len());
    let counted = one.fmap(code::anonymous(COUNT)?, lines).unordered();
    let counted = counted.results::<BTreeMap<String, u64>>();
    let all = counted.try_fold(BTreeMap::new(), async |mut all, counts| {
        for (word, count) in counts {
            *all.entry(word).or_insert(0) += count;
        }
        Ok(all)
    });
    let all: BTreeMap<String, u64> = all.await?;
    for word in ["the", "fox", "dog"] {
        println!("{word} {}", all.get(word).copied().unwrap_or(0));
    }
    for peer in peers {
        peer.stop().await;
    }
    Ok(())
}
