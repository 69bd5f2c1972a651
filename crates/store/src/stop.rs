//! Stopping and waiting: the flag that ends a transfer early, and the port through which it waits.

use std::fmt::Debug;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crate::limits;

/// A flag that asks every transfer which holds a copy of it to end soon.
#[derive(Debug, Clone, Default)]
pub struct Stop {
    own: Arc<AtomicBool>,
    /// The flag of something larger, which ends this too.
    parent: Option<Arc<AtomicBool>>,
}

impl Stop {
    /// Asks all holders to end.
    pub fn request(&self) {
        self.own.store(true, Ordering::Release);
    }

    /// Whether somebody asked.
    pub fn is_requested(&self) -> bool {
        let asked = |flag: &Arc<AtomicBool>| flag.load(Ordering::Acquire);
        asked(&self.own) || self.parent.as_ref().is_some_and(asked)
    }

    /// A flag of its own that is also raised by this one: one part can end without the others.
    #[must_use]
    pub fn child(&self) -> Self {
        Self { own: Arc::default(), parent: Some(Arc::clone(&self.own)) }
    }
}

impl From<Arc<AtomicBool>> for Stop {
    fn from(flag: Arc<AtomicBool>) -> Self {
        Self { own: flag, parent: None }
    }
}

/// Somebody asked to stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("stopped on request")]
pub struct Stopped;

/// Waits between two tries; a port, so that tests need not.
pub trait Pause: Debug + Send + Sync {
    /// Returns after about `ms` milliseconds, or somewhat after `stop` was requested.
    ///
    /// # Errors
    ///
    /// [`Stopped`] when `stop` was requested.
    fn pause(&self, ms: u64, stop: &Stop) -> Result<(), Stopped>;
}

/// Waits by sleeping.
#[derive(Debug, Clone, Copy, Default)]
pub struct Sleep;

impl Pause for Sleep {
    fn pause(&self, ms: u64, stop: &Stop) -> Result<(), Stopped> {
        let mut left_ms = ms;
        while left_ms > 0 && !stop.is_requested() {
            let slice_ms = left_ms.min(limits::STOP_POLL_MS);
            std::thread::sleep(Duration::from_millis(slice_ms));
            left_ms -= slice_ms;
        }
        if stop.is_requested() { Err(Stopped) } else { Ok(()) }
    }
}
