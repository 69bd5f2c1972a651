//! One holder at a time: a lock on a file, kept by the system until its holder ends.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, Write};
use std::path::Path;

use model::fault::{Fault, Kind};
use rustix::fs::{FlockOperation, flock};
use rustix::io::Errno;

use crate::limits;

/// A lock that is held until this is dropped or the process ends, however it ends.
///
/// The file stays: removing it would let two processes lock two files of the same name.
#[derive(Debug)]
pub struct Lock {
    file: File,
}

/// Why a lock was not taken.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    #[error("`{path}` is locked by {}", holder(*pid))]
    Held { path: String, pid: Option<u32> },
    #[error("failed to lock `{path}`")]
    Failed {
        path: String,
        #[source]
        source: io::Error,
    },
}

fn holder(pid: Option<u32>) -> String {
    pid.map_or_else(|| "another process".into(), |pid| format!("process {pid}"))
}

impl Fault for LockError {
    fn code(&self) -> &'static str {
        match self {
            Self::Held { .. } => "LOCKED",
            Self::Failed { .. } => "LOCK_FAILED",
        }
    }

    fn kind(&self) -> Kind {
        match self {
            Self::Held { .. } => Kind::Conflict,
            Self::Failed { .. } => Kind::Unavailable,
        }
    }

    fn help(&self) -> Option<String> {
        match self {
            Self::Held { .. } => Some("wait until it ends, or stop it".into()),
            Self::Failed { .. } => None,
        }
    }
}

impl Lock {
    /// Locks the file at `path`, which is made when it is missing, with the folders above it.
    ///
    /// # Errors
    ///
    /// [`LockError::Held`] at once when another process (or another part of this one) has it.
    pub fn acquire(path: &Path) -> Result<Self, LockError> {
        let failed = |source| LockError::Failed { path: path.display().to_string(), source };
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(failed)?;
        }
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(path)
            .map_err(failed)?;
        match flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => {}
            Err(Errno::WOULDBLOCK) => {
                let pid = read_pid(&mut file);
                return Err(LockError::Held { path: path.display().to_string(), pid });
            }
            Err(error) => return Err(failed(error.into())),
        }
        file.set_len(0).map_err(failed)?;
        writeln!(file, "{}", std::process::id()).map_err(failed)?;
        Ok(Self { file })
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // The number is for people; the lock itself ends when the file is closed.
        self.file.set_len(0).ok();
    }
}

/// The number that the holder wrote; absent in the moment before it does.
fn read_pid(file: &mut File) -> Option<u32> {
    let mut text = String::new();
    file.rewind().ok()?;
    file.take(limits::LOCK_BYTES_MAX).read_to_string(&mut text).ok()?;
    text.trim().parse().ok()
}

#[cfg(test)]
mod tests;
