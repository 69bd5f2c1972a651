//! `cargo xtask bench idle`: what a node costs that has much and does nothing.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use rustix::process::Signal;
use serde_json::json;

use crate::children::Service;

use super::flags::Flags;
use super::measure;
use super::nodes::{Node, Program};
use super::programs;

pub(super) const USAGE: &str = "\
cargo xtask bench idle [--maps N] [--queues N] [--clients N] [--seconds N] [--binary FILE]
  --maps, --queues, --clients  what the node has (1000, 1000, 100)
  --seconds  how long it is watched (60)
  --binary   a thorp that is built already, instead of a node without pipelines";

/// What was written is flushed, and what was started is done.
const SETTLE: Duration = Duration::from_secs(10);

/// Starts a node twice, gives it much, watches it do nothing, and prints and keeps the figures.
pub(super) fn run(arguments: &[&str]) -> anyhow::Result<bool> {
    let flags = Flags::parse(arguments, USAGE)?;
    let [maps, queues, clients] = [
        flags.number("--maps", 1000_u32)?,
        flags.number("--queues", 1000_u32)?,
        flags.number("--clients", 100_u32)?,
    ];
    let seconds: f64 = flags.number("--seconds", 60.0)?;
    let folder = super::folder_of("idle")?;
    let data = folder.join("data");
    super::emptied(&data)?;
    let hold = programs::bench()?;
    let program = Program::of(flags.file("--binary")?)?;
    let began = Instant::now();
    let node = Node::start(&program, &data, "node", None)?;
    let first_start = began.elapsed();
    let holder = start_holder(&hold, &node, &data, [maps, queues, clients])?;
    std::thread::sleep(SETTLE);
    let pid = node.server.pid;
    let before = (measure::cpu_s(pid)?, measure::written_bytes(pid)?);
    std::thread::sleep(Duration::from_secs_f64(seconds));
    let cpu_s = measure::cpu_s(pid)? - before.0;
    let written = measure::written_bytes(pid)? - before.1;
    let (pss_mb, rss_mb) = measure::memory_mb(pid);
    drop((holder, node));
    let began = Instant::now();
    let node = Node::start(&program, &data, "node", None)?;
    let restart = began.elapsed();
    drop(node);
    super::emptied(&data)?;
    let millis = |time: Duration| time.as_secs_f64() * 1000.0;
    let percent = cpu_s / seconds * 100.0;
    let said = format!("{}, {maps} maps, {queues} queues, {clients} clients", program.name);
    println!("\none node: {said}, watched for {seconds} s");
    println!("{:<22} {:>8.0} ms   goal 200", "first start", millis(first_start));
    println!("{:<22} {:>8.0} ms   goal 200", "start with its data", millis(restart));
    println!("{:<22} {rss_mb:>8.1} MB   goal 50", "resident memory");
    println!("{:<22} {pss_mb:>8.1} MB", "its own share");
    println!("{:<22} {percent:>8.2} %    goal 0.5", "of one core");
    println!("{:<22} {written:>8} B    goal 0", "written");
    let results = json!({
        "ran": said,
        "seconds": seconds,
        "first_start_ms": millis(first_start),
        "restart_ms": millis(restart),
        "rss_mb": rss_mb,
        "pss_mb": pss_mb,
        "cpu_percent": percent,
        "written_bytes": written,
    });
    super::keep(&folder, &results)?;
    Ok(true)
}

/// Fills the node and keeps clients connected until it is dropped.
fn start_holder(
    program: &Path,
    node: &Node,
    folder: &Path,
    [maps, queues, clients]: [u32; 3],
) -> anyhow::Result<Service> {
    let mut command = Command::new(program);
    command.args(["hold", "--redis", &node.redis, "--https", &node.https]);
    command.arg("--contacts").arg(folder.join("state").join("thorp"));
    for (flag, count) in [("--maps", maps), ("--queues", queues), ("--clients", clients)] {
        command.arg(flag).arg(count.to_string());
    }
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn()?;
    let told = child.stdout.take().context("no output of the clients")?;
    let own = folder.join("clients");
    super::emptied(&own)?;
    let service = Service::new(&child, own, Signal::TERM);
    let mut line = String::new();
    BufReader::new(told).read_line(&mut line)?;
    ensure!(line.trim() == "ready", "the clients were not connected");
    Ok(service)
}
