//! The bounds of reading specifications, with unit and reason.

use std::time::Duration;

/// Deepest folder below the project in which specifications are looked for; beyond it there are
/// caches and mounts, not people's work.
pub const FOLDER_DEPTH_MAX: usize = 32;

/// Most folders that are looked into. A listing of so many takes seconds; more is a wrong folder.
pub const FOLDERS_MAX: usize = 100_000;

/// Most pipelines of a project. The largest known one has about 700.
pub const PIPELINES_MAX: usize = 20_000;

/// Longest `timeout` of a step.
pub const TIMEOUT_MAX: Duration = Duration::from_secs(30 * 24 * 3600);

/// Longest id of a pipeline, in bytes. It becomes part of file names and log lines.
pub const ID_BYTES_MAX: usize = 1_000;
