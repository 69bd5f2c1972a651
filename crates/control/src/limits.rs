//! The bounds of tasks, with unit and reason.

/// How long members have to answer an expression, in milliseconds. With what is behind it, a
/// person has all answers, and the names of those who gave none, within five seconds.
pub const EVAL_MS_MAX: u64 = 3_500;
/// How much longer than the expression the call to a member may take, in milliseconds.
pub const EVAL_GRACE_MS: u64 = 500;
/// Bytes of an expression: as much as a patch.
pub const EXPRESSION_BYTES_MAX: usize = structures::limits::VALUE_BYTES_MAX;
/// Bytes of the value of an expression: people read it.
pub const EVALUATED_BYTES_MAX: usize = 1024 * 1024;

/// How long members have to tell what they drive, in milliseconds: people wait for it.
pub const LIST_MS_MAX: u64 = 2_000;
/// Tasks of one node that nobody waits for: each holds up to [`HELD_BYTES_MAX`].
pub const DETACHED_MAX: usize = 32;

/// How long a change of the patches may take until it is agreed on, in milliseconds.
pub const PATCH_MS_MAX: u64 = 5_000;
/// How long members have to get the newest patches, in milliseconds. One that needs longer gets
/// them before it takes work.
pub const SPREAD_MS_MAX: u64 = 5_000;
/// How often a patch is numbered anew when others come first.
pub const PATCH_ATTEMPTS_MAX: u32 = 16;

/// How long the items of one chunk may run together, in milliseconds. A chunk is cut to take
/// [`CHUNK_MS`]; this is for single long items.
pub const CHUNK_MS_MAX: u64 = 60_000;
/// How long the items of one chunk may take together when the function is native, in milliseconds.
/// It cannot be interrupted, only be given up, and programs register what takes its time.
pub const NATIVE_MS_MAX: u64 = 10 * 60 * 1000;
/// How much longer than its items the call for a chunk may take, in milliseconds: loading patches
/// and waiting for a free context.
pub const CHUNK_GRACE_MS: u64 = 15_000;
/// How long the items of one chunk shall run, in milliseconds: long against a call between
/// members, short against the patience of who waits for the end.
pub const CHUNK_MS: u64 = 30;
/// Items of the first chunk of a member, whose cost is not known.
pub const CHUNK_ITEMS_FIRST: u64 = 8;
/// How many times larger than the one before a chunk may be: items differ.
pub const CHUNK_GROWTH_MAX: u64 = 8;
/// Items of one chunk.
pub const CHUNK_ITEMS_MAX: u64 = 65_536;
/// Bytes of the items of one chunk, unless a single item has more.
pub const CHUNK_BYTES_MAX: usize = 1024 * 1024;
/// Bytes of one item: with its result it fits into one call between members.
pub const ITEM_BYTES_MAX: usize = 7 * 1024 * 1024;
/// Bytes of the results of one chunk that travel; those behind are computed again.
pub const RESULT_BYTES_MAX: usize = 15 * 1024 * 1024;
/// Bytes of the error of one item that travel.
pub const ITEM_ERROR_BYTES_MAX: usize = 2_000;

/// Bytes of an item that failed which are shown: enough to find it again.
pub const ITEM_SHOWN_BYTES_MAX: usize = 200;

/// Bytes of items and results that one `fmap` holds before it stops reading: results that came
/// early wait for those before them.
pub const HELD_BYTES_MAX: usize = 32 * 1024 * 1024;
/// Chunks that one `fmap` holds.
pub const HELD_CHUNKS_MAX: usize = 1_024;
/// Bytes of items that are read ahead.
pub const READ_AHEAD_BYTES: usize = 2 * 1024 * 1024;

/// Chunks at once on a member that has not said how many it works on: one is on its way meanwhile.
pub const WINDOW_FIRST: usize = 2;
/// Chunks at once on one member, for each that it works on at a time: one runs, one waits.
pub const WINDOW_PER_CONTEXT: usize = 2;
/// Chunks at once on one member.
pub const WINDOW_MAX: usize = 64;
/// Chunks of other members that one member lets wait; more are refused and go elsewhere.
pub const WAITING_CHUNKS_MAX: usize = 512;

/// After so many failed calls of a chunk all ends, with the reason of the last one.
pub const CHUNK_ATTEMPTS_MAX: u32 = 20;
/// How long a member that failed gets nothing, in milliseconds; twice as long each time.
pub const REST_MS_MIN: u64 = 50;
/// How long a member that failed gets nothing at most, in milliseconds.
pub const REST_MS_MAX: u64 = 2_000;
/// How long a member that is drained gets nothing, in milliseconds; then it is asked again.
pub const DRAINED_MS: u64 = 2_000;
/// How long a member that lost keys of a map gets no more of them, in milliseconds: others wait
/// for those that are tried where nobody answers.
pub const KEYS_LOST_MS: u64 = 60_000;
/// A chunk that takes longer than this, in milliseconds, is given to an idle member as well ...
pub const STRAGGLER_MS_MIN: u64 = 1_000;
/// ... unless this many times what it should take is more.
pub const STRAGGLER_FACTOR: u64 = 8;
/// How often the members are looked at, in milliseconds: how soon a new one takes part.
pub const LOOK_MS: u64 = 200;

/// Expressions that a member evaluates at a time; more are refused.
pub const EVALUATIONS_MAX: usize = 16;

/// Anonymous functions of others that a member keeps, so that they travel once; the one used
/// longest ago goes first.
pub const FUNCTIONS_KEPT: usize = 64;
/// Bytes of a function that travels with each chunk: less than what it would cost to ask.
pub const FUNCTION_BYTES_SENT: usize = 4 * 1024;
/// Bytes of the functions that a member keeps.
pub const FUNCTIONS_BYTES_KEPT: usize = 32 * 1024 * 1024;
/// How long a task waits for the newest patches, in milliseconds; without a quorum it runs with
/// those that are here.
pub const NEWEST_MS_MAX: u64 = 500;

/// Calls of scripts to the data structures that wait on one node.
pub const HOST_CALLS_MAX: usize = 4_096;
/// How long one such call may take, in milliseconds.
pub const HOST_MS_MAX: u64 = 5_000;
/// Entries of a page when a script does not say how many.
pub const HOST_PAGE_ENTRIES: u64 = 1_000;
/// Lease of a lock when a script does not say how long, in milliseconds.
pub const HOST_LEASE_MS: u64 = 30_000;
/// Longest wait of a script for a lock, in milliseconds; functions do not run longer.
pub const HOST_WAIT_MS_MAX: u64 = 60_000;
