//! The bounds of the history, with unit and reason.

/// Runs that are kept of a pipeline, as in datapackage-pipelines; the last good one may be one
/// more.
pub const RUNS_MAX: usize = 10;

/// Bytes that the runs of a pipeline may take. Ten of the largest ones fit.
pub const PIPELINE_BYTES_MAX: u64 = 8 * 1024 * 1024;

/// Largest file that is read as a run; one that thorp has written is far below.
pub const RECORD_READ_MAX: u64 = 4 * 1024 * 1024;

/// Bytes of stats that are kept of a run; a step may report what it likes.
pub const STATS_BYTES_MAX: usize = 256 * 1024;

/// Errors that are kept of a run, and bytes of them. Who has more reads the first ones.
pub const ERRORS_MAX: usize = 100;
pub const ERRORS_BYTES_MAX: usize = 128 * 1024;

/// Last lines of the log that are kept, as in datapackage-pipelines, and bytes of them.
pub const LOG_LINES_MAX: usize = 1_000;
pub const LOG_BYTES_MAX: usize = 256 * 1024;

/// Longest name of a file made from an id, before it is cut; file systems take 255 bytes.
pub const NAME_BYTES_MAX: usize = 120;
