//! The door itself: what its requests share, and the way of every request before its route.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::Router;
use axum::extract::Request;
use axum::http::HeaderValue;
use axum::http::header::AUTHORIZATION;
use axum::middleware::Next;
use axum::response::Response;
use model::clock::Clock;
use sha2::{Digest, Sha256};
use state::Engine;
use tokio::sync::{Semaphore, watch};

use super::health;
use super::limits;
use super::metrics::Metrics;
use super::port::Port;
use super::problem::Problem;
use super::request::RequestError;
use super::route::{self, Found, Number};
use super::routes;

/// The header with the number of a request.
const REQUEST: &str = "thorp-request";

/// What stands before the token.
const BEARER: &[u8] = b"bearer ";

/// What the door stands on.
#[derive(Debug)]
pub struct Options {
    pub engine: Arc<dyn Engine>,
    pub cluster: Arc<dyn Port>,
    pub clock: Arc<dyn Clock>,
    /// Who shows it may do everything.
    pub token: String,
    /// The number of this node, a part of the ids that it makes.
    pub node: u16,
    /// A witness tells of the cluster, and serves no data.
    pub is_witness: bool,
}

/// The HTTPS door of one node.
#[derive(Debug, Clone)]
pub struct Door {
    pub(super) shared: Arc<Shared>,
    pub(super) router: Router,
}

/// What all requests share.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) engine: Arc<dyn Engine>,
    pub(super) cluster: Arc<dyn Port>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) node: u16,
    /// The hash of the token.
    token: [u8; 32],
    pub(super) metrics: Metrics,
    /// KiB of bodies that may come into memory.
    pub(super) bodies: Semaphore,
    pub(super) followers: Arc<Semaphore>,
    /// Places for questions that walk over many rows.
    pub(super) walks: Semaphore,
    /// Whether the door closes.
    pub(super) closing: watch::Sender<bool>,
    /// Tells requests of one run from those of others.
    started_ms: u64,
    requests: AtomicU64,
}

impl Door {
    /// Makes the door; it opens with [`Door::serve`].
    pub fn new(options: Options) -> Self {
        let Options { engine, cluster, clock, token, node, is_witness } = options;
        let routes = if is_witness { routes::about_cluster() } else { routes::all() };
        let shared = Arc::new(Shared {
            engine,
            cluster,
            node,
            token: Sha256::digest(token).into(),
            metrics: Metrics::new(&routes),
            bodies: Semaphore::new(limits::BODIES_BYTES_MAX / 1024),
            walks: Semaphore::new(limits::WALKS_MAX),
            followers: Arc::new(Semaphore::new(limits::FOLLOWERS_MAX)),
            closing: watch::Sender::new(false),
            started_ms: clock.now_ms(),
            requests: AtomicU64::new(0),
            clock,
        });
        let router = route::router(routes, &shared);
        Self { shared, router }
    }
}

impl Shared {
    /// The way of every request: its number, the token, its route, the figures.
    pub(super) async fn pass(&self, mut request: Request, next: Next) -> Response {
        let began_ms = self.clock.monotonic_ms();
        let number = self.number();
        let admitted = self.admit(&request);
        request.extensions_mut().insert(Number(number.clone()));
        let mut response = match admitted {
            Ok(()) => next.run(request).await,
            Err(error) => Problem::from(error).response(&number),
        };
        let took_ms = self.clock.monotonic_ms().saturating_sub(began_ms);
        let found = response.extensions().get::<Found>().copied();
        self.metrics.answered(found, response.status(), took_ms);
        if let Ok(number) = HeaderValue::from_str(&number) {
            response.headers_mut().insert(REQUEST, number);
        }
        response
    }

    fn number(&self) -> String {
        let number = self.requests.fetch_add(1, Ordering::Relaxed);
        format!("{:x}-{:x}-{number:x}", self.node, self.started_ms)
    }

    fn admit(&self, request: &Request) -> Result<(), RequestError> {
        if health::OPEN.contains(&request.uri().path()) {
            return Ok(());
        }
        let shown = request.headers().get(AUTHORIZATION).map(HeaderValue::as_bytes);
        let shown = shown.and_then(|header| header.split_at_checked(BEARER.len()));
        match shown {
            Some((scheme, token))
                if scheme.eq_ignore_ascii_case(BEARER) && self.is_token(token.trim_ascii()) =>
            {
                Ok(())
            }
            _ => Err(RequestError::Token),
        }
    }

    /// Compares hashes, and all bytes of them: the time that it takes says nothing of the token.
    fn is_token(&self, shown: &[u8]) -> bool {
        let shown: [u8; 32] = Sha256::digest(shown).into();
        let differing = shown.iter().zip(&self.token).fold(0, |all, (a, b)| all | (a ^ b));
        std::hint::black_box(differing) == 0
    }
}
