//! The door itself.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use axum::Router;
use control::tasks::Tasks;
use model::clock::Clock;
use sha2::{Digest, Sha256};
use state::Engine;
use tokio::sync::{Semaphore, watch};

use super::metrics::Metrics;
use super::port::Port;
use super::shared::Shared;
use super::{limits, openapi, route, routes};

/// What the door stands on.
#[derive(Debug)]
pub struct Options {
    pub engine: Arc<dyn Engine>,
    pub cluster: Arc<dyn Port>,
    /// Runs code on the members.
    pub code: Tasks,
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

impl Door {
    /// Makes the door; it opens with [`Door::serve`].
    pub fn new(options: Options) -> Self {
        let Options { engine, cluster, code, clock, token, node, is_witness } = options;
        let routes = if is_witness { routes::about_cluster() } else { routes::all() };
        let shared = Arc::new(Shared {
            engine,
            cluster,
            code,
            node,
            token: Sha256::digest(token).into(),
            metrics: Metrics::new(routes.iter().map(|route| (route.method.clone(), route.path))),
            bodies: Semaphore::new(limits::BODIES_BYTES_MAX / 1024),
            walks: Semaphore::new(limits::WALKS_MAX),
            followers: Arc::new(Semaphore::new(limits::FOLLOWERS_MAX)),
            fmaps: Arc::new(Semaphore::new(limits::FMAPS_MAX)),
            closing: watch::Sender::new(false),
            started_ms: clock.now_ms(),
            requests: AtomicU64::new(0),
            document: openapi::document(&routes),
            clock,
        });
        let router = route::router(routes, &shared);
        Self { shared, router }
    }
}
