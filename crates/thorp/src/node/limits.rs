//! The bounds of a node, with unit and reason.

use std::time::Duration;

/// Longest that a join may take: a snapshot of the state travels meanwhile.
pub const JOIN: Duration = Duration::from_secs(60);

/// Longest that a node waits for its work to end in order: within the 15 s of a service manager.
pub const STOP: Duration = Duration::from_secs(10);

/// Between two looks of the leader at who should vote; a look reads memory alone.
pub const AUTOPILOT: Duration = Duration::from_secs(1);

/// A voter that was not heard of for so long gives its vote to a learner, in milliseconds.
pub const MISSING_MS: u64 = 10 * 60 * 1000;

/// Longest that a change of the voters may take.
pub const CHANGE: Duration = Duration::from_secs(10);

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
