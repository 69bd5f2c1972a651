//! Who this node is: its key, and its place in a cluster once it has one.
//!
//! ```text
//! DATA/node.toml                    cluster, name, number: for people
//! DATA/identity/node.key            the node's key, made on first start
//! DATA/identity/authority-1f0c.pem  the cluster's authority, certificate and key
//! DATA/identity/removed             nodes that the cluster has removed
//! ```
//!
//! `node.toml` names the authority by its fingerprint and is written last, so a start after a
//! loss of power finds the old place or the new one, never a mixture.

mod authority;
mod certificate;
mod credentials;
mod key;

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use model::clock::Clock;
use model::fault::{Fault, Kind};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use serde::{Deserialize, Serialize};
use tokio_rustls::rustls;

use crate::cluster::ClusterName;
use crate::files;
use crate::limits;

pub(crate) use authority::NODE_NAME;
pub use authority::{Authority, AuthorityError, Fingerprint};
pub use credentials::Credentials;
pub(crate) use credentials::{ALPN_CALL, ALPN_JOIN, ALPN_PEER, client_builder, roots};
pub use key::{NodeKey, PeerId};

const FORMAT: u32 = 1;

/// The identity of this node, as its data folder has it.
#[derive(Debug)]
pub struct Identity {
    data: PathBuf,
    key: Arc<NodeKey>,
    membership: Option<Membership>,
    is_witness: bool,
}

/// The place of this node in a cluster.
#[derive(Debug, Clone)]
pub struct Membership {
    pub place: Place,
    authority: Arc<Authority>,
}

/// What a cluster calls this node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The name of the cluster.
    pub cluster: ClusterName,
    /// The number of the node in it.
    pub id: u64,
    /// The name of the node in it.
    pub name: String,
}

/// What a cluster gives to a node that it lets in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// Certificate and key of its authority.
    pub(crate) pem: String,
}

/// Why an identity cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum IdentityError {
    #[error("failed to read or write `{path}`")]
    File {
        path: String,
        #[source]
        source: io::Error,
    },
    #[error("`{path}` is damaged: {reason}")]
    Damaged { path: String, reason: String },
    #[error("`{path}` has format {found}, newer than {FORMAT}")]
    Newer { path: String, found: u32 },
    #[error("this node is not a member of a cluster yet")]
    NoMember,
}

impl Fault for IdentityError {
    fn code(&self) -> &'static str {
        match self {
            Self::File { .. } => "IDENTITY_FAILED",
            Self::Damaged { .. } | Self::NoMember => "IDENTITY_DAMAGED",
            Self::Newer { .. } => "IDENTITY_NEWER",
        }
    }

    fn kind(&self) -> Kind {
        match self {
            Self::File { .. } => Kind::Unavailable,
            Self::Damaged { .. } | Self::NoMember | Self::Newer { .. } => Kind::Invalid,
        }
    }

    fn help(&self) -> Option<String> {
        match self {
            Self::File { .. } => None,
            Self::Newer { .. } => {
                Some("start the version of thorp that wrote it, or a newer one".into())
            }
            Self::Damaged { .. } | Self::NoMember => {
                Some("restore the file, or remove the node and join with an empty folder".into())
            }
        }
    }
}

/// The form of `node.toml`.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct NodeFile {
    format: u32,
    cluster: ClusterName,
    name: String,
    id: u64,
    node: PeerId,
    /// Its fingerprint.
    authority: String,
    /// Whether it only votes and keeps a copy.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    witness: bool,
}

impl Identity {
    /// The identity in the folder `data`; on first start its key is made.
    ///
    /// # Errors
    ///
    /// When its files cannot be read or written, or do not fit each other.
    pub fn open(data: &Path) -> Result<Self, IdentityError> {
        let folder = data.join("identity");
        files::make_folder(&folder).map_err(|source| failed(&folder, source))?;
        let key = Arc::new(open_key(&folder.join("node.key"))?);
        let mut identity = Self { data: data.to_owned(), key, membership: None, is_witness: false };
        if let Some(file) = read_node_file(data)? {
            identity.is_witness = file.witness;
            identity.membership = Some(identity.membership_of(file)?);
        }
        Ok(identity)
    }

    /// The key of this node.
    #[must_use]
    pub fn key(&self) -> &Arc<NodeKey> {
        &self.key
    }

