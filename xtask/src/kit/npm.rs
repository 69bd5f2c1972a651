//! The npm package with real data.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, ensure};

use crate::tools;

use super::{Part, cache, debian};

const PACKAGE: &str = "vega-datasets";
const VERSION: &str = "3.2.1";

/// The folder of the unpacked package, with `datapackage.json` and `data/`.
pub(crate) fn vega_datasets() -> anyhow::Result<Part> {
    let folder = cache::folder(PACKAGE, VERSION, install)?;
    let package = folder.join("node_modules").join(PACKAGE);
    Ok(Part { variable: "THORP_VEGA", value: package.into_os_string(), service: None })
}

fn install(folder: &Path) -> anyhow::Result<()> {
    if tools::find_program("npm").is_none() {
        debian::install(&["nodejs", "npm"]).context("failed to get npm")?;
    }
    tools::quiet(
        Command::new("npm")
            .current_dir(folder)
            .args(["install", "--ignore-scripts", "--no-audit", "--no-fund", "--no-save"])
            .arg("--prefix")
            .arg(folder)
            .arg(format!("{PACKAGE}@{VERSION}")),
    )?;
    let descriptor = folder.join("node_modules").join(PACKAGE).join("datapackage.json");
    ensure!(descriptor.is_file(), "npm left no `{}`", descriptor.display());
    Ok(())
}
