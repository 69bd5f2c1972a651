//! The bounds of a run, with unit and reason.

use std::time::Duration;

/// Between two looks at what is waited for.
pub(crate) const LOOK_AGAIN: Duration = Duration::from_millis(20);

/// Longest that a node may take until its doors accept: a node that searches gives up after 60 s.
pub(crate) const START: Duration = Duration::from_secs(75);

/// Longest that a cluster may take until it is as it should be: a change of voters takes 10 s, and
/// a machine that also builds is slow.
pub(crate) const SETTLE: Duration = Duration::from_secs(90);

/// Longest that a node may take to end after SIGTERM: what it promises itself.
pub(crate) const STOP: Duration = Duration::from_secs(15);

/// Longest that a process may take to be gone after SIGKILL.
pub(crate) const GONE: Duration = Duration::from_secs(20);

/// Longest that a connection may take to be made: all nodes are on this machine.
pub(crate) const CONNECT: Duration = Duration::from_secs(1);

/// Longest that a client waits for an answer: nodes promise one within 5 s.
pub(crate) const ANSWER: Duration = Duration::from_secs(8);

/// Pause of a client whose node cannot be reached.
pub(crate) const UNREACHED_PAUSE: Duration = Duration::from_millis(5);

/// Largest answer of a node that is read, in bytes; whole lists are among them.
pub(crate) const ANSWER_BYTES_MAX: usize = 64 * 1024 * 1024;

/// Nested and listed parts of one answer.
pub(crate) const ANSWER_PARTS_MAX: usize = 4_000_000;

/// Losses that are printed; the rest is counted.
pub(crate) const LOSSES_SHOWN: usize = 20;

/// Size of a file system of a node's own, in bytes; the file is sparse.
pub(crate) const DISK_BYTES: u64 = 2 * 1024 * 1024 * 1024;

/// Items of one queue that a writer puts: what one answer of a node lists.
pub(crate) const QUEUE_ITEMS_MAX: usize = 10_000;

/// Longest that it may take until all caches and logs are full, on a busy machine.
pub(crate) const WARM_UP: Duration = Duration::from_secs(1_200);

/// Longest that it may take to fill a log with some thousand entries, on a slow disk.
pub(crate) const FILL: Duration = Duration::from_secs(300);
