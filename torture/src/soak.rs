//! `soak`: mixed load on a bounded amount of data for a long time; memory, descriptors and disk of
//! each node stay flat.

mod client;
mod gauge;

use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use anyhow::{Context, anyhow};
use sim::chance::Chance;

use crate::arguments::Arguments;
use crate::clock::{Clock, until};
use crate::cluster::{Cluster, Kind};
use crate::limits;
use crate::place::Place;
use crate::report;
use client::{Client, Done};
use gauge::Gauge;

const NODES: usize = 3;
const CLIENTS: u64 = 6;
const SECONDS: u64 = 1_800;
const SAMPLE_EVERY: Duration = Duration::from_secs(10);

/// Log entries after which all that has a bound is full: the part of the log in memory takes the
/// most of them, 16 MiB.
const WARM_ENTRIES: u64 = 60_000;

/// What is looked at: name, unit, and the growth over the looked-at time that is no growth.
const MEASURES: [(&str, &str, f64); 3] =
    [("memory", "MB", 6.0), ("descriptors", "", 4.0), ("disk", "MB", 20.0)];

pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<bool> {
    let place = Place::new("soak")?;
    let grown = grown(arguments, &place);
    report::verdict(place, grown)
}

fn grown(arguments: &Arguments, place: &Place) -> anyhow::Result<Vec<String>> {
    let clock = Clock::start();
    let home = place.path().join("home");
    let cluster = Cluster::started(&arguments.binary, home, Kind::Plain, NODES)?;
    let lasts = Duration::from_secs(arguments.seconds.unwrap_or(SECONDS));
    let (doors, is_warm, stop) = (cluster.doors()?, AtomicBool::new(false), AtomicBool::new(false));
    let (gauges, done) = thread::scope(|scope| -> anyhow::Result<_> {
        let mut clients = Vec::new();
        for (number, door) in (0..CLIENTS).zip(doors.iter().cycle()) {
            let mut client = Client::new(number, door, Chance::of(arguments.seed, number))?;
            if number == 0 {
                client.fill().map_err(|failure| anyhow!("failed to fill the maps: {failure}"))?;
            }
            clients.push(scope.spawn(|| client.run(&is_warm, &stop)));
        }
        let warmed = warm_up(&cluster, clock);
        is_warm.store(true, Ordering::Relaxed);
        let gauges = warmed.and_then(|()| watch(&cluster, clock, clock.passed() + lasts));
        stop.store(true, Ordering::Relaxed);
        let mut done = Done::default();
        for client in clients {
            done.add(client.join().ok().context("a client panicked")?);
        }
        Ok((gauges?, done))
    })?;
    println!(
        "{} requests in {} s, {} were not answered",
        done.answered,
        clock.passed().as_secs(),
        done.unknown
    );
    let mut wrong: Vec<String> =
        done.refused.iter().map(|text| format!("refused: {text}")).collect();
    for (node, gauges) in cluster.nodes.iter().zip(gauges) {
        for (gauge, (name, unit, allowed)) in gauges.iter().zip(MEASURES) {
            println!("{} {name:<12} {}", node.seat.name, gauge.summary(unit));
            println!("   {}", gauge.plot());
            let growth = gauge.growth();
            if growth > allowed + gauge.mean() / 20.0 {
                wrong.push(format!("{}: {name} grew by {growth:.1} {unit}", node.seat.name));
            }
        }
    }
    Ok(wrong)
}

/// Waits until everything that has a bound is full.
fn warm_up(cluster: &Cluster, clock: Clock) -> anyhow::Result<()> {
    until("the nodes are warm", limits::WARM_UP, || {
        cluster.check_alive()?;
        Ok((cluster.number(0, "log_index")? >= WARM_ENTRIES).then_some(()))
    })?;
    println!("the nodes are warm after {} s", clock.passed().as_secs());
    Ok(())
}

/// Samples all nodes until the end.
fn watch(cluster: &Cluster, clock: Clock, end: Duration) -> anyhow::Result<Vec<[Gauge; 3]>> {
    let mut gauges: Vec<[Gauge; 3]> = cluster.nodes.iter().map(|_| Default::default()).collect();
    while clock.passed() < end {
        thread::sleep(SAMPLE_EVERY.min(end.saturating_sub(clock.passed())));
        cluster.check_alive()?;
        let seconds = clock.passed().as_secs_f64();
        for (node, [memory, descriptors, disk]) in cluster.nodes.iter().zip(&mut gauges) {
            let process = format!("/proc/{}", node.pid().context("a node does not run")?);
            memory.add(seconds, resident_mb(&process)?);
            let open = fs::read_dir(format!("{process}/fd"))?.count();
            descriptors.add(seconds, f64::from(u32::try_from(open)?));
            disk.add(seconds, used_mb(&node.seat.data)?);
        }
    }
    Ok(gauges)
}

fn resident_mb(process: &str) -> anyhow::Result<f64> {
    let status = fs::read_to_string(format!("{process}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kilobytes = line.and_then(|line| line.split_whitespace().next());
    let kilobytes: u32 = kilobytes.context("a process has no VmRSS")?.parse()?;
    Ok(f64::from(kilobytes) / 1024.0)
}

/// What a folder takes on the disk.
fn used_mb(folder: &Path) -> anyhow::Result<f64> {
    use std::os::unix::fs::MetadataExt;
    const BLOCK_BYTES: f64 = 512.0;
    let mut used = 0.0;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        // A file may go while one looks.
        let Ok(metadata) = entry.metadata() else { continue };
        if metadata.is_dir() {
            used += used_mb(&entry.path())?;
        } else {
            let blocks = u32::try_from(metadata.blocks())?;
            used += f64::from(blocks) * BLOCK_BYTES / (1024.0 * 1024.0);
        }
    }
    Ok(used)
}
