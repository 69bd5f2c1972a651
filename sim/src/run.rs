//! One simulation: a cluster in trouble, clients that work all the time, and what comes of it.

mod calm;

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::Context;
use state::Engine;
use structures::{Request, queue};
use tokio::task::JoinSet;

use crate::chance::Chance;
use crate::clients::{self, Client, Histories, Keyed};
use crate::cluster::{Cluster, Shape};
use crate::faults;
use crate::linearizability::{Event, Model, by_key, check};
use crate::models::{self, counter::Counter, entry::MapEntry, lock::Lock};
use crate::world::World;

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
    /// Nodes at the beginning.
    pub nodes: u64,
    /// How many members came later, and how many went.
    pub moves: (usize, usize),
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
        let Self { seed, nodes, trace, events, operations, .. } = self;
        let Self { moves: (came, went), unseen, crashes, simulated_ms, .. } = self;
        write!(
            f,
            "seed {seed}: trace {trace:016x} of {events} events; {nodes} nodes, {came} came, {went} went, {crashes} crashes, \
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
    let shape = Shape::drawn(&mut chance);
    let cluster = Cluster::start(Arc::clone(&world), shape).await?;
    configure(&cluster).await?;
    world.spawn(Arc::clone(&cluster).keep());
    let is_over = Arc::new(AtomicBool::new(false));
    let mut working = JoinSet::new();
    for number in 1..=chance.between(3, 6) {
        working.spawn(Client::new(Arc::clone(&cluster), number).work(Arc::clone(&is_over)));
    }
    faults::trouble(&cluster, chance.between(5_000, 13_000)).await;
    is_over.store(true, Ordering::Relaxed);
    let ended = calm::down(&cluster, working).await;
    let (histories, remaining) = ended.with_context(|| cluster.in_words())?;
    let (trace, events) = world.trace();
    let (operations, unseen) = histories.counts();
    let simulated_ms = world.now_ms();
    let (nodes, moves) = (shape.nodes, cluster.roll.moves(shape.nodes));
    let crashes = cluster.crashes.load(Ordering::Relaxed);
    cluster.close().await;
    world.end().await;
    judge(histories, &remaining)?;
    Ok(Report { seed, nodes, moves, trace, events, operations, unseen, crashes, simulated_ms })
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
