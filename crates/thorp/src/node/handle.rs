//! A node as programs have it.

use std::sync::Arc;

use model::clock::Clock;
use model::fault::Chain;
use state::{Embedded, Engine};
use tokio::sync::{oneshot, watch};
use tokio::task::JoinSet;

use super::drain::DrainError;
use super::error::StartError;
use super::limits;
use super::now::Seen;
use super::options::Options;
use super::ports::Addresses;
use super::running::Running;
use super::supervisor::Supervisor;
use crate::cluster::{Access, Cluster};
use crate::code::Local as LocalCode;
use crate::desk::Local;

/// A node of a cluster, in this process. It looks after itself: while its cluster holds no write,
/// it may yield to another one of its name and secret, and goes on as a member of that, on the same
/// ports; what was taken from the node goes on with it.
///
/// Dropped, it ends as if it were killed, in the background; [`Node::stop`] ends it in order.
#[derive(Debug)]
pub struct Node {
    addresses: Addresses,
    seen: Seen,
    desk: Arc<Local>,
    runner: Arc<LocalCode>,
    failed: watch::Receiver<Option<String>>,
    /// Dropped, it ends at once: before it could take the loss of `end` for the word to end.
    supervisor: JoinSet<()>,
    end: oneshot::Sender<()>,
}

impl Node {
    /// Starts a node; it runs until [`Node::stop`], also without a quorum.
    ///
    /// A node whose data has a place in a cluster goes on there, others join or found one.
    ///
    /// # Errors
    ///
    /// [`StartError`]: a port is taken, the data is damaged or in use, nobody lets the node in.
    pub async fn start(options: Options, clock: Arc<dyn Clock>) -> Result<Self, StartError> {
        let running = Running::start(options, clock).await?;
        let addresses = running.addresses().clone();
        let (shown, seen) = Seen::new(running.now());
        let (failure, failed) = watch::channel(None);
        let (end, ended) = oneshot::channel();
        let mut supervisor = JoinSet::new();
        let supervising = Supervisor { shown, failed: failure }.run(running, ended);
        supervisor.spawn(supervising);
        Ok(Self {
            addresses,
            desk: Arc::new(Local::new(seen.clone())),
            runner: Arc::new(LocalCode::new(seen.clone())),
            seen,
            failed,
            end,
            supervisor,
        })
    }

    /// Where the node listens.
    #[must_use]
    pub fn addresses(&self) -> &Addresses {
        &self.addresses
    }

    /// The replicated state, for programs that embed the node. It is another one, and this one is
    /// closed, after the node has yielded.
    #[must_use]
    pub fn engine(&self) -> Arc<dyn Engine> {
        let engine: Arc<Embedded> = self.seen.now().engine;
        engine
    }

    /// What may fail next and what to do about it, in words: as the leader sees it, who alone talks
    /// to all.
    pub async fn advice(&self) -> Vec<String> {
        self.seen.now().cluster.told().await.advice
    }

    /// Prepares this node for [`Node::stop`]: others lead and vote, and its doors refuse new work.
    /// Returns when that is so, as far as the others suffice.
    ///
    /// # Errors
    ///
    /// [`DrainError`] when no other member serves, or none takes over.
    pub async fn drain(&self) -> Result<(), DrainError> {
        self.seen.now().cluster.drain_own(true).await
    }

    /// Takes back [`Node::drain`], as a restart does.
    pub fn undrain(&self) {
        self.seen.now().cluster.drains.set_own(false);
    }

    /// Completes when the node cannot go on, with the reason. Nobody needs to wait for it, and the
    /// future may be dropped at any time.
    pub async fn failed(&self) -> String {
        let mut failed = self.failed.clone();
        let told = failed.wait_for(Option::is_some).await;
        let told = told.ok().and_then(|told| told.clone());
        told.unwrap_or_else(|| "who looks after the node has ended".to_owned())
    }

    /// Ends the node in order: doors close, then the state. What was acknowledged is durable in
    /// any case.
    pub async fn stop(mut self) {
        // Whoever has a handle of this node finds it gone from here on; nothing is sent again.
        if let Err(error) = self.desk.close(limits::FAREWELL).await {
            tracing::debug!(error = %Chain(&error), "the session ends by itself");
        }
        // It may have ended because of an error in it, which is told there.
        self.end.send(()).ok();
        while self.supervisor.join_next().await.is_some() {}
    }
}

impl Cluster for Node {
    fn access(&self) -> Access {
        let (desk, runner) =
            (Arc::<Local>::clone(&self.desk), Arc::<LocalCode>::clone(&self.runner));
        Access { desk, runner }
    }
}
