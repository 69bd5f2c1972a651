//! The test runner, compiled once when the machine has none.

use std::path::PathBuf;

use crate::tools;

use super::cache;

/// Builds on the pinned compiler (it asks for Rust 1.91).
const VERSION: &str = "0.9.143";

/// Returns the program, after compiling it into the cache folder when it is nowhere.
pub(super) fn install() -> anyhow::Result<PathBuf> {
    if let Some(program) = tools::find_program("cargo-nextest") {
        return Ok(program);
    }
    let folder = cache::folder("nextest", VERSION, |folder| {
        eprintln!("    compiling cargo-nextest {VERSION}, which takes minutes and happens once");
        tools::quiet(
            tools::cargo()
                .args(["install", "cargo-nextest", "--locked", "--version", VERSION, "--root"])
                .arg(folder)
                .env("CARGO_TARGET_DIR", folder.join("target")),
        )?;
        std::fs::remove_dir_all(folder.join("target"))?;
        Ok(())
    })?;
    Ok(folder.join("bin").join("cargo-nextest"))
}
