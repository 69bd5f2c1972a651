//! `cargo xtask bench fmap`: a trivial JavaScript function over many JSON lines.
//!
//! thorp on one node and on three, beside the same function in one process with a thread per core,
//! and beside Ray and Dask with the same function in Python; these two choose the size of their
//! chunks, as thorp does. All results are compared.

use std::fmt;
use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use anyhow::{Context, ensure};
use serde_json::{Value, json};

use crate::kit::python;
use crate::tools;

use super::flags::Flags;
use super::measure::{self, Usage};
use super::nodes::{self, Node, Program};
use super::programs;

pub(super) const USAGE: &str = "\
cargo xtask bench fmap [--against NAME,...] [--items N] [--rounds N] [--binary FILE]
  others: three (nodes of thorp), quickjs, ray, dask
  --items   how many items (1000000)
  --rounds  how many runs of each; the median counts (3)
  --binary  a thorp that is built already, instead of a release build";

const FUNCTION: &str = "(x) => x + 1";
/// The same, as `thorp load` takes it.
const LOADED: &str = "function increment(x) {\n  return x + 1;\n}\n";
const SCRIPT: &str = include_str!("../../python/fmap.py");

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Contender {
    Thorp,
    Three,
    Quickjs,
    Ray,
    Dask,
}

impl Contender {
    const ALL: [Self; 5] = [Self::Thorp, Self::Three, Self::Quickjs, Self::Ray, Self::Dask];

    fn nodes(self) -> Option<usize> {
        match self {
            Self::Thorp => Some(1),
            Self::Three => Some(3),
            Self::Quickjs | Self::Ray | Self::Dask => None,
        }
    }
}

impl fmt::Display for Contender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Thorp => "thorp",
            Self::Three => "three",
            Self::Quickjs => "quickjs",
            Self::Ray => "ray",
            Self::Dask => "dask",
        })
    }
}

/// Runs all contenders, and prints and keeps the figures.
pub(super) fn run(arguments: &[&str]) -> anyhow::Result<bool> {
    let flags = Flags::parse(arguments, USAGE)?;
    let mut contenders = flags.chosen("--against", &Contender::ALL)?;
    if !contenders.contains(&Contender::Thorp) {
        contenders.insert(0, Contender::Thorp);
    }
    let items: u64 = flags.number("--items", 1_000_000)?;
    let rounds: usize = flags.number("--rounds", 3)?;
    measure::adopt_orphans()?;
    let folder = super::folder_of("fmap")?;
    let place = Place::prepare(&folder, flags.file("--binary")?, &contenders, items)?;
    let mut all: Vec<(Contender, Vec<Usage>)> =
        contenders.iter().map(|contender| (*contender, Vec::new())).collect();
    for _ in 0..rounds.max(1) {
        for (contender, usages) in &mut all {
            let usage = place.run(*contender)?;
            eprintln!("    {contender:<8} {usage}");
            usages.push(usage);
        }
    }
    let outcomes: Vec<(Contender, Usage)> = all
        .into_iter()
        .filter_map(|(contender, mut usages)| {
            usages.sort_by(|one, other| one.cpu_s.total_cmp(&other.cpu_s));
            Some((contender, *usages.get(usages.len() / 2)?))
        })
        .collect();
    println!("{}", table(&outcomes, items));
    super::keep(&folder, &as_json(&outcomes, items))?;
    Ok(true)
}

/// Where all runs take place.
#[derive(Debug)]
struct Place {
    folder: PathBuf,
    program: Program,
    bench: PathBuf,
    /// With Ray and Dask.
    python: PathBuf,
    threads: usize,
    items: PathBuf,
    expected: PathBuf,
    results: PathBuf,
}

impl Place {
    fn prepare(
        folder: &Path,
        binary: Option<PathBuf>,
        contenders: &[Contender],
        items: u64,
    ) -> anyhow::Result<Self> {
        let python = if contenders.iter().any(|one| matches!(one, Contender::Ray | Contender::Dask))
        {
            python::environment("fmap", include_str!("../../python/fmap.txt"))?
        } else {
            PathBuf::new()
        };
        let file = match binary {
            Some(file) => file,
            None => programs::thorp()?,
        };
        let place = Self {
            folder: folder.to_owned(),
            program: Program { file, name: "thorp" },
            bench: programs::bench()?,
            python,
            threads: std::thread::available_parallelism()?.get(),
            items: folder.join("items.jsonl"),
            expected: folder.join("expected.jsonl"),
            results: folder.join("results.jsonl"),
        };
        numbers(&place.items, 0..items)?;
        numbers(&place.expected, 1..items + 1)?;
        fs::write(folder.join("fmap.py"), SCRIPT).context("failed to write the script")?;
        fs::write(folder.join("increment.js"), LOADED).context("failed to write the function")?;
        Ok(place)
    }

