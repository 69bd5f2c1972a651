//! `cargo xtask bench pipelines`: thorp beside others that do the same work, in one run.
//!
//! CPU-seconds of the whole process tree are what counts; wall time and peak memory stand beside
//! them. A contender that cannot do a job is left out of it.

mod contenders;
mod data;
mod jobs;
mod measure;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail, ensure};
use serde_json::{Value, json};

use crate::{children, tools};
use contenders::{Contender, Place};
use jobs::{JOBS, Job};
use measure::Usage;

pub(crate) const USAGE: &str = "\
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

/// Runs the jobs, prints a table, and writes the figures as JSON into the target folder.
pub(crate) fn run(arguments: &[&str]) -> anyhow::Result<bool> {
    let options = Options::parse(arguments)?;
    children::end_on_signals()?;
    measure::adopt_orphans()?;
    let folder = tools::target_folder()?.join("bench").join("pipelines");
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
    let file = folder.join("results.json");
    fs::write(&file, format!("{:#}\n", as_json(&outcomes, options.rows)))
        .with_context(|| format!("failed to write `{}`", file.display()))?;
    println!("written to {}", file.display());
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
        let all = Contender::ALL.to_vec();
        let mut options = Self { only: Vec::new(), others: all, rows: 1_000_000, binary: None };
        let mut rest = arguments;
        while let [flag, value, after @ ..] = rest {
            match *flag {
                "--only" => options.only = value.split(',').map(str::to_owned).collect(),
                "--against" => options.others = contenders_of(value)?,
                "--rows" => options.rows = value.parse().context("--rows wants a number")?,
                "--binary" => options.binary = Some(fs::canonicalize(value)?),
                _ => bail!("unknown flag `{flag}`\n{USAGE}"),
            }
            rest = after;
        }
        ensure!(rest.is_empty(), "`{}` needs a value\n{USAGE}", rest.join(" "));
        if let Some(name) = options.only.iter().find(|name| JOBS.iter().all(|j| j.name != **name)) {
            bail!("unknown job `{name}`\n{USAGE}");
        }
        Ok(options)
    }

    fn wants(&self, job: &Job) -> bool {
        self.only.is_empty() || self.only.iter().any(|name| name == job.name)
    }
}

/// thorp, and the others named in `list`.
fn contenders_of(list: &str) -> anyhow::Result<Vec<Contender>> {
    let mut found = vec![Contender::Thorp];
    for name in list.split(',').filter(|name| !name.is_empty()) {
        let other = Contender::ALL.into_iter().find(|contender| contender.name() == name);
        found.push(other.with_context(|| format!("unknown contender `{name}`\n{USAGE}"))?);
    }
    Ok(found)
}

/// The release build, made when it is not there or not current.
fn release_binary() -> anyhow::Result<PathBuf> {
    let built = tools::succeeds(tools::cargo().args([
        "build",
        "--release",
        "--locked",
        "--package",
        "thorp",
        "--bin",
        "thorp",
    ]))?;
    ensure!(built, "the release build failed");
    Ok(tools::target_folder()?.join("release").join("thorp"))
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

/// Removes `folder` with all that is in it and makes it anew.
fn emptied(folder: &Path) -> anyhow::Result<()> {
    if folder.exists() {
        fs::remove_dir_all(folder)
            .with_context(|| format!("failed to remove `{}`", folder.display()))?;
    }
    fs::create_dir_all(folder).with_context(|| format!("failed to create `{}`", folder.display()))
}

#[cfg(test)]
mod tests;
