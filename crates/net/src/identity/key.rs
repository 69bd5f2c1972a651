//! The key of a node, which is also its lasting name among peers.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use rcgen::{KeyPair, PublicKeyData, SigningKey};
use rustls::pki_types::CertificateDer;
use rustls::server::ParsedCertificate;
use serde::{Deserialize, Serialize};
use tokio_rustls::rustls;

use crate::hex;

/// What precedes an Ed25519 key in a certificate (RFC 8410, section 4).
const ED25519_HEAD: &[u8] = &[48, 42, 48, 5, 6, 3, 43, 101, 112, 3, 33, 0];

/// A node, by its public key (Ed25519). It outlives certificates, names and addresses.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PeerId([u8; 32]);

impl PeerId {
    /// The public key.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// The node with the public key `bytes`, when there are 32 of them.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    /// The node that a certificate is for. Says nothing about whether to believe it.
    pub(crate) fn of(certificate: &CertificateDer<'_>) -> Option<Self> {
        let parsed = ParsedCertificate::try_from(certificate).ok()?;
        let info = parsed.subject_public_key_info();
        Self::from_bytes(info.as_ref().strip_prefix(ED25519_HEAD)?)
    }

    /// Whether this node signed `message`.
    pub(crate) fn has_signed(&self, message: &[u8], signature: &[u8]) -> bool {
        let key = ring::signature::UnparsedPublicKey::new(&ring::signature::ED25519, &self.0);
        key.verify(message, signature).is_ok()
    }
}

impl fmt::Display for PeerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(&self.0))
    }
}

impl fmt::Debug for PeerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PeerId({self})")
    }
}

impl FromStr for PeerId {
    type Err = hex::HexError;

    fn from_str(text: &str) -> Result<Self, hex::HexError> {
        hex::decode(text).map(Self)
    }
}

impl TryFrom<String> for PeerId {
    type Error = hex::HexError;

    fn try_from(text: String) -> Result<Self, hex::HexError> {
        text.parse()
    }
}

impl From<PeerId> for String {
    fn from(peer: PeerId) -> Self {
        peer.to_string()
    }
}

/// The private key of this node.
pub struct NodeKey(Arc<KeyPair>);

impl NodeKey {
    /// A new key that is kept nowhere, for who asks a cluster something and does not join it.
    ///
    /// # Panics
    ///
    /// Panics when the system has no random numbers.
    #[must_use]
    pub fn random() -> Self {
        Self::generate().expect("the system has random numbers")
    }

    pub(crate) fn generate() -> Result<Self, rcgen::Error> {
        KeyPair::generate_for(&rcgen::PKCS_ED25519).map(|pair| Self(Arc::new(pair)))
    }

    pub(crate) fn read(pem: &str) -> Option<Self> {
        let pair = KeyPair::from_pem(pem).ok()?;
        (pair.algorithm() == &rcgen::PKCS_ED25519 && pair.der_bytes().len() == 32)
            .then(|| Self(Arc::new(pair)))
    }

    pub(crate) fn pem(&self) -> String {
        self.0.serialize_pem()
    }

    pub(super) fn pair(&self) -> &Arc<KeyPair> {
        &self.0
    }

    pub(crate) fn sign(&self, message: &[u8]) -> Result<Vec<u8>, rcgen::Error> {
        self.0.sign(message)
    }

    /// The public side.
    #[must_use]
    pub fn peer(&self) -> PeerId {
        PeerId::from_bytes(self.0.der_bytes()).expect("a key that was made or read here is Ed25519")
    }
}

impl fmt::Debug for NodeKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "NodeKey({})", self.peer())
    }
}
