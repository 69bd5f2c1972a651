//! Brings changed rows to the file, soon after the first one changed; never when nothing changed.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use super::Core;
use crate::applied::Point;
use crate::disk::{self, Step};
use crate::fault::StoreError;
use crate::limits;

pub(super) async fn run(core: Arc<Core>) {
    let mut chores = core.applied.chores();
    let mut may_shrink = true;
    loop {
        let late = Duration::from_millis(limits::FLUSH_AFTER_MS);
        let changed = chores.wait_for(|chores| chores.is_unflushed);
        if may_shrink {
            match tokio::time::timeout(late, changed).await.map(|changed| changed.is_err()) {
                Ok(true) => return,
                Ok(false) => {}
                Err(_) => {
                    let shrunk = apart(&core, Step::Shrink, |core| core.applied.shrink()).await;
                    may_shrink = shrunk.unwrap_or(false);
                    continue;
                }
            }
        } else if changed.await.is_err() {
            return;
        }
        let due = chores.wait_for(|chores| chores.is_flush_due);
        // Whichever comes first.
        drop(tokio::time::timeout(late, due).await);
        if apart(&core, Step::Flush, flush).await.is_none() {
            tokio::time::sleep(Duration::from_millis(limits::DISK_FULL_RETRY_MS)).await;
        }
        may_shrink = true;
        if core.log.uncut_bytes() > limits::CUT_AFTER_BYTES {
            let durable = core.applied.progress().borrow().durable.unwrap_or(0);
            // Raft has ended: there is nothing to cut for.
            drop(core.consensus.cut(durable.saturating_sub(limits::KEPT_LARGE_ENTRIES)).await);
        }
    }
}

fn flush(core: &Core) -> Result<Point, StoreError> {
    let flushed = core.applied.flush();
    let is_held_up = flushed.as_ref().is_err_and(StoreError::is_disk_full);
    core.is_flush_held_up.store(is_held_up, Ordering::Relaxed);
    flushed
}

/// Works on the file apart from the threads that serve.
async fn apart<T: Send + 'static>(
    core: &Arc<Core>,
    step: Step,
    work: impl FnOnce(&Core) -> Result<T, StoreError> + Send + 'static,
) -> Option<T> {
    let for_work = Arc::clone(core);
    match disk::apart(&*core.disk, step, move || work(&for_work)).await {
        Ok(done) => Some(done),
        Err(error) => {
            tracing::warn!(%error, "failed to write the state, trying again");
            None
        }
    }
}
