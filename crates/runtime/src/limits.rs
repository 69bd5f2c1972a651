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

/// Memory of one JavaScript context, in bytes, unless the caller says otherwise. Fits a table of a
/// million numbers beside the functions.
pub const JAVASCRIPT_MEMORY_BYTES: usize = 64 * 1024 * 1024;

/// Smallest memory of a context that may be asked for, in bytes: an empty one has a third of it.
pub const JAVASCRIPT_MEMORY_BYTES_MIN: usize = 2 * 1024 * 1024;

/// What a context may take beyond its memory limit once the limit was hit, in bytes: the error that
/// says so has to be made.
pub const JAVASCRIPT_MEMORY_RESERVE_BYTES: usize = 256 * 1024;

/// A context that keeps more than this part of its memory between calls is built anew: half.
pub const JAVASCRIPT_MEMORY_KEPT_DIVISOR: usize = 2;

/// Stack of one JavaScript context, in bytes. About five thousand calls deep.
pub const JAVASCRIPT_STACK_BYTES: usize = 1024 * 1024;

/// Largest stack that may be asked for, in bytes; the engine does not check larger ones.
pub const JAVASCRIPT_STACK_BYTES_MAX: usize = 16 * 1024 * 1024;

/// Stack of a context's thread beyond that of the script, in bytes: for the engine and for us.
pub const JAVASCRIPT_THREAD_STACK_BYTES: usize = 1024 * 1024;

/// Largest answer of one call, errors of items included, in bytes. A chunk of `fmap` is smaller.
pub const JAVASCRIPT_OUTPUT_BYTES: usize = 16 * 1024 * 1024;

/// What one call may write to `console`, in bytes; the rest is counted and dropped.
pub const JAVASCRIPT_LOG_BYTES: usize = 64 * 1024;

/// Cost of a line of the log beside its text, in bytes, so that empty lines are bounded too.
pub const JAVASCRIPT_LOG_LINE_BYTES: usize = 32;

/// Longest name, message, and stack that is kept of an exception, in bytes each.
pub const JAVASCRIPT_THROWN_BYTES_MAX: usize = 4 * 1024;

/// Time that building a context may take, all its patches included, in milliseconds.
pub const JAVASCRIPT_PATCHES_MS_MAX: u64 = 10_000;

/// Patches of one environment. Ten a day for a year; a longer list is squashed by its owner.
pub const JAVASCRIPT_PATCHES_MAX: usize = 4_096;

/// Longest source of a patch or function, in bytes: ten times the largest bundled library seen.
pub const JAVASCRIPT_SOURCE_BYTES_MAX: usize = 4 * 1024 * 1024;

/// All sources of one environment together, in bytes.
pub const JAVASCRIPT_PATCHES_BYTES_MAX: usize = 16 * 1024 * 1024;

/// Values that a function captures, as JSON, in bytes. Larger ones belong into a map or the store.
pub const JAVASCRIPT_CAPTURED_BYTES_MAX: usize = 1024 * 1024;

/// Longest name of a function, in bytes.
pub const JAVASCRIPT_NAME_BYTES_MAX: usize = 256;

/// Compiled anonymous functions that a context keeps; the one used longest ago goes first.
pub const JAVASCRIPT_FUNCTIONS_KEPT: usize = 64;

/// Calls of the host that wait for an answer, per call of a function.
pub const JAVASCRIPT_HOST_CALLS_MAX: usize = 1_000;

/// Timers that wait, per call of a function.
pub const JAVASCRIPT_TIMERS_MAX: usize = 1_000;

/// Rejected promises that are remembered until somebody looks at them; more are counted only.
pub const JAVASCRIPT_REJECTIONS_KEPT: usize = 16;

/// Jobs of promises between two looks at the clock: a chain of jobs need not run any script.
pub const JAVASCRIPT_JOBS_PER_LOOK: u32 = 1_000;

/// Longest wait for a timer or an answer of the host before the clock is looked at again, in
/// milliseconds: how late a call notices that it was cancelled while it waits.
pub const JAVASCRIPT_WAIT_MS: u64 = 20;

/// How long a call may ignore the end of its time before its thread is given up, in milliseconds.
/// A few loops inside the engine look at no clock; parsing the largest item takes less than this.
pub const JAVASCRIPT_GRACE_MS: u64 = 2_000;

/// Threads that were given up and still run. Beyond this nothing new is started.
pub const JAVASCRIPT_STUCK_MAX: usize = 4;
