//! What all requests share, and the way of every request before its route.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::extract::Request;
use axum::http::HeaderValue;
use axum::http::header::AUTHORIZATION;
use axum::middleware::Next;
use axum::response::Response;
use control::tasks::Tasks;
use model::clock::Clock;
use serde_json::Value;
use sha2::{Digest, Sha256};
use state::Engine;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};

use super::limits;
use super::metrics::{Found, Metrics};
use super::port::Port;
use super::problem::Problem;
use super::request::RequestError;

/// Paths that need no token: those who ask have none, and learn nothing else.
pub(super) const OPEN: &[&str] = &["/healthz", "/readyz"];

/// The header with the number of a request.
const REQUEST: &str = "thorp-request";

/// What stands before the token.
const BEARER: &[u8] = b"bearer ";

/// The number of a request, for its answer and the log.
#[derive(Debug, Clone)]
pub(super) struct Number(pub(super) String);

/// What all requests share.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) engine: Arc<dyn Engine>,
    pub(super) cluster: Arc<dyn Port>,
    pub(super) code: Tasks,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) node: u16,
    /// The hash of the token.
    pub(super) token: [u8; 32],
    pub(super) metrics: Metrics,
    /// KiB of bodies that may come into memory.
    pub(super) bodies: Semaphore,
    pub(super) followers: Arc<Semaphore>,
    pub(super) fmaps: Arc<Semaphore>,
    /// Places for questions that walk over many rows.
    pub(super) walks: Semaphore,
    /// Whether the door closes.
    pub(super) closing: watch::Sender<bool>,
    /// Tells requests of one run from those of others.
    pub(super) started_ms: u64,
    pub(super) requests: AtomicU64,
    /// The door in OpenAPI.
    pub(super) document: Value,
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

    /// A place among those who wait for what changes.
    pub(super) fn follow(&self) -> Result<OwnedSemaphorePermit, RequestError> {
        Arc::clone(&self.followers).try_acquire_owned().map_err(|_| RequestError::Busy {
            what: "streams of events",
            max: limits::FOLLOWERS_MAX,
        })
    }

    fn number(&self) -> String {
        let number = self.requests.fetch_add(1, Ordering::Relaxed);
        format!("{:x}-{:x}-{number:x}", self.node, self.started_ms)
    }

    fn admit(&self, request: &Request) -> Result<(), RequestError> {
        if OPEN.contains(&request.uri().path()) {
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
