//! One simulation: a cluster in trouble, clients that work all the time, and what comes of it.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::{Context, bail, ensure};
use bytes::Bytes;
use state::Engine;
use structures::{Answer, Direction, Request, Row, queue};
use tokio::task::JoinSet;

use crate::chance::Chance;
use crate::clients::{self, Client, Histories, Keyed};
use crate::cluster::Cluster;
use crate::faults;
use crate::linearizability::{Event, Model, by_key, check};
use crate::models::{self, counter::Counter, entry::MapEntry, lock::Lock};
use crate::world::{World, pause_ms};

/// Longest that anything may take when all is calm again.
const CALM_MS: u64 = 60_000;

/// How far all clocks are set forward at the end: beyond what any of them was before, so that
/// leases end.
const FORWARD_MS: i64 = 300_000;

/// What is simulated.
#[derive(Debug, Clone, Copy, Default)]
pub struct Plan {
    /// Decides everything.
    pub seed: u64,
    /// Lets disks forget at a crash what they said was durable: the judges must notice.
    pub disks_lie: bool,
    /// Is called with each line of the trace.
    pub shown: Option<fn(&str)>,
}

/// What came of a simulation.
#[derive(Debug, Clone)]
pub struct Report {
    pub seed: u64,
    pub nodes: u64,
    /// All that happened, as one number.
    pub trace: u64,
    pub events: u64,
    pub operations: usize,
    /// Operations of which nobody knows what came.
    pub unseen: usize,
    pub crashes: u64,
    pub simulated_ms: u64,
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { seed, nodes, trace, events, operations, unseen, crashes, simulated_ms } = self;
        write!(
            f,
            "seed {seed}: trace {trace:016x} of {events} events; {nodes} nodes, {crashes} crashes, \
             {operations} operations ({unseen} unseen) in {simulated_ms} ms"
        )
    }
}

/// Simulates a cluster.
///
/// # Errors
///
/// What was wrong: a history that nothing explains, nodes that differ, or calls that are not
/// answered though nothing is in the way any more.
pub fn simulate(plan: Plan) -> anyhow::Result<Report> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .context("failed to make a runtime")?;
    runtime.block_on(run(plan))
}

async fn run(plan: Plan) -> anyhow::Result<Report> {
    let seed = plan.seed;
    let world = Arc::new(World::new(plan));
    let mut chance = Chance::of(seed, 5);
    let nodes = *chance.pick(&[1, 2, 3, 3, 3, 5]).unwrap_or(&3);
    let cluster = Cluster::start(Arc::clone(&world), nodes).await?;
    configure(&cluster).await?;
    world.spawn(Arc::clone(&cluster).keep());
    let is_over = Arc::new(AtomicBool::new(false));
    let mut working = JoinSet::new();
    for number in 1..=chance.between(3, 6) {
        working.spawn(Client::new(Arc::clone(&cluster), number).work(Arc::clone(&is_over)));
    }
    faults::trouble(&cluster, chance.between(5_000, 13_000)).await;
    is_over.store(true, Ordering::Relaxed);
    let ended = calm_down(&cluster, working).await;
    let (histories, remaining) = ended.with_context(|| cluster.in_words())?;
    let (trace, events) = world.trace();
    let (operations, unseen) = histories.counts();
    let simulated_ms = world.now_ms();
    let crashes = cluster.crashes.load(Ordering::Relaxed);
    cluster.close().await;
    world.end().await;
    judge(histories, &remaining)?;
    Ok(Report { seed, nodes, trace, events, operations, unseen, crashes, simulated_ms })
}

/// Waits until everybody has an answer and all nodes agree; says what clients saw, and what is left
/// in the queue.
async fn calm_down(
    cluster: &Cluster,
    working: JoinSet<Histories>,
) -> anyhow::Result<(Histories, Vec<u64>)> {
    let histories = in_time("clients are not answered", finish(working)).await??;
    in_time("not all nodes are up", all_up(cluster)).await?;
    for node in cluster.ids() {
        cluster.set_clock(node, FORWARD_MS);
    }
    in_time("not all members vote", cluster.all_vote()).await?;
    let remaining = in_time("leases do not end", remaining(cluster)).await??;
    in_time("the nodes do not agree", agree(cluster)).await??;
    Ok((histories, remaining))
}

