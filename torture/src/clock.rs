//! The time of a run, and waits that end.

use std::thread;
use std::time::{Duration, Instant};

use anyhow::bail;

use crate::limits;

/// The time since the run began, the same for all threads.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Clock(Instant);

impl Clock {
    pub(crate) fn start() -> Self {
        Self(Instant::now())
    }

    pub(crate) fn passed(self) -> Duration {
        self.0.elapsed()
    }

    /// Microseconds since the run began.
    pub(crate) fn micros(self) -> u64 {
        u64::try_from(self.passed().as_micros()).unwrap_or(u64::MAX)
    }
}

/// Looks again and again until there is something; an error after `within`.
pub(crate) fn until<T>(
    what: &str,
    within: Duration,
    mut look: impl FnMut() -> anyhow::Result<Option<T>>,
) -> anyhow::Result<T> {
    let clock = Clock::start();
    loop {
        if let Some(found) = look()? {
            return Ok(found);
        }
        if clock.passed() > within {
            bail!("not within {} s: {what}", within.as_secs());
        }
        thread::sleep(limits::LOOK_AGAIN);
    }
}
