//! The port for time: who needs the moment takes a [`Clock`], so that tests can own it.

use std::fmt::Debug;

/// Tells the time.
pub trait Clock: Debug + Send + Sync {
    /// Milliseconds since the Unix epoch, by the wall clock; may go back when it is set.
    fn now_ms(&self) -> u64;

    /// Milliseconds since some fixed moment in the past; never goes back.
    fn monotonic_ms(&self) -> u64;
}
