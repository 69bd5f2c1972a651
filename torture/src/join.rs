//! `join`: two nodes that start at the same moment end in one cluster.

use std::path::Path;

use anyhow::Context;
use serde_json::Value;

use crate::arguments::Arguments;
use crate::clock::{Clock, until};
use crate::cluster::{Cluster, Kind};
use crate::limits;
use crate::place::Place;
use crate::report;

const PAIRS: u64 = 20;

/// How two nodes find each other.
#[derive(Debug, Clone, Copy)]
enum Way {
    /// The run-time folder of their user.
    User,
    Folder,
    File,
}

const WAYS: [(Way, &str); 3] = [
    (Way::User, "the folder of the user"),
    (Way::Folder, "--join dir:"),
    (Way::File, "--join file:"),
];

pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<bool> {
    let place = Place::new("join")?;
    let apart = apart(arguments, &place);
    report::verdict(place, apart)
}

fn apart(arguments: &Arguments, place: &Place) -> anyhow::Result<Vec<String>> {
    let (mut wrong, pairs) = (Vec::new(), arguments.times.unwrap_or(PAIRS));
    for (index, (way, name)) in WAYS.iter().enumerate() {
        let mut took_ms = Vec::new();
        for pair in 0..pairs {
            let home = place.path().join(format!("{index}-{pair}"));
            let clock = Clock::start();
            match pair_joins(&arguments.binary, &home, *way) {
                Ok(()) => took_ms.push(clock.micros() / 1_000),
                Err(error) => wrong.push(format!("pair {pair} by {name}: {error:#}")),
            }
        }
        took_ms.sort_unstable();
        let (middle, last) = (took_ms.get(took_ms.len() / 2), took_ms.last());
        println!(
            "{name}: {} of {pairs} pairs are one cluster, after {} ms in the middle and {} ms at \
             most",
            took_ms.len(),
            middle.unwrap_or(&0),
            last.unwrap_or(&0)
        );
    }
    Ok(wrong)
}

/// Starts two nodes and waits until both say the same of one cluster.
fn pair_joins(binary: &Path, home: &Path, way: Way) -> anyhow::Result<()> {
    let mut cluster = Cluster::new(binary, home.to_owned(), Kind::Plain)?;
    cluster.add_seat()?;
    cluster.add_seat()?;
    let flag = match way {
        Way::User => None,
        Way::Folder => {
            let folder = home.join("members");
            std::fs::create_dir_all(&folder)?;
            Some(format!("dir:{}", folder.display()))
        }
        Way::File => {
            let file = home.join("members.txt");
            let addresses = cluster.nodes.iter().map(|node| format!("{}\n", node.seat.peers));
            std::fs::write(&file, addresses.collect::<String>())?;
            Some(format!("file:{}", file.display()))
        }
    };
    for node in &mut cluster.nodes {
        node.seat.flags.extend(flag.iter().flat_map(|flag| ["--join".to_owned(), flag.clone()]));
    }
    cluster.start_all()?;
    until("both nodes see two voters and the same leader", limits::SETTLE, || {
        cluster.check_alive()?;
        let (Ok(one), Ok(other)) = (cluster.status(0)?, cluster.status(1)?) else {
            return Ok(None);
        };
        let voters = |status: &Value| status.get("voters").and_then(Value::as_u64);
        let leader =
            |status: &Value| status.get("leader").and_then(Value::as_str).map(str::to_owned);
        let is_one = voters(&one) == Some(2) && voters(&other) == Some(2);
        Ok((is_one && leader(&one).is_some() && leader(&one) == leader(&other)).then_some(()))
    })?;
    let (mut one, mut other) = (cluster.door(0)?.redis(), cluster.door(1)?.redis());
    one.call(&["SET", "key", "value"]).context("a write through one node")?;
    let found = other.call(&["GET", "key"])?.text()?;
    anyhow::ensure!(found.as_deref() == Some("value"), "the other node holds {found:?}");
    Ok(())
}