    /// Whether the node in the folder `data` is a witness; `None`: it has no place in a cluster.
    /// Nothing is made.
    ///
    /// # Errors
    ///
    /// When its file cannot be read.
    pub fn witness_in(data: &Path) -> Result<Option<bool>, IdentityError> {
        Ok(read_node_file(data)?.map(|file| file.witness))
    }

    /// Says that the place which this node takes next is that of a witness, or is not.
    pub fn set_witness(&mut self, is_witness: bool) {
        self.is_witness = is_witness;
    }

    /// The place of this node in a cluster, when it has one.
    #[must_use]
    pub fn membership(&self) -> Option<&Membership> {
        self.membership.as_ref()
    }

    /// Founds a cluster: makes its authority, and takes `place` in it.
    ///
    /// # Errors
    ///
    /// When the files cannot be written.
    pub fn found(&mut self, place: Place) -> Result<(), IdentityError> {
        let authority = Authority::found().map_err(|error| self.damaged(&error))?;
        self.take(place, authority)
    }

    /// Takes `place` in the cluster that gave `grant`, and leaves the one before.
    ///
    /// # Errors
    ///
    /// When the grant is damaged or the files cannot be written.
    pub fn adopt(&mut self, place: Place, grant: &Grant) -> Result<(), IdentityError> {
        let authority = Authority::read(&grant.pem).map_err(|error| self.damaged(&error))?;
        self.take(place, authority)
    }

    /// Keeps the place of this node, in a cluster with an authority of its own: the certificates of
    /// all other nodes are void. Those of `forgotten` do not get in anew either.
    ///
    /// # Errors
    ///
    /// [`IdentityError::NoMember`] before the node has a place in a cluster, and when the files
    /// cannot be written.
    pub fn stand_alone(&mut self, forgotten: BTreeSet<PeerId>) -> Result<(), IdentityError> {
        let place = self.membership.as_ref().ok_or(IdentityError::NoMember)?.place.clone();
        let mut removed = self.removed()?;
        removed.extend(forgotten);
        self.found(place)?;
        self.set_removed(&removed)
    }

    /// Sets the nodes that the cluster has removed, before its credentials are used.
    ///
    /// # Errors
    ///
    /// When the file cannot be written.
    pub fn set_removed(&self, removed: &BTreeSet<PeerId>) -> Result<(), IdentityError> {
        credentials::write_removed(&self.removed_path(), removed)
    }

    /// What this node shows to its peers and what it expects of them.
    ///
    /// # Errors
    ///
    /// [`IdentityError::NoMember`] before the node has a place in a cluster.
    pub fn credentials(&self, clock: Arc<dyn Clock>) -> Result<Arc<Credentials>, IdentityError> {
        let membership = self.membership.clone().ok_or(IdentityError::NoMember)?;
        let removed = (self.removed_path(), self.removed()?);
        let credentials = Credentials::new(Arc::clone(&self.key), membership, clock, removed);
        credentials.map(Arc::new).map_err(|error| self.damaged(&error))
    }

