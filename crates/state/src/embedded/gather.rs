//! Gathers what comes while something is under way, so that it goes on its way together.
//!
//! Nothing waits when nothing is under way: who comes alone goes at once. But callers that were
//! answered together mostly ask again together, and a batch that left without them would hold those
//! only that came while the one before was under way: each half of the callers would always wait
//! for the other half, with twice the messages and syncs for as many requests. So a batch waits a
//! moment for as many as were answered just now, but for the last few: they come while it is written,
//! and who waits for them does nothing meanwhile. When they bring much work each, as pipelines do, it
//! waits for fewer: it is better that some are parsed while the others are written and applied.

use std::time::Duration;

use tokio::sync::mpsc::Receiver;
use tokio::time::{Instant, timeout_at};

use crate::limits;

/// How much something brings into a batch.
pub(super) trait Load {
    fn requests(&self) -> usize;
    fn bytes(&self) -> usize;
}

/// Makes batches, one after the other: who asks for the next one knows that the one before is agreed
/// on, or has answered it.
#[derive(Debug)]
pub(super) struct Gathering<T> {
    waiting: Receiver<T>,
    /// Came, and did not fit.
    left: Option<T>,
    /// How many the batch before had.
    before: usize,
    /// One in so many of them is not waited for.
    without: usize,
    /// Batches that do not wait, because one before them waited in vain.
    skipped: u32,
    /// How many will be skipped after the next time in vain.
    skips: u32,
}

/// What is gathered so far.
struct Batch<T> {
    all: Vec<T>,
    requests: usize,
    bytes: usize,
}

impl<T: Load> Gathering<T> {
    pub(super) fn new(waiting: Receiver<T>) -> Self {
        let without = limits::GATHERED_WITHOUT;
        Self { waiting, left: None, before: 0, without, skipped: 0, skips: 0 }
    }

    /// The next batch, which is not empty; none when nothing comes any more.
    pub(super) async fn next(&mut self) -> Option<Vec<T>> {
        let first = match self.left.take() {
            Some(first) => first,
            None => self.waiting.recv().await?,
        };
        let (requests, bytes) = (first.requests(), first.bytes());
        let mut batch = Batch { all: vec![first], requests, bytes };
        while self.left.is_none()
            && let Ok(next) = self.waiting.try_recv()
        {
            self.left = batch.take(next);
        }
        if self.left.is_none() {
            self.wait_for_more(&mut batch).await;
        }
        self.before = batch.all.len();
        Some(batch.all)
    }

    /// Takes note of how many commands the callers of a batch brought: when each brings many it is
    /// better to wait for fewer.
    pub(super) fn note(&mut self, commands: usize) {
        self.without = match commands {
            ..=limits::GATHERED_COMMANDS_MAX => limits::GATHERED_WITHOUT,
            _ => limits::GATHERED_WITHOUT_MUCH,
        };
    }

    async fn wait_for_more(&mut self, batch: &mut Batch<T>) {
        if self.skipped > 0 {
            self.skipped -= 1;
            return;
        }
        // One of them may be done for now.
        let callers = (self.before + batch.all.len()).saturating_sub(1);
        let expected = callers - callers / self.without;
        let until = Instant::now() + Duration::from_millis(limits::GATHER_MS);
        while batch.all.len() < expected && self.left.is_none() {
            match timeout_at(until, self.waiting.recv()).await {
                Ok(Some(next)) => self.left = batch.take(next),
                Ok(None) => return,
                Err(_) => {
                    self.skips = (self.skips * 2 + 1).min(limits::GATHERS_SKIPPED_MAX);
                    self.skipped = self.skips;
                    return;
                }
            }
        }
        self.skips = 0;
    }
}

impl<T: Load> Batch<T> {
    /// Adds something, or gives it back when it does not fit.
    fn take(&mut self, next: T) -> Option<T> {
        let (requests, bytes) = (self.requests + next.requests(), self.bytes + next.bytes());
        if requests > limits::BATCH_REQUESTS_MAX || bytes > limits::BATCH_BYTES_MAX {
            return Some(next);
        }
        (self.requests, self.bytes) = (requests, bytes);
        self.all.push(next);
        None
    }
}
