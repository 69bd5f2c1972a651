//! The bounds of programs that use a cluster, with unit and reason.

use std::time::Duration;

/// How long a call may take unless it is said: twice what it takes to find out that there is no
/// quorum, so that another node can be asked.
pub const CALL: Duration = Duration::from_secs(10);

/// Longest that a call may take: far less than a session lives on after its last command, so that
/// a command which is sent again is known to it.
pub const CALL_MAX: Duration = Duration::from_secs(60);

/// How long a session lives after its last command, in milliseconds.
pub const SESSION_MS: u64 = 10 * 60 * 1000;

/// Commands of one session that may be sent before the oldest of them has its answer; further ones
/// wait. The state keeps the outcomes of so many.
pub const OPEN_COMMANDS_MAX: u64 = structures::limits::SESSION_REQUESTS_MAX - 1;

/// How often an entry is read and written anew when others change it meanwhile.
pub const UPDATE_ATTEMPTS_MAX: u32 = 100;

/// Entries of a map, or of a topic, that are read at once.
pub const PAGE_ENTRIES: u64 = 500;

/// Longest that one question waits for something new; then it is asked again.
pub const WAIT: Duration = Duration::from_secs(25);

/// Longest lease of a lock or an item, and longest wait for one.
pub const LEASE_MAX: Duration = Duration::from_millis(structures::limits::LEASE_MS_MAX);

/// Lease of a lock when nobody says how long: who is gone is missed within half a minute.
pub const LOCK_LEASE: Duration = Duration::from_secs(30);

/// Longest that one attempt to ask a node may take, before another one is asked: longer than it
/// takes a node to find out that there is no quorum.
pub const ATTEMPT: Duration = Duration::from_secs(6);

/// Longest that it may take to connect to a node.
pub const CONNECT: Duration = Duration::from_secs(2);

/// Pause before nodes are asked again when none of them could answer; twice as long each time.
pub const RETRY_MIN: Duration = Duration::from_millis(20);

/// Longest such pause: an election takes less.
pub const RETRY_MAX: Duration = Duration::from_millis(500);

/// Requests of one client at once, beside those that wait for something new; further ones wait.
/// Each has a connection.
pub const REQUESTS_MAX: usize = 128;

/// Requests of one client that wait for something new at once; further ones wait for a place.
pub const WAITING_REQUESTS_MAX: usize = 512;

/// Bytes of an answer that a client reads: what the state may answer, and its frame.
pub const ANSWER_BYTES_MAX: usize = structures::limits::ANSWER_BYTES_MAX + 16 * 1024 * 1024;

/// Doors that a client remembers.
pub const DOORS_MAX: usize = 64;

/// Longest that a client which ends waits until the cluster knows that its commands are not sent
/// again; else the cluster finds out by itself.
pub const FAREWELL: Duration = Duration::from_secs(2);

/// Bytes of items of `fmap` that travel in one piece, unless a single item has more.
pub const ITEMS_PIECE_BYTES: usize = 64 * 1024;

/// Items of a stream that travel in one piece, when so many are ready.
pub const ITEMS_AT_ONCE: usize = 1_024;

/// Bytes of the results of one part of `fmap` that a client reads: four times what a member sends
/// at once.
pub const RESULTS_BYTES_MAX: usize = 64 * 1024 * 1024;
