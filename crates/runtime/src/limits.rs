//! The bounds of this crate, each with its reason.

/// Lines of stderr that are kept for the report of a failure. Longer logs go to the callback.
pub const STDERR_LINES_KEPT: usize = 1_000;

/// Bytes of stderr that are kept, whatever the number of lines.
pub const STDERR_BYTES_KEPT: usize = 4 * 1024 * 1024;

/// Longest line of stderr; the rest of a longer one is counted and dropped. Fits any trace.
pub const STDERR_LINE_BYTES_MAX: usize = 64 * 1024;

/// How long a group may take to end after SIGTERM before it gets SIGKILL, in milliseconds.
pub const KILL_GRACE_MS: u64 = 2_000;

/// How long the end of a group is awaited after SIGKILL, in milliseconds. Only a process that
/// hangs inside the kernel takes longer.
pub const KILL_WAIT_MS: u64 = 5_000;

/// How long stderr is read after the end of the child, in milliseconds: a process that left the
/// group can hold it open for ever.
pub const STDERR_DRAIN_MS: u64 = 2_000;

/// How often the clock is looked at while a time limit runs, in milliseconds.
pub const CLOCK_LOOK_MS: u64 = 100;

/// Longest argument that Linux takes, in bytes (32 pages, with the final zero).
pub const ARGUMENT_BYTES_MAX: usize = 32 * 4096 - 1;

/// Largest answer of a generator, in bytes: ten thousand pipelines of 6 KiB.
pub const GENERATED_BYTES_MAX: usize = 64 * 1024 * 1024;

/// Longest run of a generator, in milliseconds.
pub const GENERATE_MS_MAX: u64 = 5 * 60 * 1_000;

/// Longest answer of an interpreter about its search path, in bytes: ten thousand long paths.
pub const SEARCH_PATH_BYTES_MAX: usize = 4 * 1024 * 1024;

/// Longest time for that answer, in milliseconds: a cold start from a slow disk.
pub const SEARCH_PATH_MS_MAX: u64 = 30 * 1_000;
