//! The bounds of the doors, with unit and reason.

/// Connections of one door, as many as Redis has by default; each costs some 20 KiB.
pub const CONNECTIONS_MAX: usize = 10_000;

/// Arguments of one command, as in Redis.
pub const ARGUMENTS_MAX: usize = 1024 * 1024;

/// Bytes of all arguments of one command: what a command of the state may have, and a little more,
/// so that a value that is too large is refused and the connection stays.
pub const REQUEST_BYTES_MAX: usize = structures::limits::COMMAND_BYTES_MAX + 64 * 1024;

/// Arguments of one command of a client that has not shown its token, as in Redis.
pub const STRANGER_ARGUMENTS_MAX: usize = 10;

/// Bytes of one argument of a client that has not shown its token, as in Redis.
pub const STRANGER_ARGUMENT_BYTES_MAX: usize = 16 * 1024;

/// Bytes of one line: a command as people type it, or the head of an argument; as in Redis.
pub const LINE_BYTES_MAX: usize = 64 * 1024;

/// Bytes read at once: a hundred short commands.
pub const READ_BYTES: usize = 16 * 1024;

/// Bytes that a client may send ahead while its command blocks.
pub const AHEAD_BYTES_MAX: usize = 1024 * 1024;

/// Bytes of answers that are gathered before they are sent.
pub const ANSWERS_BYTES: usize = 256 * 1024;

/// Commands that are proposed together: a pipeline of redis-benchmark ten times over.
pub const RUN_COMMANDS_MAX: usize = 1_024;

/// Bytes of the commands that are proposed together, unless a single one is larger.
pub const RUN_BYTES_MAX: usize = 1024 * 1024;

/// Questions among commands that are proposed together: their answers are in memory at once.
pub const RUN_QUESTIONS_MAX: usize = 64;

/// Questions that are answered from one state, which does not change meanwhile.
pub const LOOKED_TOGETHER: usize = 64;

/// Commands between `MULTI` and `EXEC`: what one transaction of the state may have.
pub const QUEUED_COMMANDS_MAX: usize = structures::limits::TRANSACTION_OPERATIONS_MAX;

/// Bytes of the commands between `MULTI` and `EXEC`.
pub const QUEUED_BYTES_MAX: usize = structures::limits::COMMAND_BYTES_MAX;

/// Names that one connection watches.
pub const WATCHED_NAMES_MAX: usize = structures::limits::TRANSACTION_CONDITIONS_MAX;

/// Longest that a command or a question waits for the quorum, in milliseconds; within five seconds
/// a client must know that there is none.
pub const ANSWER_MS: u64 = 4_900;

/// How often a door looks whether its node is alone, in milliseconds, and only while it has writes.
pub const COUNT_MEMBERS_MS: u64 = 1_000;

/// How long the session of a door lives without a write, in milliseconds: an hour.
pub const SESSION_TTL_MS: u64 = 60 * 60 * 1000;

/// Channels and patterns that one connection listens to.
pub const SUBSCRIPTIONS_MAX: usize = 100_000;

/// Messages that wait for a slow listener; one who falls further behind is disconnected.
pub const MESSAGES_MAX: usize = 1_024;

/// Bytes of the messages that wait for a slow listener, as in Redis.
pub const MESSAGES_BYTES_MAX: usize = 32 * 1024 * 1024;

/// Names that the clients of one door keep, as in Redis; some are forgotten beyond, as if changed.
pub const TRACKED_NAMES_MAX: usize = 1_000_000;

/// Own changes that a connection remembers, so that it is not told of them: those of a pipeline.
pub const OWN_CHANGES_KEPT: usize = 1_024;

/// Places where scans go on, kept for clients that come back; the oldest ones go first.
pub const CURSORS_MAX: usize = 65_536;

/// Bytes of the kept places.
pub const CURSOR_BYTES_MAX: usize = 16 * 1024 * 1024;

/// Longest that open connections may take to end when the door closes, in milliseconds: an answer
/// that is under way arrives in that time.
pub const CLOSE_MS: u64 = 6_000;

/// Pause after a connection could not be accepted, in milliseconds: without it a node that has run
/// out of file descriptors would do nothing else.
pub const ACCEPT_RETRY_MS: u64 = 50;
