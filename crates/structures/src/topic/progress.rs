//! How far a group has come: counted while that is exact, otherwise only said when it is certain.
//!
//! Method: as Redis 7.0 does, so that `XINFO` says the same.

use super::group::Group;
use super::{Id, State};

/// The state of a topic, and the id of its first entry.
#[derive(Debug, Clone, Copy)]
pub(super) struct Progress {
    pub state: State,
    pub first: Id,
}

impl Progress {
    /// Whether an entry with this id or a larger one was deleted from among the others.
    fn has_holes_from(&self, id: Id) -> bool {
        let deleted = self.state.deleted;
        self.state.len > 0 && deleted != Id::MIN && self.first <= deleted && id <= deleted
    }

    /// How many entries were ever added up to this one; none when that is not certain.
    fn position(&self, id: Id) -> Option<u64> {
        let State { len, added, last, deleted, .. } = self.state;
        if added == 0 {
            return Some(0);
        }
        if (len == 0 && id <= last) || id == last {
            return Some(added);
        }
        let has_no_holes = deleted == Id::MIN || deleted < self.first;
        if id > last || !has_no_holes {
            return None;
        }
        match id.cmp(&self.first) {
            std::cmp::Ordering::Less => Some(added.saturating_sub(len)),
            std::cmp::Ordering::Equal => Some(added.saturating_sub(len) + 1),
            std::cmp::Ordering::Greater => None,
        }
    }

    /// Notes that the group was delivered the entry `id`.
    pub(super) fn advance(&self, group: &mut Group, id: Id) {
        if id <= group.last {
            return;
        }
        group.entries_read = match group.entries_read {
            Some(read) if !self.has_holes_from(id) => Some(read + 1),
            read if self.state.added == 0 => read,
            _ => self.position(id),
        };
        group.last = id;
    }

    /// How many entries wait for the group.
    pub(super) fn lag(&self, group: &Group) -> Option<u64> {
        let added = self.state.added;
        if added == 0 {
            return Some(0);
        }
        let read = match group.entries_read {
            Some(read) if !self.has_holes_from(group.last) => Some(read),
            _ => self.position(group.last),
        };
        read.map(|read| added.saturating_sub(read))
    }
}
