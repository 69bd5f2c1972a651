//! `grow`: a cluster grows from one node to five under load, all of its nodes are started again,
//! it loses its leader, and it shrinks back to one; every acknowledged write is there, and the
//! longest pause that a client saw is told for each step.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use anyhow::{Context, bail};
use sim::chance::Chance;

use crate::arguments::Arguments;
use crate::clock::{Clock, until};
use crate::cluster::{Cluster, Kind};
use crate::limits;
use crate::place::Place;
use crate::report;
use crate::writer::{Book, Writer, longest_pause, losses};

const NODES: usize = 5;
const WRITERS: u64 = 6;

/// Log entries before the second node comes: more than are kept, so it gets a snapshot.
const ENTRIES_MIN: u64 = 11_000;

/// How long a step is looked at after it is done.
const REST: Duration = Duration::from_secs(3);

/// One step: its name, and when it began and ended in microseconds of the run.
#[derive(Debug)]
struct Step {
    name: &'static str,
    from: u64,
    to: u64,
}

pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<bool> {
    let place = Place::new("grow")?;
    let lost = lost(arguments, &place);
    report::verdict(place, lost)
}

fn lost(arguments: &Arguments, place: &Place) -> anyhow::Result<Vec<String>> {
    let clock = Clock::start();
    let home = place.path().join("home");
    let mut cluster = Cluster::new(&arguments.binary, home, Kind::Plain)?;
    for _ in 0..NODES {
        cluster.add_seat()?;
    }
    cluster.start(0)?;
    let (doors, stop) = (cluster.doors()?, AtomicBool::new(false));
    let mut steps = Vec::new();
    let books = thread::scope(|scope| -> anyhow::Result<Vec<Book>> {
        let mut writers = Vec::new();
        for number in 0..WRITERS {
            let chance = Chance::of(arguments.seed, number);
            let prefix = format!("grow-{number}-");
            let writer = Writer::new(&doors, 0, prefix, chance, clock)?;
            writers.push(scope.spawn(|| writer.run(&stop)));
        }
        let walked = walk(&mut cluster, clock, &mut steps);
        stop.store(true, Ordering::Relaxed);
        let joined = writers.into_iter().map(|writer| writer.join().ok().context("a panic")?);
        let books: anyhow::Result<Vec<Book>> = joined.collect();
        walked.and(books)
    })?;
    println!("{:<42} {:>9} {:>20}", "step", "took ms", "longest pause ms");
    for Step { name, from, to } in &steps {
        let pause = books.iter().map(|book| longest_pause(book, *from, *to)).max();
        let (took_ms, pause_ms) = ((to - from) / 1_000, pause.unwrap_or_default() / 1_000);
        println!("{name:<42} {took_ms:>9} {pause_ms:>20}");
    }
    let known: usize = books.iter().map(Book::known).sum();
    let unknown: usize = books.iter().map(Book::unknown).sum();
    let entries = cluster.number(0, "log_index")?;
    println!("{entries} log entries, {known} writes acknowledged, {unknown} not answered");
    let door = cluster.door(0)?;
    let mut lost = Vec::new();
    for book in &books {
        lost.extend(losses(book, &door)?);
    }
    Ok(lost)
}

fn walk(cluster: &mut Cluster, clock: Clock, steps: &mut Vec<Step>) -> anyhow::Result<()> {
    let mut step =
        |name, cluster: &mut Cluster, work: &dyn Fn(&mut Cluster) -> anyhow::Result<()>| {
            let from = clock.micros();
            work(cluster).with_context(|| format!("while: {name}"))?;
            thread::sleep(REST);
            steps.push(Step { name, from, to: clock.micros() });
            cluster.check_alive()
        };
    step("one node, 11,000 log entries", cluster, &|cluster| {
        until("the log has so many entries", limits::FILL, || {
            Ok((cluster.number(0, "log_index")? >= ENTRIES_MIN).then_some(()))
        })
    })?;
    step("a second node joins", cluster, &|cluster| join(cluster, 1, 2))?;
    step("a third node joins", cluster, &|cluster| join(cluster, 2, 3))?;
    step("a fourth and a fifth join", cluster, &|cluster| {
        cluster.start(3)?;
        join(cluster, 4, 5)
    })?;
    step("restart, one after the other", cluster, &restart_all)?;
    step("leader killed and started again", cluster, &|cluster| {
        let leader = led(cluster)?;
        cluster.kill(leader)?;
        thread::sleep(REST);
        join(cluster, leader, 5)
    })?;
    step("leader removed, 5 -> 4", cluster, &|cluster| {
        let leader = led(cluster)?;
        // The last one to stay is the first one: it is asked afterwards.
        if leader == 0 { remove(cluster, 4, 3) } else { remove(cluster, leader, 3) }
    })?;
    step("4 -> 3", cluster, &|cluster| remove_any(cluster, 3))?;
    step("3 -> 2", cluster, &|cluster| remove_any(cluster, 2))?;
    step("2 -> 1", cluster, &|cluster| remove_any(cluster, 1))
}

fn join(cluster: &mut Cluster, node: usize, voters: usize) -> anyhow::Result<()> {
    cluster.start(node)?;
    cluster.wait_for_voters(voters)
}

fn restart_all(cluster: &mut Cluster) -> anyhow::Result<()> {
    for node in 0..NODES {
        cluster.stop(node)?;
        join(cluster, node, NODES)?;
        cluster.wait_for_reads()?;
    }
    Ok(())
}

fn led(cluster: &Cluster) -> anyhow::Result<usize> {
    until("somebody leads", limits::SETTLE, || cluster.leader())
}

/// Removes the last of the nodes that run.
fn remove_any(cluster: &mut Cluster, voters: usize) -> anyhow::Result<()> {
    let last = (0..NODES).rev().find(|node| cluster.node(*node).is_running());
    remove(cluster, last.context("a node runs")?, voters)
}

/// Removes a member as users do, and ends its process when it is one no longer.
fn remove(cluster: &mut Cluster, node: usize, voters: usize) -> anyhow::Result<()> {
    let name = cluster.node(node).seat.name.clone();
    let output = cluster.command(&["node", "remove", &name])?;
    if !output.status.success() {
        bail!("`thorp node remove {name}` failed: {}", String::from_utf8_lossy(&output.stderr));
    }
    cluster.kill(node)?;
    cluster.wait_for_voters(voters)
}
