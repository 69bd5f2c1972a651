//! Where the commands of this user find a cluster: a file for each in the state folder.

use std::collections::BTreeMap;
use std::fs::{DirBuilder, File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

/// The version of the file.
const VERSION: u32 = 1;

/// A cluster with nodes of this user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contact {
    version: u32,
    pub cluster: String,
    pub token: String,
    /// The certificate authority of the cluster, as PEM.
    pub authority: String,
    /// The running nodes: URL of the HTTPS door, by name.
    pub nodes: BTreeMap<String, String>,
}

/// The folder of these files.
#[derive(Debug, Clone)]
pub struct Contacts {
    folder: PathBuf,
}

impl Contacts {
    /// The folder of this user: `$XDG_STATE_HOME/thorp`, or `~/.local/state/thorp`.
    pub fn of_user() -> Option<Self> {
        let state = std::env::var_os("XDG_STATE_HOME").map(PathBuf::from);
        let home = || std::env::var_os("HOME").map(|home| Path::new(&home).join(".local/state"));
        Some(Self::at(&state.or_else(home)?.join("thorp")))
    }

    /// The contacts in `folder`.
    pub fn at(folder: &Path) -> Self {
        Self { folder: folder.to_owned() }
    }

    /// Says that the node `name` runs at `url`.
    ///
    /// # Errors
    ///
    /// When the file cannot be written.
    pub fn add(&self, cluster: &Introduced<'_>, name: &str, url: &str) -> Result<(), ContactError> {
        self.change(cluster.cluster, |held| {
            let mut nodes = held.map(|contact| contact.nodes).unwrap_or_default();
            nodes.insert(name.to_owned(), url.to_owned());
            Some(Contact {
                version: VERSION,
                cluster: cluster.cluster.to_owned(),
                token: cluster.token.to_owned(),
                authority: cluster.authority.to_owned(),
                nodes,
            })
        })
    }

    /// Says that the node `name` runs no longer.
    ///
    /// # Errors
    ///
    /// When the file cannot be written.
    pub fn remove(&self, cluster: &str, name: &str) -> Result<(), ContactError> {
        self.change(cluster, |held| {
            let mut contact = held?;
            contact.nodes.remove(name);
            Some(contact).filter(|contact| !contact.nodes.is_empty())
        })
    }

    /// All clusters that this user has nodes of; files that are not ours are passed over.
    pub fn all(&self) -> Vec<Contact> {
        let Ok(entries) = std::fs::read_dir(&self.folder) else { return Vec::new() };
        let mut paths: Vec<PathBuf> =
            entries.filter_map(Result::ok).map(|entry| entry.path()).collect();
        paths.retain(|path| path.extension().is_some_and(|ending| ending == "json"));
        paths.sort();
        paths.iter().filter_map(|path| read(path).ok().flatten()).collect()
    }

    fn change(
        &self,
        cluster: &str,
        change: impl FnOnce(Option<Contact>) -> Option<Contact>,
    ) -> Result<(), ContactError> {
        let path = self.folder.join(format!("{cluster}.json"));
        let failed = |source| ContactError { path: path.clone(), source };
        DirBuilder::new().recursive(true).mode(0o700).create(&self.folder).map_err(failed)?;
        // Nodes of one user start at the same moment; the lock ends with the file.
        let lock = File::create(self.folder.join("lock")).map_err(failed)?;
        lock.lock().map_err(failed)?;
        match change(read(&path).map_err(failed)?) {
            Some(contact) => write(&path, &contact).map_err(failed),
            None => match std::fs::remove_file(&path) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(failed(error)),
                _ => Ok(()),
            },
        }
    }
}

/// What a node tells of its cluster.
#[derive(Debug, Clone, Copy)]
pub struct Introduced<'a> {
    pub cluster: &'a str,
    pub token: &'a str,
    pub authority: &'a str,
}

/// The contact in a file; `None` when there is none, or one that cannot be understood.
fn read(path: &Path) -> std::io::Result<Option<Contact>> {
    match std::fs::read(path) {
        Ok(bytes) => {
            Ok(serde_json::from_slice(&bytes).ok().filter(|held: &Contact| held.version == VERSION))
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Writes a file that is whole at any moment, and that nobody else may read.
fn write(path: &Path, contact: &Contact) -> std::io::Result<()> {
    let staged = path.with_extension("new");
    let mut file =
        OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&staged)?;
    file.write_all(&serde_json::to_vec_pretty(contact)?)?;
    std::fs::rename(staged, path)
}

/// Why a node cannot say where it is.
#[derive(Debug, thiserror::Error)]
#[error("failed to write `{path}`, where commands look for the node")]
pub struct ContactError {
    path: PathBuf,
    source: std::io::Error,
}
