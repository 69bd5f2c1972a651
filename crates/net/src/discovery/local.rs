//! Nodes of one user on one machine: a folder with a file for each, which its node keeps locked.
//!
//! The system lets go of a lock when its process ends, however it ends, so nothing has to give
//! signs of life and nothing has to expire.

use std::fs::{self, File, TryLockError};
use std::io::{self, Write};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use super::{Claim, Discovery, LookError, Me, off_the_loop};
use crate::address::Address;
use crate::files;
use crate::limits;
use crate::transport::Pending;

/// Locked by the node that is founding the cluster.
const FOUNDING: &str = "founding";
/// Locked by who changes the folder.
const CHANGING: &str = "changing";

/// The run-time folder of a user.
#[derive(Debug)]
pub struct Local(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    me: Me,
    /// Of one cluster.
    folder: PathBuf,
    held: Mutex<Held>,
}

/// Locks that last until they are dropped.
#[derive(Debug, Default)]
struct Held {
    entry: Option<File>,
    founding: Option<File>,
}

/// The folder of nodes of this user: in `run_time`, which is the user's own (`XDG_RUNTIME_DIR`),
/// or else below the folder for temporary files.
#[must_use]
pub fn run_time_folder(run_time: Option<&Path>) -> PathBuf {
    match run_time {
        Some(folder) => folder.join("thorp"),
        None => std::env::temp_dir().join(format!("thorp-{}", rustix::process::getuid().as_raw())),
    }
}

impl Local {
    /// The nodes in `run_time_folder`, which is made when it is absent.
    #[must_use]
    pub fn new(me: Me, run_time_folder: &Path) -> Self {
        let folder = run_time_folder.join(me.cluster.as_str());
        Self(Arc::new(Inner { me, folder, held: Mutex::default() }))
    }

    fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Inner) -> io::Result<T> + Send + 'static,
    ) -> Pending<'_, Result<T, LookError>> {
        let inner = Arc::clone(&self.0);
        Box::pin(off_the_loop(self.name(), move || {
            let _changing = inner.lock()?;
            work(&inner)
        }))
    }
}

impl Discovery for Local {
    fn name(&self) -> String {
        "this machine".into()
    }

    fn look(&self) -> Pending<'_, Result<Vec<Address>, LookError>> {
        self.run(Inner::others)
    }

    fn claim(&self) -> Pending<'_, Result<Claim, LookError>> {
        self.run(Inner::claim)
    }

    fn announce(&self) -> Pending<'_, Result<(), LookError>> {
        self.run(Inner::announce)
    }

    fn withdraw(&self) -> Pending<'_, Result<(), LookError>> {
        self.run(Inner::withdraw)
    }
}

impl Inner {
    /// Makes the folder, sees that nobody else has it, and keeps others from changing it.
    fn lock(&self) -> io::Result<File> {
        files::make_folder(&self.folder)?;
        for folder in [Some(self.folder.as_path()), self.folder.parent()].into_iter().flatten() {
            let data = fs::symlink_metadata(folder)?;
            if data.uid() != rustix::process::getuid().as_raw() || !data.is_dir() {
                let text = format!("`{}` belongs to another user", folder.display());
                return Err(io::Error::new(io::ErrorKind::PermissionDenied, text));
            }
        }
        let file = open(&self.folder.join(CHANGING))?;
        file.lock()?;
        Ok(file)
    }

    fn others(&self) -> io::Result<Vec<Address>> {
        let mut members = Vec::new();
        for entry in fs::read_dir(&self.folder)?.take(limits::CANDIDATES_MAX) {
            let entry = entry?;
            let name = entry.file_name();
            let Some(name) = name.to_str().filter(|name| name.contains(':')) else { continue };
            let Ok(address) = name.parse::<Address>() else { continue };
            if address == self.me.address {
                continue;
            }
            match open(&entry.path())?.try_lock_shared() {
                Err(TryLockError::WouldBlock) => members.push(address),
                Ok(()) => fs::remove_file(entry.path())?,
                Err(TryLockError::Error(error)) => return Err(error),
            }
        }
        members.sort();
        Ok(members)
    }

    fn claim(&self) -> io::Result<Claim> {
        if !self.others()?.is_empty() {
            return Ok(Claim::Wait);
        }
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        if held.founding.is_some() {
            return Ok(Claim::Founder);
        }
        let file = open(&self.folder.join(FOUNDING))?;
        match file.try_lock() {
            Ok(()) => {
                held.founding = Some(file);
                Ok(Claim::Founder)
            }
            Err(TryLockError::WouldBlock) => Ok(Claim::Wait),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }

    fn announce(&self) -> io::Result<()> {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        if held.entry.is_none() {
            let path = self.folder.join(self.me.address.to_string());
            let mut file = open(&path)?;
            file.try_lock().map_err(io::Error::from)?;
            file.set_len(0)?;
            writeln!(file, "{}", self.me.host)?;
            held.entry = Some(file);
        }
        held.founding = None;
        Ok(())
    }

    fn withdraw(&self) -> io::Result<()> {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        if held.entry.take().is_some() {
            fs::remove_file(self.folder.join(self.me.address.to_string()))?;
        }
        held.founding = None;
        Ok(())
    }
}

fn open(path: &Path) -> io::Result<File> {
    File::options().read(true).write(true).create(true).truncate(false).open(path)
}
