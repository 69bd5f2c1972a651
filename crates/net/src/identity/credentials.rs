//! What a member shows to its peers, and whom it believes.
//!
//! A certificate is made when it is needed and the one before is half a day old: nothing runs in
//! the background for that, and a machine that slept or whose clock was set goes on at once.

use std::collections::BTreeSet;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use model::clock::Clock;
use rcgen::KeyPair;
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::WebPkiClientVerifier;
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::time_provider::TimeProvider;
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, DistinguishedName, RootCertStore,
    ServerConfig, SignatureScheme,
};
use tokio_rustls::rustls;

use super::authority::{AuthorityError, NODE_NAME};
use super::certificate::{Certificate, Resolver};
use super::{Authority, IdentityError, Membership, NodeKey, PeerId, Place, failed};
use crate::files;

/// How connections of members are told from those of joiners before the first byte: this one is for
/// streams, and for calls of members that do not know [`ALPN_CALL`].
pub(crate) const ALPN_PEER: &[u8] = b"thorp-peer";
/// For calls in frames.
pub(crate) const ALPN_CALL: &[u8] = b"thorp-call";
/// See [`ALPN_PEER`].
pub(crate) const ALPN_JOIN: &[u8] = b"thorp-join";

/// Key, certificate and trust of a member while it runs.
#[derive(Debug)]
pub struct Credentials {
    key: Arc<NodeKey>,
    place: Place,
    authority: Arc<Authority>,
    clock: Arc<dyn Clock>,
    /// What peers see.
    shown: Arc<Certificate>,
    removed: RwLock<BTreeSet<PeerId>>,
    removed_path: PathBuf,
}

impl Credentials {
    pub(super) fn new(
        key: Arc<NodeKey>,
        membership: Membership,
        clock: Arc<dyn Clock>,
        (removed_path, removed): (PathBuf, BTreeSet<PeerId>),
    ) -> Result<Self, AuthorityError> {
        let Membership { place, authority } = membership;
        let names = vec![NODE_NAME.to_owned()];
        let (pair, signer) = (Arc::clone(key.pair()), Arc::clone(&authority));
        let shown = Certificate::new(pair, names, signer, Arc::clone(&clock))?;
        Ok(Self {
            key,
            place,
            authority,
            clock,
            shown: Arc::new(shown),
            removed: RwLock::new(removed),
            removed_path,
        })
    }

    /// This node.
    #[must_use]
    pub fn peer(&self) -> PeerId {
        self.key.peer()
    }

    /// The place of this node in its cluster.
    #[must_use]
    pub fn place(&self) -> &Place {
        &self.place
    }

    /// The authority of the cluster.
    #[must_use]
    pub fn authority(&self) -> &Authority {
        &self.authority
    }

    pub(crate) fn clock(&self) -> &Arc<dyn Clock> {
        &self.clock
    }

    /// Sets the nodes that the cluster has removed. From now on no connection with them is made,
    /// and on the ones that there are no call passes in either direction.
    ///
    /// # Errors
    ///
    /// When the list cannot be written; it holds nevertheless until this process ends.
    pub fn set_removed(&self, removed: BTreeSet<PeerId>) -> Result<(), IdentityError> {
        let listed = {
            let mut current = self.removed.write().unwrap_or_else(PoisonError::into_inner);
            if *current == removed {
                return Ok(());
            }
            *current = removed;
            current.clone()
        };
        write_removed(&self.removed_path, &listed)
    }

    /// The nodes that the cluster has removed.
    #[must_use]
    pub fn removed(&self) -> BTreeSet<PeerId> {
        self.removed.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Whether the cluster has removed `peer`.
    #[must_use]
    pub fn is_removed(&self, peer: &PeerId) -> bool {
        self.removed.read().unwrap_or_else(PoisonError::into_inner).contains(peer)
    }

    /// For a door: the certificate that it shows to clients that reach this node as one of `names`.
    ///
    /// # Errors
    ///
    /// When a name cannot be in a certificate.
    pub fn door_config(&self, names: Vec<String>) -> Result<ServerConfig, AuthorityError> {
        // Browsers know this kind of key, and not that of the node.
        let key = KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256)?;
        let (authority, clock) = (Arc::clone(&self.authority), Arc::clone(&self.clock));
        let shown = Certificate::new(Arc::new(key), names, authority, clock)?;
        let config = ServerConfig::builder_with_details(
            Arc::clone(self.provider()),
            Arc::new(Now(Arc::clone(&self.clock))),
        )
        .with_protocol_versions(&[&rustls::version::TLS13, &rustls::version::TLS12])
        .map_err(unfit)?
        .with_no_client_auth()
        .with_cert_resolver(Arc::new(Resolver(Arc::new(shown))));
        Ok(config)
    }

    #[cfg(test)]
    pub(super) fn shown(&self) -> &Certificate {
        &self.shown
    }

    fn provider(&self) -> &Arc<CryptoProvider> {
        self.shown.provider()
    }

