//! The authority of a cluster: signs the certificates by which members know each other.
//!
//! Each member holds its key, so that each can let others in and renew its own certificate at any
//! time, alone. Whoever takes a member over can therefore make certificates; `node remove` keeps
//! out a node that follows the rules, and a stolen one only together with a new cluster.

use std::fmt;
use std::str::FromStr;

use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa,
    Issuer, KeyPair, KeyUsagePurpose, PublicKeyData, SerialNumber,
};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer};
use time::OffsetDateTime;
use tokio_rustls::rustls;

use crate::hex;
use crate::limits;
use crate::secret::random;

/// The name in each certificate. Members are told apart by key, clusters by authority.
pub(crate) const NODE_NAME: &str = "node.thorp";

/// The certificate and the key of a cluster's authority.
pub struct Authority {
    certificate: CertificateDer<'static>,
    key: KeyPair,
    /// Both, one after the other.
    pem: String,
}

/// SHA-256 of an authority's certificate: tells clusters apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fingerprint([u8; 32]);

/// A certificate could not be made or read.
#[derive(Debug, thiserror::Error)]
#[error("the authority of the cluster is damaged: {reason}")]
pub struct AuthorityError {
    reason: String,
}

impl AuthorityError {
    pub(crate) fn new(reason: String) -> Self {
        Self { reason }
    }
}

impl From<rcgen::Error> for AuthorityError {
    fn from(error: rcgen::Error) -> Self {
        Self { reason: error.to_string() }
    }
}

impl From<rustls::pki_types::pem::Error> for AuthorityError {
    fn from(error: rustls::pki_types::pem::Error) -> Self {
        Self { reason: error.to_string() }
    }
}

impl Authority {
    /// A new authority, of a cluster that is being founded. Browsers know its kind of key.
    pub(crate) fn found() -> Result<Self, AuthorityError> {
        let key = KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256)?;
        let mut params = params();
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let certificate = params.self_signed(&key)?;
        let pem = format!("{}{}", certificate.pem(), key.serialize_pem());
        Ok(Self { certificate: certificate.into(), key, pem })
    }

    /// The authority that [`Self::pem`] gave.
    pub(crate) fn read(pem: &str) -> Result<Self, AuthorityError> {
        let certificate = CertificateDer::from_pem_slice(pem.as_bytes())?;
        let key = PrivatePkcs8KeyDer::from_pem_slice(pem.as_bytes())?;
        Ok(Self { certificate, key: KeyPair::try_from(&key)?, pem: pem.to_owned() })
    }

    /// A certificate for the node with `key`, made at `now_ms`, good for the hosts `names`.
    pub(crate) fn issue(
        &self,
        key: &impl PublicKeyData,
        names: &[String],
        now_ms: u64,
    ) -> Result<CertificateDer<'static>, AuthorityError> {
        let mut params = CertificateParams::new(names)?;
        // OpenSSL takes a certificate for self-signed that has the name of its issuer.
        params.distinguished_name = named("thorp node");
        params.not_before = moment(now_ms.saturating_sub(limits::CERTIFICATE_BACK_MS))?;
        params.not_after = moment(now_ms.saturating_add(limits::CERTIFICATE_FORTH_MS))?;
        params.serial_number = Some(SerialNumber::from_slice(&random::<16>()));
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages =
            vec![ExtendedKeyUsagePurpose::ServerAuth, ExtendedKeyUsagePurpose::ClientAuth];
        params.use_authority_key_identifier_extension = true;
        let issuer = Issuer::new(self::params(), &self.key);
        Ok(params.signed_by(key, &issuer)?.into())
    }

    pub(crate) fn certificate(&self) -> &CertificateDer<'static> {
        &self.certificate
    }

    /// Certificate and key.
    pub(crate) fn pem(&self) -> &str {
        &self.pem
    }

    /// Its certificate, for programs that talk to a door of the cluster.
    #[must_use]
    pub fn certificate_pem(&self) -> String {
        let end = "-----END CERTIFICATE-----";
        let (certificate, _) = self.pem.split_once(end).unwrap_or((&self.pem, ""));
        format!("{certificate}{end}\n")
    }

    /// What tells this authority from all others.
    #[must_use]
    pub fn fingerprint(&self) -> Fingerprint {
        Fingerprint::of(&self.certificate)
    }
}

/// What says who the authority is.
fn params() -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = named("thorp");
    params
}

fn named(common: &str) -> DistinguishedName {
    let mut name = DistinguishedName::new();
    name.push(DnType::CommonName, common);
    name
}

fn moment(ms: u64) -> Result<OffsetDateTime, AuthorityError> {
    let seconds = i64::try_from(ms / 1000).unwrap_or(i64::MAX);
    OffsetDateTime::from_unix_timestamp(seconds)
        .map_err(|_| AuthorityError { reason: format!("the clock says {ms} ms since 1970") })
}

impl Fingerprint {
    pub(crate) fn of(certificate: &CertificateDer<'_>) -> Self {
        let digest = ring::digest::digest(&ring::digest::SHA256, certificate);
        Self(digest.as_ref().try_into().expect("SHA-256 has 32 bytes"))
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(&self.0))
    }
}

impl FromStr for Fingerprint {
    type Err = hex::HexError;

    fn from_str(text: &str) -> Result<Self, hex::HexError> {
        hex::decode(text).map(Self)
    }
}

impl fmt::Debug for Authority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Authority({})", self.fingerprint())
    }
}
