//! Locks.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Octets;

/// Asks for a lock. An owner is whatever tells one holder from all others; the holder itself gets
/// its lease renewed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Acquire {
    pub owner: Octets,
    /// How long the lock is held unless it is renewed.
    #[serde(default = "lease_ms")]
    pub lease_ms: u64,
    /// How long the request may stand in line.
    #[serde(default)]
    pub wait_ms: u64,
}

fn lease_ms() -> u64 {
    30_000
}

/// The right to hold a lock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Grant {
    /// Larger than that of every grant before it: whoever guards something with the lock refuses a
    /// smaller one than it has seen.
    pub token: u64,
    pub expires_ms: u64,
}

/// Lets a lease end later.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Renew {
    pub token: u64,
    #[serde(default = "lease_ms")]
    pub lease_ms: u64,
}

/// Gives a lock to the next one in line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Release {
    pub token: u64,
}

/// The owner does not want the lock any more, held or waited for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Leave {
    pub owner: Octets,
}

/// A lock that is held.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "LockStatus")]
pub struct Status {
    pub owner: Octets,
    pub token: u64,
    pub expires_ms: u64,
    /// How many wait.
    pub waiters: u64,
    /// The first of those who wait.
    pub line: Vec<Octets>,
}
