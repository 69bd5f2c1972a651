//! The way of an accepted connection: TLS, then either a join or the greeting of a member.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use rustix::net::sockopt;
use tokio::net::TcpStream;
use tokio_rustls::server::TlsStream;
use tokio_rustls::{TlsAcceptor, rustls};

use super::greeting::{self, Version};
use crate::identity::{ALPN_CALL, ALPN_JOIN, ALPN_PEER, PeerId};
use crate::limits;

/// A connection whose other side is known to be allowed what it wants.
pub(super) enum Accepted {
    /// Of a member, for streams and calls over HTTP/2.
    Member(PeerId, TlsStream<TcpStream>),
    /// Of a member, for calls in frames.
    Caller(PeerId, TlsStream<TcpStream>),
    /// Of somebody who wants to join, and has proved nothing.
    Stranger(TlsStream<TcpStream>),
}

/// Why a connection was dropped.
#[derive(Debug, thiserror::Error)]
pub(super) enum AcceptError {
    #[error("TLS failed: {0}")]
    Tls(String),
    #[error("it showed no certificate")]
    NoCertificate,
    #[error("it speaks neither the protocol of members nor of joiners")]
    Foreign,
    #[error("no greeting came")]
    Greeting(#[from] io::Error),
    #[error(transparent)]
    Version(#[from] greeting::VersionError),
    #[error("it was silent for {} ms", limits::HANDSHAKE_MS)]
    Slow,
}

impl AcceptError {
    /// Whether a person should hear of it: somebody meant this node. What a scanner of ports
    /// causes is not worth it.
    pub(super) fn is_mendable(&self) -> bool {
        match self {
            Self::Tls(_) | Self::NoCertificate | Self::Version(_) => true,
            Self::Foreign | Self::Greeting(_) | Self::Slow => false,
        }
    }
}

/// Finds out whose connection this is. `own` is the version that this side speaks.
pub(super) async fn accept(
    tcp: TcpStream,
    tls: &Arc<rustls::ServerConfig>,
    own: Version,
) -> Result<Accepted, AcceptError> {
    let work = async {
        tcp.set_nodelay(true)?;
        notice_silence(&tcp)?;
        let mut stream = TlsAcceptor::from(Arc::clone(tls))
            .accept(tcp)
            .await
            .map_err(|error| AcceptError::Tls(super::connection::explained(&error)))?;
        let (_, connection) = stream.get_ref();
        let accepted = match connection.alpn_protocol() {
            Some(ALPN_JOIN) => return Ok(Accepted::Stranger(stream)),
            Some(ALPN_PEER) => Accepted::Member,
            Some(ALPN_CALL) => Accepted::Caller,
            _ => return Err(AcceptError::Foreign),
        };
        let shown = connection.peer_certificates().and_then(|chain| chain.first());
        let peer = shown.and_then(PeerId::of).ok_or(AcceptError::NoCertificate)?;
        greeting::send(&mut stream, own).await?;
        greeting::receive(&mut stream).await?.check()?;
        Ok(accepted(peer, stream))
    };
    let time = Duration::from_millis(limits::HANDSHAKE_MS);
    tokio::time::timeout(time, work).await.unwrap_or(Err(AcceptError::Slow))
}

/// Lets the system notice that the other machine is gone, also when nothing is under way.
fn notice_silence(tcp: &TcpStream) -> io::Result<()> {
    sockopt::set_tcp_keepidle(tcp, Duration::from_millis(limits::TCP_IDLE_MS))?;
    sockopt::set_tcp_keepintvl(tcp, Duration::from_millis(limits::TCP_PROBE_MS))?;
    sockopt::set_tcp_keepcnt(tcp, limits::TCP_PROBES)?;
    Ok(sockopt::set_socket_keepalive(tcp, true)?)
}