    fn run(&self, contender: Contender) -> anyhow::Result<Usage> {
        if self.results.exists() {
            fs::remove_file(&self.results).context("failed to remove the results")?;
        }
        let usage = match contender.nodes() {
            Some(nodes) => self.on_nodes(nodes)?,
            None => measure::repeated(1, || Ok(self.command(contender)))?,
        };
        let results = fs::read(&self.results).context("no results were written")?;
        let expected = fs::read(&self.expected).context("failed to read the expected results")?;
        ensure!(results == expected, "the results of {contender} are wrong");
        Ok(usage)
    }

    fn command(&self, contender: Contender) -> Command {
        if contender == Contender::Quickjs {
            let mut command = Command::new(&self.bench);
            command.args(["functions", "--function", FUNCTION, "--items"]).arg(&self.items);
            command.arg("--results").arg(&self.results);
            command.args(["--threads", &self.threads.to_string()]);
            return command;
        }
        let mut command = Command::new(&self.python);
        // Ray leaves a secret in the home folder.
        command.env("HOME", &self.folder);
        command.arg(self.folder.join("fmap.py")).arg(contender.to_string());
        command.arg(&self.items).arg(&self.results).arg(self.threads.to_string());
        command
    }

    /// Starts a cluster, which is not measured, and calls the function on it.
    fn on_nodes(&self, count: usize) -> anyhow::Result<Usage> {
        let data = self.folder.join("data");
        super::emptied(&data)?;
        let nodes = Node::start_many(&self.program, &data, count)?;
        let command = |arguments: &[&str]| {
            let mut command = Command::new(&self.program.file);
            command.args(arguments).current_dir(&self.folder);
            command.env("HOME", &data).env("XDG_STATE_HOME", data.join("state"));
            command
        };
        tools::quiet(&mut command(&["load", "increment.js"]))?;
        let servers = || nodes.iter().map(|node| &node.server);
        let before_s = nodes::cpu_s(servers())? + measure::children_cpu_s()?;
        let began = Instant::now();
        let mut fmap = command(&["fmap", "increment"]);
        let open = |path: &Path| File::open(path).context("failed to open the items");
        fmap.stdin(open(&self.items)?);
        fmap.stdout(File::create(&self.results).context("failed to create the results")?);
        ensure!(tools::succeeds(&mut fmap)?, "`thorp fmap` failed");
        let wall_s = began.elapsed().as_secs_f64();
        let cpu_s = nodes::cpu_s(servers())? + measure::children_cpu_s()? - before_s;
        let peak_mb = servers().map(|server| measure::memory_mb(server.pid).0).sum();
        drop(nodes);
        super::emptied(&data)?;
        Ok(Usage { cpu_s, wall_s, peak_mb, runs: 1 })
    }
}

/// Writes numbers, one per line.
fn numbers(path: &Path, range: std::ops::Range<u64>) -> anyhow::Result<()> {
    let write = || -> std::io::Result<()> {
        let mut out = BufWriter::new(File::create(path)?);
        for number in range {
            writeln!(out, "{number}")?;
        }
        out.flush()
    };
    write().with_context(|| format!("failed to write `{}`", path.display()))
}

/// How many times the CPU of thorp on one node a contender needed.
fn ratio(outcomes: &[(Contender, Usage)], usage: &Usage) -> Option<f64> {
    let (_, thorp) = outcomes.iter().find(|(contender, _)| *contender == Contender::Thorp)?;
    Some(usage.cpu_s / thorp.cpu_s.max(0.001))
}

fn table(outcomes: &[(Contender, Usage)], items: u64) -> String {
    let mut text = format!(
        "\n{items} items\n{:<10} {:>9} {:>8} {:>10} {:>10}\n",
        "contender", "CPU s", "wall s", "memory MB", "CPU ratio"
    );
    for (contender, usage) in outcomes {
        let Usage { cpu_s, wall_s, peak_mb, .. } = usage;
        let ratio = ratio(outcomes, usage).map_or_else(String::new, |ratio| format!("{ratio:.1}"));
        text.push_str(&format!(
            "{:<10} {cpu_s:>9.3} {wall_s:>8.3} {peak_mb:>10.0} {ratio:>10}\n",
            contender.to_string()
        ));
    }
    text
}

fn as_json(outcomes: &[(Contender, Usage)], items: u64) -> Value {
    let results: Vec<Value> = outcomes
        .iter()
        .map(|(contender, usage)| {
            json!({
                "contender": contender.to_string(),
                "cpu_seconds": usage.cpu_s,
                "wall_seconds": usage.wall_s,
                "megabytes": usage.peak_mb,
                "cpu_ratio": ratio(outcomes, usage),
            })
        })
        .collect();
    json!({ "items": items, "function": FUNCTION, "results": results })
}
