//! Every bound of this crate, with its unit and its reason.

/// Tries of one request after the first; a server that is restarting answers within them.
pub const RETRIES_DEFAULT: u32 = 3;
/// First wait between two tries, in milliseconds; it doubles each time.
pub const RETRY_BASE_MS: u64 = 500;
/// Longest wait between two tries, in milliseconds; also bounds what `Retry-After` may ask.
pub const RETRY_CAP_MS: u64 = 30_000;
/// Resumptions of one download; a line that breaks more often is not worth waiting for.
pub const RESUMES_MAX: u32 = 100;
/// Redirects of one request, as browsers and `curl` bound them.
pub const REDIRECTS_MAX: usize = 10;
/// Longest wait for a connection, in milliseconds.
pub const CONNECT_TIMEOUT_MS: u64 = 15_000;
/// Longest silence of a server, in milliseconds; a slow query behind a URL may need it.
pub const READ_TIMEOUT_MS: u64 = 60_000;
/// How often a waiting thread looks at its stop flag, in milliseconds.
pub const STOP_POLL_MS: u64 = 50;
/// Chunks of a body that wait to be read: reading ahead without growing.
pub const CHUNKS_AHEAD_MAX: usize = 4;
/// Threads of the private runtime: TLS of one transfer beside another.
pub const RUNTIME_THREADS: usize = 2;

/// Bytes up to which any expansion is accepted: 1 GiB.
pub const EXPANDED_BYTES_MAX: u64 = 1 << 30;
/// Beyond that, bytes out per byte in; real tables rarely exceed 50.
pub const EXPANSION_RATIO_MAX: u64 = 200;
/// What to do about bytes that expand further, when that is meant.
pub const LARGE_ARCHIVES_HELP: &str = "run with `--allow-large-archives` if the content is trusted";
/// Members of one archive; more is not a data package.
pub const ARCHIVE_MEMBERS_MAX: usize = 100_000;
/// Memory of one xz decoder, in bytes: the strongest preset needs 65 MiB.
pub const XZ_MEMORY_MAX: u64 = 256 << 20;
/// Bytes per read when a stream is copied into a file.
pub const COPY_BUFFER_BYTES: usize = 256 << 10;

/// Mode of an output before the user's mask: readable for all.
pub const FILE_MODE: u32 = 0o644;
/// Threads that sync files at once: more do not make a disk faster.
pub const SYNC_THREADS_MAX: usize = 8;
/// Staging folders of one run in one place: one per sink.
pub const STAGING_FOLDERS_MAX: u32 = 1000;
/// Bytes of a lock file that are read: a process id.
pub const LOCK_BYTES_MAX: u64 = 32;
/// Bytes of one part of an upload: the service wants at least 5 MiB, and memory holds one.
pub const UPLOAD_PART_BYTES: usize = 16 << 20;
/// Parts of one upload, as the service bounds them.
pub const UPLOAD_PARTS_MAX: usize = 10_000;
/// Bytes of one upload that follow from these two: 156 GiB.
pub const UPLOAD_BYTES_MAX: u64 = 10_000 * (16 << 20);
