//! Consumer groups: what they were delivered, and which of their consumers has what pending.

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use super::log::{id_of, make, open, save, with_id};
use super::{GroupStart, Id, State};
use crate::answer::Answer;
use crate::encoding;
use crate::kind::{Header, length};
use crate::limits;
use crate::notice::Event;
use crate::refusal::{Counted, Refusal};
use crate::rows::{self, letter};
use crate::view::{Direction, View, ViewError};
use crate::work::{Span, Stop, Walk, Work, check_key};

/// The row of a group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Group {
    /// The last entry that was delivered.
    pub last: Id,
    pub entries_read: Option<u64>,
    pub pending: u64,
    pub consumers: u64,
}

/// The row of a consumer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Consumer {
    pub seen_ms: u64,
    pub pending: u64,
}

/// The row of a pending entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Given {
    pub consumer: Bytes,
    pub delivered_ms: u64,
    pub deliveries: u64,
}

pub(super) fn row(topic: u64, group: &[u8]) -> Bytes {
    rows::of(topic, letter::GROUP).tail(group).end()
}

pub(super) fn groups(topic: u64) -> Span {
    Span::of_prefix(rows::of(topic, letter::GROUP).end())
}

pub(super) fn consumer_row(topic: u64, group: &[u8], consumer: &[u8]) -> Bytes {
    rows::of(topic, letter::CONSUMER).sized(group).tail(consumer).end()
}

pub(super) fn consumers(topic: u64, group: &[u8]) -> Span {
    Span::of_prefix(consumer_row(topic, group, &[]))
}

pub(super) fn pending_row(topic: u64, group: &[u8], id: Id) -> Bytes {
    with_id(rows::of(topic, letter::PENDING).sized(group), id)
}

/// The pending entries of a group from one id to another, both included.
pub(super) fn pending(topic: u64, group: &[u8], from: Id, to: Id) -> Span {
    let from = pending_row(topic, group, from);
    Span { from, to: encoding::after(&pending_row(topic, group, to)), direction: Direction::Up }
}

fn own_row(topic: u64, group: &[u8], consumer: &[u8], id: Id) -> Bytes {
    with_id(rows::of(topic, letter::PENDING_OF_CONSUMER).sized(group).sized(consumer), id)
}

/// The same for one consumer; these rows hold only ids.
pub(super) fn own(topic: u64, group: &[u8], consumer: &[u8], (from, to): (Id, Id)) -> Span {
    let from = own_row(topic, group, consumer, from);
    let to = encoding::after(&own_row(topic, group, consumer, to));
    Span { from, to, direction: Direction::Up }
}

/// A group that is being changed.
#[derive(Debug)]
pub(super) struct Membership {
    pub topic: u64,
    pub name: Bytes,
    pub group: Group,
}

impl Membership {
    /// Opens a group that must be there.
    pub(super) fn open(
        work: &Work<'_>,
        topic: &Bytes,
        group: &Bytes,
    ) -> Result<(Header, State, Self), Stop> {
        if let Some((header, state)) = open(work, topic)?
            && let Some(found) = work.row::<Group>(&row(header.id, group))?
        {
            let membership = Self { topic: header.id, name: group.clone(), group: found };
            return Ok((header, state, membership));
        }
        Err(Refusal::NoSuchGroup { topic: topic.clone(), group: group.clone() }.into())
    }

    /// Opens a group of a topic; both must be there.
    fn of_topic(
        work: &Work<'_>,
        topic: &Bytes,
        group: &Bytes,
    ) -> Result<(Header, State, Self), Stop> {
        if open(work, topic)?.is_none() {
            return Err(Refusal::NotFound { name: topic.clone() }.into());
        }
        Self::open(work, topic, group)
    }

    pub(super) fn save(&self, work: &mut Work<'_>) {
        work.put(&row(self.topic, &self.name), &self.group);
    }

    pub(super) fn consumer(
        &self,
        work: &Work<'_>,
        consumer: &[u8],
    ) -> Result<Option<Consumer>, ViewError> {
        work.row(&consumer_row(self.topic, &self.name, consumer))
    }

    /// Notes that a consumer was heard of; answers whether it is new.
    pub(super) fn hear(&mut self, work: &mut Work<'_>, consumer: &Bytes) -> Result<bool, Stop> {
        check_key(consumer)?;
        let old = self.consumer(work, consumer)?;
        let is_new = old.is_none();
        if is_new {
            let (count, max) = (self.group.consumers + 1, limits::TOPIC_CONSUMERS_MAX);
            if count > max {
                return Err(Refusal::TooMany { what: Counted::Consumers, count, max }.into());
            }
            self.group.consumers = count;
        }
        let pending = old.map_or(0, |old| old.pending);
        let row = Consumer { seen_ms: work.now_ms, pending };
        work.put(&consumer_row(self.topic, &self.name, consumer), &row);
        Ok(is_new)
    }

    pub(super) fn given(&self, work: &Work<'_>, id: Id) -> Result<Option<Given>, ViewError> {
        work.row(&pending_row(self.topic, &self.name, id))
    }

