//! Debian packages, where we may install them.

use std::process::Command;
use std::sync::OnceLock;

use anyhow::bail;

use crate::tools;

/// Installs `packages` with apt-get, or says why that is not possible.
pub(super) fn install(packages: &[&str]) -> anyhow::Result<()> {
    let wanted = packages.join(" ");
    if !tools::may_apt() {
        bail!("not root on Debian; run `apt-get install {wanted}` as root");
    }
    update()?;
    eprintln!("    installing the Debian packages {wanted}");
    tools::quiet(
        apt_get()
            .args(["install", "--yes", "--no-install-recommends"])
            .args(["-o", "Dpkg::Options::=--force-confold"])
            .args(packages),
    )
}

fn update() -> anyhow::Result<()> {
    static UPDATED: OnceLock<()> = OnceLock::new();
    if UPDATED.get().is_none() {
        tools::quiet(apt_get().arg("update"))?;
        UPDATED.get_or_init(|| ());
    }
    Ok(())
}

fn apt_get() -> Command {
    let mut command = Command::new("apt-get");
    // Servers are installed for the tests to start, not for the machine.
    command.env("RUNLEVEL", "1");
    command.env("DEBIAN_FRONTEND", "noninteractive").args(["-o", "DPkg::Lock::Timeout=300"]);
    command
}
