//! Read indexes: one question to the quorum serves all reads that wait for one.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};

use super::Core;
use super::forward;
use crate::engine::Unavailable;
use crate::limits;
use crate::raft::Refused;

/// A read that waits; it is told the entry that it must see.
pub(super) type Waiting = oneshot::Sender<Option<u64>>;

pub(super) async fn barrier(core: &Core, timeout: Duration) -> Result<(), Unavailable> {
    let (answer, answered) = oneshot::channel();
    let work = async {
        let stopped = || Unavailable::Stopped { reason: "it was closed".to_owned() };
        core.reads.send(answer).await.map_err(|_| stopped())?;
        let index = answered.await.map_err(|_| stopped())?;
        core.applied_up_to(index).await;
        Ok(())
    };
    core.in_time(timeout, work).await?
}

pub(super) async fn run(core: Arc<Core>, mut waiting: mpsc::Receiver<Waiting>) {
    while let Some(first) = waiting.recv().await {
        let mut batch = vec![first];
        while batch.len() < limits::WAITING_READS_MAX
            && let Ok(next) = waiting.try_recv()
        {
            batch.push(next);
        }
        while let Some(index) = ask(&core, &mut batch).await {
            if let Some(index) = index {
                for waiting in batch.drain(..) {
                    // A reader that has given up wants no answer.
                    waiting.send(index).ok();
                }
                break;
            }
        }
    }
}

/// Asks once; the inner nothing means: again. The outer one: nobody waits any more.
async fn ask(core: &Core, batch: &mut Vec<Waiting>) -> Option<Option<Option<u64>>> {
    batch.retain(|waiting| !waiting.is_closed());
    if batch.is_empty() {
        return None;
    }
    let asked = match core.consensus.leader() {
        Some(leader) if leader == core.node => core.consensus.read_index().await.ok(),
        Some(leader) => forward::read_index(core, leader).await,
        None => None,
    };
    if asked.is_none() {
        tokio::time::sleep(Duration::from_millis(limits::RETRY_MS)).await;
    }
    Some(asked)
}

/// The read index of the node that leads.
pub(super) async fn lead(core: &Core) -> Result<Option<u64>, Refused> {
    core.consensus.read_index().await
}
