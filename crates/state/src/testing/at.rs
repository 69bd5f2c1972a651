//! A clock that stands.

use std::sync::atomic::{AtomicU64, Ordering};

use model::clock::Clock;

/// Wall and monotonic time, in milliseconds, until a test sets another one.
#[derive(Debug, Default)]
pub(crate) struct At {
    now_ms: AtomicU64,
    monotonic_ms: AtomicU64,
}

impl At {
    pub(crate) fn new(now_ms: u64, monotonic_ms: u64) -> Self {
        Self { now_ms: AtomicU64::new(now_ms), monotonic_ms: AtomicU64::new(monotonic_ms) }
    }

    pub(crate) fn pass(&self, ms: u64) {
        self.now_ms.fetch_add(ms, Ordering::Relaxed);
        self.monotonic_ms.fetch_add(ms, Ordering::Relaxed);
    }
}

impl Clock for At {
    fn now_ms(&self) -> u64 {
        self.now_ms.load(Ordering::Relaxed)
    }

    fn monotonic_ms(&self) -> u64 {
        self.monotonic_ms.load(Ordering::Relaxed)
    }
}
