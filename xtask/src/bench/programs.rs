//! The programs that are measured, built when they are not there or not current.

use std::path::PathBuf;

use anyhow::ensure;

use crate::tools;

/// The release build of thorp.
pub(super) fn thorp() -> anyhow::Result<PathBuf> {
    built("thorp")
}

/// The release build of the crate `bench`: a node without pipelines, and clients.
pub(super) fn bench() -> anyhow::Result<PathBuf> {
    built("bench")
}

fn built(package: &str) -> anyhow::Result<PathBuf> {
    let mut build = tools::cargo();
    build.args(["build", "--release", "--locked", "--package", package, "--bin", package]);
    ensure!(tools::succeeds(&mut build)?, "the release build of `{package}` failed");
    Ok(tools::target_folder()?.join("release").join(package))
}