    /// Makes an entry pending for a consumer that was heard of.
    pub(super) fn give(
        &mut self,
        work: &mut Work<'_>,
        id: Id,
        given: &Given,
    ) -> Result<(), ViewError> {
        self.group.pending += 1;
        self.count(work, &given.consumer, |pending| pending + 1)?;
        work.put(&pending_row(self.topic, &self.name, id), given);
        let own = own_row(self.topic, &self.name, &given.consumer, id);
        work.put_bytes(&own, &[]);
        Ok(())
    }

    /// An entry is pending no more.
    pub(super) fn take(
        &mut self,
        work: &mut Work<'_>,
        id: Id,
        given: &Given,
    ) -> Result<(), ViewError> {
        self.group.pending = self.group.pending.saturating_sub(1);
        self.count(work, &given.consumer, |pending| pending.saturating_sub(1))?;
        work.delete(&pending_row(self.topic, &self.name, id));
        work.delete(&own_row(self.topic, &self.name, &given.consumer, id));
        Ok(())
    }

    fn count(
        &self,
        work: &mut Work<'_>,
        consumer: &[u8],
        change: fn(u64) -> u64,
    ) -> Result<(), ViewError> {
        if let Some(mut found) = self.consumer(work, consumer)? {
            found.pending = change(found.pending);
            work.put(&consumer_row(self.topic, &self.name, consumer), &found);
        }
        Ok(())
    }
}

pub(super) fn create(
    work: &mut Work<'_>,
    (topic, group): (&Bytes, &Bytes),
    start: GroupStart,
    makes_topic: bool,
) -> Result<Answer, Stop> {
    check_key(group)?;
    let (header, mut state) = match open(work, topic)? {
        Some(found) => found,
        None if makes_topic => make(work, topic)?,
        None => return Err(Refusal::NotFound { name: topic.clone() }.into()),
    };
    let key = row(header.id, group);
    if work.get(&key)?.is_some() {
        return Err(Refusal::GroupExists { topic: topic.clone(), group: group.clone() }.into());
    }
    let (count, max) = (state.groups + 1, limits::TOPIC_GROUPS_MAX);
    if count > max {
        return Err(Refusal::TooMany { what: Counted::Groups, count, max }.into());
    }
    state.groups = count;
    let GroupStart { after, entries_read } = start;
    let last = after.unwrap_or(state.last);
    work.put(&key, &Group { last, entries_read, pending: 0, consumers: 0 });
    save(work, topic, (header, state), Event::Changed);
    Ok(Answer::Done)
}

pub(super) fn set(
    work: &mut Work<'_>,
    (topic, group): (&Bytes, &Bytes),
    start: GroupStart,
) -> Result<Answer, Stop> {
    let (header, state, mut membership) = Membership::of_topic(work, topic, group)?;
    membership.group.last = start.after.unwrap_or(state.last);
    membership.group.entries_read = start.entries_read;
    membership.save(work);
    save(work, topic, (header, state), Event::Changed);
    Ok(Answer::Done)
}

pub(super) fn remove(work: &mut Work<'_>, topic: &Bytes, group: &Bytes) -> Result<Answer, Stop> {
    let Some((header, mut state)) = open(work, topic)? else {
        return Err(Refusal::NotFound { name: topic.clone() }.into());
    };
    let key = row(header.id, group);
    if work.get(&key)?.is_none() {
        return Ok(Answer::Flag(false));
    }
    work.delete(&key);
    state.groups = state.groups.saturating_sub(1);
    let letters = [letter::CONSUMER, letter::PENDING, letter::PENDING_OF_CONSUMER];
    let mut keys = Vec::new();
    for letter in letters {
        let span = Span::of_prefix(rows::of(header.id, letter).sized(group).end());
        work.reading().walk(span, |(key, _)| {
            keys.push(key);
            Ok(Walk::On)
        })?;
    }
    for key in keys {
        work.delete(&key);
    }
    let gone = Event::GroupDropped { group: group.clone() };
    save(work, topic, (header, state), gone);
    Ok(Answer::Flag(true))
}

pub(super) fn create_consumer(
    work: &mut Work<'_>,
    (topic, group): (&Bytes, &Bytes),
    consumer: &Bytes,
) -> Result<Answer, Stop> {
    let (header, state, mut membership) = Membership::of_topic(work, topic, group)?;
    if membership.consumer(work, consumer)?.is_some() {
        return Ok(Answer::Flag(false));
    }
    membership.hear(work, consumer)?;
    membership.save(work);
    save(work, topic, (header, state), Event::Changed);
    Ok(Answer::Flag(true))
}

pub(super) fn remove_consumer(
    work: &mut Work<'_>,
    (topic, group): (&Bytes, &Bytes),
    consumer: &Bytes,
) -> Result<Answer, Stop> {
    let (header, state, mut membership) = Membership::of_topic(work, topic, group)?;
    let Some(found) = membership.consumer(work, consumer)? else {
        return Ok(Answer::Integer(0));
    };
    let Span { from, to, direction } = own(header.id, group, consumer, (Id::MIN, Id::MAX));
    for (key, _) in work.scan(&from, &to, direction, length(found.pending))? {
        let id = id_of(&key)?;
        if let Some(given) = membership.given(work, id)? {
            membership.take(work, id, &given)?;
        }
    }
    work.delete(&consumer_row(header.id, group, consumer));
    membership.group.consumers = membership.group.consumers.saturating_sub(1);
    membership.save(work);
    save(work, topic, (header, state), Event::Changed);
    Ok(Answer::count(found.pending))
}
