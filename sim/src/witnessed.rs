//! What nodes were seen to apply: all of them the same, change by change.
//!
//! Two leaders that both commit, of one term or of two, put different changes in one place.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use state::{Embedded, Engine};
use structures::Notice;
use tokio::sync::broadcast::error::RecvError;

use crate::life::Life;
use crate::world::World;

/// The changes by revision, and the node that was seen first to make them.
#[derive(Debug, Default)]
pub(crate) struct Witnessed(Mutex<BTreeMap<u64, (u64, Vec<Notice>)>>);

impl Witnessed {
    /// Looks on for one run of a node.
    pub(crate) fn watch(self: &Arc<Self>, world: &World, life: &Arc<Life>, engine: &Embedded) {
        let (witnessed, life) = (Arc::clone(self), Arc::clone(life));
        let mut notices = engine.notices();
        world.spawn(async move {
            loop {
                let changed = tokio::select! {
                    biased;
                    () = life.end() => return,
                    changed = notices.recv() => changed,
                };
                match changed {
                    Ok(changed) => witnessed.compare(life.node, &changed),
                    Err(RecvError::Lagged(_)) => {}
                    Err(RecvError::Closed) => return,
                }
            }
        });
    }

    fn compare(&self, node: u64, changed: &[Notice]) {
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for of_one in changed.chunk_by(|one, next| one.revision == next.revision) {
            let Some(revision) = of_one.first().map(|notice| notice.revision) else { continue };
            let (first, known) = seen.entry(revision).or_insert_with(|| (node, of_one.to_vec()));
            assert_eq!(known, of_one, "nodes {first} and {node} differ at revision {revision}");
        }
    }
}
