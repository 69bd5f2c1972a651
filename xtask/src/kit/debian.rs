//! Debian packages: installed where we may, or only unpacked.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::OnceLock;

use anyhow::{Context, bail};

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

/// Unpacks `package` into `folder`, for which nobody needs to be root, or to install anything.
pub(super) fn unpack(package: &str, folder: &Path) -> anyhow::Result<()> {
    if tools::may_apt() {
        update()?;
    }
    tools::quiet(apt_get().current_dir(folder).args(["download", package]))?;
    let listed = fs::read_dir(folder).context("failed to list a folder")?;
    let mut files = listed.flatten().map(|entry| entry.path());
    let archive = files.find(|path| path.extension().is_some_and(|ending| ending == "deb"));
    let archive = archive.with_context(|| format!("apt-get brought no file for `{package}`"))?;
    tools::quiet(Command::new("dpkg-deb").arg("--extract").arg(&archive).arg(folder))?;
    fs::remove_file(&archive).context("failed to remove a Debian package")
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
