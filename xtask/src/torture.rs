//! `cargo xtask torture`: real nodes under faults, by the program of the crate `torture`.

use std::path::PathBuf;
use std::process::Command;

use anyhow::ensure;

use crate::{children, kit, tools};

/// Builds what is missing and runs a scenario; `words` go to the program as they are.
pub(crate) fn run(words: &[&str]) -> anyhow::Result<bool> {
    children::end_on_signals()?;
    let names_binary = words.contains(&"--binary");
    let packages: &[&str] = if names_binary { &["torture"] } else { &["torture", "thorp"] };
    for package in packages {
        let mut build = tools::cargo();
        build.args(["build", "--locked", "--package", package, "--bin", package]);
        ensure!(tools::succeeds(&mut build)?, "the build of `{package}` failed");
    }
    if words.contains(&"faults") {
        kit::faults::install();
    }
    let folder = built_folder()?;
    let mut command = Command::new(folder.join("torture"));
    command.args(words);
    if !names_binary {
        command.arg("--binary").arg(folder.join("thorp"));
    }
    tools::succeeds(&mut command)
}

/// A short run with what the build stage has built.
pub(crate) fn short() -> anyhow::Result<bool> {
    kit::faults::install();
    let folder = built_folder()?;
    let mut command = Command::new(folder.join("torture"));
    tools::succeeds(command.args(["short", "--binary"]).arg(folder.join("thorp")))
}

fn built_folder() -> anyhow::Result<PathBuf> {
    Ok(tools::target_folder()?.join("debug"))
}
