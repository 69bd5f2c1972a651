//! The bounds of hooks, with unit and reason.

use std::time::Duration;

/// Events that may wait. A run has four; this is a project of 60 with one slow server.
pub const QUEUE_EVENTS_MAX: usize = 256;

/// Tries for one event. With the waits between them a restart of the server is outlived.
pub const TRIES_MAX: u32 = 4;

/// Wait before the second try, in milliseconds; it doubles from there on.
pub const BACK_OFF_MS: u64 = 500;

/// Longest wait for one answer.
pub const ANSWER_TIMEOUT: Duration = Duration::from_secs(10);

/// How long a run usually waits at its end until its events are delivered.
pub const GRACE: Duration = Duration::from_secs(15);

/// Last lines of the log in an event, as in datapackage-pipelines.
pub const LOG_LINES_MAX: usize = 100;
