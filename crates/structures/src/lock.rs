//! Locks: one holder at a time, by lease, and a line of those who wait.
//!
//! Every grant has a token that is larger than all before it; whoever guards something with the
//! lock refuses a smaller token than he has seen, so a holder that slept through the end of its
//! lease does no harm. A lock that nobody holds is gone.

mod line;
mod write;

use bytes::Bytes;
use serde::{Deserialize, Serialize};

pub(crate) use line::{expire_waiter, forget};
pub(crate) use write::{apply, expire_lease};

use crate::answer::Answer;
use crate::kind::{Body, Kind};
use crate::work::{Reading, Stop};

/// Commands of locks. An owner is whatever tells one holder from all others.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Command {
    /// Answers `Grant`; `Waiting` when the owner stands in line now, for at most `wait_ms`: a
    /// notice tells it of its grant. The holder itself gets its lease renewed. The lock is refused
    /// when it is held and `wait_ms` is 0.
    Acquire { name: Bytes, owner: Bytes, lease_ms: u64, wait_ms: u64 },
    /// Lets the lease end later. Answers `Deadline`.
    Renew { name: Bytes, token: u64, lease_ms: u64 },
    /// Gives the lock to the next one in line. Answers `Done`.
    Release { name: Bytes, token: u64 },
    /// The owner does not want the lock any more, held or waited for. Answers `Flag`.
    Leave { name: Bytes, owner: Bytes },
}

/// Questions to locks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Query {
    /// Answers `Lock`, or `Nothing` when it is free.
    Status { name: Bytes },
}

/// The right of its owner to hold a lock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grant {
    pub token: u64,
    pub expires_ms: u64,
}

/// A lock at a glance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Status {
    pub owner: Bytes,
    pub grant: Grant,
    /// How many wait, and the first of them.
    pub waiters: u64,
    pub line: Vec<Bytes>,
}

/// What is kept in the row of the name.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct State {
    pub owner: Bytes,
    pub token: u64,
    pub expires_ms: u64,
    /// The number of the next one who comes to wait.
    pub next: u64,
    pub waiters: u64,
}

pub(crate) fn query(reading: Reading<'_>, query: &Query) -> Result<Answer, Stop> {
    let Query::Status { name } = query;
    let Some(header) = reading.find(name, Kind::Lock)? else { return Ok(Answer::Nothing) };
    let Body::Lock(state) = header.body else { return Ok(Answer::Nothing) };
    let line = line::first(reading, header.id)?;
    let grant = Grant { token: state.token, expires_ms: state.expires_ms };
    Ok(Answer::Lock(Status { owner: state.owner, grant, waiters: state.waiters, line }))
}
