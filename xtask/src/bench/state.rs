//! `cargo xtask bench state`: three nodes beside three members of etcd, each write fsynced by two.
//!
//! One program loads both, with one connection per client, spread evenly over the three; a client
//! waits for each answer. Runs take turns, so that what else the machine does hits all of them.

use std::fmt;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Context;
use serde_json::{Value, json};

use crate::tools;

use super::etcd::Etcd;
use super::flags::Flags;
use super::measure;
use super::nodes::{self, Node, Program, Server};
use super::programs;

pub(super) const USAGE: &str = "\
cargo xtask bench state [--against NAME,...] [--operations put,get] [--clients N,...]
    [--bytes N,...] [--seconds N] [--rounds N] [--binary FILE]
  others: etcd, and https: thorp by its other door
  --clients  clients at a time (1,16,64)
  --bytes    bytes of a value (64,1024)
  --seconds  how long one run takes (3)
  --rounds   how many runs of each; the median counts (3)
  --binary   a thorp that is built already, instead of a node without pipelines";

const NODES: usize = 3;
/// Different keys that are written and read.
const KEYS: u64 = 10_000;
/// Clients that write all keys before the measurement.
const FILLERS: u64 = 64;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Contender {
    Thorp,
    Etcd,
    Https,
}

impl fmt::Display for Contender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Thorp => "thorp",
            Self::Etcd => "etcd",
            Self::Https => "https",
        })
    }
}

/// What clients do at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Work {
    operation: &'static str,
    bytes: u64,
    clients: u64,
}

/// What came of it.
#[derive(Debug, Clone, Copy)]
struct Figures {
    per_second: f64,
    p50_ms: f64,
    p99_ms: f64,
    /// Of all three servers, for one request.
    server_us: f64,
    client_us: f64,
}

#[derive(Debug)]
struct Outcome {
    work: Work,
    contender: Contender,
    figures: Figures,
}

/// Runs all combinations, and prints and keeps the figures.
pub(super) fn run(arguments: &[&str]) -> anyhow::Result<bool> {
    let flags = Flags::parse(arguments, USAGE)?;
    let all = [Contender::Thorp, Contender::Etcd, Contender::Https];
    let mut contenders = flags.chosen("--against", &all)?;
    if !contenders.contains(&Contender::Thorp) {
        contenders.insert(0, Contender::Thorp);
    }
    let seconds: f64 = flags.number("--seconds", 3.0)?;
    let rounds: usize = flags.number("--rounds", 3)?;
    let folder = super::folder_of("state")?;
    let field = Field::prepare(&folder, flags.file("--binary")?, &contenders)?;
    let mut outcomes = Vec::new();
    for bytes in flags.numbers("--bytes", &[64, 1024])? {
        for &contender in &contenders {
            field.run(contender, Work { operation: "fill", bytes, clients: FILLERS }, 0.0)?;
        }
        for operation in flags.chosen("--operations", &["put", "get"])? {
            for clients in flags.numbers("--clients", &[1, 16, 64])? {
                let work = Work { operation, bytes, clients };
                outcomes.extend(field.compare(work, &contenders, (seconds, rounds))?);
            }
        }
    }
    println!("{}\n{}", field.said(), table(&outcomes));
    super::keep(&folder, &as_json(&outcomes, &field.said()))?;
    drop(field);
    super::emptied(&folder.join("data"))?;
    Ok(true)
}

/// The clusters, and the program that loads them.
#[derive(Debug)]
struct Field {
    program: Program,
    load: PathBuf,
    contacts: PathBuf,
    nodes: Vec<Node>,
    etcd: Option<Etcd>,
}

impl Field {
    fn prepare(
        folder: &Path,
        binary: Option<PathBuf>,
        contenders: &[Contender],
    ) -> anyhow::Result<Self> {
        let load = programs::bench()?;
        let program = Program::of(binary)?;
        let data = folder.join("data");
        super::emptied(&data)?;
        let etcd = contenders.contains(&Contender::Etcd);
        let etcd = etcd.then(|| Etcd::start(&data, NODES)).transpose()?;
        let nodes = Node::start_many(&program, &data, NODES)?;
        let contacts = data.join("state").join("thorp");
        Ok(Self { program, load, contacts, nodes, etcd })
    }

    fn said(&self) -> String {
        let thorp = format!("thorp: {} nodes, {}", self.nodes.len(), self.program.name);
        let etcd = self.etcd.as_ref().map(|etcd| format!("; {}", etcd.version));
        thorp + &etcd.unwrap_or_default()
    }

    /// Lets all contenders do some work in turns, and takes the median of each.
    fn compare(
        &self,
        work: Work,
        contenders: &[Contender],
        (seconds, rounds): (f64, usize),
    ) -> anyhow::Result<Vec<Outcome>> {
        let Work { operation, bytes, clients } = work;
        eprintln!("\n==> {operation} of {bytes} B, {clients} clients");
        let mut all: Vec<(Contender, Vec<Figures>)> =
            contenders.iter().map(|contender| (*contender, Vec::new())).collect();
        for _ in 0..rounds.max(1) {
            for (contender, figures) in &mut all {
                let one = self.run(*contender, work, seconds)?;
                eprintln!(
                    "    {contender:<6} {:>9.0} per s, p99 {:>8.2} ms, {:>7.1} us of the servers",
                    one.per_second, one.p99_ms, one.server_us
                );
                figures.push(one);
            }
        }
        let outcomes = all.into_iter().filter_map(|(contender, mut figures)| {
            figures.sort_by(|one, other| one.per_second.total_cmp(&other.per_second));
            let figures = *figures.get(figures.len() / 2)?;
            Some(Outcome { work, contender, figures })
        });
        Ok(outcomes.collect())
    }

