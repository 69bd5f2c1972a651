//! One item of a queue: where it is, and how it gets from one place to another.

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use super::{Item, Lease, State};
use crate::encoding;
use crate::expiry::Target;
use crate::kind::{Body, Header};
use crate::notice::Event;
use crate::rows::{self, letter};
use crate::view::ViewError;
use crate::work::Work;

/// The row of an item.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Stored {
    pub payload: Bytes,
    pub priority: u8,
    pub attempts: u32,
    pub pushed_ms: u64,
    pub place: Place,
}

/// Where an item is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Place {
    Ready,
    Delayed { until_ms: u64 },
    Leased(Lease),
    Dead,
}

impl Place {
    fn ends_ms(self) -> Option<u64> {
        match self {
            Self::Delayed { until_ms } => Some(until_ms),
            Self::Leased(lease) => Some(lease.expires_ms),
            Self::Ready | Self::Dead => None,
        }
    }
}

impl Stored {
    pub(super) fn item(self, number: u64) -> Item {
        let Self { payload, priority, attempts, pushed_ms, place } = self;
        let lease = if let Place::Leased(lease) = place { Some(lease) } else { None };
        Item { number, payload, priority, attempts, pushed_ms, lease }
    }
}

impl State {
    fn counter(&mut self, place: Place) -> &mut u64 {
        match place {
            Place::Ready => &mut self.ready,
            Place::Delayed { .. } => &mut self.delayed,
            Place::Leased(_) => &mut self.leased,
            Place::Dead => &mut self.dead,
        }
    }
}

pub(super) fn row(id: u64, number: u64) -> Bytes {
    rows::of(id, letter::ITEM).u64(number).end()
}

/// What the rows of items that are ready begin with, in the order in which they are taken.
pub(super) fn ready_rows(id: u64) -> Bytes {
    rows::of(id, letter::READY).end()
}

pub(super) fn dead_rows(id: u64) -> Bytes {
    rows::of(id, letter::DEAD).end()
}

pub(super) fn dead_row(id: u64, number: u64) -> Bytes {
    rows::of(id, letter::DEAD).u64(number).end()
}

fn ready_row(id: u64, item: &Stored, number: u64) -> Bytes {
    rows::of(id, letter::READY).u8(u8::MAX - item.priority).u64(number).end()
}

/// The number at the end of a row of a ready or a dead item, or of the item itself.
pub(super) fn number_of(key: &[u8]) -> Result<u64, ViewError> {
    let number = key.last_chunk().map(|number| u64::from_be_bytes(*number));
    number.ok_or_else(|| encoding::damaged(key, "it names no item"))
}

/// A queue that is being changed.
#[derive(Debug)]
pub(super) struct Queue {
    pub id: u64,
    pub state: State,
}

impl Queue {
    /// Writes an item that comes to its place.
    pub(super) fn enter(&mut self, work: &mut Work<'_>, number: u64, item: &Stored) {
        *self.state.counter(item.place) += 1;
        match item.place {
            Place::Ready => work.put_bytes(&ready_row(self.id, item, number), &[]),
            Place::Dead => work.put_bytes(&dead_row(self.id, number), &[]),
            Place::Delayed { .. } | Place::Leased(_) => {}
        }
        if let Some(at_ms) = item.place.ends_ms() {
            work.schedule(at_ms, &Target::Item { id: self.id, number });
        }
        work.put(&row(self.id, number), item);
    }

    /// Takes an item from its place; its row stays for [`Queue::enter`] or `delete`.
    pub(super) fn leave(&mut self, work: &mut Work<'_>, number: u64, item: &Stored) {
        let counter = self.state.counter(item.place);
        *counter = counter.saturating_sub(1);
        match item.place {
            Place::Ready => work.delete(&ready_row(self.id, item, number)),
            Place::Dead => work.delete(&dead_row(self.id, number)),
            Place::Delayed { .. } | Place::Leased(_) => {}
        }
        if let Some(at_ms) = item.place.ends_ms() {
            work.unschedule(at_ms, &Target::Item { id: self.id, number });
        }
    }

    pub(super) fn delete(&mut self, work: &mut Work<'_>, number: u64, item: &Stored) {
        self.leave(work, number, item);
        work.delete(&row(self.id, number));
    }

    /// Gives back an item that was taken: to its place, to rest, or to the dead letters.
    pub(super) fn give_back(
        &mut self,
        work: &mut Work<'_>,
        (number, item): (u64, Stored),
        delay_ms: u64,
    ) {
        self.leave(work, number, &item);
        let place = if item.attempts >= self.state.settings.attempts_max {
            Place::Dead
        } else if delay_ms > 0 {
            Place::Delayed { until_ms: work.now_ms.saturating_add(delay_ms) }
        } else {
            Place::Ready
        };
        self.enter(work, number, &Stored { place, ..item });
    }
}

/// Lets a lease or a delay end.
pub(crate) fn expire(
    work: &mut Work<'_>,
    id: u64,
    number: u64,
    at_ms: u64,
) -> Result<(), ViewError> {
    let Some((name, header)) = work.by_id(id)? else { return Ok(()) };
    let Some(item) = work.row::<Stored>(&row(id, number))? else { return Ok(()) };
    let Body::Queue(state) = header.body else { return Ok(()) };
    if item.place.ends_ms() != Some(at_ms) {
        return Ok(());
    }
    let mut queue = Queue { id, state };
    if let Place::Leased(_) = item.place {
        let delay_ms = queue.state.settings.retry_delay_ms;
        queue.give_back(work, (number, item), delay_ms);
    } else {
        queue.leave(work, number, &item);
        queue.enter(work, number, &Stored { place: Place::Ready, ..item });
    }
    let event = if queue.state.ready > state.ready { Event::Grown } else { Event::Changed };
    let mut header = Header { body: Body::Queue(queue.state), ..header };
    work.save_with(&name, &mut header, event);
    Ok(())
}

/// Removes the deadline of an item whose queue was dropped.
pub(crate) fn forget(
    work: &mut Work<'_>,
    id: u64,
    key: &Bytes,
    row: &[u8],
) -> Result<(), ViewError> {
    let item: Stored = encoding::row(key, row)?;
    if let Some(at_ms) = item.place.ends_ms() {
        work.unschedule(at_ms, &Target::Item { id, number: number_of(key)? });
    }
    Ok(())
}

/// Sets the deadline of a copied item.
pub(crate) fn remember(
    work: &mut Work<'_>,
    id: u64,
    key: &Bytes,
    row: &[u8],
) -> Result<(), ViewError> {
    let item: Stored = encoding::row(key, row)?;
    if let Some(at_ms) = item.place.ends_ms() {
        work.schedule(at_ms, &Target::Item { id, number: number_of(key)? });
    }
    Ok(())
}
