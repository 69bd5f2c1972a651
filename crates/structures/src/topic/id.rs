//! The id of an entry: a time in milliseconds and a sequence within it, written `1526919030474-55`.

use serde::{Deserialize, Serialize};

/// The id of an entry.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Id {
    pub ms: u64,
    pub sequence: u64,
}

impl Id {
    pub const MIN: Self = Self { ms: 0, sequence: 0 };
    pub const MAX: Self = Self { ms: u64::MAX, sequence: u64::MAX };

    #[must_use]
    pub fn new(ms: u64, sequence: u64) -> Self {
        Self { ms, sequence }
    }

    /// The smallest larger id.
    #[must_use]
    pub fn next(self) -> Option<Self> {
        match self.sequence.checked_add(1) {
            Some(sequence) => Some(Self { sequence, ..self }),
            None => Some(Self { ms: self.ms.checked_add(1)?, sequence: 0 }),
        }
    }

    /// The largest smaller id.
    #[must_use]
    pub fn previous(self) -> Option<Self> {
        match self.sequence.checked_sub(1) {
            Some(sequence) => Some(Self { sequence, ..self }),
            None => Some(Self { ms: self.ms.checked_sub(1)?, sequence: u64::MAX }),
        }
    }
}

impl std::fmt::Display for Id {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}-{}", self.ms, self.sequence)
    }
}
