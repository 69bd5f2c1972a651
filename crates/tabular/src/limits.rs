//! The bounds of this crate, with unit and reason.

/// Rows of one batch. Large enough that the work per batch vanishes, small enough for the cache.
pub const BATCH_ROWS_MAX: usize = 8_192;

/// Deepest nesting of a JSON value. What serde_json reads; real rows have a handful of levels.
pub const JSON_DEPTH_MAX: usize = 127;

/// Largest row of a text table, in bytes: two of the largest cells, in one piece in memory.
pub const ROW_BYTES_MAX: usize = 2 * CELL_BYTES_MAX;

/// Bytes read at once from a text table. Fits the second-level cache; holds thousands of rows.
pub const BLOCK_BYTES: usize = 1024 * 1024;

/// Rows at the head of a table among which its header is looked for; what dataflows looks at.
pub const SAMPLE_ROWS_MAX: usize = 1_000;

/// Largest cell, in bytes. An Arrow view counts 32 bits; a quarter GiB is past any real cell.
pub const CELL_BYTES_MAX: usize = 256 * 1024 * 1024;

/// Compiled size of a regular expression, in bytes; the default of the engine, said aloud.
pub const PATTERN_BYTES_MAX: usize = 10 * 1024 * 1024;

/// Steps of a backtracking pattern on one text; beyond them the text counts as not matching.
pub const PATTERN_STEPS_MAX: usize = 1_000_000;

/// Rows that are looked at before a number column gets its scale. Eight batches: enough to see
/// the digits of real data, few enough to hold in memory.
pub const SCALE_ROWS_MAX: usize = 65_536;

/// Bytes of these rows, for tables of long texts; what comes first counts.
pub const SCALE_BYTES_MAX: usize = 64 * 1024 * 1024;

/// Levels of lists and structs in one column; values are written by recursion.
pub const NESTING_MAX: usize = 64;

/// Rows of one group of a Parquet file, the size that other engines write.
pub const PARQUET_GROUP_ROWS_MAX: usize = 1024 * 1024;

/// Encoded bytes of a Parquet row group, which are held in memory until it is complete.
pub const PARQUET_GROUP_BYTES_MAX: usize = 32 * 1024 * 1024;

/// Largest exponent of a number, as in Python; sums of two of them fit 64 bits.
pub const EXPONENT_MAX: i64 = 999_999_999_999_999_999;

/// Most zeros that a number with exponent gains when it becomes an integer. Python's own bound
/// for printing integers is 4,300 digits.
pub const INTEGER_ZEROS_MAX: usize = 4_300;

/// Most digits of a number that is computed with: the work grows with their square.
pub const ARITHMETIC_DIGITS_MAX: usize = 10_000;

/// Rows of a sheet, the bound of Excel.
pub const SHEET_ROWS_MAX: u32 = 1_048_576;

/// Columns of a sheet, the bound of Excel.
pub const SHEET_COLUMNS_MAX: u32 = 16_384;

/// Bytes that an archive may always unpack to.
pub const ARCHIVE_BYTES_MAX: u128 = 1024 * 1024 * 1024;

/// Times its own size that an archive may unpack to beyond [`ARCHIVE_BYTES_MAX`].
pub const ARCHIVE_RATIO_MAX: u128 = 200;

/// Bytes of one message of an Arrow file, packed or not: a record batch is held as a whole.
pub const ARROW_MESSAGE_BYTES_MAX: u64 = 4 * 1024 * 1024 * 1024;