    /// For connections that this node accepts: of members, and of strangers who want to join.
    pub(crate) fn server_config(self: &Arc<Self>) -> Result<ServerConfig, AuthorityError> {
        let inner =
            WebPkiClientVerifier::builder_with_provider(self.roots()?, Arc::clone(self.provider()))
                .allow_unauthenticated()
                .build()
                .map_err(unfit)?;
        let verifier = Believer { inner, credentials: Arc::clone(self) };
        let mut config = ServerConfig::builder_with_details(
            Arc::clone(self.provider()),
            Arc::new(Now(Arc::clone(&self.clock))),
        )
        .with_protocol_versions(&[&rustls::version::TLS13])
        .map_err(unfit)?
        .with_client_cert_verifier(Arc::new(verifier))
        .with_cert_resolver(Arc::new(Resolver(Arc::clone(&self.shown))));
        config.alpn_protocols = vec![ALPN_CALL.to_vec(), ALPN_PEER.to_vec(), ALPN_JOIN.to_vec()];
        // A resumed session would not look at certificates again.
        config.send_tls13_tickets = 0;
        Ok(config)
    }

    /// For connections to members.
    pub(crate) fn client_config(self: &Arc<Self>) -> Result<ClientConfig, AuthorityError> {
        let inner =
            WebPkiServerVerifier::builder_with_provider(self.roots()?, Arc::clone(self.provider()))
                .build()
                .map_err(unfit)?;
        let verifier = Believer { inner, credentials: Arc::clone(self) };
        let mut config = client_builder(self.provider(), &self.clock)?
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(verifier))
            .with_client_cert_resolver(Arc::new(Resolver(Arc::clone(&self.shown))));
        config.alpn_protocols = vec![ALPN_PEER.to_vec()];
        config.resumption = rustls::client::Resumption::disabled();
        Ok(config)
    }

    fn roots(&self) -> Result<Arc<RootCertStore>, AuthorityError> {
        roots(self.authority.certificate()).map(Arc::new).map_err(unfit)
    }

    fn refuse_removed(&self, certificate: &CertificateDer<'_>) -> Result<(), rustls::Error> {
        let unreadable = rustls::Error::InvalidCertificate(CertificateError::BadEncoding);
        let peer = PeerId::of(certificate).ok_or(unreadable)?;
        if self.is_removed(&peer) {
            return Err(rustls::Error::InvalidCertificate(CertificateError::Revoked));
        }
        Ok(())
    }
}

/// A builder for the client's side of TLS 1.3 connections.
pub(crate) fn client_builder(
    provider: &Arc<CryptoProvider>,
    clock: &Arc<dyn Clock>,
) -> Result<rustls::ConfigBuilder<ClientConfig, rustls::WantsVerifier>, AuthorityError> {
    let time = Arc::new(Now(Arc::clone(clock)));
    ClientConfig::builder_with_details(Arc::clone(provider), time)
        .with_protocol_versions(&[&rustls::version::TLS13])
        .map_err(unfit)
}

pub(crate) fn roots(authority: &CertificateDer<'static>) -> Result<RootCertStore, rustls::Error> {
    let mut roots = RootCertStore::empty();
    roots.add(authority.clone())?;
    Ok(roots)
}

/// One node a line.
pub(super) fn read_removed(text: &str) -> Option<BTreeSet<PeerId>> {
    let lines = text.lines().filter(|line| !line.is_empty());
    lines.map(|line| line.parse().ok()).collect()
}

/// See [`read_removed`].
pub(super) fn write_removed(path: &Path, removed: &BTreeSet<PeerId>) -> Result<(), IdentityError> {
    let mut lines: Vec<String> = removed.iter().map(PeerId::to_string).collect();
    lines.push(String::new());
    files::replace(path, lines.join("\n").as_bytes(), files::OWNER_ONLY)
        .map_err(|source| failed(path, source))
}

fn unfit(error: impl fmt::Display) -> AuthorityError {
    AuthorityError::new(error.to_string())
}

/// Believes certificates of the cluster's authority, unless their node was removed.
#[derive(Debug)]
struct Believer<V: ?Sized> {
    credentials: Arc<Credentials>,
    inner: Arc<V>,
}

impl ServerCertVerifier for Believer<WebPkiServerVerifier> {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        self.credentials.refuse_removed(end_entity)?;
        self.inner.verify_server_cert(end_entity, intermediates, name, ocsp_response, now)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.inner.verify_tls12_signature(message, certificate, signature)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.inner.verify_tls13_signature(message, certificate, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.inner.supported_verify_schemes()
    }
}

impl ClientCertVerifier for Believer<dyn ClientCertVerifier> {
    fn client_auth_mandatory(&self) -> bool {
        self.inner.client_auth_mandatory()
    }

    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        self.inner.root_hint_subjects()
    }

    fn verify_client_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<ClientCertVerified, rustls::Error> {
        self.credentials.refuse_removed(end_entity)?;
        self.inner.verify_client_cert(end_entity, intermediates, now)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.inner.verify_tls12_signature(message, certificate, signature)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.inner.verify_tls13_signature(message, certificate, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.inner.supported_verify_schemes()
    }
}

/// Certificates are judged by the clock of the node.
#[derive(Debug)]
struct Now(Arc<dyn Clock>);

impl TimeProvider for Now {
    fn current_time(&self) -> Option<UnixTime> {
        Some(UnixTime::since_unix_epoch(Duration::from_millis(self.0.now_ms())))
    }
}
