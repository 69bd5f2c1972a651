//! Changes of a log, and what it is after them.

use super::record::{Position, Record, Vote};

/// A change of the log.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Change {
    Append(Vec<Record>),
    Vote(Vote),
    Truncate(u64),
    Purge(Position),
}

/// Where the log begins and ends, and the vote.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Ends {
    /// The last record that was cut.
    pub(crate) purged: Option<Position>,
    /// The last record, or the last one that was cut.
    pub(crate) last: Option<Position>,
    pub(crate) vote: Option<Vote>,
}

impl Ends {
    /// Takes note of vote and cut; the last record is found in the end.
    pub(super) fn note(&mut self, changes: &[Change]) {
        for change in changes {
            match change {
                Change::Vote(vote) => self.vote = Some(*vote),
                Change::Purge(upto) => self.purged = self.purged.max(Some(*upto)),
                Change::Append(_) | Change::Truncate(_) => {}
            }
        }
    }
}
