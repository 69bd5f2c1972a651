//! Which process a run belongs to, so that nobody takes a later one of the same number for it.

use std::fs;

use serde::{Deserialize, Serialize};

/// A process, told apart from all others of the machine since it was built.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Process {
    pub(super) pid: u32,
    /// When it started, in ticks since the machine did; nothing where the system does not say.
    started_ticks: Option<u64>,
    /// Names this run of the machine.
    boot: Option<String>,
}

/// This process.
pub(super) fn own() -> Process {
    let pid = std::process::id();
    Process { pid, started_ticks: started_ticks(pid), boot: boot() }
}

/// Whether `process` still runs on this machine.
pub(super) fn lives(process: &Process) -> bool {
    if process.boot != boot() {
        return false;
    }
    match process.started_ticks {
        Some(ticks) => started_ticks(process.pid) == Some(ticks),
        None => i32::try_from(process.pid)
            .ok()
            .and_then(rustix::process::Pid::from_raw)
            .is_some_and(|pid| rustix::process::test_kill_process(pid).is_ok()),
    }
}

fn boot() -> Option<String> {
    let id = fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
    Some(id.trim().to_owned())
}

/// Field 22 of `/proc/PID/stat`. The name of the program, field 2, may hold anything, also `)`.
fn started_ticks(pid: u32) -> Option<u64> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let (_, fields) = stat.rsplit_once(')')?;
    fields.split_whitespace().nth(19)?.parse().ok()
}
