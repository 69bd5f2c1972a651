//! Functions over items that nobody waits for.

use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use futures::{Stream, StreamExt as _};
use model::fault::Chain;
use tokio::task::JoinSet;

use super::{DetachError, FMap, Parts, Tasks};
use crate::limits;

/// What runs without anybody.
#[derive(Debug, Clone, Default)]
pub(super) struct Detached(Arc<Mutex<JoinSet<()>>>);

impl Tasks {
    /// Calls a function with each item of `input`, as [`Tasks::fmap`] does, and drops the results.
    /// It is in the list of tasks until it is over; what fails is logged. It ends with this node.
    ///
    /// # Errors
    ///
    /// [`DetachError`] when too many run already.
    pub fn detach<I>(&self, what: FMap, input: I) -> Result<(), DetachError>
    where
        I: Stream<Item = std::io::Result<Bytes>> + Send + Unpin + 'static,
    {
        let mut running = self.detached.0.lock().unwrap_or_else(PoisonError::into_inner);
        while running.try_join_next().is_some() {}
        if running.len() >= limits::DETACHED_MAX {
            return Err(DetachError::Many);
        }
        let function = what.function.label();
        running.spawn(drain(function, self.fmap(what, input)));
        Ok(())
    }

    /// Ends what nobody waits for, because this node ends.
    pub fn end_detached(&self) {
        self.detached.0.lock().unwrap_or_else(PoisonError::into_inner).abort_all();
    }
}

async fn drain(function: String, mut parts: Parts) {
    let (mut items, mut failed) = (0, 0);
    while let Some(part) = parts.next().await {
        match part {
            Ok(part) => {
                if let Some(error) = part.errors.first().filter(|_| failed == 0) {
                    tracing::warn!(function, %error, "an item failed that nobody waits for");
                }
                items += part.items;
                failed += part.errors.len();
            }
            Err(error) => {
                let error = Chain(&error);
                tracing::warn!(function, items, failed, %error, "a detached task ended early");
                return;
            }
        }
    }
    tracing::info!(function, items, failed, "a detached task is over");
}