    fn run(&self, contender: Contender, work: Work, seconds: f64) -> anyhow::Result<Figures> {
        let servers = self.servers(contender);
        let before = (nodes::cpu_s(servers.iter().copied())?, measure::children_cpu_s()?);
        let said = tools::answer(&mut self.command(contender, work, seconds))
            .with_context(|| format!("the load on {contender} failed"))?;
        let after = (nodes::cpu_s(servers)?, measure::children_cpu_s()?);
        let said: Value = serde_json::from_str(&said).context("the load gave no figures")?;
        let number = |name: &str| {
            let number = said.get(name).and_then(Value::as_f64);
            number.with_context(|| format!("the load did not give `{name}`"))
        };
        let requests = number("requests")?.max(1.0);
        Ok(Figures {
            per_second: number("per_second")?,
            p50_ms: number("p50_ms")?,
            p99_ms: number("p99_ms")?,
            server_us: (after.0 - before.0) / requests * 1e6,
            client_us: (after.1 - before.1) / requests * 1e6,
        })
    }

    fn servers(&self, contender: Contender) -> Vec<&Server> {
        match (contender, &self.etcd) {
            (Contender::Etcd, Some(etcd)) => etcd.servers.iter().collect(),
            _ => self.nodes.iter().map(|node| &node.server).collect(),
        }
    }

    fn command(&self, contender: Contender, work: Work, seconds: f64) -> Command {
        let of_nodes = |address: fn(&Node) -> &String| {
            self.nodes.iter().map(|node| address(node).as_str()).collect::<Vec<&str>>().join(",")
        };
        let (to, at) = match (contender, &self.etcd) {
            (Contender::Etcd, Some(etcd)) => ("etcd", etcd.addresses.clone()),
            (Contender::Https, _) => ("https", of_nodes(|node| &node.https)),
            _ => ("redis", of_nodes(|node| &node.redis)),
        };
        let mut command = Command::new(&self.load);
        command.args(["load", "--to", to, "--at", &at, "--operation", work.operation]);
        command.arg("--contacts").arg(&self.contacts);
        for (flag, number) in
            [("--clients", work.clients), ("--bytes", work.bytes), ("--keys", KEYS)]
        {
            command.arg(flag).arg(number.to_string());
        }
        command.arg("--seconds").arg(seconds.to_string());
        command
    }
}

/// How many times the throughput of `outcome` thorp has.
fn ratio(outcomes: &[Outcome], outcome: &Outcome) -> Option<f64> {
    let is_ours =
        |other: &&Outcome| other.work == outcome.work && other.contender == Contender::Thorp;
    let thorp = outcomes.iter().find(is_ours)?;
    Some(thorp.figures.per_second / outcome.figures.per_second)
}

fn table(outcomes: &[Outcome]) -> String {
    let mut text = format!(
        "\n{:<4} {:>5} {:>7} {:<9} {:>9} {:>8} {:>8} {:>10} {:>10} {:>12}\n",
        "work",
        "bytes",
        "clients",
        "contender",
        "per s",
        "p50 ms",
        "p99 ms",
        "servers us",
        "clients us",
        "thorp, times"
    );
    for outcome in outcomes {
        let Work { operation, bytes, clients } = outcome.work;
        let Figures { per_second, p50_ms, p99_ms, server_us, client_us } = outcome.figures;
        let times =
            ratio(outcomes, outcome).map_or_else(String::new, |times| format!("{times:.2}"));
        text.push_str(&format!(
            "{operation:<4} {bytes:>5} {clients:>7} {:<9} {per_second:>9.0} {p50_ms:>8.2} \
             {p99_ms:>8.2} {server_us:>10.0} {client_us:>10.0} {times:>12}\n",
            outcome.contender.to_string(),
        ));
    }
    text
}

fn as_json(outcomes: &[Outcome], said: &str) -> Value {
    let results: Vec<Value> = outcomes
        .iter()
        .map(|outcome| {
            let Work { operation, bytes, clients } = outcome.work;
            let Figures { per_second, p50_ms, p99_ms, server_us, client_us } = outcome.figures;
            json!({
                "operation": operation,
                "bytes": bytes,
                "clients": clients,
                "contender": outcome.contender.to_string(),
                "per_second": per_second,
                "p50_ms": p50_ms,
                "p99_ms": p99_ms,
                "server_cpu_us_per_request": server_us,
                "client_cpu_us_per_request": client_us,
                "thorp_times": ratio(outcomes, outcome),
            })
        })
        .collect();
    json!({ "ran": said, "results": results })
}

#[cfg(test)]
mod tests;
