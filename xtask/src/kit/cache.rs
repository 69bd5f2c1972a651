//! Folders that are filled once, in the user's cache folder.
//!
//! A folder is whole when its stamp says what it was filled with. The stamp is written last, and a
//! lock keeps two runs from filling the same folder, so a killed run leaves nothing that is used.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use anyhow::Context;

const STAMP: &str = "thorp-stamp";

/// Returns the folder `name`, after filling it with `fill` unless it was filled for `contents`.
pub(super) fn folder(
    name: &str,
    contents: &str,
    fill: impl FnOnce(&Path) -> anyhow::Result<()>,
) -> anyhow::Result<PathBuf> {
    folder_in(&root()?, name, contents, fill)
}

fn folder_in(
    root: &Path,
    name: &str,
    contents: &str,
    fill: impl FnOnce(&Path) -> anyhow::Result<()>,
) -> anyhow::Result<PathBuf> {
    fs::create_dir_all(root).with_context(|| format!("failed to create `{}`", root.display()))?;
    let lock = File::create(root.join(format!("{name}.lock")))
        .with_context(|| format!("failed to create the lock of `{name}`"))?;
    lock.lock().with_context(|| format!("failed to lock `{name}`"))?;
    let folder = root.join(name);
    let stamp = folder.join(STAMP);
    if fs::read_to_string(&stamp).is_ok_and(|filled| filled == contents) {
        return Ok(folder);
    }
    if folder.exists() {
        fs::remove_dir_all(&folder)
            .with_context(|| format!("failed to remove the unfinished `{}`", folder.display()))?;
    }
    eprintln!("    installing {name} into {}", folder.display());
    fs::create_dir_all(&folder)
        .with_context(|| format!("failed to create `{}`", folder.display()))?;
    fill(&folder)?;
    let unfinished = folder.join(format!("{STAMP}.new"));
    fs::write(&unfinished, contents)
        .and_then(|()| fs::rename(&unfinished, &stamp))
        .with_context(|| format!("failed to write `{}`", stamp.display()))?;
    Ok(folder)
}

fn root() -> anyhow::Result<PathBuf> {
    let cache = match std::env::var_os("XDG_CACHE_HOME").filter(|folder| !folder.is_empty()) {
        Some(folder) => PathBuf::from(folder),
        None => std::env::home_dir().context("failed to find the home folder")?.join(".cache"),
    };
    Ok(cache.join("thorp").join("kit"))
}

#[cfg(test)]
mod tests;
