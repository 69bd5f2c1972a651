//! Members that come and go, and are stopped for a while.

use std::sync::Arc;
use std::time::Duration;

use state::{Engine, Member, NodeId, Origin, Role};

use crate::chance::Chance;
use crate::cluster::{Cluster, Standing};
use crate::world::pause_ms;

/// Longest that one attempt to change the members may take.
const ATTEMPT: Duration = Duration::from_secs(5);

/// Nodes at the same time, at most.
const NODES_MAX: usize = 7;

/// Longest that a node which is to be stopped waits until others do without it.
const DRAIN_MS: u64 = 5_000;

/// What is asked of the members.
#[derive(Debug, Clone)]
enum Asked {
    LetIn(NodeId, Member),
    Remove(NodeId),
}

/// Lets a new node become a member; it asks until somebody lets it in.
pub(super) fn join(cluster: &Arc<Cluster>, is_witness: bool) {
    if cluster.ids().len() >= NODES_MAX {
        return;
    }
    let (cluster, id) = (Arc::clone(cluster), cluster.fresh_id());
    let world = Arc::clone(&cluster.world);
    cluster.provide(id, is_witness);
    cluster.roll.set(id, Standing::Joining);
    world.note(format_args!("{id} wants to join, as a witness: {is_witness}"));
    world.spawn(async move {
        let mut chance = Chance::of(cluster.world.seed, 10_000 + id);
        let starts_first = chance.happens(1, 2);
        if starts_first {
            start(&cluster, id).await;
        }
        let asked = Asked::LetIn(NodeId(id), cluster.member(id));
        ask(&cluster, &mut chance, &asked).await;
        cluster.roll.set(id, Standing::Member);
        cluster.world.note(format_args!("{id} is a member"));
        is_in_force(&cluster, &mut chance).await;
        if !starts_first {
            pause_ms(chance.between(0, 3_000)).await;
            start(&cluster, id).await;
        }
    });
}

async fn start(cluster: &Arc<Cluster>, id: u64) {
    let started = cluster.run(id, Origin::Join, &Vec::new()).await;
    started.expect("a new node starts");
}

/// Removes a member; that is asked for until it is done. The node goes on, and may not know, or is
/// switched off.
pub(super) fn remove(cluster: &Arc<Cluster>, id: u64) {
    let members = cluster.roll.members();
    let serves = |other: &u64| *other != id && !cluster.is_witness(*other);
    if !members.contains(&id) || !members.iter().any(serves) {
        return;
    }
    let (cluster, world) = (Arc::clone(cluster), Arc::clone(&cluster.world));
    cluster.roll.set(id, Standing::Leaving);
    world.note(format_args!("{id} is to be removed"));
    world.spawn(async move {
        let mut chance = Chance::of(cluster.world.seed, 20_000 + id);
        ask(&cluster, &mut chance, &Asked::Remove(NodeId(id))).await;
        cluster.roll.set(id, Standing::Removed);
        cluster.world.note(format_args!("{id} is removed"));
        is_in_force(&cluster, &mut chance).await;
        if chance.happens(1, 2) {
            cluster.switch_off(id);
        }
    });
}

/// Asks some node after the other until it is done; one that leaves often asks itself.
async fn ask(cluster: &Cluster, chance: &mut Chance, asked: &Asked) {
    loop {
        pause_ms(chance.between(10, 300)).await;
        let nodes = match asked {
            Asked::LetIn(id, _) => cluster.serving().into_iter().filter(|at| *at != id.0).collect(),
            Asked::Remove(id) if chance.happens(1, 3) => vec![id.0],
            // Only a witness may be left.
            Asked::Remove(_) => cluster.up().into_iter().map(|(id, _)| id).collect(),
        };
        let Some(node) = chance.pick(&nodes) else { continue };
        let Some(asking) = cluster.with(*node, |run| (run.life.clone(), run.engine.clone())) else {
            continue;
        };
        let (life, engine) = asking;
        let work = match asked {
            Asked::LetIn(id, member) => engine.add(*id, member, ATTEMPT),
            Asked::Remove(id) => engine.remove(*id, ATTEMPT),
        };
        let done = tokio::select! {
            biased;
            () = life.end() => continue,
            done = work => done,
        };
        cluster.world.note(format_args!("{node} was asked {asked:?}: {done:?}"));
        if done.is_ok() {
            return;
        }
    }
}

/// Asks some node who the members are: what was acknowledged before holds.
async fn is_in_force(cluster: &Cluster, chance: &mut Chance) {
    let acknowledged = cluster.roll.copy();
    let serving = cluster.serving();
    let asked = chance
        .pick(&serving)
        .and_then(|node| cluster.with(*node, |run| (run.life.clone(), run.engine.clone())));
    let Some((life, engine)) = asked else { return };
    let known = async {
        if engine.barrier(ATTEMPT).await.is_err() {
            return Ok(());
        }
        // What is installed as a whole is applied a moment before the members are known.
        let mut changed = engine.changed();
        let are_right = async {
            while cluster.roll.check(&acknowledged, &engine.members()).is_err() {
                changed.wait().await;
            }
        };
        match tokio::time::timeout(ATTEMPT, are_right).await {
            Ok(()) => Ok(()),
            Err(_) => cluster.roll.check(&acknowledged, &engine.members()),
        }
    };
    let right = tokio::select! {
        biased;
        () = life.end() => Ok(()),
        known = known => known,
    };
    right.expect("the members are those that were acknowledged");
}

/// Stops a member in order and lets it start again: it neither leads nor votes then, when others
/// can do without it.
pub(super) fn restart(cluster: &Arc<Cluster>, node: u64) {
    let run = cluster.with(node, |run| (run.life.clone(), run.engine.clone(), run.disk.clone()));
    let Some((life, engine, disk)) = run else { return };
    if cluster.drained().contains(&NodeId(node)) {
        return;
    }
    cluster.set_drained(node, true);
    let (cluster, world) = (Arc::clone(cluster), Arc::clone(&cluster.world));
    world.spawn(async move {
        let stop = async {
            let end_ms = cluster.world.now_ms() + DRAIN_MS;
            let votes = || {
                let members = engine.members();
                members.all.get(&NodeId(node)).is_some_and(|(_, role)| *role != Role::Learner)
            };
            while votes() && cluster.world.now_ms() < end_ms {
                pause_ms(20).await;
            }
            cluster.world.note(format_args!("{node} stops, and votes: {}", votes()));
            engine.close().await;
        };
        tokio::select! {
            biased;
            () = life.end() => {}
            () = stop => disk.lose(),
        }
        cluster.set_drained(node, false);
    });
}
