//! What a command and all its descendants need, and what a server needed so far: CPU-seconds, wall
//! time, memory, bytes written.

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::Context;
use rustix::process::WaitOptions;

use crate::tools;

/// How often memory is looked at: short peaks are missed, and looking costs the others little.
const SAMPLE: Duration = Duration::from_millis(40);
/// How long processes that outlive the command may take to end, in samples.
const ORPHAN_SAMPLES_MAX: u32 = 250;
/// Linux counts CPU time for `/proc` in hundredths of a second on every platform.
const TICKS_PER_SECOND: f64 = 100.0;

/// What one run needs, on average over `runs` of them; memory is the largest of all.
#[derive(Debug, Clone, Copy)]
pub(super) struct Usage {
    pub(super) cpu_s: f64,
    pub(super) wall_s: f64,
    /// Proportional set size of the process tree.
    pub(super) peak_mb: f64,
    pub(super) runs: u32,
}

impl fmt::Display for Usage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { cpu_s, wall_s, peak_mb, .. } = self;
        write!(f, "{cpu_s:9.3} CPU s {wall_s:9.3} wall s {peak_mb:7.0} MB")
    }
}

/// Runs what `prepare` gives `runs` times, one after the other.
pub(super) fn repeated(
    runs: u32,
    mut prepare: impl FnMut() -> anyhow::Result<Command>,
) -> anyhow::Result<Usage> {
    let mut total = Usage { cpu_s: 0.0, wall_s: 0.0, peak_mb: 0.0, runs };
    for _ in 0..runs {
        let one = once(&mut prepare()?)?;
        total.cpu_s += one.cpu_s / f64::from(runs);
        total.wall_s += one.wall_s / f64::from(runs);
        total.peak_mb = total.peak_mb.max(one.peak_mb);
    }
    Ok(total)
}

/// Makes us the parent of processes whose parents end before them, so that they count as well.
pub(super) fn adopt_orphans() -> anyhow::Result<()> {
    rustix::process::set_child_subreaper(Some(rustix::process::getpid()))
        .context("failed to become the parent of orphans")
}

fn reap_orphans() {
    for _ in 0..ORPHAN_SAMPLES_MAX {
        loop {
            match rustix::process::wait(WaitOptions::NOHANG) {
                Ok(Some(_)) => {}
                Ok(None) => break,
                Err(_) => return,
            }
        }
        std::thread::sleep(SAMPLE);
    }
    eprintln!("warning: processes of a contender go on running and are not counted");
}

fn once(command: &mut Command) -> anyhow::Result<Usage> {
    let ended = AtomicBool::new(false);
    let (cpu_before, started) = (children_cpu_s()?, Instant::now());
    let (outcome, wall_s, peak_kb) = std::thread::scope(|scope| {
        let sampler = scope.spawn(|| {
            let mut peak_kb = 0;
            while !ended.load(Ordering::Relaxed) {
                peak_kb = peak_kb.max(descendants_kb());
                std::thread::sleep(SAMPLE);
            }
            peak_kb
        });
        let outcome = tools::quiet(command);
        let wall_s = started.elapsed().as_secs_f64();
        ended.store(true, Ordering::Relaxed);
        (outcome, wall_s, sampler.join().unwrap_or_default())
    });
    outcome?;
    reap_orphans();
    let cpu_s = children_cpu_s()? - cpu_before;
    Ok(Usage { cpu_s, wall_s, peak_mb: f64::from(peak_kb) / 1024.0, runs: 1 })
}

/// CPU-seconds of all descendants that have ended and were waited for.
pub(super) fn children_cpu_s() -> anyhow::Result<f64> {
    // `cutime` and `cstime`, numbers 16 and 17 of proc_pid_stat(5); the name is number 2.
    sum_s(Path::new("/proc/self"), [13, 14])
}

/// CPU-seconds of a process that runs.
pub(super) fn cpu_s(pid: u32) -> anyhow::Result<f64> {
    // `utime` and `stime`, numbers 14 and 15.
    sum_s(&folder_of(pid), [11, 12])
}

fn sum_s(process: &Path, fields: [usize; 2]) -> anyhow::Result<f64> {
    let file = process.join("stat");
    let stat = fs::read_to_string(&file)
        .with_context(|| format!("failed to read the CPU time in `{}`", file.display()))?;
    let all: Vec<&str> = after_name(&stat).collect();
    let ticks = |index: usize| all.get(index).and_then(|field| field.parse::<f64>().ok());
    let [one, two] = fields.map(ticks);
    let sum = one.zip(two).map(|(one, two)| one + two);
    let sum = sum.with_context(|| format!("`{}` has an unknown form: {stat}", file.display()))?;
    Ok(sum / TICKS_PER_SECOND)
}

/// Resident memory of a process that runs: `(proportional, whole)` in MB.
pub(super) fn memory_mb(pid: u32) -> (f64, f64) {
    (f64::from(rollup_kb(pid, "Pss:")) / 1024.0, f64::from(rollup_kb(pid, "Rss:")) / 1024.0)
}

/// Bytes that a process that runs has let disks write.
pub(super) fn written_bytes(pid: u32) -> anyhow::Result<u64> {
    let text = fs::read_to_string(folder_of(pid).join("io")).context("failed to read `io`")?;
    let bytes = text.lines().find_map(|line| line.strip_prefix("write_bytes: "));
    bytes.and_then(|bytes| bytes.parse().ok()).context("`io` does not say `write_bytes`")
}

fn folder_of(pid: u32) -> PathBuf {
    Path::new("/proc").join(pid.to_string())
}

/// The fields of a `stat` file after the name, which may hold spaces and brackets.
fn after_name(stat: &str) -> impl Iterator<Item = &str> {
    stat.rsplit_once(')').map_or(stat, |(_, rest)| rest).split_whitespace()
}

/// Memory of all our descendants, each page shared out among those who share it.
fn descendants_kb() -> u32 {
    let mut parents = BTreeMap::new();
    for entry in fs::read_dir("/proc").into_iter().flatten().flatten() {
        let Some(pid) = entry.file_name().to_str().and_then(|name| name.parse::<u32>().ok()) else {
            continue;
        };
        let stat = fs::read_to_string(entry.path().join("stat")).unwrap_or_default();
        if let Some(parent) = after_name(&stat).nth(1).and_then(|field| field.parse::<u32>().ok()) {
            parents.insert(pid, parent);
        }
    }
    let pids = parents.keys().copied().filter(|&pid| descends(&parents, pid, std::process::id()));
    pids.map(|pid| rollup_kb(pid, "Pss:")).sum()
}

fn descends(parents: &BTreeMap<u32, u32>, pid: u32, ancestor: u32) -> bool {
    let mut parent = parents.get(&pid);
    while let Some(&current) = parent {
        if current == ancestor {
            return true;
        }
        parent = parents.get(&current);
    }
    false
}

fn rollup_kb(pid: u32, name: &str) -> u32 {
    let maps = fs::read_to_string(folder_of(pid).join("smaps_rollup")).unwrap_or_default();
    let line = maps.lines().find_map(|line| line.strip_prefix(name));
    line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok()).unwrap_or_default()
}

#[cfg(test)]
mod tests;
