//! The table of the settings of the cluster.

use model::fault::{Fault, Kind};
use serde::{Deserialize, Serialize};

use super::text;
use crate::limits;

/// Names one setting.
///
/// A new one goes to the end: its place is what is stored and sent. A member that does not know it
/// cannot read the command, instead of doing something else than the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Key {
    AutopilotReplaceAfter,
    HttpsOutcomesKept,
    MapsHistoryBytes,
    MapsHistoryChanges,
    QueuesAttempts,
    QueuesLease,
    QueuesRetryDelay,
}

/// What is known of a setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct About {
    /// `section.key`.
    pub name: &'static str,
    pub form: Form,
    pub default: u64,
    pub min: u64,
    pub max: u64,
    /// One line of help.
    pub text: &'static str,
}

/// What a value is, and so its unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    Count,
    Bytes,
    Milliseconds,
}

const SECOND_MS: u64 = 1_000;
const MINUTE_MS: u64 = 60 * SECOND_MS;
const MIB: u64 = 1024 * 1024;

impl Key {
    /// All keys, in the order of their names.
    pub const ALL: [Self; 7] = [
        Self::AutopilotReplaceAfter,
        Self::HttpsOutcomesKept,
        Self::MapsHistoryBytes,
        Self::MapsHistoryChanges,
        Self::QueuesAttempts,
        Self::QueuesLease,
        Self::QueuesRetryDelay,
    ];

    /// The line of this key in the table.
    ///
    /// A bound or a default that changes makes members of two versions differ; then it is a new
    /// key.
    #[must_use]
    #[rustfmt::skip]
    pub fn about(self) -> About {
        match self {
            // A restart takes less than the shortest time, and no machine is on its way for longer
            // than the longest.
            Self::AutopilotReplaceAfter => About {
                name: "autopilot.replace_after", form: Form::Milliseconds,
                default: 10 * MINUTE_MS, min: 5 * SECOND_MS, max: limits::LEASE_MS_MAX,
                text: "How long a voter may be away before a learner votes in its place",
            },
            // So long clients try again; and there are at most `SESSIONS_MAX` such requests.
            Self::HttpsOutcomesKept => About {
                name: "https.outcomes_kept", form: Form::Milliseconds,
                default: 10 * MINUTE_MS, min: 10 * SECOND_MS, max: limits::SESSION_TTL_MS_MAX,
                text: "How long the outcome of a request with an Idempotency-Key is kept",
            },
            // The changes are in the view of every node; the fewest are several times of what a
            // watcher lets pass before it asks again.
            Self::MapsHistoryBytes => About {
                name: "maps.history_bytes", form: Form::Bytes,
                default: 16 * MIB, min: 4 * MIB, max: 256 * MIB,
                text: "Bytes of the changes of maps that are kept for watchers that were away",
            },
            // By default seconds of full load, hours of a quiet one.
            Self::MapsHistoryChanges => About {
                name: "maps.history_changes", form: Form::Count,
                default: 10_000, min: 2_000, max: 1_000_000,
                text: "Changes of maps that are kept for watchers that were away",
            },
            Self::QueuesAttempts => About {
                name: "queues.attempts", form: Form::Count,
                default: 5, min: 1, max: u64::from(limits::QUEUE_ATTEMPTS_MAX),
                text: "Attempts before an item is a dead letter, in new queues that say nothing else",
            },
            Self::QueuesLease => About {
                name: "queues.lease", form: Form::Milliseconds,
                default: 30 * SECOND_MS, min: SECOND_MS, max: limits::LEASE_MS_MAX,
                text: "How long an item is leased, in new queues that say nothing else",
            },
            Self::QueuesRetryDelay => About {
                name: "queues.retry_delay", form: Form::Milliseconds,
                default: 0, min: 0, max: limits::LEASE_MS_MAX,
                text: "How long an item rests whose lease ended, in new queues that say nothing else",
            },
        }
    }

    /// Holds a value against the bounds.
    ///
    /// # Errors
    ///
    /// [`OutOfBounds`] when it is outside of them.
    pub fn check(self, value: u64) -> Result<(), OutOfBounds> {
        let About { min, max, .. } = self.about();
        if (min..=max).contains(&value) { Ok(()) } else { Err(OutOfBounds { key: self, value }) }
    }
}

impl std::fmt::Display for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.about().name)
    }
}

/// A value that is too small or too large.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutOfBounds {
    pub key: Key,
    pub value: u64,
}

impl std::fmt::Display for OutOfBounds {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let About { form, min, max, .. } = self.key.about();
        let value = text::write(form, self.value);
        if self.value < min {
            write!(f, "`{}` cannot be {value}, less than {}", self.key, text::write(form, min))
        } else {
            write!(f, "`{}` cannot be {value}, more than {}", self.key, text::write(form, max))
        }
    }
}

impl std::error::Error for OutOfBounds {}

impl Fault for OutOfBounds {
    fn code(&self) -> &'static str {
        "SETTING_INVALID"
    }

    fn kind(&self) -> Kind {
        Kind::Invalid
    }

    fn help(&self) -> Option<String> {
        let About { form, min, max, .. } = self.key.about();
        Some(format!("it goes from {} to {}", text::write(form, min), text::write(form, max)))
    }
}

#[cfg(test)]
mod tests;
