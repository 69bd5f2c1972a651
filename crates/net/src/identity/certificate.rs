//! The certificate of a node for one purpose, renewed while the node runs.

use std::sync::{Arc, PoisonError, RwLock};

use model::clock::Clock;
use rcgen::KeyPair;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::server::ClientHello;
use rustls::sign::CertifiedKey;
use rustls::{SignatureScheme, client, server};
use tokio_rustls::rustls;

use super::authority::{Authority, AuthorityError};
use crate::limits;

/// Shows a certificate that is never old.
#[derive(Debug)]
pub(super) struct Certificate {
    key: Arc<KeyPair>,
    /// The hosts that it is good for.
    names: Vec<String>,
    authority: Arc<Authority>,
    clock: Arc<dyn Clock>,
    provider: Arc<CryptoProvider>,
    current: RwLock<Shown>,
}

/// A certificate with its key, ready to be shown.
#[derive(Debug, Clone)]
struct Shown {
    certified: Arc<CertifiedKey>,
    made_ms: u64,
}

impl Certificate {
    pub(super) fn new(
        key: Arc<KeyPair>,
        names: Vec<String>,
        authority: Arc<Authority>,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, AuthorityError> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let shown = make(&key, &names, &authority, clock.now_ms(), &provider)?;
        let current = RwLock::new(shown);
        Ok(Self { key, names, authority, clock, provider, current })
    }

    pub(super) fn provider(&self) -> &Arc<CryptoProvider> {
        &self.provider
    }

    /// The certificate of now.
    pub(super) fn certified(&self) -> Arc<CertifiedKey> {
        let now_ms = self.clock.now_ms();
        let shown = self.current.read().unwrap_or_else(PoisonError::into_inner).clone();
        // A clock that was set back also makes the certificate unfit.
        if now_ms.abs_diff(shown.made_ms) < limits::CERTIFICATE_RENEW_MS {
            return shown.certified;
        }
        match make(&self.key, &self.names, &self.authority, now_ms, &self.provider) {
            Ok(made) => {
                tracing::info!("certificate of this node renewed");
                let certified = Arc::clone(&made.certified);
                *self.current.write().unwrap_or_else(PoisonError::into_inner) = made;
                certified
            }
            Err(error) => {
                tracing::warn!(%error, "certificate of this node not renewed");
                shown.certified
            }
        }
    }
}

fn make(
    key: &KeyPair,
    names: &[String],
    authority: &Authority,
    now_ms: u64,
    provider: &CryptoProvider,
) -> Result<Shown, AuthorityError> {
    let certificate = authority.issue(key, names, now_ms)?;
    let chain = vec![certificate, authority.certificate().clone()];
    let private = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let certified = CertifiedKey::from_der(chain, private, provider)
        .map_err(|error| AuthorityError::new(error.to_string()))?;
    Ok(Shown { certified: Arc::new(certified), made_ms: now_ms })
}

/// Shows the certificate of now.
#[derive(Debug)]
pub(super) struct Resolver(pub(super) Arc<Certificate>);

impl server::ResolvesServerCert for Resolver {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.0.certified())
    }
}

impl client::ResolvesClientCert for Resolver {
    fn resolve(&self, _: &[&[u8]], _: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        Some(self.0.certified())
    }

    fn has_certs(&self) -> bool {
        true
    }
}
