//! Runs a test of this binary in a process of its own, with its own environment.

use std::process::{Command, Stdio};

/// Says to a test that it is the child, and what it is to do.
pub(crate) const ROLE: &str = "STORE_TEST_ROLE";

/// A command that runs the test `name` as a child in `role`.
pub(crate) fn command(name: &str, role: &str) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args([name, "--exact", "--nocapture", "--test-threads=1"])
        .env(ROLE, role)
        .stdin(Stdio::piped());
    command
}

/// What this process is to do as a child; `None` in the parent.
pub(crate) fn role() -> Option<String> {
    std::env::var(ROLE).ok()
}
