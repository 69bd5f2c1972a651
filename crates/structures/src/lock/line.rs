//! The line of those who wait for a lock, in the order in which they came.

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use super::State;
use crate::encoding;
use crate::expiry::Target;
use crate::kind::{Body, Kind};
use crate::limits;
use crate::notice::Event;
use crate::refusal::{Counted, Refusal};
use crate::rows::{self, letter};
use crate::view::{Direction, View, ViewError};
use crate::work::{Reading, Stop, Work};

/// The row of one who waits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Waiter {
    pub owner: Bytes,
    pub lease_ms: u64,
    /// When it stops waiting.
    until_ms: u64,
}

fn rows_of(id: u64) -> Bytes {
    rows::of(id, letter::WAITER).end()
}

fn row(id: u64, number: u64) -> Bytes {
    rows::of(id, letter::WAITER).u64(number).end()
}

fn owner_row(id: u64, owner: &[u8]) -> Bytes {
    rows::of(id, letter::WAITER_BY_OWNER).tail(owner).end()
}

fn number_of(key: &[u8]) -> Result<u64, ViewError> {
    let number = key.last_chunk().map(|number| u64::from_be_bytes(*number));
    number.ok_or_else(|| encoding::damaged(key, "it names no waiter"))
}

/// Lets `owner` stand in line; one who stands there keeps its place.
pub(super) fn join(
    work: &mut Work<'_>,
    (id, state): (u64, &mut State),
    (owner, lease_ms): (&Bytes, u64),
    wait_ms: u64,
) -> Result<(), Stop> {
    let until_ms = work.now_ms.saturating_add(wait_ms);
    let number = match work.row::<u64>(&owner_row(id, owner))? {
        Some(number) => {
            if let Some(waiter) = work.row::<Waiter>(&row(id, number))? {
                work.unschedule(waiter.until_ms, &Target::Waiter { id, number });
            }
            number
        }
        None => {
            let (count, max) = (state.waiters + 1, limits::LOCK_WAITERS_MAX);
            if count > max {
                return Err(Refusal::TooMany { what: Counted::Waiters, count, max }.into());
            }
            state.waiters = count;
            state.next += 1;
            work.put(&owner_row(id, owner), &state.next);
            state.next
        }
    };
    work.put(&row(id, number), &Waiter { owner: owner.clone(), lease_ms, until_ms });
    work.schedule(until_ms, &Target::Waiter { id, number });
    Ok(())
}

/// Takes the first one from the line.
pub(super) fn next(
    work: &mut Work<'_>,
    (id, state): (u64, &mut State),
) -> Result<Option<Waiter>, ViewError> {
    let from = rows_of(id);
    let to = encoding::after_prefix(&from);
    let first = work.scan(&from, &to, Direction::Up, 1)?.pop();
    let Some((key, value)) = first else { return Ok(None) };
    let waiter: Waiter = encoding::row(&key, &value)?;
    remove(work, (id, state), number_of(&key)?, &waiter);
    Ok(Some(waiter))
}

/// Takes `owner` from the line; answers whether it stood there.
pub(super) fn leave(
    work: &mut Work<'_>,
    (id, state): (u64, &mut State),
    owner: &Bytes,
) -> Result<bool, ViewError> {
    let Some(number) = work.row::<u64>(&owner_row(id, owner))? else { return Ok(false) };
    if let Some(waiter) = work.row::<Waiter>(&row(id, number))? {
        remove(work, (id, state), number, &waiter);
    }
    Ok(true)
}

fn remove(work: &mut Work<'_>, (id, state): (u64, &mut State), number: u64, waiter: &Waiter) {
    work.unschedule(waiter.until_ms, &Target::Waiter { id, number });
    work.delete(&row(id, number));
    work.delete(&owner_row(id, &waiter.owner));
    state.waiters = state.waiters.saturating_sub(1);
}

/// The owners at the head of the line.
pub(super) fn first(reading: Reading<'_>, id: u64) -> Result<Vec<Bytes>, Stop> {
    let from = rows_of(id);
    let to = encoding::after_prefix(&from);
    let mut owners = Vec::new();
    for (key, value) in reading.view.scan(&from, &to, Direction::Up, limits::ROWS_AT_ONCE)? {
        owners.push(encoding::row::<Waiter>(&key, &value)?.owner);
    }
    Ok(owners)
}

/// One who waits has waited long enough.
pub(crate) fn expire_waiter(
    work: &mut Work<'_>,
    id: u64,
    number: u64,
    at_ms: u64,
) -> Result<(), ViewError> {
    let Some((name, mut header)) = work.by_id(id)? else { return Ok(()) };
    let Some(waiter) = work.row::<Waiter>(&row(id, number))? else { return Ok(()) };
    let Body::Lock(state) = &mut header.body else { return Ok(()) };
    if waiter.until_ms == at_ms {
        remove(work, (id, state), number, &waiter);
        work.save(&name, &mut header);
        work.tell(&name, Kind::Lock, Event::Lost { owner: waiter.owner });
    }
    Ok(())
}

/// Removes the deadline of one who waited for a lock that was dropped.
pub(crate) fn forget(
    work: &mut Work<'_>,
    id: u64,
    key: &Bytes,
    row: &[u8],
) -> Result<(), ViewError> {
    let waiter: Waiter = encoding::row(key, row)?;
    work.unschedule(waiter.until_ms, &Target::Waiter { id, number: number_of(key)? });
    Ok(())
}
