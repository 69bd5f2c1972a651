//! Faults: each is made, held for a while, and taken back.

use std::fmt;
use std::fs::File;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use rustix::process::Signal;
use sim::chance::Chance;

use crate::cleanup::Process;
use crate::cluster::Cluster;
use crate::limits;
use crate::network::Network;
use crate::node::FalseClock;

/// Seconds by which a false clock is ahead or behind: certificates allow for a day.
const CLOCK_SECONDS_MAX: u64 = 6 * 60 * 60;

/// By so many microseconds a slow disk is slower: a disk that is shared, or about to fail.
const SLOW_MICROS: u64 = 200_000;

const STRACE: &str = "/usr/bin/strace";

/// What can go wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Fault {
    KillLeader,
    KillOne,
    KillAll,
    PauseLeader,
    PauseOne,
    PauseTwo,
    /// The leader reaches no other node and none reaches it, while clients reach all.
    LeaderAlone,
    OneAlone,
    /// What the leader sends reaches nobody, and it hears all.
    LeaderMute,
    /// The leader hears nobody, and all hear it.
    LeaderDeaf,
    /// Two nodes do not reach each other, and both reach the third one.
    PairApart,
    Unplugged,
    SlowDisk,
    /// A node comes back with a clock that is hours away from the truth.
    FalseClock,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::KillLeader => "leader killed",
            Self::KillOne => "node killed",
            Self::KillAll => "all nodes killed",
            Self::PauseLeader => "leader paused",
            Self::PauseOne => "node paused",
            Self::PauseTwo => "two nodes paused",
            Self::LeaderAlone => "leader cut off",
            Self::OneAlone => "node cut off",
            Self::LeaderMute => "leader not heard",
            Self::LeaderDeaf => "leader hears nobody",
            Self::PairApart => "two nodes cut off from each other",
            Self::Unplugged => "cable pulled",
            Self::SlowDisk => "slow disk",
            Self::FalseClock => "false clock",
        })
    }
}

impl Fault {
    /// The faults that can be made here, and why others cannot.
    pub(super) fn possible(has_network: bool) -> (Vec<Self>, Vec<&'static str>) {
        let mut faults = vec![
            Self::KillLeader,
            Self::KillOne,
            Self::KillAll,
            Self::PauseLeader,
            Self::PauseOne,
            Self::PauseTwo,
        ];
        let mut missing = Vec::new();
        if has_network {
            faults.extend([Self::LeaderAlone, Self::OneAlone, Self::LeaderMute]);
            faults.extend([Self::LeaderDeaf, Self::PairApart, Self::Unplugged]);
        } else {
            missing.push(Network::obstacle().unwrap_or("partitions were not asked for"));
        }
        if Path::new(STRACE).exists() {
            faults.push(Self::SlowDisk);
        } else {
            missing.push("slow disks need `strace`");
        }
        if FalseClock::new(0).is_some() {
            faults.push(Self::FalseClock);
        } else {
            missing.push("false clocks need `libfaketime`");
        }
        (faults, missing)
    }

