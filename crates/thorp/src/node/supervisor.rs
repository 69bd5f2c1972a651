//! Looks after a node as long as it runs, and starts it over when its cluster yields.

use model::fault::Chain;
use net::address::Address;
use state::Engine;
use tokio::sync::{oneshot, watch};

use super::now::Now;
use super::running::{Event, Running};

/// Looks after one node.
#[derive(Debug)]
pub(super) struct Supervisor {
    /// What the node is at present, for all that have a handle of it.
    pub(super) shown: watch::Sender<Now>,
    /// Why it cannot go on.
    pub(super) failed: watch::Sender<Option<String>>,
}

impl Supervisor {
    /// Runs until the word to end comes, or whoever could say it is gone; then ends the node in
    /// order.
    pub(super) async fn run(self, mut running: Running, mut end: oneshot::Receiver<()>) {
        loop {
            let event = tokio::select! {
                event = running.event() => event,
                _ = &mut end => return running.stop().await,
            };
            match event {
                Event::Failed(reason) => {
                    self.failed.send_replace(Some(reason));
                    // Gone is the word, too.
                    end.await.ok();
                    return running.stop().await;
                }
                Event::Yields(toward) => match self.start_over(running, toward, &mut end).await {
                    Some(next) => running = next,
                    None => return,
                },
            }
        }
    }

    /// The node as a member of the cluster that `toward` belongs to; none when it is to end.
    async fn start_over(
        &self,
        running: Running,
        toward: Address,
        end: &mut oneshot::Receiver<()>,
    ) -> Option<Running> {
        self.shown.send_modify(|now| now.starts_over = true);
        let before = self.shown.borrow().engine.clone();
        let started = tokio::select! {
            started = Box::pin(running.start_over(toward)) => Some(started),
            _ = &mut *end => None,
        };
        match started {
            Some(Ok(next)) => {
                self.shown.send_replace(next.now());
                Some(next)
            }
            Some(Err(error)) => {
                self.failed.send_replace(Some(Chain(&error).to_string()));
                self.shown.send_modify(|now| now.starts_over = false);
                end.await.ok();
                None
            }
            None => {
                Engine::close(&*before).await;
                None
            }
        }
    }
}
