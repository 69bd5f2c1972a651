//! The time of one call: until when it may run, and whether somebody stopped it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use model::clock::Clock;

/// Stops a call from another thread; cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Cancel(Arc<AtomicBool>);

impl Cancel {
    /// Ends the calls that were given this, soon.
    pub fn cancel(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    pub fn is_cancelled(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// Until when a call may run. The thread that runs it sets the end, the one that waits looks.
#[derive(Debug, Clone)]
pub(super) struct Budget {
    clock: Arc<dyn Clock>,
    end_ms: Arc<AtomicU64>,
    cancel: Cancel,
}

impl Budget {
    pub(super) fn new(clock: Arc<dyn Clock>, cancel: Cancel, time_ms: u64) -> Self {
        let budget = Self { clock, end_ms: Arc::default(), cancel };
        budget.give(time_ms);
        budget
    }

    /// The time starts now.
    pub(super) fn give(&self, time_ms: u64) {
        self.end_ms.store(self.now_ms().saturating_add(time_ms), Ordering::Relaxed);
    }

    pub(super) fn now_ms(&self) -> u64 {
        self.clock.monotonic_ms()
    }

    pub(super) fn left_ms(&self) -> u64 {
        self.end_ms.load(Ordering::Relaxed).saturating_sub(self.now_ms())
    }

    /// Whether the time ended more than `grace_ms` ago.
    pub(super) fn is_over_by(&self, grace_ms: u64) -> bool {
        self.now_ms() >= self.end_ms.load(Ordering::Relaxed).saturating_add(grace_ms)
    }

    pub(super) fn is_cancelled(&self) -> bool {
        self.cancel.is_cancelled()
    }
}
