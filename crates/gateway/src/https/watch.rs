//! The changes of a map as a stream of events.

use structures::map::{After, Change, Changes, Keys, Query, What};
use structures::{Answer, Event, Notice};

use super::body::map as body;
use super::desk::Desk;
use super::events::{Batch, Source, event};
use super::limits;
use super::problem::Problem;
use super::request::RequestError;

/// Watches a map.
#[derive(Debug)]
pub(super) struct Watch {
    pub(super) map: bytes::Bytes,
    pub(super) keys: Keys,
    pub(super) after: After,
    /// The last change of a page that is not the last page: what follows says whether it is the
    /// last one of its revision.
    pub(super) held: Option<Change>,
}

impl Source for Watch {
    fn read(&mut self, desk: &Desk) -> Result<Batch, Problem> {
        let mut events = Vec::new();
        let page = self.page(desk)?;
        self.after = After::Page(page.next);
        let mut changes: Vec<Change> = self.held.take().into_iter().chain(page.changes).collect();
        if page.is_more {
            self.held = changes.pop();
        }
        let revisions: Vec<u64> = changes
            .iter()
            .chain(&self.held)
            .skip(1)
            .map(|change| change.revision)
            .chain([0])
            .collect();
        for (change, next) in changes.into_iter().zip(revisions) {
            // Going on from an id skips its whole revision, so only the last change has it.
            let id = (change.revision != next).then(|| change.revision.to_string());
            events.push(event("change", id, &told(change)));
        }
        Ok(Batch { events, is_more: page.is_more })
    }

    fn is_about(&self, notice: &Notice) -> bool {
        notice.name == self.map || notice.event == Event::Flushed
    }
}

impl Watch {
    fn page(&self, desk: &Desk) -> Result<Changes, Problem> {
        let (map, keys) = (self.map.clone(), self.keys.clone());
        let count = limits::FOLLOWED_AT_ONCE;
        let query = Query::Changes { map, keys, after: self.after, count }.into();
        match desk.look(&query)? {
            Answer::Changes(page) => Ok(page),
            _ => Err(RequestError::Answer.into()),
        }
    }
}

/// A change as it is told.
pub(super) fn told(change: Change) -> body::Change {
    let what = match change.what {
        What::Put { key, value } => body::What::Put { key: key.into(), value: value.into() },
        What::Removed { key, is_expired } => body::What::Removed { key: key.into(), is_expired },
        What::Cleared { is_expired } => body::What::Cleared { is_expired },
        What::Reset => body::What::Reset,
    };
    body::Change { revision: change.revision, what }
}