    /// Makes the fault, and takes it back after `held`.
    pub(super) fn happen(
        self,
        cluster: &mut Cluster,
        held: Duration,
        chance: &mut Chance,
    ) -> anyhow::Result<()> {
        let count = cluster.nodes.len();
        let one = usize::try_from(chance.below(u64::try_from(count)?))?;
        let other = (one + 1) % count;
        // Nobody leads while all look for a leader: then it hits anybody.
        let leader = cluster.leader()?.unwrap_or(one);
        match self {
            Self::KillLeader => kill(cluster, &[leader], held),
            Self::KillOne => kill(cluster, &[one], held),
            Self::KillAll => kill(cluster, &(0..count).collect::<Vec<_>>(), held),
            Self::PauseLeader => pause(cluster, &[leader], held),
            Self::PauseOne => pause(cluster, &[one], held),
            Self::PauseTwo => pause(cluster, &[one, other], held),
            Self::LeaderAlone => {
                cut(cluster, &[from(leader, count), to(leader, count)].concat(), held)
            }
            Self::OneAlone => cut(cluster, &[from(one, count), to(one, count)].concat(), held),
            Self::LeaderMute => cut(cluster, &from(leader, count), held),
            Self::LeaderDeaf => cut(cluster, &to(leader, count), held),
            Self::PairApart => cut(cluster, &[(one, other), (other, one)], held),
            Self::Unplugged => unplug(cluster, one, held),
            Self::SlowDisk => slow_down(cluster, one, held),
            Self::FalseClock => {
                let seconds = i64::try_from(chance.below(2 * CLOCK_SECONDS_MAX))?;
                let seconds = seconds - i64::try_from(CLOCK_SECONDS_MAX)?;
                if let Some(node) = cluster.nodes.get_mut(one) {
                    node.clock = FalseClock::new(seconds);
                }
                kill(cluster, &[one], held)
            }
        }
    }
}

/// All ways that begin at a node.
fn from(node: usize, count: usize) -> Vec<(usize, usize)> {
    (0..count).filter(|other| *other != node).map(|other| (node, other)).collect()
}

/// All ways that end at a node.
fn to(node: usize, count: usize) -> Vec<(usize, usize)> {
    (0..count).filter(|other| *other != node).map(|other| (other, node)).collect()
}

fn kill(cluster: &mut Cluster, nodes: &[usize], held: Duration) -> anyhow::Result<()> {
    for node in nodes {
        cluster.node(*node).signal(Signal::KILL)?;
    }
    for node in nodes {
        cluster.kill(*node)?;
    }
    thread::sleep(held);
    for node in nodes {
        cluster.spawn(*node)?;
    }
    for node in nodes {
        cluster.wait_for_doors(*node)?;
    }
    Ok(())
}

fn pause(cluster: &Cluster, nodes: &[usize], held: Duration) -> anyhow::Result<()> {
    for node in nodes {
        cluster.node(*node).signal(Signal::STOP)?;
    }
    thread::sleep(held);
    for node in nodes {
        cluster.node(*node).signal(Signal::CONT)?;
    }
    Ok(())
}

fn cut(cluster: &Cluster, ways: &[(usize, usize)], held: Duration) -> anyhow::Result<()> {
    let Some(network) = &cluster.network else { return Ok(()) };
    for (from, to) in ways {
        network.cut(*from, *to)?;
    }
    thread::sleep(held);
    for (from, to) in ways {
        network.mend(*from, *to)?;
    }
    Ok(())
}

fn unplug(cluster: &Cluster, node: usize, held: Duration) -> anyhow::Result<()> {
    let Some(network) = &cluster.network else { return Ok(()) };
    network.set_cable(node, "down")?;
    thread::sleep(held);
    network.set_cable(node, "up")
}

/// Holds up each call that waits for the disk.
fn slow_down(cluster: &Cluster, node: usize, held: Duration) -> anyhow::Result<()> {
    let Some(pid) = cluster.node(node).pid() else { return Ok(()) };
    let calls = "fsync,fdatasync";
    let said = File::options().create(true).append(true).open(cluster.home().join("strace.log"))?;
    let mut command = Command::new(STRACE);
    command.args(["-f", "-q", "-o", "/dev/null", "-e", &format!("trace={calls}")]);
    command.args(["-e", &format!("inject={calls}:delay_enter={SLOW_MICROS}")]);
    command.args(["-p", &pid.to_string()]).stdin(Stdio::null()).stdout(Stdio::null()).stderr(said);
    let tracer = Process::spawn(&mut command)?;
    thread::sleep(held);
    // It lets go of the node before it ends.
    tracer.signal(Signal::TERM)?;
    tracer.wait(limits::GONE).map(drop)
}
