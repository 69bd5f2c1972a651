//! The time that a leader stamps on what it proposes.

use std::sync::{Mutex, PoisonError};

use model::clock::Clock;

/// The time of the cluster as this node goes on with it.
///
/// A leader whose clock was ahead leaves a time behind that the clocks of others reach hours later.
/// Until then time goes on from there as fast as the monotonic clock, so that leases still end.
#[derive(Debug, Default)]
pub(super) struct Time(Mutex<Last>);

/// The last answer, and when it was.
#[derive(Debug, Default)]
struct Last {
    now_ms: u64,
    monotonic_ms: u64,
}

impl Time {
    /// The moment by `clock`, unless the latest stamp, `seen_ms`, or this node was ahead of it.
    pub(super) fn now_ms(&self, clock: &dyn Clock, seen_ms: u64) -> u64 {
        let monotonic_ms = clock.monotonic_ms();
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let passed_ms = monotonic_ms.saturating_sub(last.monotonic_ms);
        // Before the first answer there is nothing from which time could have gone on.
        let gone_on_ms = if last.now_ms > 0 { last.now_ms.saturating_add(passed_ms) } else { 0 };
        let now_ms = clock.now_ms().max(gone_on_ms).max(seen_ms);
        *last = Last { now_ms, monotonic_ms };
        now_ms
    }
}

#[cfg(test)]
mod tests;
