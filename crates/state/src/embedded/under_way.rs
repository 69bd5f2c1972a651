//! Batches on their way: the next one may go when the one before is agreed on, and is written while
//! that is applied and its callers are answered.

use tokio::sync::watch;
use tokio::task::JoinSet;

use super::Core;

/// The batches of one task; they end with it.
#[derive(Debug)]
pub(super) struct UnderWay {
    /// Each gives how many commands it did.
    batches: JoinSet<usize>,
    agreed: watch::Receiver<u64>,
}

impl UnderWay {
    pub(super) fn new(core: &Core) -> Self {
        Self { batches: JoinSet::new(), agreed: core.consensus.agreed() }
    }

    /// Sends a batch on its way, and waits until the next one may go: until all have ended, or
    /// `leads` and something was agreed on. Gives how many commands the last one did that ended.
    pub(super) async fn send(
        &mut self,
        batch: impl Future<Output = usize> + Send + 'static,
        leads: bool,
    ) -> Option<usize> {
        self.agreed.mark_unchanged();
        self.batches.spawn(batch);
        let mut commands = None;
        loop {
            tokio::select! {
                biased;
                Some(ended) = self.batches.join_next() => {
                    commands = ended.ok().or(commands);
                    if self.batches.is_empty() {
                        return commands;
                    }
                }
                Ok(()) = self.agreed.changed(), if leads => return commands,
            }
        }
    }
}
