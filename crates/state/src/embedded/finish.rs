//! Changes of the voters that were left half done.
//!
//! Such a change takes two entries of the log, and between them whatever is agreed on needs a
//! majority of the old voters and one of the new ones: then the loss of a single node may stop
//! writes that it would not stop before or after. Who makes the change may be lost between the two,
//! or give up. The node that leads finishes it.

use std::sync::Arc;
use std::time::Duration;

use super::Core;
use super::changes::{self, Change};
use crate::limits;

pub(super) async fn run(core: Arc<Core>) {
    let mut changed = core.consensus.changed();
    let most = Duration::from_millis(limits::NO_QUORUM_MS);
    loop {
        let health = core.consensus.health();
        let Some(voters) = health.unfinished.filter(|_| health.leader == Some(core.node)) else {
            changed.wait().await;
            continue;
        };
        tokio::time::sleep(Duration::from_millis(limits::HALF_DONE_MS)).await;
        if core.consensus.health().unfinished.as_ref() == Some(&voters) {
            let finished = changes::lead(&core, Change::Voters { voters }, most).await;
            tracing::info!(?finished, "a change of the voters was half done");
        }
    }
}
