//! The sessions that commands which are applied together use: each is read once and written once.

use std::collections::BTreeMap;

use super::stored::Session;
use crate::changes::Changes;
use crate::rows;
use crate::view::ViewError;
use crate::work::{Stop, Work};

/// Sessions by their clients; one that is in use now is taken out of its place.
#[derive(Debug, Default)]
pub(crate) struct Desk(BTreeMap<u64, Option<Place>>);

/// Where the session of a client lies, if it has one.
#[derive(Debug)]
pub(super) struct Place {
    session: Option<Session>,
    is_changed: bool,
}

impl Desk {
    /// Writes what was changed.
    pub(crate) fn write(&self, changes: &mut Changes) {
        let places = self.0.iter().filter_map(|(client, place)| Some((client, place.as_ref()?)));
        for (client, place) in places.filter(|(_, place)| place.is_changed) {
            let key = rows::session(*client);
            match &place.session {
                Some(session) => changes.put(&key, &session.row()),
                None => changes.delete(&key),
            }
        }
    }
}

impl Place {
    pub(super) fn get(&self) -> Option<&Session> {
        self.session.as_ref()
    }

    pub(super) fn change(&mut self) -> Option<&mut Session> {
        self.is_changed = true;
        self.session.as_mut()
    }

    pub(super) fn fill(&mut self, session: Session) {
        *self = Self { session: Some(session), is_changed: true };
    }

    pub(super) fn clear(&mut self) -> Option<Session> {
        self.is_changed |= self.session.is_some();
        self.session.take()
    }
}

/// Lets `act` see and change the session of `client`. What it changes is not undone when it is
/// refused: it changes something only after it was not.
pub(super) fn with<T>(
    work: &mut Work<'_>,
    client: u64,
    act: impl FnOnce(&mut Work<'_>, &mut Place) -> Result<T, Stop>,
) -> Result<T, Stop> {
    look(work, client, act)?
}

/// [`with`] for what cannot be refused.
pub(super) fn look<T>(
    work: &mut Work<'_>,
    client: u64,
    act: impl FnOnce(&mut Work<'_>, &mut Place) -> T,
) -> Result<T, ViewError> {
    let mut place = match work.sessions.0.entry(client).or_default().take() {
        Some(place) => place,
        None => Place { session: Session::read(work, client)?, is_changed: false },
    };
    let result = act(work, &mut place);
    work.sessions.0.insert(client, Some(place));
    Ok(result)
}
