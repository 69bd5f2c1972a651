//! One connection to one member: from the first packet to the answer of a call.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use futures::StreamExt;
use http::uri::PathAndQuery;
use hyper::body::Incoming as HttpBody;
use hyper::client::conn::http2::{Builder, SendRequest};
use hyper_util::rt::{TokioIo, TokioTimer};
use rustls::pki_types::ServerName;
use tokio::net::TcpStream;
use tokio_rustls::{TlsConnector, rustls};
use tonic::Status;
use tonic::body::Body;
use tonic::client::Grpc;

use super::caller::Caller;
use super::codec::Bodies;
use super::failure::Failure;
use super::refusal::Refusal;
use super::{CALL_PATH, Incoming, Outgoing, STREAM_PATH, greeting};
use crate::address::Address;
use crate::identity::{ALPN_CALL, NODE_NAME, PeerId};
use crate::limits;
use crate::tasks::Spawner;

/// What HTTP wants to call the other side.
const ORIGIN: &str = "https://node.thorp";

/// A connection whose other side has shown who it is.
#[derive(Debug, Clone)]
pub(super) struct Connection {
    way: Way,
    pub(super) peer: PeerId,
}

/// What is spoken on a connection.
#[derive(Debug, Clone)]
enum Way {
    /// Calls and streams.
    Http(SendRequest<Body>),
    /// Calls.
    Frames(Caller),
}

/// Why a stream ended early.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StreamError {
    #[error("the stream broke off: {0}")]
    Broken(String),
    #[error("the stream was refused: {0}")]
    Refused(Refusal),
}

/// Connects to `address` and exchanges greetings.
pub(super) async fn connect(
    address: &Address,
    tls: Arc<rustls::ClientConfig>,
    spawner: Spawner,
) -> Result<Connection, String> {
    let time = Duration::from_millis(limits::CONNECT_MS);
    let text = |error: io::Error| error.to_string();
    let work = async {
        let tcp = reach(address).await.map_err(text)?;
        let name = ServerName::try_from(NODE_NAME).map_err(|error| error.to_string())?;
        let mut stream =
            TlsConnector::from(tls).connect(name, tcp).await.map_err(|e| explained(&e))?;
        let shown = stream.get_ref().1.peer_certificates().and_then(|chain| chain.first());
        let peer = shown.and_then(PeerId::of).ok_or("it showed no certificate")?;
        greeting::send(&mut stream, greeting::VERSION).await.map_err(text)?;
        let version = greeting::receive(&mut stream).await.map_err(|error| {
            if error.kind() == io::ErrorKind::UnexpectedEof || is_alert(&error) {
                return format!("it does not accept this node as a member ({error})");
            }
            error.to_string()
        })?;
        version.check().map_err(|error| error.to_string())?;
        if stream.get_ref().1.alpn_protocol() == Some(ALPN_CALL) {
            let (caller, carried) = Caller::new(stream);
            keep(&spawner, peer, carried);
            return Ok(Connection { way: Way::Frames(caller), peer });
        }
        let (sender, driven) = builder(spawner.clone())
            .handshake(TokioIo::new(stream))
            .await
            .map_err(|e| chain(&e))?;
        keep(&spawner, peer, driven);
        Ok(Connection { way: Way::Http(sender), peer })
    };
    tokio::time::timeout(time, work)
        .await
        .unwrap_or_else(|_| Err(format!("no connection within {} ms", limits::CONNECT_MS)))
}

/// Does the work of a connection until that ends.
fn keep<E: std::error::Error + 'static>(
    spawner: &Spawner,
    peer: PeerId,
    work: impl Future<Output = Result<(), E>> + Send + 'static,
) {
    hyper::rt::Executor::execute(spawner, async move {
        if let Err(error) = work.await {
            tracing::debug!(%peer, error = %chain(&error), "connection ended");
        }
    });
}

/// A connection to the first address of a host that takes one.
pub(crate) async fn reach(address: &Address) -> io::Result<TcpStream> {
    let mut failure = io::Error::new(io::ErrorKind::NotFound, "the host has no address");
    for target in address.resolve().await? {
        match dial(target).await {
            Ok(stream) => return Ok(stream),
            Err(error) => failure = error,
        }
    }
    Err(failure)
}

async fn dial(target: SocketAddr) -> io::Result<TcpStream> {
    let stream = TcpStream::connect(target).await?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

fn builder(spawner: Spawner) -> Builder<Spawner> {
    let mut builder = Builder::new(spawner);
    builder
        .timer(TokioTimer::new())
        .initial_stream_window_size(limits::STREAM_WINDOW_BYTES)
        .initial_connection_window_size(limits::CONNECTION_WINDOW_BYTES)
        .keep_alive_interval(Duration::from_millis(limits::KEEP_ALIVE_MS))
        .keep_alive_timeout(Duration::from_millis(limits::KEEP_ALIVE_WAIT_MS))
        .keep_alive_while_idle(false);
    builder
}

fn is_alert(error: &io::Error) -> bool {
    let inner = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>());
    matches!(inner, Some(rustls::Error::AlertReceived(_)))
}

