//! Background work that ends with its owner.

use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use tokio::task::JoinSet;

/// Work in the background; dropping this ends all of it.
#[derive(Debug, Default)]
pub(crate) struct Tasks(Arc<Mutex<JoinSet<()>>>);

/// Adds to the work of an owner, as long as that lives.
#[derive(Debug, Clone)]
pub(crate) struct Spawner(Weak<Mutex<JoinSet<()>>>);

impl Tasks {
    pub(crate) fn spawn(&self, work: impl Future<Output = ()> + Send + 'static) {
        spawn(locked(&self.0), work);
    }

    /// The owner may own what it spawns with, so the spawner holds the owner loosely.
    pub(crate) fn spawner(&self) -> Spawner {
        Spawner(Arc::downgrade(&self.0))
    }

    /// Waits until all work is done.
    pub(crate) async fn finished(&self) {
        let mut set = std::mem::take(&mut *locked(&self.0));
        while set.join_next().await.is_some() {}
    }
}

impl<F: Future<Output = ()> + Send + 'static> hyper::rt::Executor<F> for Spawner {
    fn execute(&self, work: F) {
        if let Some(tasks) = self.0.upgrade() {
            spawn(locked(&tasks), work);
        }
    }
}

fn spawn(mut set: MutexGuard<'_, JoinSet<()>>, work: impl Future<Output = ()> + Send + 'static) {
    // What is done is forgotten here, so that the set holds no more than what runs.
    while set.try_join_next().is_some() {}
    set.spawn(work);
}

fn locked(set: &Mutex<JoinSet<()>>) -> MutexGuard<'_, JoinSet<()>> {
    set.lock().unwrap_or_else(PoisonError::into_inner)
}