    fn take(&mut self, place: Place, authority: Authority) -> Result<(), IdentityError> {
        let fingerprint = authority.fingerprint();
        let path = self.authority_path(&fingerprint.to_string());
        files::replace(&path, authority.pem().as_bytes(), files::OWNER_ONLY)
            .map_err(|source| failed(&path, source))?;
        let removed = self.removed_path();
        match fs::remove_file(&removed) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(failed(&removed, error));
            }
            _ => {}
        }
        let file = NodeFile {
            format: FORMAT,
            cluster: place.cluster.clone(),
            name: place.name.clone(),
            id: place.id,
            node: self.key.peer(),
            authority: fingerprint.to_string(),
            witness: self.is_witness,
        };
        let path = node_path(&self.data);
        let text = toml::to_string(&file).map_err(|error| damaged(&path, &error.to_string()))?;
        files::replace(&path, text.as_bytes(), files::READABLE)
            .map_err(|source| failed(&path, source))?;
        let before = self.membership.replace(Membership { place, authority: Arc::new(authority) });
        if let Some(before) = before
            && before.authority.fingerprint() != fingerprint
        {
            let path = self.authority_path(&before.authority.fingerprint().to_string());
            fs::remove_file(&path).map_err(|source| failed(&path, source))?;
        }
        Ok(())
    }

    fn membership_of(&self, file: NodeFile) -> Result<Membership, IdentityError> {
        if file.node != self.key.peer() {
            let path = node_path(&self.data);
            return Err(damaged(&path, "it belongs to the node of another key"));
        }
        let authority = self.read_authority(&file.authority)?;
        let place = Place { cluster: file.cluster, id: file.id, name: file.name };
        Ok(Membership { place, authority: Arc::new(authority) })
    }

    /// The nodes that the cluster has removed, as far as this one was told.
    fn removed(&self) -> Result<BTreeSet<PeerId>, IdentityError> {
        let path = self.removed_path();
        let text = files::read(&path, limits::REMOVED_BYTES_MAX)
            .map_err(|source| failed(&path, source))?;
        credentials::read_removed(&text.unwrap_or_default())
            .ok_or_else(|| damaged(&path, "it has a line that is no node"))
    }

    fn read_authority(&self, fingerprint: &str) -> Result<Authority, IdentityError> {
        let path = self.authority_path(fingerprint);
        let text = files::read(&path, limits::IDENTITY_BYTES_MAX)
            .map_err(|source| failed(&path, source))?
            .ok_or_else(|| damaged(&path, "it is missing"))?;
        files::close_to_others(&path).map_err(|source| failed(&path, source))?;
        let authority =
            Authority::read(&text).map_err(|error| damaged(&path, &error.to_string()))?;
        if authority.fingerprint().to_string() != fingerprint {
            return Err(damaged(&path, "it is not the authority that `node.toml` names"));
        }
        Ok(authority)
    }

    fn removed_path(&self) -> PathBuf {
        self.data.join("identity/removed")
    }

    fn authority_path(&self, fingerprint: &str) -> PathBuf {
        let short: String = fingerprint.chars().filter(char::is_ascii_hexdigit).take(16).collect();
        self.data.join(format!("identity/authority-{short}.pem"))
    }

    fn damaged(&self, error: &AuthorityError) -> IdentityError {
        damaged(&self.data.join("identity"), &error.to_string())
    }
}

impl Membership {
    /// What tells the cluster's authority from all others.
    #[must_use]
    pub fn fingerprint(&self) -> Fingerprint {
        self.authority.fingerprint()
    }
}

impl Grant {
    pub(crate) fn of(authority: &Authority) -> Self {
        Self { pem: authority.pem().to_owned() }
    }

    /// The fingerprint of the authority, when there is one.
    pub(crate) fn fingerprint(&self) -> Option<Fingerprint> {
        let certificate = CertificateDer::from_pem_slice(self.pem.as_bytes()).ok()?;
        Some(Fingerprint::of(&certificate))
    }
}

fn node_path(data: &Path) -> PathBuf {
    data.join("node.toml")
}

fn read_node_file(data: &Path) -> Result<Option<NodeFile>, IdentityError> {
    let path = node_path(data);
    let text =
        files::read(&path, limits::IDENTITY_BYTES_MAX).map_err(|source| failed(&path, source))?;
    let Some(text) = text else { return Ok(None) };
    check_format(&path, &text)?;
    toml::from_str(&text).map(Some).map_err(|error| damaged(&path, error.message()))
}

/// A newer format may have other fields, so its number is looked at first.
fn check_format(path: &Path, text: &str) -> Result<(), IdentityError> {
    #[derive(Deserialize)]
    struct Format {
        format: u32,
    }
    let Format { format } = toml::from_str(text).map_err(|error| damaged(path, error.message()))?;
    match format {
        FORMAT => Ok(()),
        found if found > FORMAT => {
            Err(IdentityError::Newer { path: path.display().to_string(), found })
        }
        found => Err(damaged(path, &format!("there is no format {found}"))),
    }
}

fn open_key(path: &Path) -> Result<NodeKey, IdentityError> {
    let read = || files::read(path, limits::IDENTITY_BYTES_MAX).map_err(|e| failed(path, e));
    if let Some(pem) = read()? {
        files::close_to_others(path).map_err(|source| failed(path, source))?;
        return NodeKey::read(&pem).ok_or_else(|| damaged(path, "it is no Ed25519 key"));
    }
    let key = NodeKey::generate().map_err(|error| damaged(path, &error.to_string()))?;
    files::replace(path, key.pem().as_bytes(), files::OWNER_ONLY)
        .map_err(|source| failed(path, source))?;
    Ok(key)
}

fn failed(path: &Path, source: io::Error) -> IdentityError {
    IdentityError::File { path: path.display().to_string(), source }
}

fn damaged(path: &Path, reason: &str) -> IdentityError {
    IdentityError::Damaged { path: path.display().to_string(), reason: reason.to_owned() }
}

#[cfg(test)]
mod tests;
