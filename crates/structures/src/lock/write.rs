//! Commands of locks.

use bytes::Bytes;

use super::{Command, Grant, State, line};
use crate::answer::Answer;
use crate::expiry::Target;
use crate::kind::{Body, Header, Kind};
use crate::limits;
use crate::notice::{Cause, Event};
use crate::refusal::{Counted, Refusal};
use crate::view::ViewError;
use crate::work::{Stop, Work, check_key};

pub(crate) fn apply(work: &mut Work<'_>, command: &Command) -> Result<Answer, Stop> {
    match command {
        Command::Acquire { name, owner, lease_ms, wait_ms } => {
            acquire(work, name, (owner, *lease_ms), *wait_ms)
        }
        Command::Renew { name, token, lease_ms } => {
            check_time(*lease_ms)?;
            let (mut header, mut state) = held(work, name, *token)?;
            lend(work, header.id, &mut state, *lease_ms);
            let expires_ms = state.expires_ms;
            header.body = Body::Lock(state);
            work.save(name, &mut header);
            Ok(Answer::Deadline(Some(expires_ms)))
        }
        Command::Release { name, token } => {
            let (header, state) = held(work, name, *token)?;
            pass_on(work, name, (header, state))?;
            Ok(Answer::Done)
        }
        Command::Leave { name, owner } => leave(work, name, owner),
    }
}

fn check_time(time_ms: u64) -> Result<(), Refusal> {
    let max = limits::LEASE_MS_MAX;
    if time_ms <= max {
        return Ok(());
    }
    Err(Refusal::TooMany { what: Counted::Milliseconds, count: time_ms, max })
}

fn open(work: &Work<'_>, name: &Bytes) -> Result<Option<(Header, State)>, Stop> {
    let Some(header) = work.find(name, Kind::Lock)? else { return Ok(None) };
    let Body::Lock(state) = header.body.clone() else { return Ok(None) };
    Ok(Some((header, state)))
}

fn held(work: &Work<'_>, name: &Bytes, token: u64) -> Result<(Header, State), Stop> {
    let found = open(work, name)?.filter(|(_, state)| state.token == token);
    found.ok_or_else(|| Refusal::LockNotHeld { name: name.clone() }.into())
}

/// Sets when the lease of the holder ends.
fn lend(work: &mut Work<'_>, id: u64, state: &mut State, lease_ms: u64) {
    work.unschedule(state.expires_ms, &Target::Lock { id });
    state.expires_ms = work.now_ms.saturating_add(lease_ms);
    work.schedule(state.expires_ms, &Target::Lock { id });
}

fn acquire(
    work: &mut Work<'_>,
    name: &Bytes,
    (owner, lease_ms): (&Bytes, u64),
    wait_ms: u64,
) -> Result<Answer, Stop> {
    check_key(owner)?;
    check_time(lease_ms)?;
    check_time(wait_ms)?;
    let Some((mut header, mut state)) = open(work, name)? else {
        let mut header = work.create(name, Body::Lock(State::default()))?;
        let mut state = State { owner: owner.clone(), token: work.token(), ..State::default() };
        lend(work, header.id, &mut state, lease_ms);
        let grant = Grant { token: state.token, expires_ms: state.expires_ms };
        header.body = Body::Lock(state);
        work.save_with(name, &mut header, Event::Changed);
        return Ok(Answer::Grant(grant));
    };
    let answer = if state.owner == owner {
        lend(work, header.id, &mut state, lease_ms);
        Answer::Grant(Grant { token: state.token, expires_ms: state.expires_ms })
    } else if wait_ms == 0 {
        let expires_ms = state.expires_ms;
        return Err(Refusal::LockHeld { name: name.clone(), expires_ms }.into());
    } else {
        line::join(work, (header.id, &mut state), (owner, lease_ms), wait_ms)?;
        Answer::Waiting(state.waiters)
    };
    header.body = Body::Lock(state);
    work.save(name, &mut header);
    Ok(answer)
}

/// Gives the lock to the next one in line, or removes it.
fn pass_on(
    work: &mut Work<'_>,
    name: &Bytes,
    (mut header, mut state): (Header, State),
) -> Result<(), ViewError> {
    let id = header.id;
    work.unschedule(state.expires_ms, &Target::Lock { id });
    let Some(waiter) = line::next(work, (id, &mut state))? else {
        return work.drop(name, &header, Cause::Removed);
    };
    state.owner = waiter.owner.clone();
    state.token = work.token();
    lend(work, id, &mut state, waiter.lease_ms);
    let (token, expires_ms) = (state.token, state.expires_ms);
    header.body = Body::Lock(state);
    work.save_with(name, &mut header, Event::Granted { owner: waiter.owner, token, expires_ms });
    Ok(())
}

fn leave(work: &mut Work<'_>, name: &Bytes, owner: &Bytes) -> Result<Answer, Stop> {
    let Some((mut header, mut state)) = open(work, name)? else {
        return Ok(Answer::Flag(false));
    };
    if state.owner == owner {
        pass_on(work, name, (header, state))?;
        return Ok(Answer::Flag(true));
    }
    let was_there = line::leave(work, (header.id, &mut state), owner)?;
    if was_there {
        header.body = Body::Lock(state);
        work.save(name, &mut header);
    }
    Ok(Answer::Flag(was_there))
}

/// The lease of the holder is over.
pub(crate) fn expire_lease(work: &mut Work<'_>, id: u64, at_ms: u64) -> Result<(), ViewError> {
    let Some((name, header)) = work.by_id(id)? else { return Ok(()) };
    let Body::Lock(state) = header.body.clone() else { return Ok(()) };
    if state.expires_ms == at_ms {
        work.tell(&name, Kind::Lock, Event::Lost { owner: state.owner.clone() });
        pass_on(work, &name, (header, state))?;
    }
    Ok(())
}
