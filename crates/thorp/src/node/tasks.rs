//! Background work of a node, by name; it ends with the node.

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinSet;

/// Background work, and the word that ends it.
#[derive(Debug)]
pub(super) struct Tasks {
    running: JoinSet<()>,
    names: BTreeMap<tokio::task::Id, &'static str>,
    /// The same, for those who only look.
    listed: Arc<Mutex<Vec<&'static str>>>,
    stop: watch::Sender<bool>,
}

/// Completes when the node ends.
#[derive(Debug, Clone)]
pub(super) struct Stopping(watch::Receiver<bool>);

impl Default for Tasks {
    fn default() -> Self {
        Self {
            running: JoinSet::new(),
            names: BTreeMap::new(),
            listed: Arc::default(),
            stop: watch::Sender::new(false),
        }
    }
}

impl Tasks {
    pub(super) fn stopping(&self) -> Stopping {
        Stopping(self.stop.subscribe())
    }

    pub(super) fn spawn(
        &mut self,
        name: &'static str,
        work: impl Future<Output = ()> + Send + 'static,
    ) {
        let id = self.running.spawn(work).id();
        self.names.insert(id, name);
        self.list(name);
    }

    /// Lists work that somebody else looks after.
    pub(super) fn list(&self, name: &'static str) {
        self.listed.lock().unwrap_or_else(PoisonError::into_inner).push(name);
    }

    /// The names of all work, now and later.
    pub(super) fn listed(&self) -> Arc<Mutex<Vec<&'static str>>> {
        Arc::clone(&self.listed)
    }

    /// Completes with the name of a task that ended by itself.
    pub(super) async fn ended(&mut self) -> &'static str {
        match self.running.join_next_with_id().await {
            Some(Ok((id, ()))) => self.names.remove(&id).unwrap_or("a task"),
            Some(Err(error)) => self.names.remove(&error.id()).unwrap_or("a task"),
            None => std::future::pending().await,
        }
    }

    /// Asks all work to end, waits up to `most` for it, and cuts off the rest.
    pub(super) async fn end(&mut self, most: Duration) {
        self.stop.send_replace(true);
        let ending = async { while self.running.join_next().await.is_some() {} };
        if tokio::time::timeout(most, ending).await.is_err() {
            self.running.shutdown().await;
        }
    }
}

impl Stopping {
    pub(super) async fn wait(mut self) {
        // Gone is ended too.
        drop(self.0.wait_for(|stopped| *stopped).await);
    }
}
