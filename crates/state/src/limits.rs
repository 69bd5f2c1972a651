//! The bounds of the replicated state, with unit and reason.

/// Requests of one log entry: as many as apply in about 20 ms, so that heartbeats are not late.
pub const BATCH_REQUESTS_MAX: usize = 2_048;

/// Bytes of requests of one log entry, unless a single request is larger: one message and one
/// transaction of the log.
pub const BATCH_BYTES_MAX: usize = 2 * 1024 * 1024;

/// Longest that a batch waits for callers who were answered just now, in milliseconds: the
/// shortest time that a timer can measure, and much less than a round of the cluster under load.
pub const GATHER_MS: u64 = 1;

/// A batch does not wait for one in so many of its callers: the last ones are waited for longest.
pub const GATHERED_WITHOUT: usize = 10;

/// The same when the callers bring much work each: there is a lot to do before it is written.
pub const GATHERED_WITHOUT_MUCH: usize = 4;

/// Commands of a batch that are much: about a quarter of a millisecond of work.
pub const GATHERED_COMMANDS_MAX: usize = 256;

/// Batches that do not wait for more after one has waited in vain, at most.
pub const GATHERS_SKIPPED_MAX: u32 = 63;

/// Requests that wait for the next log entry; further callers wait for a place.
pub const WAITING_REQUESTS_MAX: usize = 16_384;

/// Members whose requests wait for the next log entry: each brings one batch at a time.
pub const WAITING_PARTS_MAX: usize = 256;

/// Reads that wait for the next read index; further callers wait for a place.
pub const WAITING_READS_MAX: usize = 16_384;

/// Longest that a caller waits when there is no quorum, in milliseconds.
pub const NO_QUORUM_MS: u64 = 4_500;

/// Pause before a failed attempt to reach a leader is repeated, in milliseconds: a third of the
/// time between two heartbeats.
pub const RETRY_MS: u64 = 20;

/// Voters of a large cluster: two of them may be lost, and each write waits for three.
pub const VOTERS_MAX: usize = 5;

/// Log entries that a member may lack when it gets a vote: a few heartbeats' worth.
pub const LAG_ENTRIES_MAX: u64 = 64;

/// A member that answered within this time counts as reachable, in milliseconds.
pub const REACHABLE_MS: u64 = 2_000;

/// Time between two heartbeats of the leader, in milliseconds.
pub const HEARTBEAT_MS: u64 = 60;

/// How long a leader keeps to itself that entries are agreed on, in milliseconds, when nothing else
/// is to be sent that would say so too: under load the next entries are there before.
pub const NEWS_MS: u64 = 2;

/// The same at most, while entries follow each other closely.
pub const NEWS_MS_MAX: u64 = 10;

/// A follower that hears nothing waits the longer time, and then a random one between both,
/// before it wants to lead: writes go on within a second of the loss of a leader.
pub const ELECTION_MIN_MS: u64 = 200;
/// See [`ELECTION_MIN_MS`].
pub const ELECTION_MAX_MS: u64 = 350;

/// Longest that a planned hand-over may take, in milliseconds; after that the leader goes on.
pub const HAND_OVER_MS: u64 = 2_000;

/// How long a leader that gives up because it is to be removed does not take over again, in
/// milliseconds: the next one removes it meanwhile.
pub const GOING_MS: u64 = 4_000;

/// How long a change of the voters may be half done before the leader finishes it, in milliseconds:
/// who makes the change needs a fraction of it, unless it was lost.
pub const HALF_DONE_MS: u64 = 1_000;

/// How long a node that leads no longer waits for the outcome of an entry, in milliseconds: longer
/// than an election, after which the next leader agrees on it if it has it.
pub const LEAD_LOST_MS: u64 = 1_000;

/// Log entries of one message to a follower.
pub const REPLICATED_ENTRIES_MAX: u64 = 300;

/// Bytes of log entries of one message to a follower, unless a single entry is larger.
pub const REPLICATED_BYTES_MAX: usize = 4 * 1024 * 1024;

