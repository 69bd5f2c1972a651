//! The side of a member that accepts connections.

use std::collections::BTreeMap;
use std::future::Future;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use hyper::server::conn::http2::Builder;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio_rustls::rustls;
use tokio_rustls::server::TlsStream;

use super::accept::{self, AcceptError, Accepted};
use super::answerer;
use super::greeting;
use super::service::{self, Answer, Desk, Services};
use crate::identity::{AuthorityError, Credentials, PeerId};
use crate::join::Gate;
use crate::limits;
use crate::sources::Sources;
use crate::tasks::Tasks;

/// Answers other members, and lets nodes in.
#[derive(Debug)]
pub struct Server {
    credentials: Arc<Credentials>,
    services: BTreeMap<&'static str, Arc<dyn Answer>>,
    gate: Option<Arc<Gate>>,
}

/// What each connection needs.
#[derive(Debug)]
struct Shared {
    credentials: Arc<Credentials>,
    services: Services,
    gate: Option<Arc<Gate>>,
    tls: Arc<rustls::ServerConfig>,
    handshakes: Semaphore,
    wrong: Mutex<Sources>,
    stop: watch::Receiver<bool>,
}

impl Server {
    /// A server in the name of `credentials` that answers nothing yet.
    #[must_use]
    pub fn new(credentials: &Arc<Credentials>) -> Self {
        let credentials = Arc::clone(credentials);
        Self { credentials, services: BTreeMap::new(), gate: None }
    }

    /// Lets `handler` answer the calls of `service`.
    #[must_use]
    pub fn with(mut self, service: &'static str, handler: Arc<dyn Answer>) -> Self {
        self.services.insert(service, handler);
        self
    }

    /// Lets nodes join through `gate`.
    #[must_use]
    pub fn with_gate(mut self, gate: Arc<Gate>) -> Self {
        self.gate = Some(gate);
        self
    }

    /// Serves the connections of `listener` until `stop` completes. Then nothing new is accepted,
    /// and what is under way has [`limits::GRACE_MS`] to end. Dropping the future ends all at
    /// once.
    ///
    /// # Errors
    ///
    /// When the certificates of the cluster are damaged.
    pub async fn serve(
        self,
        listener: TcpListener,
        stop: impl Future<Output = ()>,
    ) -> Result<(), AuthorityError> {
        let (stopped, stopping) = watch::channel(false);
        let shared = Arc::new(Shared {
            tls: Arc::new(self.credentials.server_config()?),
            credentials: self.credentials,
            services: Arc::new(self.services),
            gate: self.gate,
            handshakes: Semaphore::new(limits::HANDSHAKES_MAX),
            wrong: Mutex::default(),
            stop: stopping,
        });
        let places = Arc::new(Semaphore::new(limits::CONNECTIONS_MAX));
        let tasks = Tasks::default();
        tokio::pin!(stop);
        loop {
            let accepted = tokio::select! {
                () = &mut stop => break,
                accepted = listener.accept() => accepted,
            };
            match accepted {
                Ok((tcp, from)) => match Arc::clone(&places).try_acquire_owned() {
                    Ok(place) => tasks.spawn(one(Arc::clone(&shared), tcp, from, place)),
                    Err(_) => tracing::warn!(%from, "too many connections, one was dropped"),
                },
                Err(error) => {
                    tracing::warn!(%error, "a connection could not be accepted");
                    // Most likely no file is left to open; one may be in a moment.
                    tokio::time::sleep(Duration::from_millis(limits::RECONNECT_BASE_MS)).await;
                }
            }
        }
        drop(listener);
        stopped.send_replace(true);
        let grace = Duration::from_millis(limits::GRACE_MS);
        if tokio::time::timeout(grace, tasks.finished()).await.is_err() {
            tracing::debug!("calls were still under way when the server ended");
        }
        Ok(())
    }
}

impl Shared {
    fn desk(&self, caller: PeerId) -> Desk {
        let (services, credentials) = (Arc::clone(&self.services), Arc::clone(&self.credentials));
        Desk { services, credentials, caller }
    }

    /// Says why a connection was dropped. A warning is for what a person can mend, and once: a
    /// removed node may try for ever.
    fn log_dropped(&self, from: SocketAddr, error: &AcceptError) {
        let reason = super::connection::chain(error);
        let now_ms = self.credentials.clock().monotonic_ms();
        let count = || {
            let mut wrong = self.wrong.lock().unwrap_or_else(PoisonError::into_inner);
            wrong.count(from.ip(), now_ms)
        };
        if error.is_mendable() && count() == 1 {
            tracing::warn!(%from, reason, "connection refused");
        } else {
            tracing::debug!(%from, reason, "connection refused");
        }
    }
}

/// One connection, from the first packet to its end.
async fn one(shared: Arc<Shared>, tcp: TcpStream, from: SocketAddr, place: OwnedSemaphorePermit) {
    let accepted = {
        let Ok(_handshake) = shared.handshakes.try_acquire() else {
            tracing::warn!(%from, "too many strangers at once, one was dropped");
            return;
        };
        let accepted = accept::accept(tcp, &shared.tls, greeting::VERSION).await;
        match (accepted, &shared.gate) {
            (Ok(Accepted::Stranger(stream)), Some(gate)) => {
                tokio::select! {
                    () = gate.receive(stream, from, &shared.credentials) => {}
                    () = stopped(shared.stop.clone()) => {}
                }
                return;
            }
            (accepted, _) => accepted,
        }
    };
    match accepted {
        Ok(Accepted::Member(peer, stream)) => serve_member(&shared, peer, stream).await,
        Ok(Accepted::Caller(peer, stream)) => {
            let served =
                answerer::serve(stream, &shared.desk(peer), stopped(shared.stop.clone())).await;
            if let Err(error) = served {
                tracing::debug!(%peer, %error, "connection ended");
            }
        }
        Ok(Accepted::Stranger(_)) => tracing::info!(%from, "this node lets nobody join"),
        Err(error) => shared.log_dropped(from, &error),
    }
    drop(place);
}

async fn serve_member(shared: &Shared, peer: PeerId, stream: TlsStream<TcpStream>) {
    let tasks = Tasks::default();
    let desk = shared.desk(peer);
    let service = service_fn(move |request| service::answer(desk.clone(), request));
    let mut builder = Builder::new(tasks.spawner());
    builder
        .timer(TokioTimer::new())
        .max_concurrent_streams(limits::STREAMS_MAX)
        .max_pending_accept_reset_streams(limits::GIVEN_UP_MAX)
        .initial_stream_window_size(limits::STREAM_WINDOW_BYTES)
        .initial_connection_window_size(limits::CONNECTION_WINDOW_BYTES);
    let connection = builder.serve_connection(TokioIo::new(stream), service);
    tokio::pin!(connection);
    let ended = tokio::select! {
        ended = &mut connection => ended,
        () = stopped(shared.stop.clone()) => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%peer, error = %super::connection::chain(&error), "connection ended");
    }
}

/// Completes when the server ends.
async fn stopped(mut stop: watch::Receiver<bool>) {
    if stop.wait_for(|stopped| *stopped).await.is_err() {
        tracing::debug!("the server was dropped");
    }
}
