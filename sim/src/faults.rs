//! What goes wrong in a simulation, and when.

mod moves;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use state::{Engine, NodeId};

use crate::chance::Chance;
use crate::cluster::Cluster;
use crate::disk::CALM_US;
use crate::network::{CALM, Weather};
use crate::world::pause_ms;

/// Slowest work of a disk in bad times: longer than an election takes.
const SLOW_US: u64 = 600_000;

/// Farthest that a wall clock is set, mostly and now and then.
const CLOCK_MS: [u64; 2] = [60_000, 12 * 60 * 60 * 1000];

/// One kind of fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    Kill,
    PowerCut,
    LoseAtWrite,
    Partition,
    OneWay,
    Mend,
    BadWeather,
    SlowDisk,
    FastDisk,
    SetClock,
    HandOver,
    Voters,
    /// A node wants to become a member.
    Join,
    /// The same, and it only votes.
    JoinWitness,
    /// A member is removed, or leaves.
    Remove,
    RemoveLeader,
    /// A member is stopped in order and started again, as for a new version.
    Restart,
}

const FAULTS: [Fault; 16] = [
    Fault::Kill,
    Fault::Kill,
    Fault::PowerCut,
    Fault::LoseAtWrite,
    Fault::LoseAtWrite,
    Fault::LoseAtWrite,
    Fault::Partition,
    Fault::Partition,
    Fault::OneWay,
    Fault::Mend,
    Fault::BadWeather,
    Fault::SlowDisk,
    Fault::FastDisk,
    Fault::SetClock,
    Fault::HandOver,
    Fault::Voters,
];

/// What happens beside those where members come and go.
const MOVES: [Fault; 8] = [
    Fault::Join,
    Fault::Join,
    Fault::Join,
    Fault::JoinWitness,
    Fault::Remove,
    Fault::Remove,
    Fault::RemoveLeader,
    Fault::Restart,
];

/// Lets things go wrong for so long, and mends everything then.
pub(crate) async fn trouble(cluster: &Arc<Cluster>, time_ms: u64) {
    let mut chance = Chance::of(cluster.world.seed, 4);
    let end_ms = cluster.world.now_ms() + time_ms;
    let moves: &[Fault] = if cluster.shape.moves { &MOVES } else { &[] };
    let faults = [&FAULTS, moves].concat();
    while cluster.world.now_ms() < end_ms {
        pause_ms(chance.between(50, 1_200)).await;
        let Some(fault) = chance.pick(&faults) else { continue };
        let ids = cluster.ids();
        let Some(node) = chance.pick(&ids) else { continue };
        cluster.world.note(format_args!("fault {fault:?} {node}"));
        happen(cluster, &mut chance, *fault, *node);
    }
    cluster.world.note(format_args!("calm"));
    cluster.network.set_weather(CALM);
    cluster.network.set_cuts(BTreeSet::new());
    for node in cluster.ids() {
        cluster.with(node, |run| run.disk.calm_down());
    }
}

fn happen(cluster: &Arc<Cluster>, chance: &mut Chance, fault: Fault, node: u64) {
    let ids = cluster.ids();
    match fault {
        Fault::Kill => cluster.kill(node),
        Fault::PowerCut => ids.iter().for_each(|node| cluster.kill(*node)),
        Fault::LoseAtWrite => {
            cluster.with(node, |run| run.disk.lose_soon());
        }
        Fault::Partition => {
            let here: BTreeSet<u64> =
                ids.iter().copied().filter(|id| *id == node || chance.happens(1, 3)).collect();
            let is_cut = |(from, to): &(u64, u64)| here.contains(from) != here.contains(to);
            cluster.network.set_cuts(pairs(&ids).into_iter().filter(is_cut).collect());
        }
        Fault::OneWay => {
            let is_cut = |(from, _): &(u64, u64)| *from == node;
            cluster.network.set_cuts(pairs(&ids).into_iter().filter(is_cut).collect());
        }
        Fault::Mend => {
            cluster.network.set_weather(CALM);
            cluster.network.set_cuts(BTreeSet::new());
        }
        Fault::BadWeather => cluster.network.set_weather(Weather {
            delay_most_us: chance.between(1_000, 150_000),
            lost: chance.below(100),
            doubled: chance.below(200),
        }),
        Fault::SlowDisk => {
            cluster.with(node, |run| run.disk.slow_down(SLOW_US));
        }
        Fault::FastDisk => {
            cluster.with(node, |run| run.disk.slow_down(CALM_US));
        }
        Fault::SetClock => {
            let [mostly_ms, farthest_ms] = CLOCK_MS;
            let most_ms = if chance.happens(1, 3) { farthest_ms } else { mostly_ms };
            let ahead_ms = i64::try_from(chance.below(2 * most_ms)).unwrap_or(0);
            let middle_ms = i64::try_from(most_ms).unwrap_or(0);
            cluster.set_clock(node, ahead_ms - middle_ms);
        }
        Fault::HandOver => change(cluster, chance, Change::HandOver(node)),
        Fault::Voters => {
            let voters: BTreeSet<u64> =
                ids.iter().copied().filter(|id| *id == node || chance.happens(2, 3)).collect();
            change(cluster, chance, Change::Voters(voters));
        }
        Fault::Join => moves::join(cluster, false),
        Fault::JoinWitness => moves::join(cluster, true),
        Fault::Remove => moves::remove(cluster, node),
        Fault::RemoveLeader => {
            let up = cluster.members_up();
            let leader = up.iter().find_map(|(_, engine)| engine.status().leader);
            moves::remove(cluster, leader.map_or(node, |leader| leader.0));
        }
        Fault::Restart => moves::restart(cluster, node),
    }
}

enum Change {
    HandOver(u64),
    Voters(BTreeSet<u64>),
}

/// Asks some node for a change of the cluster, and does not wait for it.
fn change(cluster: &Arc<Cluster>, chance: &mut Chance, change: Change) {
    let up = cluster.up();
    let Some((_, engine)) = chance.pick(&up) else { return };
    let (engine, timeout) = (Arc::clone(engine), Duration::from_secs(2));
    cluster.world.spawn(async move {
        // It may fail, as anything in such times.
        drop(match change {
            Change::HandOver(to) => engine.hand_over(NodeId(to), timeout).await,
            Change::Voters(voters) => {
                let voters: Vec<NodeId> = voters.into_iter().map(NodeId).collect();
                engine.set_voters(&voters, timeout).await
            }
        });
    });
}

fn pairs(ids: &[u64]) -> Vec<(u64, u64)> {
    ids.iter().flat_map(|from| ids.iter().map(|to| (*from, *to))).collect()
}
