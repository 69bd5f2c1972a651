//! `cargo xtask bench pipelines`: thorp beside others that do the same work, in one run.
//!
//! CPU-seconds of the whole process tree are what counts; wall time and peak memory stand beside
//! them. A contender that cannot do a job is left out of it.

mod contenders;
mod data;
mod jobs;

use std::path::PathBuf;

use anyhow::bail;
use serde_json::{Value, json};

use super::flags::Flags;
use super::measure::{self, Usage};
use contenders::{Contender, Place};
use jobs::{JOBS, Job};

pub(super) const USAGE: &str = "\
cargo xtask bench pipelines [--only JOB,...] [--against NAME,...] [--rows N] [--binary FILE]
  jobs: path, sqlite, five, join, small, parquet
  others: dpp, dataflows, duckdb, polars
  --rows    rows of the large jobs (1000000)
  --binary  a thorp that is built already, instead of a release build";

/// What one contender needed for one job.
#[derive(Debug)]
struct Outcome {
    job: &'static Job,
    contender: Contender,
    usage: Usage,
}

/// Runs the jobs, and prints and keeps the figures.
pub(super) fn run(arguments: &[&str]) -> anyhow::Result<bool> {
    let options = Options::parse(arguments)?;
    measure::adopt_orphans()?;
    let folder = super::folder_of("pipelines")?;
    let place = Place::prepare(&folder, options.binary.as_deref(), options.rows, &options.others)?;
    let mut outcomes = Vec::new();
    for job in JOBS.iter().filter(|job| options.wants(job)) {
        eprintln!("\n==> {}: {}", job.name, job.text);
        for &contender in &options.others {
            let Some(usage) = place.run(job, contender)? else { continue };
            eprintln!("    {:<10} {usage}", contender.name());
            outcomes.push(Outcome { job, contender, usage });
        }
    }
    println!("{}", table(&outcomes));
    super::keep(&folder, &as_json(&outcomes, options.rows))?;
    Ok(true)
}

#[derive(Debug)]
struct Options {
    only: Vec<String>,
    others: Vec<Contender>,
    rows: u64,
    binary: Option<PathBuf>,
}

impl Options {
    fn parse(arguments: &[&str]) -> anyhow::Result<Self> {
        let flags = Flags::parse(arguments, USAGE)?;
        let mut others = flags.chosen("--against", &Contender::ALL)?;
        if !others.contains(&Contender::Thorp) {
            others.insert(0, Contender::Thorp);
        }
        let only = flags.text("--only").map(|list| list.split(',').map(str::to_owned).collect());
        let only: Vec<String> = only.unwrap_or_default();
        if let Some(name) = only.iter().find(|name| JOBS.iter().all(|job| job.name != **name)) {
            bail!("unknown job `{name}`\n{USAGE}");
        }
        let rows = flags.number("--rows", 1_000_000)?;
        Ok(Self { only, others, rows, binary: flags.file("--binary")? })
    }

    fn wants(&self, job: &Job) -> bool {
        self.only.is_empty() || self.only.iter().any(|name| name == job.name)
    }
}

fn table(outcomes: &[Outcome]) -> String {
    let mut text = format!(
        "\n{:<8} {:<10} {:>9} {:>8} {:>9} {:>10}\n",
        "job", "contender", "CPU s", "wall s", "peak MB", "CPU ratio"
    );
    for outcome in outcomes {
        let Usage { cpu_s, wall_s, peak_mb, .. } = outcome.usage;
        let ratio =
            ratio(outcomes, outcome).map_or_else(String::new, |ratio| format!("{ratio:.1}"));
        text.push_str(&format!(
            "{:<8} {:<10} {cpu_s:>9.3} {wall_s:>8.3} {peak_mb:>9.0} {ratio:>10}\n",
            outcome.job.name,
            outcome.contender.name(),
        ));
    }
    text
}

/// How many times the CPU of thorp `outcome` needed.
fn ratio(outcomes: &[Outcome], outcome: &Outcome) -> Option<f64> {
    let is_ours = |other: &&Outcome| {
        other.job.name == outcome.job.name && other.contender == Contender::Thorp
    };
    let thorp = outcomes.iter().find(is_ours)?;
    Some(outcome.usage.cpu_s / thorp.usage.cpu_s.max(0.001))
}

fn as_json(outcomes: &[Outcome], rows: u64) -> Value {
    let results: Vec<Value> = outcomes
        .iter()
        .map(|outcome| {
            json!({
                "job": outcome.job.name,
                "contender": outcome.contender.name(),
                "cpu_seconds": outcome.usage.cpu_s,
                "wall_seconds": outcome.usage.wall_s,
                "peak_megabytes": outcome.usage.peak_mb,
                "runs": outcome.usage.runs,
                "cpu_ratio": ratio(outcomes, outcome),
            })
        })
        .collect();
    json!({ "rows": rows, "results": results })
}

#[cfg(test)]
mod tests;
