//! A session as its row has it.

use std::collections::VecDeque;

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use super::{Outcome, RequestId};
use crate::encoding::{self, Short};
use crate::limits;
use crate::rows;
use crate::view::{Direction, View, ViewError};
use crate::work::Work;

/// A session ends when it was not used for its time to live.
#[derive(Debug)]
pub(super) struct Session {
    pub answered_below: u64,
    pub ttl_ms: u64,
    pub expires_ms: u64,
    outcomes: Outcomes,
}

/// Of the requests that are not known to be answered, in the order of their numbers: nearly always
/// new ones come behind all others and old ones go from the front.
type Outcomes = VecDeque<(u64, Recorded)>;

#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Recorded {
    /// As it was written before [`Self::Written`].
    Here(Box<Outcome>),
    /// In a row of its own: it is long.
    Apart,
    /// In its encoding: most are never looked at again.
    Written(Short),
}

/// The first form of the row, to which outcomes were added.
#[derive(Serialize, Deserialize)]
struct Terms {
    answered_below: u64,
    ttl_ms: u64,
    expires_ms: u64,
}

impl Session {
    pub(super) fn new(ttl_ms: u64, expires_ms: u64) -> Self {
        Self { answered_below: 0, ttl_ms, expires_ms, outcomes: Outcomes::new() }
    }

    pub(super) fn read(view: &dyn View, client: u64) -> Result<Option<Self>, ViewError> {
        let key = rows::session(client);
        let Some(bytes) = view.get(&key)? else { return Ok(None) };
        let (Terms { answered_below, ttl_ms, expires_ms }, outcomes) =
            encoding::extended_row(&key, &bytes)?;
        let outcomes = match outcomes {
            Some(outcomes) => outcomes,
            None => all_apart(view, client)?,
        };
        Ok(Some(Self { answered_below, ttl_ms, expires_ms, outcomes }))
    }

    pub(super) fn row(&self) -> Bytes {
        let Self { answered_below, ttl_ms, expires_ms, .. } = *self;
        encoding::encode_extended(&Terms { answered_below, ttl_ms, expires_ms }, &self.outcomes)
    }

    /// The outcome of a request that was applied before.
    pub(super) fn outcome(
        &self,
        work: &Work<'_>,
        client: u64,
        number: u64,
    ) -> Result<Option<Outcome>, ViewError> {
        let place = self.place(number).ok();
        match place.and_then(|place| self.outcomes.get(place)).map(|(_, recorded)| recorded) {
            None => Ok(None),
            Some(Recorded::Here(outcome)) => Ok(Some(Outcome::clone(outcome))),
            Some(Recorded::Apart) => work.row(&rows::outcome(client, number)),
            Some(Recorded::Written(bytes)) => {
                encoding::row(&rows::session(client), bytes.as_ref()).map(Some)
            }
        }
    }

    /// Keeps the outcome of a request that has none.
    pub(super) fn keep(&mut self, number: u64, recorded: Recorded) {
        let (Ok(place) | Err(place)) = self.place(number);
        self.outcomes.insert(place, (number, recorded));
    }

    /// Where the outcome of a request is, or else belongs.
    fn place(&self, number: u64) -> Result<usize, usize> {
        match self.outcomes.back() {
            Some((last, _)) if *last < number => Err(self.outcomes.len()),
            _ => self.outcomes.binary_search_by_key(&number, |(number, _)| *number),
        }
    }

    pub(super) fn forget_below(&mut self, work: &mut Work<'_>, client: u64, answered_below: u64) {
        if answered_below == self.answered_below {
            return;
        }
        self.answered_below = answered_below;
        let (Ok(end) | Err(end)) = self.place(answered_below);
        remove(work, client, self.outcomes.drain(..end));
    }

    /// Removes the rows of outcomes that are apart.
    pub(super) fn remove_outcomes(self, work: &mut Work<'_>, client: u64) {
        remove(work, client, self.outcomes.into_iter());
    }
}

impl Recorded {
    /// Writes a long outcome to a row of its own.
    pub(super) fn new(work: &mut Work<'_>, id: RequestId, outcome: &Outcome) -> Self {
        if let Some(short) = Short::encode::<{ limits::OUTCOME_BYTES_IN_SESSION }>(outcome) {
            return Self::Written(short);
        }
        work.put(&rows::outcome(id.client, id.number), outcome);
        Self::Apart
    }
}

fn remove(work: &mut Work<'_>, client: u64, outcomes: impl Iterator<Item = (u64, Recorded)>) {
    for (number, _) in outcomes.filter(|(_, outcome)| matches!(outcome, Recorded::Apart)) {
        work.delete(&rows::outcome(client, number));
    }
}

/// The outcomes of a session in its first form.
fn all_apart(view: &dyn View, client: u64) -> Result<Outcomes, ViewError> {
    let most = crate::kind::length(limits::SESSION_REQUESTS_MAX);
    let (from, to) = (rows::outcome(client, 0), rows::outcome(client, u64::MAX));
    let found = view.scan(&from, &to, Direction::Up, most)?;
    let numbers = found.iter().filter_map(|(key, _)| rows::outcome_number(key));
    Ok(numbers.map(|number| (number, Recorded::Apart)).collect())
}
