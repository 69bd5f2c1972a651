//! Clients that ask and wait, one connection each, spread evenly over the servers.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, bail, ensure};
use bytes::Bytes;
use serde_json::json;
use tokio::sync::Barrier;
use tokio::task::JoinSet;

use crate::flags::Flags;
use crate::target::{Kind, Target};

/// How long a cluster that has just started may take to answer.
const START: Duration = Duration::from_secs(60);
const RETRY: Duration = Duration::from_millis(100);

#[derive(Debug, Clone, Copy)]
enum Operation {
    Put,
    Get,
    /// Writes each key once, and waits for a cluster that cannot yet.
    Fill,
}

#[derive(Debug)]
struct Load {
    operation: Operation,
    value: Bytes,
    keys: u64,
    clients: u64,
    time: Duration,
}

pub(crate) async fn run(flags: &Flags) -> anyhow::Result<()> {
    let kind = Kind::of(flags.text("to")?, flags.optional("contacts"))?;
    let load = Load {
        operation: match flags.text("operation")? {
            "put" => Operation::Put,
            "get" => Operation::Get,
            "fill" => Operation::Fill,
            other => bail!("unknown operation `{other}`"),
        },
        value: Bytes::from("x".repeat(flags.number("bytes")?)),
        keys: flags.number("keys")?,
        clients: flags.number("clients")?,
        time: Duration::from_secs_f64(flags.number("seconds")?),
    };
    ensure!(load.keys > 0 && load.clients > 0, "without keys and clients there is no load");
    let load = Arc::new(load);
    let together = Arc::new(Barrier::new(usize::try_from(load.clients)? + 1));
    let mut clients = JoinSet::new();
    for (client, address) in (0..load.clients).zip(flags.text("at")?.split(',').cycle()) {
        let target = kind.connect(address).await?;
        clients.spawn(serve(Arc::clone(&load), target, client, Arc::clone(&together)));
    }
    together.wait().await;
    let began = Instant::now();
    let mut times_us = Vec::new();
    while let Some(ended) = clients.join_next().await {
        times_us.extend(ended??);
    }
    let seconds = began.elapsed().as_secs_f64();
    times_us.sort_unstable();
    println!("{}", figures(&times_us, seconds)?);
    Ok(())
}

/// One client: how long each of its requests took, in microseconds.
async fn serve(
    load: Arc<Load>,
    mut target: Target,
    client: u64,
    together: Arc<Barrier>,
) -> anyhow::Result<Vec<u32>> {
    // The first request of a connection sets it up.
    target.get("warm").await.ok();
    together.wait().await;
    if matches!(load.operation, Operation::Fill) {
        return fill(&load, target, client).await;
    }
    let (began, mut times_us) = (Instant::now(), Vec::new());
    let mut chance = Chance(client + 1);
    while began.elapsed() < load.time {
        let key = key(&load, chance.next() % load.keys);
        let asked = Instant::now();
        match load.operation {
            Operation::Put | Operation::Fill => target.put(&key, &load.value).await?,
            Operation::Get => {
                let bytes = target.get(&key).await?;
                ensure!(bytes == load.value.len(), "`{key}` has {bytes} bytes");
            }
        }
        times_us.push(u32::try_from(asked.elapsed().as_micros()).unwrap_or(u32::MAX));
    }
    Ok(times_us)
}

async fn fill(load: &Load, mut target: Target, client: u64) -> anyhow::Result<Vec<u32>> {
    let began = Instant::now();
    for number in (client..load.keys).step_by(usize::try_from(load.clients)?) {
        let key = key(load, number);
        while let Err(error) = target.put(&key, &load.value).await {
            if began.elapsed() > START {
                return Err(error.context("the servers do not take a write"));
            }
            tokio::time::sleep(RETRY).await;
        }
    }
    Ok(vec![0])
}

fn key(load: &Load, number: u64) -> String {
    format!("key-{}-{number:06}", load.value.len())
}

fn figures(times_us: &[u32], seconds: f64) -> anyhow::Result<serde_json::Value> {
    let at = |percent: usize| {
        let place = (times_us.len() * percent / 100).min(times_us.len().saturating_sub(1));
        times_us.get(place).map(|us| f64::from(*us) / 1000.0).context("no request was done")
    };
    let done = u32::try_from(times_us.len()).context("too many requests")?;
    Ok(json!({
        "requests": done,
        "seconds": seconds,
        "per_second": f64::from(done) / seconds,
        "p50_ms": at(50)?,
        "p99_ms": at(99)?,
        "longest_ms": at(100)?,
    }))
}

/// Numbers that look random. Method: splitmix64, <https://prng.di.unimi.it/splitmix64.c>.
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}