async fn in_time<T>(what: &'static str, work: impl Future<Output = T>) -> anyhow::Result<T> {
    tokio::time::timeout(Duration::from_millis(CALM_MS), work).await.context(what)
}

/// Lets items of the queue be tried as often as it takes.
async fn configure(cluster: &Cluster) -> anyhow::Result<()> {
    let settings = queue::Settings { attempts_max: 1_000_000, ..queue::Settings::default() };
    let command = queue::Command::Configure { name: clients::queue(), settings };
    let engine = cluster.engine(1).context("the first node runs")?;
    let request = Request { id: None, command: command.into() };
    engine.propose(&request, Duration::from_secs(10)).await?;
    Ok(())
}

async fn finish(mut working: JoinSet<Histories>) -> anyhow::Result<Histories> {
    let mut histories = Histories::default();
    while let Some(seen) = working.join_next().await {
        histories.absorb(seen.context("a client saw an impossible answer")?);
    }
    Ok(histories)
}

async fn all_up(cluster: &Cluster) {
    while cluster.up().len() < cluster.ids().len() {
        pause_ms(20).await;
    }
}

/// The items that are left in the queue when all leases are over.
async fn remaining(cluster: &Cluster) -> anyhow::Result<Vec<u64>> {
    loop {
        let (_, engine) = cluster.up().into_iter().next().context("all nodes are up")?;
        let engine: &dyn Engine = &*engine;
        let timeout = Duration::from_secs(10);
        let status = queue::Query::Status { name: clients::queue() }.into();
        match engine.read(&status, timeout).await? {
            Ok(Answer::Queue(status)) if status.leased + status.delayed == 0 => {}
            Ok(Answer::Queue(_)) => {
                pause_ms(100).await;
                continue;
            }
            other => bail!("the queue answered {other:?}"),
        }
        let peek = queue::Query::Peek { name: clients::queue(), count: 1_000 }.into();
        return match engine.read(&peek, timeout).await? {
            Ok(Answer::Items(items)) => {
                Ok(items.iter().map(|item| clients::item(&item.payload)).collect())
            }
            other => bail!("the queue answered {other:?}"),
        };
    }
}

/// Waits until all nodes have applied the same, and compares what came of it.
async fn agree(cluster: &Cluster) -> anyhow::Result<()> {
    loop {
        let up = cluster.up();
        let applied: Vec<u64> =
            up.iter().map(|(_, engine)| engine.status().applied_index).collect();
        if applied.windows(2).all(|pair| pair.first() == pair.last()) {
            let mut rows = Vec::new();
            for (node, engine) in &up {
                rows.push((node, all_rows(&**engine)?));
            }
            for ((one, ones), (other, others)) in rows.iter().zip(rows.iter().skip(1)) {
                ensure!(ones == others, "nodes {one} and {other} differ at entry {applied:?}");
            }
            return Ok(());
        }
        pause_ms(20).await;
    }
}

fn all_rows(engine: &dyn Engine) -> anyhow::Result<Vec<Row>> {
    let mut rows = Vec::new();
    engine.look(&mut |view| {
        rows = view.scan(&[], &Bytes::from_static(&[0xff; 8]), Direction::Up, usize::MAX)?;
        Ok(())
    })?;
    Ok(rows)
}

/// Holds the histories against the models.
fn judge(histories: Histories, remaining: &[u64]) -> anyhow::Result<()> {
    let Histories { entries, counters, locks, queue } = histories;
    explain("entry", entries, |_| MapEntry)?;
    explain("counter", counters, |_| Counter)?;
    explain("lock", locks, |lock| Lock { leases_end: lock != clients::LASTING })?;
    models::queue::check(&queue, remaining).context("the queue was wrong")
}

fn explain<M: Model>(
    what: &str,
    history: Vec<Keyed<M::Operation, M::Answer>>,
    model: impl Fn(u64) -> M,
) -> anyhow::Result<()> {
    for (key, history) in by_key(history, |(key, _)| *key) {
        let history: Vec<_> = history
            .into_iter()
            .map(|Event { client, called, operation: (_, operation), answer }| Event {
                client,
                called,
                operation,
                answer,
            })
            .collect();
        check(&model(key), &history).with_context(|| format!("{what} {key} was wrong"))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests;
