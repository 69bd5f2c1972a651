//! TLS to PostgreSQL: which certificates are trusted, and what to do when one is not.
//!
//! The words are those of libpq. A connection whose certificate is not checked is still bound to
//! its password: SCRAM with channel binding notices somebody in between.

mod binding;
mod connector;
mod verify;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::{self, ClientConfig, RootCertStore};

pub(super) use connector::Connector;
use verify::{Trust, Verifier};

/// How a connection is protected.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tls {
    pub mode: Mode,
    pub roots: Roots,
    /// Certificate and key that this side shows, in PEM files.
    pub own: Option<(PathBuf, PathBuf)>,
}

/// The `sslmode` of an address.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Mode {
    Disable,
    /// With TLS when the server offers it, else without.
    #[default]
    Prefer,
    /// With TLS, whoever the server is.
    Require,
    /// The certificate is signed by a trusted authority.
    VerifyCa,
    /// It is also that of the host.
    VerifyFull,
}

/// Who is trusted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Roots {
    /// The authorities that the system trusts.
    #[default]
    System,
    /// The certificates in a PEM file.
    File(PathBuf),
}

/// Why TLS could not be prepared.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    #[error("`{setting}` names `{}`, which holds no usable {what}: {problem}", .path.display())]
    File { setting: &'static str, path: PathBuf, what: &'static str, problem: String },
    #[error(
        "the system has no trusted certificates; set `sslrootcert` to the file with the \
         certificate of the authority"
    )]
    NoRoots,
    #[error("TLS could not be set up")]
    Library(#[from] rustls::Error),
}

impl Tls {
    /// The paths that the address names.
    pub fn paths(&self) -> impl Iterator<Item = &Path> {
        let roots = match &self.roots {
            Roots::System => None,
            Roots::File(path) => Some(path.as_path()),
        };
        let own = self.own.iter().flat_map(|(own, key)| [own.as_path(), key.as_path()]);
        roots.into_iter().chain(own)
    }

    /// What connects.
    ///
    /// # Errors
    ///
    /// When a file with certificates or a key cannot be used.
    pub(super) fn connector(&self) -> Result<Connector, SetupError> {
        let provider = Arc::new(ring::default_provider());
        let verifier = Verifier::new(self.trust()?, &provider);
        let builder = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(verifier));
        let mut config = match &self.own {
            None => builder.with_no_client_auth(),
            Some((own, key)) => {
                let key = private_key(key)?;
                let shown = certificates("sslcert", own)?;
                builder.with_client_auth_cert(shown, key)?
            }
        };
        // Asked for by servers that begin with TLS at once.
        config.alpn_protocols = vec![b"postgresql".to_vec()];
        Ok(Connector::new(config))
    }

    /// Whom to trust; `None` when nothing is checked.
    fn trust(&self) -> Result<Option<Trust>, SetupError> {
        let names = match self.mode {
            Mode::Disable | Mode::Prefer | Mode::Require => return Ok(None),
            Mode::VerifyCa => false,
            Mode::VerifyFull => true,
        };
        let mut roots = RootCertStore::empty();
        let certificates = match &self.roots {
            Roots::File(path) => certificates("sslrootcert", path)?,
            Roots::System => rustls_native_certs::load_native_certs().certs,
        };
        roots.add_parsable_certificates(certificates.iter().cloned());
        match &self.roots {
            _ if !roots.is_empty() => Ok(Some(Trust { roots, certificates, names })),
            Roots::System => Err(SetupError::NoRoots),
            Roots::File(path) => {
                Err(unusable("sslrootcert", path, "certificate", "none can be read"))
            }
        }
    }
}

fn certificates(
    setting: &'static str,
    path: &Path,
) -> Result<Vec<CertificateDer<'static>>, SetupError> {
    let wrong = |problem: String| unusable(setting, path, "certificate", problem);
    let pem = std::fs::read(path).map_err(|error| wrong(error.to_string()))?;
    let found: Vec<_> = CertificateDer::pem_slice_iter(&pem)
        .collect::<Result<_, _>>()
        .map_err(|error| wrong(error.to_string()))?;
    if found.is_empty() {
        return Err(wrong("there is no `BEGIN CERTIFICATE` in it".into()));
    }
    Ok(found)
}

fn private_key(path: &Path) -> Result<PrivateKeyDer<'static>, SetupError> {
    let wrong = |problem: String| unusable("sslkey", path, "private key", problem);
    let pem = std::fs::read(path).map_err(|error| wrong(error.to_string()))?;
    PrivateKeyDer::from_pem_slice(&pem).map_err(|error| wrong(error.to_string()))
}

fn unusable(
    setting: &'static str,
    path: &Path,
    what: &'static str,
    problem: impl Into<String>,
) -> SetupError {
    SetupError::File { setting, path: path.to_owned(), what, problem: problem.into() }
}
