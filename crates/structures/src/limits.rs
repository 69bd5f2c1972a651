//! The bounds of the data structures, with unit and reason.

/// Bytes of one name of a structure, key of a map, member of a set, name of a consumer group.
///
/// A row key repeats it, and every node keeps row keys in memory while they are warm.
pub const KEY_BYTES_MAX: usize = 64 * 1024;

/// Bytes of one value: larger ones belong in the object store.
pub const VALUE_BYTES_MAX: usize = 1024 * 1024;

/// Elements that one command may name or push: keeps one log entry within a few megabytes.
pub const BATCH_ELEMENTS_MAX: usize = 100_000;

/// Bytes of the names, keys and values of one command: they travel in one message.
pub const COMMAND_BYTES_MAX: usize = 8 * 1024 * 1024;

/// Operations of one transaction: the whole of it is applied at once, and nothing else meanwhile.
pub const TRANSACTION_OPERATIONS_MAX: usize = 10_000;

/// Conditions of one transaction.
pub const TRANSACTION_CONDITIONS_MAX: usize = 10_000;

/// Elements that a command may write to another structure (copy, store of a union, range store).
pub const STORE_ELEMENTS_MAX: usize = 1_000_000;

/// Bytes of one answer: a door holds it in memory while it is sent.
pub const ANSWER_BYTES_MAX: usize = 64 * 1024 * 1024;

/// Elements of one answer.
pub const ANSWER_ELEMENTS_MAX: usize = 2_000_000;

/// Elements of one page of a scan.
pub const PAGE_ELEMENTS_MAX: usize = 10_000;

/// Elements that one page of a scan may look at, when most do not match its pattern.
pub const PAGE_VISITED_MAX: usize = 100_000;

/// Rows read from a view at once while something is walked.
pub const ROWS_AT_ONCE: usize = 512;

/// Patches of the cluster: ten a day for a year.
pub const PATCHES_MAX: usize = 4_096;

/// Bytes of one patch: ten times the largest bundled library seen, and within one command.
pub const PATCH_BYTES_MAX: usize = 4 * 1024 * 1024;

/// Bytes of the sources of all patches together: every node keeps them in memory.
pub const PATCHES_BYTES_MAX: usize = 16 * 1024 * 1024;

/// Things that end at their deadline before one ordinary command: bounds its latency.
pub const EXPIRED_PER_COMMAND_MAX: usize = 32;

/// Things that end at their deadline in one `Expire` command.
pub const EXPIRED_PER_SWEEP_MAX: usize = 1_000;

/// Rows of dropped structures, or entries that a topic forgets, that go in one step: about a
/// millisecond of work.
pub const SWEPT_ROWS_MAX: usize = 1_000;

/// A structure of at most this many rows is deleted at once; the rows of larger ones are swept.
pub const DROPPED_AT_ONCE_ROWS_MAX: usize = 64;

/// Changes of maps that are forgotten at once at most, beyond as many as came, also when a setting
/// was lowered: a few milliseconds of work; the next commands forget the rest.
pub const HISTORY_FORGOTTEN_MAX: u64 = 10_000;

/// Bytes of kept changes after which the next ones get a row of their own.
pub const HISTORY_ROW_BYTES: usize = 16 * 1024;

/// Changes of settings that are kept: one a day for almost three years.
pub const SETTINGS_CHANGES_MAX: u64 = 1_000;

/// Bytes of the name or the text of a setting: several times the longest of them.
pub const SETTING_TEXT_BYTES_MAX: usize = 128;

/// Clients with a session for exactly-once requests.
pub const SESSIONS_MAX: u64 = 100_000;

/// Requests of one session that may be open (not yet known to be answered) at once.
pub const SESSION_REQUESTS_MAX: u64 = 4_096;

/// Bytes of an outcome that lies in the row of its session, which is written whole: a longer one
/// gets a row of its own.
pub const OUTCOME_BYTES_IN_SESSION: usize = 128;

/// Longest life of an unused session: a day.
pub const SESSION_TTL_MS_MAX: u64 = 24 * 60 * 60 * 1000;

/// Bytes of one leaf of a counted tree; every change of an element writes its leaf anew.
pub const TREE_LEAF_BYTES_MAX: usize = 2 * 1024;

/// Elements of one leaf of a counted tree.
pub const TREE_LEAF_ELEMENTS_MAX: usize = 64;

/// Children of one inner node of a counted tree.
pub const TREE_CHILDREN_MAX: usize = 64;

/// A structure of at most this many elements is walked whole to choose one at random.
pub const RANDOM_WALK_MAX: u64 = 512;

/// Cells of the table that compares two values (`LCS`): 16 million, a tenth of a second.
pub const COMPARE_CELLS_MAX: usize = 16 * 1024 * 1024;

/// Nodes waiting for one lock.
pub const LOCK_WAITERS_MAX: u64 = 100_000;

/// Longest lease of a lock or of an item of a queue, and longest wait: a week.
pub const LEASE_MS_MAX: u64 = 7 * 24 * 60 * 60 * 1000;

/// Attempts after which a queue item can at most go to the dead letters.
pub const QUEUE_ATTEMPTS_MAX: u32 = 1_000_000;

/// Flake ids of one command.
pub const FLAKE_IDS_MAX: u32 = 10_000;

/// How far flake ids may run ahead of the time, in milliseconds: as long as a client may wait.
pub const FLAKE_AHEAD_MS_MAX: u64 = 15_000;

/// Consumer groups of one topic.
pub const TOPIC_GROUPS_MAX: u64 = 10_000;

/// Consumers of one group.
pub const TOPIC_CONSUMERS_MAX: u64 = 100_000;

/// Entries that one append trims at most when the length is approximate, as Redis does.
pub const TOPIC_TRIM_APPROXIMATE_MAX: u64 = 10_000;

/// Notices about other things after which a watcher asks again all the same: a tenth of the
/// changes that are kept by default, and half of the fewest that a setting can keep.
pub const WAITING_NOTICES_MAX: usize = 1_000;

/// Bytes of such notices: a sixteenth of the bytes that are kept by default.
pub const WAITING_BYTES_MAX: usize = 1024 * 1024;
