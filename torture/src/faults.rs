//! `faults`: clients on all nodes use the same things while leaders are killed, nodes paused, cut
//! off, slowed down; everything that they saw has to be explained by some order of what they did.

mod client;
mod histories;
mod trouble;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use anyhow::Context;
use serde_json::Value;
use sim::chance::Chance;

use crate::arguments::Arguments;
use crate::clock::{Clock, until};
use crate::cluster::{Cluster, Door, Kind};
use crate::https;
use crate::limits;
use crate::network::Network;
use crate::place::Place;
use crate::report;
use client::Client;
use histories::Histories;
use trouble::Fault;

const NODES: usize = 3;
const CLIENTS: u64 = 8;
const SECONDS: u64 = 120;

/// How long a fault is held, in milliseconds.
const HELD_MS: (u64, u64) = (200, 5_000);
/// How long nothing happens between two faults, in milliseconds.
const CALM_MS: (u64, u64) = (300, 3_000);

pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<bool> {
    let place = Place::new("faults")?;
    let violations = found(arguments, &place);
    report::verdict(place, violations)
}

fn found(arguments: &Arguments, place: &Place) -> anyhow::Result<Vec<String>> {
    let has_network = !arguments.plain && Network::obstacle().is_none();
    let kind = if has_network { Kind::Network } else { Kind::Plain };
    let (faults, missing) = Fault::possible(has_network);
    for reason in missing {
        println!("left out: {reason}");
    }
    let clock = Clock::start();
    let mut cluster = Cluster::started(&arguments.binary, place.path().join("home"), kind, NODES)?;
    let end = clock.passed() + Duration::from_secs(arguments.seconds.unwrap_or(SECONDS));
    let doors = cluster.doors()?;
    let stop = AtomicBool::new(false);
    let (mut made, mut seen) = (BTreeMap::new(), Histories::default());
    thread::scope(|scope| -> anyhow::Result<()> {
        let mut clients = Vec::new();
        for (id, door) in (0..CLIENTS).zip(doors.iter().cycle()) {
            let client = Client::new(id, door, Chance::of(arguments.seed, id + 1), clock)?;
            clients.push(scope.spawn(|| client.run(&stop)));
        }
        let mut chance = Chance::of(arguments.seed, 0);
        let made = trouble(&mut cluster, &faults, (clock, end), &mut chance, &mut made);
        // Whatever went wrong, the clients come to an end.
        stop.store(true, Ordering::Relaxed);
        for client in clients {
            seen.absorb(client.join().ok().context("a client panicked")?);
        }
        made
    })?;
    cluster.wait_for_voters(NODES)?;
    cluster.wait_for_reads()?;
    let door = doors.first().context("there is a node")?;
    Client::new(CLIENTS, door, Chance::of(arguments.seed, 0), clock)?.look_at_all(&mut seen)?;
    let remaining = remaining(door, &seen)?;
    let (answered, unknown) = seen.counts();
    for (fault, times) in made {
        println!("{fault}: {times} times");
    }
    println!(
        "{answered} operations of {CLIENTS} clients on {} things were answered, {unknown} were not",
        seen.things()
    );
    let violations = seen.violations(&remaining);
    if !violations.is_empty() {
        seen.save(&place.path().join("histories.txt"))?;
    }
    println!("all histories checked after {} s", clock.passed().as_secs());
    Ok(violations)
}

/// One fault after the other until the end.
fn trouble(
    cluster: &mut Cluster,
    faults: &[Fault],
    (clock, end): (Clock, Duration),
    chance: &mut Chance,
    made: &mut BTreeMap<Fault, u32>,
) -> anyhow::Result<()> {
    loop {
        thread::sleep(Duration::from_millis(chance.between(CALM_MS.0, CALM_MS.1)));
        if clock.passed() >= end {
            return Ok(());
        }
        let fault = *chance.pick(faults).context("some faults can always be made")?;
        let held = Duration::from_millis(chance.between(HELD_MS.0, HELD_MS.1));
        fault.happen(cluster, held, chance).with_context(|| format!("while: {fault}"))?;
        cluster.check_alive()?;
        *made.entry(fault).or_default() += 1;
    }
}

/// What is left in the queues when all leases are over.
fn remaining(door: &Door, seen: &Histories) -> anyhow::Result<BTreeMap<String, Vec<u64>>> {
    let (https, mut left) = (door.https()?, BTreeMap::new());
    for name in seen.queues.keys() {
        let path = format!("queues/{name}");
        let is_there = until("all leases of a queue are over", limits::SETTLE, || {
            // A queue into which nothing was put does not exist.
            let Ok(status) = https.get(&path) else { return Ok(Some(false)) };
            Ok((https::number(&status, "leased")? == 0).then_some(true))
        })?;
        if !is_there {
            continue;
        }
        let mut items = Vec::new();
        for part in ["items", "dead"] {
            let page = https.get(&format!("{path}/{part}?count={}", limits::QUEUE_ITEMS_MAX))?;
            for item in https::list(&page, "items")? {
                let payload = item.get("payload").and_then(Value::as_str).unwrap_or_default();
                items.push(payload.parse().context("an item is no number")?);
            }
        }
        left.insert(name.clone(), items);
    }
    Ok(left)
}