/// What a node keeps in memory to be fast, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Memory {
    /// Of the newest log entries: followers that keep up never read the file.
    pub recent: usize,
    /// Of changed rows, after which they go to the file at once.
    pub unflushed: usize,
    /// Of rows that were read or changed lately; changes that the file has not yet stay beyond that.
    pub cache: usize,
    /// Of pages of the file of the applied state, for each of its connections.
    pub pages: usize,
}

/// What a node keeps that serves.
pub const MEMORY: Memory = Memory {
    recent: 16 * 1024 * 1024,
    unflushed: 32 * 1024 * 1024,
    // Some hundred thousand small rows.
    cache: 64 * 1024 * 1024,
    pages: 4 * 1024 * 1024,
};

/// What a witness keeps: it answers nobody, and runs on the smallest machine.
pub const MEMORY_WITNESS: Memory =
    Memory { recent: 512 * 1024, unflushed: 512 * 1024, cache: 512 * 1024, pages: 256 * 1024 };

/// Bytes of one file of the log, unless a single write is larger: a node that was just made has one.
pub const LOG_SEGMENT_BYTES: usize = 4 * 1024 * 1024;

/// Files of the log that are kept for what comes when their records were cut: as many as a busy log
/// fills between two cuts.
pub const LOG_SPARES_MAX: usize = 16;

/// Memory of a write of the log that stays for the next one, in bytes.
pub const LOG_FRAME_KEPT_BYTES: usize = 256 * 1024;

/// Log entries after which the older half of them is cut; the younger half is kept for followers
/// that were away for a short while.
pub const CUT_AFTER_ENTRIES: u64 = 10_000;

/// Bytes of log entries after which a part of the log is cut, however few they are.
pub const CUT_AFTER_BYTES: usize = 256 * 1024 * 1024;

/// Log entries kept at such a cut, for followers that are a moment behind.
pub const KEPT_LARGE_ENTRIES: u64 = 64;

/// Orders waiting for the thread that writes the log: what a leader appends, and a vote may follow.
pub const LOG_ORDERS_MAX: usize = 64;

/// Orders that may wait while a leader lets others write what it has not written yet itself.
pub const LOG_ORDERS_AHEAD_MAX: usize = 16;

/// A disk that never takes longer to write and sync a few bytes is quick, in microseconds: mostly it
/// takes a tenth of that, which is how long it takes to wake a thread and to be woken by it, and
/// nobody notices that a thread that serves waits for so long at times.
pub const LOG_QUICK_US: u64 = 1_000;

/// Bytes of a write that is soon done. What brings more comes from pipelines mostly, and there is a
/// lot to parse meanwhile.
pub const LOG_QUICK_BYTES_MAX: usize = 24 * 1024;

/// Bytes of records that a leader without followers writes by itself: to work out what more of them
/// do takes longer than to wake a thread that writes them meanwhile.
pub const LOG_ALONE_BYTES_MAX: usize = 8 * 1024;

/// Bytes of one chunk of a snapshot: small, so that heartbeats pass between two.
pub const SNAPSHOT_CHUNK_BYTES: u64 = 1024 * 1024;

/// Longest that sending one chunk, or installing the last one, may take, in milliseconds.
pub const SNAPSHOT_CHUNK_MS: u64 = 60_000;

/// Changed rows are brought to the file after this time, in milliseconds: they are there within a
/// second, and a row that changes often is written once for all of it.
pub const FLUSH_AFTER_MS: u64 = 900;

/// What one row in memory costs beside its key and value, in bytes, about.
pub const ROW_OVERHEAD_BYTES: usize = 96;

/// Connections kept open to read the applied state.
pub const READERS_KEPT: usize = 4;

/// Pages that a file gives back to the disk in one step.
pub const VACUUM_PAGES: u64 = 256;

/// Pause before a write is tried again on a full disk, in milliseconds.
pub const DISK_FULL_RETRY_MS: u64 = 500;

/// Notices kept for a slow listener; when it falls further behind it is told so.
pub const NOTICES_KEPT: usize = 4_096;
