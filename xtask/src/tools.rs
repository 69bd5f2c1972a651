//! Small helpers around commands and folders.

use std::io::{Read, Seek};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, bail};

use crate::children;

/// The folder of the workspace's `Cargo.toml`: of the one that was asked for, which a target folder
/// that several clones share need not have built this program from.
pub(crate) fn workspace_root() -> PathBuf {
    let built = || env!("CARGO_MANIFEST_DIR").into();
    let xtask = std::env::var_os("CARGO_MANIFEST_DIR").map_or_else(built, PathBuf::from);
    xtask.parent().unwrap_or(&xtask).to_owned()
}

/// Variables by which `cargo run` tells us who we are.
const OURS: [&str; 4] = ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_CRATE_NAME", "CARGO_BIN_NAME"];

/// A `cargo` command in the workspace, the same cargo that started us.
///
/// It does not inherit what `cargo run` told us about ourselves: build scripts that watch these
/// variables (that of ring) would run again, and with them half of all packages be built again,
/// whenever somebody changes between `cargo xtask` and `cargo build`.
pub(crate) fn cargo() -> Command {
    let program = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(program);
    command.current_dir(workspace_root());
    for (name, _) in std::env::vars_os() {
        if name.to_str().is_some_and(|name| OURS.iter().any(|prefix| name.starts_with(prefix))) {
            command.env_remove(name);
        }
    }
    command
}

/// The folder into which cargo builds.
pub(crate) fn target_folder() -> anyhow::Result<PathBuf> {
    let metadata = cargo_metadata::MetadataCommand::new()
        .manifest_path(workspace_root().join("Cargo.toml"))
        .no_deps()
        .exec()
        .context("failed to ask cargo for the target folder")?;
    Ok(metadata.target_directory.into_std_path_buf())
}

/// Whether the run is one of a continuous integration server (`CI` set and not `false`).
pub(crate) fn on_ci() -> bool {
    std::env::var("CI").is_ok_and(|value| !value.is_empty() && value != "false")
}

/// Whether we may install Debian packages.
pub(crate) fn may_apt() -> bool {
    rustix::process::geteuid().is_root() && find_program("apt-get").is_some()
}

/// The first file called `name` in the folders of `PATH`.
pub(crate) fn find_program(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(name)).find(|file| file.is_file())
}

/// Runs `command` with our own output and says whether it succeeded.
pub(crate) fn succeeds(command: &mut Command) -> anyhow::Result<bool> {
    let name = command.get_program().to_owned();
    let mut child = command.spawn().with_context(|| format!("failed to start {name:?}"))?;
    let guard = children::watch(&child);
    let status = child.wait().with_context(|| format!("failed to wait for {name:?}"));
    drop(guard);
    let status = status?;
    if status.code().is_none() {
        // Killed from outside: it could not say so itself.
        eprintln!("{name:?} ended with {status}");
    }
    Ok(status.success())
}

/// Runs `command` without output; a failure shows the end of what it wrote.
pub(crate) fn quiet(command: &mut Command) -> anyhow::Result<()> {
    let mut output = tempfile::tempfile().context("failed to create a temporary file")?;
    let copy = output.try_clone().context("failed to share a temporary file")?;
    let errors = output.try_clone().context("failed to share a temporary file")?;
    command.stdin(Stdio::null()).stdout(copy).stderr(errors);
    if succeeds(command)? {
        return Ok(());
    }
    output.rewind().context("failed to read the output of a command")?;
    let mut text = Vec::new();
    output.read_to_end(&mut text).context("failed to read the output of a command")?;
    let text = String::from_utf8_lossy(&text);
    let lines: Vec<&str> = text.lines().collect();
    let tail = lines.get(lines.len().saturating_sub(15)..).unwrap_or(&lines).join("\n  ");
    bail!("{command:?} failed\n  {tail}");
}

/// Runs `command` and returns what it wrote to standard output, trimmed.
pub(crate) fn answer(command: &mut Command) -> anyhow::Result<String> {
    let output = command
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output()
        .with_context(|| format!("failed to start {:?}", command.get_program()))?;
    if !output.status.success() {
        bail!("{command:?} failed");
    }
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// `PATH` with `folder` in front.
pub(crate) fn path_with(folder: &Path) -> std::ffi::OsString {
    let rest = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::iter::once(folder.to_owned()).chain(std::env::split_paths(&rest));
    std::env::join_paths(folders).unwrap_or(rest)
}
