//! What is under way: one entry per task of this node.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use serde::{Deserialize, Serialize};

/// A task at a glance. Members tell each other of theirs: a new field means a new version of
/// their messages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Task {
    pub id: u64,
    /// The function; an anonymous one by its hash.
    pub name: String,
    /// How long it has been running.
    pub runs_ms: u64,
    /// Items whose result was given out.
    pub items: u64,
    /// How long its items ran, on all members together.
    pub compute_ms: u64,
    /// How long calls took beyond that: waiting for a place, and the way there and back.
    pub transport_ms: u64,
}

/// The tasks of this node by number.
#[derive(Debug, Default)]
pub(super) struct Registry(Mutex<Entries>);

#[derive(Debug, Default)]
struct Entries {
    last: u64,
    tasks: BTreeMap<u64, Arc<Progress>>,
}

/// What is counted of a task.
#[derive(Debug)]
pub(super) struct Progress {
    name: String,
    began_ms: u64,
    items: AtomicU64,
    compute_ms: AtomicU64,
    transport_ms: AtomicU64,
}

/// The entry of a task, which goes with it.
#[derive(Debug)]
pub(super) struct Entry {
    id: u64,
    progress: Arc<Progress>,
    registry: Arc<Registry>,
}

impl Registry {
    pub(super) fn enter(self: &Arc<Self>, name: String, began_ms: u64) -> Entry {
        let (items, compute_ms, transport_ms) = Default::default();
        let progress = Arc::new(Progress { name, began_ms, items, compute_ms, transport_ms });
        let mut entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        entries.last += 1;
        let id = entries.last;
        entries.tasks.insert(id, Arc::clone(&progress));
        drop(entries);
        Entry { id, progress, registry: Arc::clone(self) }
    }

    pub(super) fn list(&self, now_ms: u64) -> Vec<Task> {
        let entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let tasks = entries.tasks.iter().map(|(id, progress)| Task {
            id: *id,
            name: progress.name.clone(),
            runs_ms: now_ms.saturating_sub(progress.began_ms),
            items: progress.items.load(Ordering::Relaxed),
            compute_ms: progress.compute_ms.load(Ordering::Relaxed),
            transport_ms: progress.transport_ms.load(Ordering::Relaxed),
        });
        tasks.collect()
    }
}

impl Entry {
    pub(super) fn given(&self, items: u64) {
        self.progress.items.fetch_add(items, Ordering::Relaxed);
    }

    /// A call took `took_ms`, of which its items ran `compute_ms`.
    pub(super) fn called(&self, took_ms: u64, compute_ms: u64) {
        self.progress.compute_ms.fetch_add(compute_ms, Ordering::Relaxed);
        let transport_ms = took_ms.saturating_sub(compute_ms);
        self.progress.transport_ms.fetch_add(transport_ms, Ordering::Relaxed);
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        let mut entries = self.registry.0.lock().unwrap_or_else(PoisonError::into_inner);
        entries.tasks.remove(&self.id);
    }
}
