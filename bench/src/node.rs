//! A node as `thorp up` starts it, in a program without pipelines: quick to build.

use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context;
use thorp::clock::SystemClock;
use thorp::model::fault::Chain;
use thorp::node::{Node, Options};
use tokio::signal::unix::{SignalKind, signal};

use crate::flags::Flags;

pub(crate) async fn run(flags: &Flags) -> anyhow::Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    let usual = Options::default();
    let text = |name| flags.optional(name).map(str::to_owned);
    let options = Options {
        data: text("data").map_or(usual.data, PathBuf::from),
        cluster: text("cluster"),
        name: text("name"),
        peers_listen: text("peer-listen").unwrap_or(usual.peers_listen),
        https_listen: text("listen").or(usual.https_listen),
        redis_listen: text("redis-listen").or(usual.redis_listen),
        join: flags.all("join").map(str::to_owned).collect(),
        secret_file: text("secret-file").map(PathBuf::from),
        ..Options::default()
    };
    let node = Node::start(options, Arc::new(SystemClock::new()))
        .await
        .map_err(|error| anyhow::anyhow!("{}", Chain(&error)))?;
    let addresses = node.addresses();
    let mut out = std::io::stdout().lock();
    let (https, redis) = (addresses.https, addresses.redis);
    writeln!(out, "https {}", https.context("no HTTPS door")?)?;
    writeln!(out, "peers {}", addresses.peers)?;
    writeln!(out, "redis {}", redis.context("no Redis door")?)?;
    out.flush()?;
    drop(out);
    tokio::select! {
        _ = terminate.recv() => {
            node.stop().await;
            Ok(())
        }
        reason = node.failed() => anyhow::bail!("the node stopped: {reason}"),
    }
}
