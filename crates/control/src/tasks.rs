//! Code that runs on the members: an expression on each, a function over many items on all.
//!
//! Functions by name come from the patches, a numbered list that is part of the replicated state.
//! Every call says which revision of the list it was made with, and a member that is behind waits
//! until it has that revision: so also a member that has just joined runs what was loaded before.

mod all;
mod crew;
mod detached;
mod errand;
mod error;
mod eval;
mod fmap;
mod function;
mod functions;
mod keys;
mod list;
mod message;
mod native;
mod patches;
mod progress;
mod roster;
mod service;
mod worker;

use std::sync::Arc;

use model::clock::Clock;
use net::transport::{Answer, Peers};
use runtime::javascript::JavaScript;
use state::{Engine, NodeId};
use tokio::sync::watch;

pub use error::{DetachError, EvalError, FMapError, LoadError, PatchesError};
pub use eval::Evaluation;
pub use fmap::{FMap, ItemError, OnError, Order, Part, Parts};
pub use function::Function;
pub use list::Listed;
pub use native::{Native, Natives};
pub use patches::{Loaded, Patch};
pub use progress::Task;

use crew::Crew;
use detached::Detached;
use progress::Registry;
use service::PeerService;
use worker::Worker;

/// What members call this part.
pub const SERVICE: &str = "tasks";

/// What tasks need of a node.
#[derive(Debug)]
pub struct Options {
    pub engine: Arc<dyn Engine>,
    pub peers: Arc<Peers>,
    pub javascript: JavaScript,
    /// This node.
    pub own: NodeId,
    /// How many chunks of items run here at a time: one per core. `javascript` should have a few
    /// contexts more, for expressions.
    pub contexts: usize,
    /// The functions that the program of this node has registered.
    pub natives: Natives,
    /// Whether this node is drained: then it takes no new items, unless all members are.
    pub drained: watch::Receiver<bool>,
    pub clock: Arc<dyn Clock>,
}

/// Runs code on the members; cheap to clone.
#[derive(Debug, Clone)]
pub struct Tasks {
    engine: Arc<dyn Engine>,
    worker: Arc<Worker>,
    crew: Arc<Crew>,
    running: Arc<Registry>,
    detached: Detached,
    clock: Arc<dyn Clock>,
}

impl Tasks {
    /// Starts nothing.
    ///
    /// # Panics
    ///
    /// Panics without any context, which is a bug of the caller.
    #[must_use]
    pub fn new(options: Options) -> Self {
        let Options { engine, peers, clock, own, .. } = &options;
        let (engine, clock) = (Arc::clone(engine), Arc::clone(clock));
        let (peers, own) = (Arc::clone(peers), *own);
        let running = Arc::<Registry>::default();
        let worker = Arc::new(Worker::new(options, Arc::clone(&running)));
        let crew = Crew::new(Arc::clone(&engine), peers, Arc::clone(&worker), own);
        let (crew, detached) = (Arc::new(crew), Detached::default());
        Self { engine, worker, crew, running, detached, clock }
    }

    /// Answers other members, under the name [`SERVICE`].
    #[must_use]
    pub fn service(&self) -> Arc<dyn Answer> {
        Arc::new(PeerService::new(Arc::clone(&self.worker)))
    }

    /// What this node has under way on the members, the oldest first.
    #[must_use]
    pub fn list(&self) -> Vec<Task> {
        self.running.list(self.clock.monotonic_ms())
    }
}
