//! The bounds of the HTTPS door, with unit and reason.

/// Connections at once; each costs some 50 KiB with its TLS session.
pub const CONNECTIONS_MAX: usize = 5_000;

/// Requests at once of one HTTP/2 connection.
pub const STREAMS_MAX: u32 = 200;

/// Longest that a TLS handshake may take, in milliseconds.
pub const HANDSHAKE_MS: u64 = 10_000;

/// Longest that the head of a request may take to arrive, in milliseconds.
pub const HEAD_MS: u64 = 30_000;

/// Bytes of the head of a request: a path has at most 64 KiB; longer keys travel in bodies.
pub const HEAD_BYTES_MAX: usize = 128 * 1024;

/// Longest that the body of a request may take to arrive, in milliseconds.
pub const BODY_MS: u64 = 60_000;

/// Bytes of a body of JSON: a command of the state and a half more for base64.
pub const JSON_BYTES_MAX: usize = structures::limits::COMMAND_BYTES_MAX / 2 * 3;

/// Bytes of a command or a question of a program: what the state takes, its version and its id.
pub const COMMAND_BYTES_MAX: usize = structures::limits::COMMAND_BYTES_MAX + 64;

/// Bytes of a body that is a value: a little more than a value may have, so that one that is too
/// large is refused by the state, with its number.
pub const VALUE_BYTES_MAX: usize = structures::limits::VALUE_BYTES_MAX + 64 * 1024;

/// Bytes that are read and thrown away of a body that is too large, so that its sender can finish
/// and read why it was refused.
pub const REFUSED_BYTES_MAX: usize = 16 * 1024 * 1024;

/// Bytes of all bodies that are in memory at once; further ones wait.
pub const BODIES_BYTES_MAX: usize = 256 * 1024 * 1024;

/// Longest that a command or a question waits for the quorum, in milliseconds; within five seconds
/// a client must know that there is none.
pub const ANSWER_MS: u64 = 4_900;

/// Longest that a node may take to show that it is ready, in milliseconds: two elections.
pub const READY_MS: u64 = 1_500;

/// Longest that removing or draining a member or making a token may take, in milliseconds.
pub const CLUSTER_MS: u64 = 30_000;

/// Longest that a request may wait for a lock, an item or an entry, in milliseconds: proxies give
/// up after a minute.
pub const WAIT_MS_MAX: u64 = 55_000;

/// Attempts that one waiting request makes to take what came: others may be faster each time.
pub const WAIT_ATTEMPTS_MAX: u64 = 1_000;

/// Questions that walk over many rows at once; further ones wait. Each may hold an answer of
/// 64 MiB and a thread.
pub const WALKS_MAX: usize = 8;

/// Streams of events at once.
pub const FOLLOWERS_MAX: usize = 10_000;

/// Functions over items that a node drives at once for clients; each may hold 34 MiB of items and
/// results.
pub const FMAPS_MAX: usize = 32;

/// How long members have to answer a call of a function when nobody says how long, in
/// milliseconds.
pub const CALLS_MS: u64 = 10_000;

/// Changes or entries that a stream of events reads at once.
pub const FOLLOWED_AT_ONCE: u64 = 256;

/// Pause after which a quiet stream of events says that it is alive, in milliseconds.
pub const ALIVE_MS: u64 = 15_000;

/// Elements of a page when the client does not say how many.
pub const PAGE_ELEMENTS: u64 = 100;

/// Bytes of an `Idempotency-Key`.
pub const IDEMPOTENCY_KEY_BYTES_MAX: usize = 256;

/// Longest that open connections may take to end when the door closes, in milliseconds: an answer
/// that is under way arrives in that time.
pub const CLOSE_MS: u64 = 6_000;

/// Pause after a connection could not be accepted, in milliseconds: without it a node that has run
/// out of file descriptors would do nothing else.
pub const ACCEPT_RETRY_MS: u64 = 50;

/// What a client should wait before it tries again when there is no quorum, in seconds: an
/// election takes less.
pub const RETRY_AFTER_S: u64 = 1;
