//! `cargo xtask bench redis`: one node beside redis-server, which fsyncs each write as thorp does.
//!
//! `redis-benchmark` loads both in turns.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, bail};
use serde_json::{Value, json};

use crate::kit::{redis, server};
use crate::tools;

use super::flags::Flags;
use super::nodes::{Node, Program, Server};

pub(super) const USAGE: &str = "\
cargo xtask bench redis [--only COMMAND,...] [--pipeline N,...] [--clients N] [--bytes N]
    [--seconds N] [--rounds N] [--binary FILE]
  commands: set, get, incr, lpush, lpop, sadd, hset, zadd, mset
  --pipeline  commands that are sent together (1,16)
  --clients   connections (50)
  --bytes     bytes of a value (64)
  --seconds   how long one run takes, about (3)
  --rounds    how many runs of each; the median counts (3)
  --binary    a thorp that is built already, instead of a node without pipelines";

/// In an order in which `lpop` finds what `lpush` left.
const COMMANDS: [&str; 9] = ["set", "get", "incr", "lpush", "lpop", "sadd", "hset", "zadd", "mset"];
/// Requests by which it is found out how many a run has, and how many it has at most.
const REQUESTS_FIRST: u32 = 2_000;
const REQUESTS_MAX: f64 = 4_000_000.0;
/// Different keys.
const KEYS: &str = "100000";

/// How `redis-benchmark` is called.
#[derive(Debug)]
struct Load {
    program: PathBuf,
    clients: String,
    bytes: String,
}

#[derive(Debug, Clone, Copy)]
struct Figures {
    per_second: f64,
    p99_ms: f64,
    server_us: f64,
}

#[derive(Debug)]
struct Outcome {
    command: &'static str,
    pipeline: u32,
    thorp: Figures,
    redis: Figures,
}

/// A server that is loaded.
#[derive(Debug, Clone, Copy)]
struct Target<'a> {
    port: &'a str,
    server: &'a Server,
}

/// Runs all commands, and prints and keeps the figures.
pub(super) fn run(arguments: &[&str]) -> anyhow::Result<bool> {
    let flags = Flags::parse(arguments, USAGE)?;
    let seconds: f64 = flags.number("--seconds", 3.0)?;
    let rounds: usize = flags.number("--rounds", 3)?;
    let folder = super::folder_of("redis")?;
    let data = folder.join("data");
    super::emptied(&data)?;
    let program = Program::of(flags.file("--binary")?)?;
    let node = Node::start(&program, &data, "node", None)?;
    let peer = PathBuf::from(redis::server()?.value);
    let version = tools::answer(Command::new(&peer).arg("--version"))?;
    let (port, peer) = start_redis(&peer, &data)?;
    let load = Load {
        program: tools::find_program("redis-benchmark").context("no `redis-benchmark`")?,
        clients: flags.number("--clients", 50_u32)?.to_string(),
        bytes: flags.number("--bytes", 64_u32)?.to_string(),
    };
    let (_, own_port) = node.redis.rsplit_once(':').context("an address without a port")?;
    let thorp = Target { port: own_port, server: &node.server };
    let redis = Target { port: &port, server: &peer };
    let mut outcomes = Vec::new();
    for pipeline in flags.numbers("--pipeline", &[1, 16])? {
        for command in flags.chosen("--only", &COMMANDS)? {
            let (thorp, redis) =
                load.compare(command, pipeline, [thorp, redis], (seconds, rounds))?;
            outcomes.push(Outcome { command, pipeline, thorp, redis });
        }
    }
    let said = format!("thorp: one node, {}; {version}", program.name);
    println!("{said}\n{}", table(&outcomes));
    super::keep(&folder, &as_json(&outcomes, &said))?;
    drop((node, peer));
    super::emptied(&data)?;
    Ok(true)
}

/// A server that fsyncs each write, and makes no snapshots.
fn start_redis(program: &Path, folder: &Path) -> anyhow::Result<(String, Server)> {
    let own = folder.join("redis");
    fs::create_dir_all(&own).with_context(|| format!("failed to create `{}`", own.display()))?;
    let port = server::free_port()?;
    let log = own.join("log");
    let mut command = server::command(program, "TERM");
    command.current_dir(&own).args(["--bind", "127.0.0.1", "--port", &port.to_string()]);
    command.args(["--appendonly", "yes", "--appendfsync", "always", "--save", ""]);
    let mut child = server::spawn(&mut command, &log)?;
    let peer = Server::new(&child, &own);
    server::wait_for(&mut child, port, &log)?;
    Ok((port.to_string(), peer))
}

