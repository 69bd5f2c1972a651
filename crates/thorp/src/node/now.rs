//! What a node is at present: another member of another cluster after its own one yielded.

use std::sync::Arc;
use std::time::Duration;

use state::Embedded;
use tokio::sync::watch;

use super::cluster::ClusterPort;

/// What a node is at present.
#[derive(Debug, Clone)]
pub(crate) struct Now {
    pub(crate) engine: Arc<Embedded>,
    pub(crate) code: control::tasks::Tasks,
    pub(super) cluster: Arc<ClusterPort>,
    /// Whether it ends, to start over at once.
    pub(super) starts_over: bool,
}

/// Whoever sees what a node is at present.
#[derive(Debug, Clone)]
pub(crate) struct Seen(watch::Receiver<Now>);

impl Seen {
    pub(super) fn new(now: Now) -> (watch::Sender<Now>, Self) {
        let (shown, seen) = watch::channel(now);
        (shown, Self(seen))
    }

    pub(crate) fn now(&self) -> Now {
        self.0.borrow().clone()
    }

    /// Waits, when the node of `engine` starts over, until it has. What it is then; none when it is
    /// what it was, or the time is over.
    pub(crate) async fn instead_of(
        &self,
        engine: &Arc<Embedded>,
        within: Duration,
    ) -> Option<Arc<Embedded>> {
        let mut seen = self.0.clone();
        let waiting = seen.wait_for(|now| !now.starts_over);
        let now = tokio::time::timeout(within, waiting).await.ok()?.ok()?;
        (!Arc::ptr_eq(&now.engine, engine)).then(|| Arc::clone(&now.engine))
    }
}
