//! Puts the data of a node aside whose cluster yields to another one.
//!
//! A file marks the beginning, so that a node that is killed in between goes on at its next start.

use std::fs::{self, File};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use state::Resting;

use super::error::StartError;

/// There while parts are being moved.
const MARK: &str = "yielding";
/// Where they go.
const FOLDER: &str = "yielded";
/// What a node has of its cluster. The key is a new one too: the old one stands in the old list.
const PARTS: [&str; 5] = ["state", "founding", "token", "node.toml", "identity"];

/// Moves what the node has of its cluster to `yielded`, when nothing was ever written to it.
///
/// The node does not run any more, so what it holds now it had acknowledged, or nobody has.
/// Returns whether it was moved.
pub(super) fn put(data: &Path) -> Result<bool, StartError> {
    let resting = Resting::open(&data.join("state"))?;
    if resting.has_writes() {
        return Ok(false);
    }
    drop(resting);
    let begun = || -> io::Result<()> {
        remove(&data.join(FOLDER))?;
        File::create(data.join(MARK))?.sync_all()?;
        File::open(data)?.sync_all()
    };
    begun().map_err(|source| failed(data, source))?;
    finish(data)?;
    Ok(true)
}

/// Finishes what an earlier start began.
pub(super) fn finish(data: &Path) -> Result<(), StartError> {
    let mark = data.join(MARK);
    if !mark.exists() {
        return Ok(());
    }
    let folder = data.join(FOLDER);
    let moved = || -> io::Result<()> {
        fs::create_dir_all(&folder)?;
        for part in PARTS {
            match fs::rename(data.join(part), folder.join(part)) {
                Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
        File::open(data)?.sync_all()?;
        fs::remove_file(&mark)?;
        File::open(data)?.sync_all()
    };
    moved().map_err(|source| failed(data, source))
}

/// What an earlier yield left: nothing was ever written to it.
fn remove(folder: &Path) -> io::Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

fn failed(data: &Path, source: io::Error) -> StartError {
    let path: PathBuf = data.join(FOLDER);
    StartError::Aside { path, source }
}
