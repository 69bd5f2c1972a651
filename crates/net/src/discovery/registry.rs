//! A folder, often on a file server, with one file for each member.
//!
//! The name of a file is the address of its member, its text the name of the machine, its time
//! the last sign of life. Each file has one writer. Times are compared with those of the file
//! system itself, so the clocks of the nodes do not matter.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use super::{Claim, Discovery, LookError, Me, off_the_loop};
use crate::address::Address;
use crate::files;
use crate::limits;
use crate::transport::Pending;

/// Whose text is the address of the node that founds the cluster. No address has no colon.
const CLAIM: &str = "founder.claim";
/// Held by who reads and replaces the claim.
const CLAIM_LOCK: &str = "founder.lock";

/// A registry directory.
#[derive(Debug)]
pub struct Registry(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    me: Me,
    folder: PathBuf,
    registers: bool,
    required: Option<Address>,
}

impl Registry {
    /// The registry in `folder`, which is made when it is absent.
    #[must_use]
    pub fn new(me: Me, folder: PathBuf) -> Self {
        Self(Arc::new(Inner { me, folder, registers: true, required: None }))
    }

    /// The same for a node that does not register itself, or with the only node that founds.
    #[must_use]
    pub fn with(me: Me, folder: PathBuf, registers: bool, required: Option<Address>) -> Self {
        Self(Arc::new(Inner { me, folder, registers, required }))
    }

    fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Inner) -> io::Result<T> + Send + 'static,
    ) -> Pending<'_, Result<T, LookError>> {
        let inner = Arc::clone(&self.0);
        Box::pin(off_the_loop(self.name(), move || {
            fs::create_dir_all(&inner.folder)?;
            work(&inner)
        }))
    }
}

impl Discovery for Registry {
    fn name(&self) -> String {
        format!("dir:{}", self.0.folder.display())
    }

    fn look(&self) -> Pending<'_, Result<Vec<Address>, LookError>> {
        self.run(Inner::look)
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

    fn beat(&self) -> Option<Duration> {
        self.0.registers.then_some(Duration::from_millis(limits::REGISTRY_BEAT_MS))
    }
}

impl Inner {
    fn look(&self) -> io::Result<Vec<Address>> {
        let mut members = self.others(file_system_now(&self.folder)?)?;
        members.splice(0..0, self.required.clone().filter(|one| *one != self.me.address));
        members.dedup();
        Ok(members)
    }

    /// The members that gave a sign of life lately; the files of others are swept.
    fn others(&self, now: SystemTime) -> io::Result<Vec<Address>> {
        let mut members = Vec::new();
        for entry in fs::read_dir(&self.folder)?.take(limits::CANDIDATES_MAX) {
            let entry = entry?;
            let Some(address) = address_of(&entry.file_name()) else { continue };
            let path = entry.path();
            match is_expired(&path, now, limits::REGISTRY_EXPIRY_MS) {
                Some(false) if address != self.me.address => members.push(address),
                Some(true) => sweep(&path, now),
                Some(false) | None => {}
            }
        }
        members.sort();
        Ok(members)
    }

    fn announce(&self) -> io::Result<()> {
        if !self.registers {
            return Ok(());
        }
        let text = format!("{}\n", self.me.host);
        files::replace(&self.entry(), text.as_bytes(), files::READABLE)
    }

    fn withdraw(&self) -> io::Result<()> {
        if self.registers {
            remove(&self.entry())?;
        }
        let _lock = self.lock_claim()?;
        match self.claimed_by()? {
            Some(owner) if owner == self.me.address.to_string() => remove(&self.claim_path()),
            _ => Ok(()),
        }
    }

    fn claim(&self) -> io::Result<Claim> {
        if self.required.as_ref().is_some_and(|one| *one != self.me.address) {
            return Ok(Claim::Wait);
        }
        let _lock = self.lock_claim()?;
        let now = file_system_now(&self.folder)?;
        if !self.others(now)?.is_empty() {
            return Ok(Claim::Wait);
        }
        let me = self.me.address.to_string();
        match self.claimed_by()? {
            None => {}
            Some(owner) if owner == me => {}
            Some(owner) => {
                let path = self.claim_path();
                if is_expired(&path, now, limits::CLAIM_EXPIRY_MS) == Some(false) {
                    return Ok(Claim::Wait);
                }
                tracing::warn!(owner, "claim of a founder who never became ready is void");
            }
        }
        remove(&self.claim_path())?;
        // Whoever does not use the lock, or has a file system without one, still founds alone.
        let created = File::options().write(true).create_new(true).open(self.claim_path());
        match created {
            Ok(mut file) => file.write_all(me.as_bytes()).map(|()| Claim::Founder),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(Claim::Wait),
            Err(error) => Err(error),
        }
    }

    /// Who claimed to found. A claim in the moment of its making is nobody's yet.
    fn claimed_by(&self) -> io::Result<Option<String>> {
        let text = files::read(&self.claim_path(), limits::ENTRY_BYTES_MAX)?;
        Ok(text.map(|text| text.trim().to_owned()))
    }

    fn lock_claim(&self) -> io::Result<Option<File>> {
        let path = self.folder.join(CLAIM_LOCK);
        let file = File::options().write(true).create(true).truncate(false).open(path)?;
        match file.lock() {
            Ok(()) => Ok(Some(file)),
            // Some file servers have no locks; the exclusive creation does nearly as well.
            Err(error) if error.kind() == io::ErrorKind::Unsupported => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn entry(&self) -> PathBuf {
        self.folder.join(self.me.address.to_string())
    }

    fn claim_path(&self) -> PathBuf {
        self.folder.join(CLAIM)
    }
}

/// The member whose entry has this name.
fn address_of(name: &std::ffi::OsStr) -> Option<Address> {
    let name = name.to_str().filter(|name| name.contains(':') && !name.starts_with('.'))?;
    name.parse().ok()
}

/// The time of the file system: that of a file which is written now.
fn file_system_now(folder: &Path) -> io::Result<SystemTime> {
    let probe = tempfile::Builder::new().prefix(".now-").tempfile_in(folder)?;
    probe.as_file().metadata()?.modified()
}

/// Whether nothing was written to `path` for `age_ms`; nothing when the file is gone.
fn is_expired(path: &Path, now: SystemTime, age_ms: u64) -> Option<bool> {
    let modified = fs::metadata(path).and_then(|data| data.modified()).ok()?;
    let age = now.duration_since(modified).unwrap_or(Duration::ZERO);
    Some(age > Duration::from_millis(age_ms))
}

/// Removes an entry, unless its member gave a sign of life in between.
fn sweep(path: &Path, now: SystemTime) {
    if is_expired(path, now, limits::REGISTRY_EXPIRY_MS) == Some(true) {
        match remove(path) {
            Ok(()) => tracing::info!(path = %path.display(), "expired entry swept"),
            Err(error) => {
                tracing::debug!(path = %path.display(), %error, "expired entry not swept");
            }
        }
    }
}

fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests;
