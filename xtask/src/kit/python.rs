//! Private Python environments with pinned packages.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Context;

use crate::tools;

use super::{Part, cache, debian};

/// celery 4, which datapackage-pipelines wants, has metadata that newer versions refuse.
const PIP: &str = "pip<24.1";

/// Versions of Python that the pinned packages were seen to work with, best first.
const INTERPRETERS: [&str; 6] = [
    "python3.11",
    "/usr/bin/python3.11",
    "python3.12",
    "python3.10",
    "python3",
    "/usr/bin/python3",
];

/// The Python in which the reference implementation is installed.
pub(crate) fn datapackage_pipelines() -> anyhow::Result<Part> {
    let python = environment("dpp", include_str!("../../python/dpp.txt"))?;
    Ok(Part { variable: "THORP_DPP_PYTHON", value: python.into_os_string(), service: None })
}

/// Returns the interpreter of the environment `name`, which holds the packages of `requirements`.
pub(crate) fn environment(name: &str, requirements: &str) -> anyhow::Result<PathBuf> {
    let folder = cache::folder(name, requirements, |folder| fill(folder, requirements))?;
    Ok(interpreter_in(&folder))
}

fn interpreter_in(folder: &Path) -> PathBuf {
    folder.join("bin").join("python")
}

fn fill(folder: &Path, requirements: &str) -> anyhow::Result<()> {
    let base = interpreter()?;
    tools::quiet(Command::new(base).args(["-m", "venv"]).arg(folder))?;
    let list = folder.join("requirements.txt");
    std::fs::write(&list, requirements).context("failed to write the list of packages")?;
    let python = interpreter_in(folder);
    tools::quiet(pip(&python).arg(PIP))?;
    tools::quiet(pip(&python).arg("-r").arg(list))
}

fn pip(python: &Path) -> Command {
    let mut command = Command::new(python);
    command.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]);
    command
}

/// An interpreter that can make environments, from Debian when there is none.
fn interpreter() -> anyhow::Result<&'static str> {
    if let Some(found) = INTERPRETERS.into_iter().find(|name| is_usable(name)) {
        return Ok(found);
    }
    debian::install(&["python3", "python3-venv"]).context("failed to get Python 3.9 to 3.12")?;
    INTERPRETERS
        .into_iter()
        .find(|name| is_usable(name))
        .context("Debian's Python is not 3.9 to 3.12 with venv")
}

fn is_usable(interpreter: &str) -> bool {
    let check = "import sys, venv, ensurepip; sys.exit(not (3, 9) <= sys.version_info < (3, 13))";
    tools::answer(Command::new(interpreter).args(["-c", check])).is_ok()
}
