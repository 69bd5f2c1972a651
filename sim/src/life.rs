//! One run of one node, from its start to its crash.
//!
//! After a crash nothing that the node does leaves it: no message, no answer, no write. Its tasks
//! are ended in the background; what they do until then nobody sees.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use tokio::sync::watch;

#[derive(Debug)]
pub(crate) struct Life {
    pub(crate) node: u64,
    /// Where its files are.
    pub(crate) dir: PathBuf,
    is_over: watch::Sender<bool>,
    /// What is on its disk after the crash.
    left: Mutex<Option<Files>>,
}

/// The files of a node, by name.
pub(crate) type Files = Vec<(String, Vec<u8>)>;

impl Life {
    pub(crate) fn new(node: u64, dir: PathBuf) -> Self {
        Self { node, dir, is_over: watch::Sender::new(false), left: Mutex::new(None) }
    }

    pub(crate) fn is_over(&self) -> bool {
        *self.is_over.borrow()
    }

    /// Waits for the crash.
    pub(crate) async fn end(&self) {
        let mut is_over = self.is_over.subscribe();
        // The sender lives as long as `self`.
        drop(is_over.wait_for(|is_over| *is_over).await);
    }

    /// Ends this run; `left` is what the disk keeps.
    pub(crate) fn crash(&self, left: Files) {
        *self.left.lock().unwrap_or_else(PoisonError::into_inner) = Some(left);
        self.is_over.send_replace(true);
    }

    pub(crate) fn take_left(&self) -> Option<Files> {
        self.left.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// What is on the disk now. Files of the shared memory of SQLite, locks and snapshots on their way
/// do not outlive a process.
pub(crate) fn files(dir: &Path) -> std::io::Result<Files> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(dir)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let is_kept = entry.file_type()?.is_file() && name != "lock" && !name.ends_with("-shm");
        if is_kept {
            files.push((name, std::fs::read(entry.path())?));
        }
    }
    files.sort();
    Ok(files)
}

pub(crate) fn write_files(dir: &Path, files: &Files) -> std::io::Result<()> {
    for (name, bytes) in files {
        std::fs::write(dir.join(name), bytes)?;
    }
    Ok(())
}
