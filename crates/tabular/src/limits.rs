//! The bounds of this crate, with unit and reason.

/// Rows of one batch. Large enough that the work per batch vanishes, small enough for the cache.
pub const BATCH_ROWS_MAX: usize = 8_192;

/// Largest cell, in bytes. An Arrow view counts 32 bits; a quarter GiB is past any real cell.
pub const CELL_BYTES_MAX: usize = 256 * 1024 * 1024;
