//! `CLIENT PAUSE`: for a while the commands of this node wait.

use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;

use super::order;

/// The pause that is on, if there is one.
#[derive(Debug)]
pub(super) struct Pause(watch::Sender<Option<Span>>);

#[derive(Debug, Clone, Copy)]
struct Span {
    until: Instant,
    only_writes: bool,
}

impl Default for Pause {
    fn default() -> Self {
        Self(watch::Sender::new(None))
    }
}

impl Pause {
    /// Begins a pause, or ends it. One that is on is made longer or stronger, and nothing less.
    pub(super) fn set(&self, wanted: Option<order::Pause>) {
        self.0.send_modify(|span| {
            let Some(order::Pause { ms, only_writes }) = wanted else {
                *span = None;
                return;
            };
            // Further away than any clock of a test or a user: some thirty years.
            let most = Duration::from_secs(1_000_000_000);
            let until = now() + Duration::from_millis(ms).min(most);
            let old = span.filter(|old| old.until > now());
            *span = Some(Span {
                until: old.map_or(until, |old| old.until.max(until)),
                only_writes: only_writes && old.is_none_or(|old| old.only_writes),
            });
        });
    }

    /// Waits as long as commands must wait.
    pub(super) async fn over(&self, is_write: bool) {
        let is_on = |span: &Option<Span>| span.filter(|span| is_write || !span.only_writes);
        let mut changed = self.0.subscribe();
        loop {
            let Some(span) = is_on(&changed.borrow_and_update()) else { return };
            let waited = tokio::time::timeout_at(span.until, changed.changed()).await;
            if waited.is_err() || now() >= span.until {
                return;
            }
        }
    }

    pub(super) fn is_on(&self) -> bool {
        self.0.borrow().is_some_and(|span| span.until > now())
    }
}

/// The clock of the runtime, by which it also waits.
fn now() -> Instant {
    Instant::now()
}
