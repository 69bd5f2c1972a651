//! The bounds of a node, with unit and reason.

use std::time::Duration;

/// Longest that a join may take: a snapshot of the state travels meanwhile.
pub const JOIN: Duration = Duration::from_secs(60);

/// Pause after which a join is tried again when the leader knows more than the member that was
/// asked: it hears of that within a heartbeat.
pub const JOIN_AGAIN: Duration = Duration::from_millis(100);

/// Longest that a node waits for its work to end in order: within the 15 s of a service manager.
pub const STOP: Duration = Duration::from_secs(10);

/// Between two looks at the members when all is as it should be: changes wake by themselves, and
/// only the silence of a member does not.
pub const AUTOPILOT: Duration = Duration::from_secs(10);

/// The same while something is not as it should be; a look reads memory alone.
pub const AUTOPILOT_BUSY: Duration = Duration::from_secs(1);

/// Longest that a change of the voters may take.
pub const CHANGE: Duration = Duration::from_secs(10);

/// Longest that a drained node waits until it votes no longer; others may need its vote.
pub const UNVOTE: Duration = Duration::from_secs(5);

/// How long a leader takes a member for drained that has said so, in milliseconds; it says so every
/// second.
pub const DRAINED_MS: u64 = 5_000;

/// First pause between two looks for other clusters and for members that have moved: two that are
/// founded at the same moment are one soon.
pub const LOOK: Duration = Duration::from_secs(1);

/// Longest such pause. A look reads what multicast has heard, or a folder.
pub const LOOK_CAP: Duration = Duration::from_secs(30);

/// A node without a quorum for so long asks all that it finds, in milliseconds: elections are over
/// in a fraction of it.
pub const LONELY_MS: u64 = 3_000;

/// For how long a node without a quorum does not ask somebody again, in milliseconds.
pub const ASK_LONELY_MS: u64 = 2_000;

/// For how long nobody is asked again that is of this cluster, or that refuses, in milliseconds.
pub const ASK_KNOWN_MS: u64 = 10 * 60 * 1000;

/// For how long another cluster, or one that does not answer, is not asked again, in milliseconds.
pub const ASK_OTHER_MS: u64 = 5_000;

/// Nodes that are asked at the same time.
pub const ASKED_AT_ONCE_MAX: usize = 32;

/// Other clusters of which something is told.
pub const NEWS_MAX: usize = 16;

/// Numbers of nodes are below, so that they are exact in JSON.
pub const NODE_ID_BITS: u32 = 48;

/// Longest that a node which may not found a cluster looks for one that lets it in.
pub const SEARCH: Duration = Duration::from_secs(60);

/// Addresses in the line of `thorp token`: any of them is enough to join.
pub const TOKEN_MEMBERS_MAX: usize = 8;

/// Longest that a node waits for what its leader says of the cluster.
pub const STATUS: Duration = Duration::from_secs(1);

/// JavaScript contexts for expressions, beside those for items, of which there is one per core: so
/// that somebody can look at a node that computes.
pub const EXPRESSION_CONTEXTS: usize = 4;

/// Longest that a node which ends waits until the cluster knows that its commands are not sent
/// again; else the cluster finds out by itself.
pub const FAREWELL: Duration = Duration::from_millis(500);
