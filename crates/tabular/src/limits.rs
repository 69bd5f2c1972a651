//! The bounds of this crate, with unit and reason.

/// Rows of one batch. Large enough that the work per batch vanishes, small enough for the cache.
pub const BATCH_ROWS_MAX: usize = 8_192;

/// Largest cell, in bytes. An Arrow view counts 32 bits; a quarter GiB is past any real cell.
pub const CELL_BYTES_MAX: usize = 256 * 1024 * 1024;

/// Compiled size of a regular expression, in bytes; the default of the engine, said aloud.
pub const PATTERN_BYTES_MAX: usize = 10 * 1024 * 1024;

/// Steps of a backtracking pattern on one text; beyond them the text counts as not matching.
pub const PATTERN_STEPS_MAX: usize = 1_000_000;

/// Rows that are looked at before a number column gets its scale. Eight batches: enough to see
/// the digits of real data, few enough to hold in memory.
pub const SCALE_ROWS_MAX: usize = 65_536;