impl Load {
    /// Loads both in turns with as many requests as they do in `seconds`, and takes the medians.
    fn compare(
        &self,
        command: &str,
        pipeline: u32,
        targets: [Target<'_>; 2],
        (seconds, rounds): (f64, usize),
    ) -> anyhow::Result<(Figures, Figures)> {
        eprintln!("\n==> {command}, {pipeline} at once");
        let mut requests = [REQUESTS_FIRST; 2];
        for (target, requests) in targets.iter().zip(&mut requests) {
            let first = self.run(command, pipeline, *target, *requests)?;
            *requests = whole((first.per_second * seconds).clamp(1.0, REQUESTS_MAX));
        }
        let mut all = [Vec::new(), Vec::new()];
        for _ in 0..rounds.max(1) {
            for (place, target) in targets.iter().enumerate() {
                let (Some(figures), Some(requests)) = (all.get_mut(place), requests.get(place))
                else {
                    continue;
                };
                let one = self.run(command, pipeline, *target, *requests)?;
                eprintln!(
                    "    {} {:>9.0} per s, p99 {:>8.2} ms, {:>6.1} us of the server",
                    if place == 0 { "thorp" } else { "redis" },
                    one.per_second,
                    one.p99_ms,
                    one.server_us
                );
                figures.push(one);
            }
        }
        let [thorp, redis] = all.map(median);
        thorp.zip(redis).context("nothing was measured")
    }

    fn run(
        &self,
        command: &str,
        pipeline: u32,
        target: Target<'_>,
        requests: u32,
    ) -> anyhow::Result<Figures> {
        let before_s = target.server.cpu_s()?;
        let mut benchmark = Command::new(&self.program);
        benchmark.args(["-h", "127.0.0.1", "-p", target.port, "-t", command, "--csv"]);
        benchmark.args(["-c", &self.clients, "-d", &self.bytes, "-r", KEYS]);
        benchmark.args(["-n", &requests.to_string(), "-P", &pipeline.to_string()]);
        let said = tools::answer(&mut benchmark)?;
        let server_us = (target.server.cpu_s()? - before_s) / f64::from(requests) * 1e6;
        let Some((per_second, p99_ms)) = figures_in(&said) else {
            bail!("`redis-benchmark` said: {said}");
        };
        Ok(Figures { per_second, p99_ms, server_us })
    }
}

/// Requests per second and the 99th percentile, from the one line of figures.
fn figures_in(said: &str) -> Option<(f64, f64)> {
    let line = said.lines().rev().find(|line| line.starts_with('"'))?;
    let numbers: Vec<f64> =
        line.rsplit("\",\"").filter_map(|field| field.trim_matches('"').parse().ok()).collect();
    // From the end: longest, 99th, 95th, median, shortest, average, requests per second.
    Some((*numbers.get(6)?, *numbers.get(1)?))
}

fn median(mut figures: Vec<Figures>) -> Option<Figures> {
    figures.sort_by(|one, other| one.per_second.total_cmp(&other.per_second));
    figures.get(figures.len() / 2).copied()
}

/// The whole number of requests that a number means; it is small.
fn whole(number: f64) -> u32 {
    format!("{number:.0}").parse().unwrap_or(REQUESTS_FIRST)
}

fn table(outcomes: &[Outcome]) -> String {
    let mut text = format!(
        "\n{:<8} {:>8} | {:>10} {:>8} {:>7} | {:>10} {:>8} {:>7} | {:>12}\n",
        "command",
        "pipeline",
        "thorp /s",
        "p99 ms",
        "CPU us",
        "redis /s",
        "p99 ms",
        "CPU us",
        "thorp, times"
    );
    for Outcome { command, pipeline, thorp, redis } in outcomes {
        text.push_str(&format!(
            "{command:<8} {pipeline:>8} | {:>10.0} {:>8.2} {:>7.1} | {:>10.0} {:>8.2} {:>7.1} | \
             {:>12.2}\n",
            thorp.per_second,
            thorp.p99_ms,
            thorp.server_us,
            redis.per_second,
            redis.p99_ms,
            redis.server_us,
            thorp.per_second / redis.per_second,
        ));
    }
    text
}

fn as_json(outcomes: &[Outcome], said: &str) -> Value {
    let of = |figures: &Figures| {
        json!({
            "per_second": figures.per_second,
            "p99_ms": figures.p99_ms,
            "server_cpu_us_per_request": figures.server_us,
        })
    };
    let results: Vec<Value> = outcomes
        .iter()
        .map(|outcome| {
            json!({
                "command": outcome.command,
                "pipeline": outcome.pipeline,
                "thorp": of(&outcome.thorp),
                "redis": of(&outcome.redis),
                "thorp_times": outcome.thorp.per_second / outcome.redis.per_second,
            })
        })
        .collect();
    json!({ "ran": said, "results": results })
}

#[cfg(test)]
mod tests;
