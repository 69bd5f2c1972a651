//! Ends what is due: the leader proposes it at the next deadline, and sleeps until then.

use std::sync::Arc;
use std::time::Duration;

use structures::{Command, Request};

use super::Core;
use super::entries;
use super::proposer::Attempt;
use crate::limits;

pub(super) async fn run(core: Arc<Core>) {
    let mut chores = core.applied.chores();
    let mut changed = core.consensus.changed();
    loop {
        let deadline_ms = chores.borrow_and_update().deadline_ms;
        let leads = core.consensus.leader() == Some(core.node);
        let wait_ms = deadline_ms.map(|at_ms| at_ms.saturating_sub(core.now_ms()));
        match wait_ms {
            Some(0) if leads => end_what_is_due(&core).await,
            Some(wait_ms) if leads => {
                tokio::select! {
                    () = tokio::time::sleep(Duration::from_millis(wait_ms)) => {}
                    moved = chores.wait_for(|now| now.deadline_ms != deadline_ms) => {
                        if moved.is_err() { return }
                    }
                    () = changed.wait() => {}
                }
            }
            _ => {
                tokio::select! {
                    moved = chores.wait_for(|now| now.deadline_ms != deadline_ms) => {
                        if moved.is_err() { return }
                    }
                    () = changed.wait() => {}
                }
            }
        }
    }
}

async fn end_what_is_due(core: &Core) {
    let request = Request { id: None, command: Command::Expire };
    let Ok(bytes) = request.encode() else { return };
    if !matches!(entries::lead(core, vec![bytes]).await, Attempt::Done(_)) {
        tokio::time::sleep(Duration::from_millis(limits::RETRY_MS)).await;
    }
}
