//! Connections: accepted, encrypted, served by HTTP/1.1 or HTTP/2, ended in order.

use std::sync::Arc;
use std::time::Duration;

use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::service::TowerToHyperService;
use model::fault::Chain;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tracing::{debug, warn};

use super::door::Door;
use super::limits;

const HTTP_2: &[u8] = b"h2";

impl Door {
    /// Serves whoever connects, until `stop` ends; all connections have ended when this returns.
    ///
    /// `tls` says which certificate is shown; the door adds the protocols that it speaks.
    pub async fn serve(
        &self,
        listener: TcpListener,
        tls: Arc<ServerConfig>,
        stop: impl Future<Output = ()> + Send,
    ) {
        let mut tls = Arc::unwrap_or_clone(tls);
        tls.alpn_protocols = vec![HTTP_2.to_vec(), b"http/1.1".to_vec()];
        let acceptor = TlsAcceptor::from(Arc::new(tls));
        let places = Arc::new(Semaphore::new(limits::CONNECTIONS_MAX));
        let mut connections = JoinSet::new();
        tokio::pin!(stop);
        loop {
            tokio::select! {
                () = &mut stop => break,
                Some(_) = connections.join_next() => {}
                (stream, place) = accept(&listener, &places) => {
                    let (door, acceptor) = (self.clone(), acceptor.clone());
                    connections.spawn(async move {
                        door.converse(stream, acceptor).await;
                        drop(place);
                    });
                }
            }
        }
        drop(listener);
        self.shared.closing.send_replace(true);
        let ending = async { while connections.join_next().await.is_some() {} };
        if tokio::time::timeout(Duration::from_millis(limits::CLOSE_MS), ending).await.is_err() {
            debug!("connections did not end in time and are cut");
        }
        connections.shutdown().await;
    }

    async fn converse(&self, stream: TcpStream, acceptor: TlsAcceptor) {
        let handshake = Duration::from_millis(limits::HANDSHAKE_MS);
        let stream = match tokio::time::timeout(handshake, acceptor.accept(stream)).await {
            Ok(Ok(stream)) => stream,
            Ok(Err(error)) => return debug!(error = %Chain(&error), "handshake failed"),
            Err(_) => return debug!(ms = limits::HANDSHAKE_MS, "handshake took too long"),
        };
        let is_http_2 = stream.get_ref().1.alpn_protocol() == Some(HTTP_2);
        let builder = builder(is_http_2);
        let service = TowerToHyperService::new(self.router.clone());
        let connection = builder.serve_connection(TokioIo::new(stream), service);
        tokio::pin!(connection);
        let mut closing = self.shared.closing.subscribe();
        let ended = tokio::select! {
            ended = connection.as_mut() => ended,
            () = closed(&mut closing) => {
                connection.as_mut().graceful_shutdown();
                connection.await
            }
        };
        if let Err(error) = ended {
            debug!(error = %Chain(&*error), "connection broke");
        }
    }
}

async fn closed(closing: &mut watch::Receiver<bool>) {
    // The sender lives as long as the door, so this cannot fail.
    drop(closing.wait_for(|is_closing| *is_closing).await);
}

fn builder(is_http_2: bool) -> Builder<TokioExecutor> {
    let mut builder = Builder::new(TokioExecutor::new());
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(Duration::from_millis(limits::HEAD_MS))
        .max_buf_size(limits::HEAD_BYTES_MAX);
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(limits::STREAMS_MAX)
        .max_header_list_size(limits::HEAD_BYTES_MAX.try_into().unwrap_or(u32::MAX))
        .keep_alive_interval(Duration::from_millis(limits::HEAD_MS));
    if is_http_2 { builder.http2_only() } else { builder.http1_only() }
}

/// Accepts a connection when there is a place for it.
async fn accept(
    listener: &TcpListener,
    places: &Arc<Semaphore>,
) -> (TcpStream, Option<OwnedSemaphorePermit>) {
    let place = Arc::clone(places).acquire_owned().await.ok();
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                if let Err(error) = stream.set_nodelay(true) {
                    debug!(error = %Chain(&error), "connection keeps its delay");
                }
                return (stream, place);
            }
            Err(error) => {
                warn!(error = %Chain(&error), "connection not accepted");
                tokio::time::sleep(Duration::from_millis(limits::ACCEPT_RETRY_MS)).await;
            }
        }
    }
}
