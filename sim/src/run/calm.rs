//! The end of a simulation: nothing is in the way any more, so all must be well.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, bail, ensure};
use bytes::Bytes;
use state::{Embedded, Engine, Role};
use structures::{Answer, Direction, Request, Row, counter, queue};
use tokio::task::JoinSet;

use crate::chance::Chance;
use crate::clients::{self, Histories};
use crate::cluster::Cluster;
use crate::world::pause_ms;

/// Longest that anything may take when all is calm again.
const CALM_MS: u64 = 60_000;

/// How far all clocks are set forward at the end: beyond what any of them was before, so that
/// leases end.
const FORWARD_MS: i64 = 300_000;

/// Longer than anybody works on a change of the voters that nobody waits for any more, and longer
/// than one stays half done.
const REST_MS: u64 = 3_000;

/// Longest that one question or command may take.
const SOON: Duration = Duration::from_secs(10);

/// Waits until everybody has an answer and all members agree; says what clients saw, and what is
/// left in the queue.
pub(super) async fn down(
    cluster: &Cluster,
    working: JoinSet<Histories>,
) -> anyhow::Result<(Histories, Vec<u64>)> {
    let histories = in_time("clients are not answered", finish(working)).await??;
    in_time("not all changes of the members are done", settled(cluster)).await?;
    in_time("not all nodes are up", all_up(cluster)).await?;
    for node in cluster.ids() {
        cluster.set_clock(node, FORWARD_MS);
    }
    in_time("the right members do not vote", the_right_ones_vote(cluster)).await?;
    pause_ms(REST_MS).await;
    in_time("the right members vote no longer", the_right_ones_vote(cluster)).await?;
    let remaining = in_time("leases do not end", remaining(cluster)).await??;
    in_time("the members do not agree", agree(cluster)).await??;
    outsiders_are_out(cluster).await?;
    a_minority_may_go(cluster).await?;
    Ok((histories, remaining))
}

async fn the_right_ones_vote(cluster: &Cluster) {
    match cluster.shape.moves {
        true => cluster.is_balanced().await,
        false => cluster.all_vote().await,
    }
}

async fn settled(cluster: &Cluster) {
    while !cluster.roll.is_settled() || !cluster.drained().is_empty() {
        pause_ms(20).await;
    }
}

async fn in_time<T>(what: &'static str, work: impl Future<Output = T>) -> anyhow::Result<T> {
    tokio::time::timeout(Duration::from_millis(CALM_MS), work).await.context(what)
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
        let (_, engine) = cluster.members_up().into_iter().next().context("a member is up")?;
        let engine: &dyn Engine = &*engine;
        let status = queue::Query::Status { name: clients::queue() }.into();
        match engine.read(&status, SOON).await? {
            Ok(Answer::Queue(status)) if status.leased + status.delayed == 0 => {}
            Ok(Answer::Queue(_)) => {
                pause_ms(100).await;
                continue;
            }
            other => bail!("the queue answered {other:?}"),
        }
        let peek = queue::Query::Peek { name: clients::queue(), count: 1_000 }.into();
        return match engine.read(&peek, SOON).await? {
            Ok(Answer::Items(items)) => {
                Ok(items.iter().map(|item| clients::item(&item.payload)).collect())
            }
            other => bail!("the queue answered {other:?}"),
        };
    }
}

/// Waits until all members have applied the same, and compares what came of it.
async fn agree(cluster: &Cluster) -> anyhow::Result<()> {
    let members = cluster.roll.members();
    let is_known = |engine: &Embedded| {
        let known = engine.members().all.into_keys().map(|id| id.0);
        known.eq(members.iter().copied())
    };
    loop {
        let up = cluster.members_up();
        let applied: Vec<u64> =
            up.iter().map(|(_, engine)| engine.status().applied_index).collect();
        let are_even = applied.windows(2).all(|pair| pair.first() == pair.last());
        if !are_even || up.len() < members.len() || !up.iter().all(|(_, at)| is_known(at)) {
            pause_ms(20).await;
            continue;
        }
        let mut rows = Vec::new();
        for (node, engine) in &up {
            rows.push((node, all_rows(&**engine)?));
        }
        for ((one, ones), (other, others)) in rows.iter().zip(rows.iter().skip(1)) {
            ensure!(ones == others, "nodes {one} and {other} differ at entry {applied:?}");
        }
        return Ok(());
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

/// Nodes that were removed and that all members have shut out are told nothing and take no writes,
/// whoever they believe leads: one that led when it was cut off never hears of another leader.
async fn outsiders_are_out(cluster: &Cluster) -> anyhow::Result<()> {
    let members = cluster.roll.members();
    for node in cluster.roll.removed() {
        let Some(engine) = cluster.engine(node) else { continue };
        if members.iter().all(|member| cluster.network.has_shut_out(*member, node)) {
            let answered = add_one(&*engine).await;
            ensure!(answered.is_err(), "node {node} was removed, and takes writes");
            let answered = engine.barrier(SOON).await;
            ensure!(answered.is_err(), "node {node} was removed, and knows what is new");
        }
    }
    Ok(())
}

/// The next fault would do no harm: as many voters as may be lost are, and writes go on.
async fn a_minority_may_go(cluster: &Cluster) -> anyhow::Result<()> {
    let mut chance = Chance::of(cluster.world.seed, 7);
    let (_, engine) = cluster.members_up().into_iter().next().context("a member is up")?;
    let members = engine.members().all.into_iter();
    let voters = members.filter(|(_, (_, role))| *role != Role::Learner);
    let mut voters: Vec<u64> = voters.map(|(id, _)| id.0).collect();
    let left = voters.len() / 2 + 1;
    cluster.let_stay_away(true);
    // Somebody must be left who serves.
    let mut serving = voters.clone();
    serving.retain(|voter| !cluster.is_witness(*voter));
    let kept = chance.pick(&serving).copied();
    while voters.len() > left {
        let Some(lost) = chance.pick(&voters).copied() else { break };
        if kept == Some(lost) {
            continue;
        }
        cluster.world.note(format_args!("{lost} stays away"));
        cluster.kill(lost);
        voters.retain(|voter| *voter != lost);
    }
    let serves = |(id, _): &(u64, Arc<Embedded>)| !cluster.is_witness(*id);
    let serving = cluster.members_up().into_iter().find(serves);
    let (_, engine) = serving.context("a member serves")?;
    let left = format!("voters {voters:?} are enough, and do not write");
    add_one(&*engine).await.context(left)?;
    cluster.let_stay_away(false);
    in_time("not all nodes are up again", all_up(cluster)).await?;
    in_time("the members do not agree again", agree(cluster)).await?
}

async fn add_one(engine: &dyn Engine) -> anyhow::Result<()> {
    let command = counter::Command::Add { name: Bytes::from_static(b"last"), by: 1 };
    let request = Request { id: None, command: command.into() };
    engine.propose(&request, SOON).await?;
    Ok(())
}
