//! How quick a disk is.

use std::time::Duration;

use crate::limits;

/// The longest time that a write took of late: each write makes those before it count less.
#[derive(Debug)]
pub(super) struct Pace {
    longest: Duration,
}

impl Default for Pace {
    /// A disk has to show first that it is quick.
    fn default() -> Self {
        Self { longest: 2 * Duration::from_micros(limits::LOG_QUICK_US) }
    }
}

impl Pace {
    /// Takes note of how long a write took.
    pub(super) fn note(&mut self, took: Duration) {
        self.longest = took.max(self.longest - self.longest / 8);
    }

    pub(super) fn is_quick(&self) -> bool {
        self.longest <= Duration::from_micros(limits::LOG_QUICK_US)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const QUICK: Duration = Duration::from_micros(limits::LOG_QUICK_US / 3);

    /// Quick writes until the pace is quick.
    fn writes_until_quick(pace: &mut Pace) -> usize {
        let mut writes = 0;
        while !pace.is_quick() {
            pace.note(QUICK);
            writes += 1;
        }
        writes
    }

    #[test]
    fn a_disk_is_quick_after_some_quick_writes_and_for_long_not_after_a_slow_one() {
        let mut pace = Pace::default();
        assert!((1..20).contains(&writes_until_quick(&mut pace)));
        pace.note(Duration::from_millis(100));
        assert!((20..100).contains(&writes_until_quick(&mut pace)));
    }

    #[test]
    fn a_disk_that_is_always_slow_is_never_quick() {
        let mut pace = Pace::default();
        for _ in 0..100 {
            pace.note(Duration::from_micros(limits::LOG_QUICK_US + 1));
            assert!(!pace.is_quick());
        }
    }
}
