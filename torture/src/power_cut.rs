//! `power-cut`: all nodes are killed together at a random moment under load, and started again;
//! whatever a client was told is there.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use anyhow::Context;
use sim::chance::Chance;

use crate::arguments::Arguments;
use crate::clock::Clock;
use crate::cluster::{Cluster, Kind};
use crate::disk::Disk;
use crate::place::Place;
use crate::report;
use crate::writer::{Book, Writer, losses};

const NODES: usize = 3;
const WRITERS: u64 = 6;
const TIMES: u64 = 50;

/// How long writers write before the cut, in milliseconds.
const LOAD_MS: (u64, u64) = (200, 2_500);

/// One start in so many is cut off as well, after at most so many milliseconds.
const CUT_STARTS_IN: u64 = 4;
const CUT_START_MS_MAX: u64 = 1_500;

pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<bool> {
    let place = Place::new("power-cut")?;
    let lost = lost(arguments, &place);
    report::verdict(place, lost)
}

fn lost(arguments: &Arguments, place: &Place) -> anyhow::Result<Vec<String>> {
    let kind = match Disk::obstacle() {
        None if !arguments.plain => Kind::Disks,
        obstacle => {
            let reason = obstacle.unwrap_or("they were not asked for");
            println!("left out: file systems that lose power: {reason}; the nodes are killed");
            Kind::Plain
        }
    };
    let clock = Clock::start();
    let mut chance = Chance::of(arguments.seed, 0);
    let mut cluster = Cluster::started(&arguments.binary, place.path().join("home"), kind, NODES)?;
    let (mut books, mut slowest_ms, mut cut_starts) = (Vec::new(), 0, 0);
    let times = arguments.times.unwrap_or(TIMES);
    for round in 0..times {
        let written = write_until_cut(&mut cluster, round, &mut chance, clock)?;
        cluster.lose_power()?;
        while chance.happens(1, CUT_STARTS_IN) {
            cluster.spawn_all()?;
            thread::sleep(Duration::from_millis(chance.below(CUT_START_MS_MAX)));
            cluster.kill_all()?;
            cluster.lose_power()?;
            cut_starts += 1;
        }
        let before_ms = clock.micros() / 1_000;
        cluster.start_all()?;
        cluster.wait_for_reads()?;
        slowest_ms = slowest_ms.max(clock.micros() / 1_000 - before_ms);
        // Each time another node is asked.
        let door = cluster.door(usize::try_from(round)? % NODES)?;
        for book in &written {
            let lost = losses(book, &door)?;
            if !lost.is_empty() {
                println!("after power cut {}:", round + 1);
                return Ok(lost);
            }
        }
        books.extend(written);
    }
    let door = cluster.door(0)?;
    let mut lost = Vec::new();
    for book in &books {
        lost.extend(losses(book, &door)?);
    }
    let known: usize = books.iter().map(Book::known).sum();
    let unknown: usize = books.iter().map(Book::unknown).sum();
    println!(
        "{times} power cuts and {cut_starts} starts that were cut off, {known} writes were \
         acknowledged, {unknown} were not answered; until all nodes answered reads again it took \
         at most {slowest_ms} ms; {} s in all",
        clock.passed().as_secs()
    );
    Ok(lost)
}

/// Lets writers write through all nodes until these are killed.
fn write_until_cut(
    cluster: &mut Cluster,
    round: u64,
    chance: &mut Chance,
    clock: Clock,
) -> anyhow::Result<Vec<Book>> {
    let stop = AtomicBool::new(false);
    let doors = cluster.doors()?;
    let load = Duration::from_millis(chance.between(LOAD_MS.0, LOAD_MS.1));
    thread::scope(|scope| {
        let mut writers = Vec::new();
        for number in 0..WRITERS {
            let prefix = format!("cut{round}-{number}-");
            let chance = Chance::of(chance.draw(), number);
            let first = usize::try_from(number)?;
            let writer = Writer::new(&doors, first, prefix, chance, clock)?;
            writers.push(scope.spawn(|| writer.run(&stop)));
        }
        thread::sleep(load);
        let killed = cluster.kill_all();
        stop.store(true, Ordering::Relaxed);
        let joined = writers.into_iter().map(|writer| writer.join().ok().context("a panic")?);
        let books = joined.collect();
        killed.and(books)
    })
}
