//! Exactly once: a request that is sent again is answered from its recorded outcome.
//!
//! A client opens a session, numbers its requests, and says with each one below which number all
//! are answered. Outcomes from there on are kept; so a session holds as many as it has requests
//! under way, and a retry after any time that the session lives is safe.
//!
//! Short outcomes lie in the row of their session: nobody has to look whether a row is there, nor
//! to remove it, for each request.

mod desk;
mod stored;

use serde::{Deserialize, Serialize};

use crate::answer::Answer;
use crate::expiry::Target;
use crate::limits;
use crate::refusal::{Counted, Refusal};
use crate::view::ViewError;
use crate::work::{Stop, Work};
pub(crate) use desk::Desk;
use desk::with;
use stored::{Recorded, Session};

/// What makes a request the same one when it is sent again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequestId {
    /// A number that the client drew at random when it opened its session.
    pub client: u64,
    /// Counts the requests of the client.
    pub number: u64,
    /// All requests below this number are answered, and will not be sent again.
    pub answered_below: u64,
}

/// Commands of sessions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Command {
    /// Answers `Done`, also when the session is open already.
    Open { client: u64, ttl_ms: u64 },
    /// Answers `Flag`: whether there was one.
    Close { client: u64 },
}

pub(crate) type Outcome = Result<Answer, Refusal>;

pub(crate) fn apply(work: &mut Work<'_>, command: &Command) -> Result<Answer, Stop> {
    match *command {
        Command::Open { client, ttl_ms } => open(work, client, ttl_ms),
        Command::Close { client } => with(work, client, |work, place| {
            let Some(session) = place.clear() else { return Ok(Answer::Flag(false)) };
            work.unschedule(session.expires_ms, &Target::Session { client });
            end(work, client, session);
            Ok(Answer::Flag(true))
        }),
    }
}

fn open(work: &mut Work<'_>, client: u64, ttl_ms: u64) -> Result<Answer, Stop> {
    let max = limits::SESSION_TTL_MS_MAX;
    if ttl_ms == 0 || ttl_ms > max {
        return Err(Refusal::TooMany { what: Counted::Milliseconds, count: ttl_ms, max }.into());
    }
    with(work, client, |work, place| {
        if place.get().is_some() {
            return Ok(Answer::Done);
        }
        let (count, max) = (work.summary.sessions + 1, limits::SESSIONS_MAX);
        if count > max {
            return Err(Refusal::TooMany { what: Counted::Sessions, count, max }.into());
        }
        work.summary.sessions = count;
        let expires_ms = work.now_ms.saturating_add(ttl_ms);
        work.schedule(expires_ms, &Target::Session { client });
        place.fill(Session::new(ttl_ms, expires_ms));
        Ok(Answer::Done)
    })
}

/// The outcome of a request that was applied before; none: it is new, and its session is alive.
pub(crate) fn recall(work: &mut Work<'_>, id: RequestId) -> Result<Option<Outcome>, Stop> {
    let RequestId { client, number, .. } = id;
    with(work, client, |work, place| {
        let Some(session) = place.get() else {
            return Err(Refusal::SessionUnknown { client }.into());
        };
        if number < session.answered_below {
            return Err(Refusal::RequestForgotten { number }.into());
        }
        if let Some(outcome) = session.outcome(work, client, number)? {
            return Ok(Some(outcome));
        }
        // A request never says that it is itself answered.
        let answered_below = id.answered_below.min(number).max(session.answered_below);
        let (count, max) = (number - answered_below + 1, limits::SESSION_REQUESTS_MAX);
        if count > max {
            return Err(Refusal::TooMany { what: Counted::OpenRequests, count, max }.into());
        }
        if let Some(session) = place.change() {
            session.forget_below(work, client, answered_below);
            renew(work, client, session);
        }
        Ok(None)
    })
}

/// Keeps the outcome of a request that [`recall`] found to be new.
pub(crate) fn record(
    work: &mut Work<'_>,
    id: RequestId,
    outcome: &Outcome,
) -> Result<(), ViewError> {
    desk::look(work, id.client, |work, place| {
        // The request itself may have closed its session.
        if let Some(session) = place.change() {
            let recorded = Recorded::new(work, id, outcome);
            session.keep(id.number, recorded);
        }
        work.change_made();
    })
}

/// Lets the session live on: its deadline moves only when half of the time is over.
fn renew(work: &mut Work<'_>, client: u64, session: &mut Session) {
    if session.expires_ms.saturating_sub(work.now_ms) > session.ttl_ms / 2 {
        return;
    }
    work.unschedule(session.expires_ms, &Target::Session { client });
    session.expires_ms = work.now_ms.saturating_add(session.ttl_ms);
    work.schedule(session.expires_ms, &Target::Session { client });
}

pub(crate) fn expire(work: &mut Work<'_>, client: u64, at_ms: u64) -> Result<(), ViewError> {
    desk::look(work, client, |work, place| {
        if place.get().is_some_and(|session| session.expires_ms == at_ms) {
            place.clear().into_iter().for_each(|session| end(work, client, session));
        }
    })
}

fn end(work: &mut Work<'_>, client: u64, session: Session) {
    session.remove_outcomes(work, client);
    work.summary.sessions -= 1;
}