/// What went wrong in TLS, in the words of somebody who has to mend it.
pub(crate) fn explained(error: &io::Error) -> String {
    use rustls::CertificateError as Wrong;
    let inner = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>());
    let Some(rustls::Error::InvalidCertificate(wrong)) = inner else {
        return error.to_string();
    };
    match wrong {
        Wrong::Revoked => "the cluster has removed that node".into(),
        Wrong::UnknownIssuer | Wrong::BadSignature => "it belongs to another cluster".into(),
        Wrong::Expired
        | Wrong::ExpiredContext { .. }
        | Wrong::NotValidYet
        | Wrong::NotValidYetContext { .. } => {
            format!("its certificate does not hold now, compare the clocks ({wrong})")
        }
        _ => error.to_string(),
    }
}

/// An error with its causes.
pub(super) fn chain(error: &dyn std::error::Error) -> String {
    model::fault::Chain(error).to_string()
}

impl Connection {
    pub(super) fn is_closed(&self) -> bool {
        match &self.way {
            Way::Http(sender) => sender.is_closed(),
            Way::Frames(caller) => caller.is_closed(),
        }
    }

    /// Calls, and waits for the answer.
    pub(super) async fn call(
        &self,
        service: &str,
        body: Bytes,
        timeout: Duration,
    ) -> Result<Bytes, Failure> {
        let sender = match &self.way {
            Way::Http(sender) => sender,
            Way::Frames(caller) => return caller.call(service, body, timeout).await,
        };
        let (path, (mut client, was_sent)) =
            (path(CALL_PATH, service)?, client(sender, limits::CALL_BYTES_MAX));
        let mut request = tonic::Request::new(body);
        request.set_timeout(timeout);
        let answer = client.unary(request, path, Bodies).await;
        answer.map(tonic::Response::into_inner).map_err(|status| failure(&status, &was_sent))
    }

    /// Opens a stream in both directions.
    pub(super) async fn stream(
        &self,
        service: &str,
        outgoing: Outgoing,
    ) -> Result<Incoming, Failure> {
        let Way::Http(sender) = &self.way else {
            return Err(Failure::Unsent("the connection is for calls".into()));
        };
        let (mut client, was_sent) = client(sender, limits::CHUNK_BYTES_MAX);
        let path = path(STREAM_PATH, service)?;
        let answer = client.streaming(tonic::Request::new(outgoing), path, Bodies).await;
        let answer = answer.map_err(|status| failure(&status, &was_sent))?;
        Ok(incoming(answer.into_inner()))
    }
}

fn client(sender: &SendRequest<Body>, bytes_max: usize) -> (Grpc<Once>, Arc<AtomicBool>) {
    let was_sent = Arc::new(AtomicBool::new(true));
    let once = Once { sender: sender.clone(), was_sent: Arc::clone(&was_sent) };
    let origin = http::Uri::from_static(ORIGIN);
    let client = Grpc::with_origin(once, origin).max_decoding_message_size(bytes_max);
    (client, was_sent)
}

fn path(prefix: &str, service: &str) -> Result<PathAndQuery, Failure> {
    let path = PathAndQuery::try_from(format!("{prefix}{service}"));
    path.map_err(|error| Failure::Unsent(error.to_string()))
}

/// The pieces of the other side, as they come.
pub(super) fn incoming(pieces: tonic::Streaming<Bytes>) -> Incoming {
    Box::pin(pieces.map(|piece| {
        piece.map_err(|status| match Refusal::of_status(&status) {
            Some(refusal) => StreamError::Refused(refusal),
            None => StreamError::Broken(described(&status)),
        })
    }))
}

fn failure(status: &Status, was_sent: &AtomicBool) -> Failure {
    match Refusal::of_status(status) {
        Some(refusal) => Failure::Refused(refusal),
        None if was_sent.load(Ordering::Acquire) => Failure::Unanswered(described(status)),
        None => Failure::Unsent(described(status)),
    }
}

fn described(status: &Status) -> String {
    match std::error::Error::source(status) {
        Some(source) => chain(source),
        None => format!("{} ({})", status.message(), status.code()),
    }
}

/// Sends one request, and notes when that did not even begin.
struct Once {
    sender: SendRequest<Body>,
    was_sent: Arc<AtomicBool>,
}

impl tower_service::Service<http::Request<Body>> for Once {
    type Response = http::Response<HttpBody>;
    type Error = hyper::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, hyper::Error>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), hyper::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<Body>) -> Self::Future {
        let answer = self.sender.try_send_request(request);
        let was_sent = Arc::clone(&self.was_sent);
        Box::pin(async move {
            answer.await.map_err(|mut error| {
                was_sent.store(error.take_message().is_none(), Ordering::Release);
                error.into_error()
            })
        })
    }
}
