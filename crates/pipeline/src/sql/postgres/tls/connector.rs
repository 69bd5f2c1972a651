//! The handshake, and its failures in words that say what to set.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_postgres::tls::{ChannelBinding, MakeTlsConnect, TlsConnect, TlsStream};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream as Encrypted;
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_rustls::rustls::{CertificateError, ClientConfig, Error};

use super::binding::end_point;

/// Makes connections with TLS.
#[derive(Clone)]
pub(crate) struct Connector(TlsConnector);

/// Connects to one host.
pub(crate) struct HostConnector {
    connector: TlsConnector,
    host: ServerName<'static>,
}

/// A connection with TLS.
pub(crate) struct Stream<S>(Encrypted<S>);

/// Why the handshake failed.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct HandshakeError(String);

type Handshake<S> = Pin<Box<dyn Future<Output = Result<Stream<S>, HandshakeError>> + Send>>;

impl Connector {
    pub(super) fn new(config: ClientConfig) -> Self {
        Self(TlsConnector::from(Arc::new(config)))
    }
}

impl<S> MakeTlsConnect<S> for Connector
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    type Stream = Stream<S>;
    type TlsConnect = HostConnector;
    type Error = HandshakeError;

    fn make_tls_connect(&mut self, host: &str) -> Result<HostConnector, HandshakeError> {
        // A socket of the file system has no host, and no TLS either.
        let host = if host.is_empty() { "localhost" } else { host };
        let host = ServerName::try_from(host.to_owned()).map_err(|_| {
            HandshakeError("the host has no name that a certificate could have".into())
        })?;
        Ok(HostConnector { connector: self.0.clone(), host })
    }
}

impl<S> TlsConnect<S> for HostConnector
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    type Stream = Stream<S>;
    type Error = HandshakeError;
    type Future = Handshake<S>;

    fn connect(self, stream: S) -> Handshake<S> {
        let handshake = self.connector.connect(self.host, stream);
        Box::pin(async move { handshake.await.map(Stream).map_err(|error| told(&error)) })
    }
}

fn told(error: &io::Error) -> HandshakeError {
    let tls = error.get_ref().and_then(|inner| inner.downcast_ref::<Error>());
    HandshakeError(match tls {
        Some(Error::InvalidCertificate(problem)) => {
            let fix = fix(problem);
            format!("the certificate of the server is not trusted ({problem}); {fix}")
        }
        Some(Error::AlertReceived(alert)) => {
            format!(
                "the server refused ({alert:?}); `sslcert` and `sslkey` may be missing or wrong"
            )
        }
        _ => error.to_string(),
    })
}

fn fix(problem: &CertificateError) -> &'static str {
    match problem {
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            "write the host as the certificate does, have one made whose `subjectAltName` is the \
             host, or set `sslmode=verify-ca`"
        }
        CertificateError::Expired
        | CertificateError::ExpiredContext { .. }
        | CertificateError::NotValidYet
        | CertificateError::NotValidYetContext { .. } => {
            "have a new one made, and look at the clocks of both machines"
        }
        _ => {
            "set `sslrootcert` to the file with the certificate of the authority that signed it, \
             or of the server itself"
        }
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> TlsStream for Stream<S> {
    fn channel_binding(&self) -> ChannelBinding {
        let (_, session) = self.0.get_ref();
        let certificate = session.peer_certificates().and_then(|chain| chain.first());
        match certificate.and_then(|certificate| end_point(certificate)) {
            Some(hash) => ChannelBinding::tls_server_end_point(hash),
            None => ChannelBinding::none(),
        }
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncRead for Stream<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        ctx: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(ctx, into)
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Stream<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        ctx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(ctx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, ctx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(ctx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, ctx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(ctx)
    }
}
