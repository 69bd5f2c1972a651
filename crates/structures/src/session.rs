//! Exactly once: a request that is sent again is answered from its recorded outcome.
//!
//! A client opens a session, numbers its requests, and says with each one below which number all
//! are answered. Outcomes from there on are kept; so a session holds as many as it has requests
//! under way, and a retry after any time that the session lives is safe.

use serde::{Deserialize, Serialize};

use crate::answer::Answer;
use crate::expiry::Target;
use crate::limits;
use crate::refusal::{Counted, Refusal};
use crate::rows;
use crate::view::{Direction, View, ViewError};
use crate::work::{Stop, Work};

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

/// A session ends when it was not used for its time to live.
#[derive(Debug, Serialize, Deserialize)]
struct Session {
    answered_below: u64,
    ttl_ms: u64,
    expires_ms: u64,
}

pub(crate) type Outcome = Result<Answer, Refusal>;

pub(crate) fn apply(work: &mut Work<'_>, command: &Command) -> Result<Answer, Stop> {
    match *command {
        Command::Open { client, ttl_ms } => open(work, client, ttl_ms),
        Command::Close { client } => {
            let Some(session) = work.row::<Session>(&rows::session(client))? else {
                return Ok(Answer::Flag(false));
            };
            work.unschedule(session.expires_ms, &Target::Session { client });
            close(work, client)?;
            Ok(Answer::Flag(true))
        }
    }
}

fn open(work: &mut Work<'_>, client: u64, ttl_ms: u64) -> Result<Answer, Stop> {
    let max = limits::SESSION_TTL_MS_MAX;
    if ttl_ms == 0 || ttl_ms > max {
        return Err(Refusal::TooMany { what: Counted::Milliseconds, count: ttl_ms, max }.into());
    }
    if work.get(&rows::session(client))?.is_some() {
        return Ok(Answer::Done);
    }
    let (count, max) = (work.summary.sessions + 1, limits::SESSIONS_MAX);
    if count > max {
        return Err(Refusal::TooMany { what: Counted::Sessions, count, max }.into());
    }
    work.summary.sessions = count;
    let expires_ms = work.now_ms.saturating_add(ttl_ms);
    work.put(rows::session(client), &Session { answered_below: 0, ttl_ms, expires_ms });
    work.schedule(expires_ms, &Target::Session { client });
    Ok(Answer::Done)
}

/// The outcome of a request that was applied before; none: it is new, and its session is alive.
pub(crate) fn recall(work: &mut Work<'_>, id: RequestId) -> Result<Option<Outcome>, Stop> {
    let RequestId { client, number, .. } = id;
    let Some(mut session) = work.row::<Session>(&rows::session(client))? else {
        return Err(Refusal::SessionUnknown { client }.into());
    };
    if number < session.answered_below {
        return Err(Refusal::RequestForgotten { number }.into());
    }
    if let Some(outcome) = work.row::<Outcome>(&rows::outcome(client, number))? {
        return Ok(Some(outcome));
    }
    // A request never says that it is itself answered.
    let answered_below = id.answered_below.min(number).max(session.answered_below);
    let (count, max) = (number - answered_below + 1, limits::SESSION_REQUESTS_MAX);
    if count > max {
        return Err(Refusal::TooMany { what: Counted::OpenRequests, count, max }.into());
    }
    let is_forgetting = answered_below != session.answered_below;
    forget_below(work, client, &mut session, answered_below)?;
    if renew(work, client, &mut session) || is_forgetting {
        work.put(rows::session(client), &session);
    }
    Ok(None)
}

pub(crate) fn record(work: &mut Work<'_>, id: RequestId, outcome: &Outcome) {
    work.put(rows::outcome(id.client, id.number), outcome);
}

fn forget_below(
    work: &mut Work<'_>,
    client: u64,
    session: &mut Session,
    answered_below: u64,
) -> Result<(), ViewError> {
    if answered_below == session.answered_below {
        return Ok(());
    }
    let from = rows::outcome(client, session.answered_below);
    let to = rows::outcome(client, answered_below);
    let most = crate::kind::length(limits::SESSION_REQUESTS_MAX);
    for (key, _) in work.scan(&from, &to, Direction::Up, most)? {
        work.delete(key);
    }
    session.answered_below = answered_below;
    Ok(())
}

/// Lets the session live on, and says whether that changed it: the deadline moves only when half of
/// the time is over.
fn renew(work: &mut Work<'_>, client: u64, session: &mut Session) -> bool {
    if session.expires_ms.saturating_sub(work.now_ms) > session.ttl_ms / 2 {
        return false;
    }
    work.unschedule(session.expires_ms, &Target::Session { client });
    session.expires_ms = work.now_ms.saturating_add(session.ttl_ms);
    work.schedule(session.expires_ms, &Target::Session { client });
    true
}

pub(crate) fn expire(work: &mut Work<'_>, client: u64, at_ms: u64) -> Result<(), ViewError> {
    match work.row::<Session>(&rows::session(client))? {
        Some(session) if session.expires_ms == at_ms => close(work, client),
        _ => Ok(()),
    }
}

fn close(work: &mut Work<'_>, client: u64) -> Result<(), ViewError> {
    let most = crate::kind::length(limits::SESSION_REQUESTS_MAX);
    let (from, to) = (rows::outcome(client, 0), rows::outcome(client, u64::MAX));
    for (key, _) in work.scan(&from, &to, Direction::Up, most)? {
        work.delete(key);
    }
    work.delete(rows::session(client));
    work.summary.sessions -= 1;
    Ok(())
}
