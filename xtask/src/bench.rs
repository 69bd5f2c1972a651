//! `cargo xtask bench NAME`: thorp beside others that do the same work, in one run.
//!
//! CPU-seconds stand beside wall time, because wall time on a shared machine says little. Each
//! bench prints a table, and writes the figures as JSON into the target folder.

mod etcd;
mod flags;
mod fmap;
mod idle;
mod measure;
mod nodes;
mod pipelines;
mod programs;
mod redis;
mod state;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use serde_json::Value;

use crate::{children, tools};

const USAGE: [&str; 5] = [pipelines::USAGE, state::USAGE, redis::USAGE, fmap::USAGE, idle::USAGE];

/// Runs the bench that is named first, with the flags that follow.
pub(crate) fn run(arguments: &[&str]) -> anyhow::Result<bool> {
    let (name, flags) = arguments.split_first().unwrap_or((&"", &[]));
    let bench = match *name {
        "pipelines" => pipelines::run,
        "state" => state::run,
        "redis" => redis::run,
        "fmap" => fmap::run,
        "idle" => idle::run,
        _ => bail!("there is no bench `{name}`\n{}", USAGE.join("\n")),
    };
    children::end_on_signals()?;
    bench(flags)
}

/// The folder of one bench, below the target folder: on the disk that is built on.
fn folder_of(name: &str) -> anyhow::Result<PathBuf> {
    let folder = tools::target_folder()?.join("bench").join(name);
    fs::create_dir_all(&folder)
        .with_context(|| format!("failed to create `{}`", folder.display()))?;
    Ok(folder)
}

/// Removes `folder` with all that is in it and makes it anew.
fn emptied(folder: &Path) -> anyhow::Result<()> {
    if folder.exists() {
        fs::remove_dir_all(folder)
            .with_context(|| format!("failed to remove `{}`", folder.display()))?;
    }
    fs::create_dir_all(folder).with_context(|| format!("failed to create `{}`", folder.display()))
}

/// Writes the figures of a bench where programs find them.
fn keep(folder: &Path, results: &Value) -> anyhow::Result<()> {
    let file = folder.join("results.json");
    fs::write(&file, format!("{results:#}\n"))
        .with_context(|| format!("failed to write `{}`", file.display()))?;
    println!("written to {}", file.display());
    Ok(())
}
