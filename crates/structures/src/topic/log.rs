//! The entries of a topic: appended, deleted, trimmed.

use bytes::Bytes;

use super::{AppendOptions, Entry, Fields, Id, Keeps, NewId, Retention, State, Trim};
use crate::answer::Answer;
use crate::encoding::{self, Key};
use crate::expiry::Target;
use crate::kind::{Body, Header, Kind, count, length};
use crate::limits;
use crate::measure::Measure;
use crate::notice::Event;
use crate::refusal::Refusal;
use crate::rows::{self, letter};
use crate::view::{Direction, Row, View, ViewError};
use crate::work::{Reading, Span, Stop, Walk, Work, check_key, check_value};

/// Redis keeps entries in blocks of so many, and an approximate trim removes only whole ones.
const BLOCK: u64 = 100;

pub(super) fn with_id(key: Key, id: Id) -> Bytes {
    key.u64(id.ms).u64(id.sequence).end()
}

pub(super) fn row(topic: u64, id: Id) -> Bytes {
    with_id(rows::of(topic, letter::LOG), id)
}

/// The id at the end of a key.
pub(super) fn id_of(key: &[u8]) -> Result<Id, ViewError> {
    let bytes = key.last_chunk::<16>().map(|id| u128::from_be_bytes(*id));
    let both = bytes.ok_or_else(|| encoding::damaged(key, "it names no entry"))?;
    let [ms, sequence] = [both >> 64, both & u128::from(u64::MAX)];
    let part = |part: u128| u64::try_from(part).unwrap_or(u64::MAX);
    Ok(Id::new(part(ms), part(sequence)))
}

/// The rows of the entries from one id to another, both included.
pub(super) fn span(topic: u64, from: Id, to: Id, direction: Direction) -> Span {
    let from = row(topic, from);
    Span { from, to: encoding::after(&row(topic, to)), direction }
}

pub(super) fn entry((key, value): &Row) -> Result<Entry, ViewError> {
    Ok(Entry { id: id_of(key)?, fields: Some(encoding::row(key, value)?) })
}

/// At most `most` entries of a span.
pub(super) fn entries(
    reading: Reading<'_>,
    span: Span,
    most: Option<u64>,
) -> Result<Vec<Entry>, Stop> {
    let (mut found, mut measure) = (Vec::new(), Measure::default());
    if most == Some(0) {
        return Ok(found);
    }
    reading.walk(span, |row| {
        measure.add(row.1.len())?;
        found.push(entry(&row)?);
        Ok(if Some(count(found.len())) == most { Walk::Stop } else { Walk::On })
    })?;
    Ok(found)
}

pub(super) fn open(work: &Work<'_>, name: &Bytes) -> Result<Option<(Header, State)>, Stop> {
    let Some(header) = work.find(name, Kind::Topic)? else { return Ok(None) };
    let Body::Topic(state) = header.body else { return Ok(None) };
    Ok(Some((header, state)))
}

pub(super) fn make(work: &mut Work<'_>, name: &Bytes) -> Result<(Header, State), Stop> {
    let state = State::default();
    Ok((work.create(name, Body::Topic(state))?, state))
}

pub(super) fn save(
    work: &mut Work<'_>,
    name: &Bytes,
    (mut header, state): (Header, State),
    event: Event,
) {
    header.body = Body::Topic(state);
    work.save_with(name, &mut header, event);
}

pub(super) fn append(
    work: &mut Work<'_>,
    name: &Bytes,
    (id, fields): (NewId, &Fields),
    options: AppendOptions,
) -> Result<Answer, Stop> {
    fields.iter().try_for_each(|(field, _)| check_key(field))?;
    check_value(fields.iter().map(|(field, value)| field.len() + value.len()).sum())?;
    let (header, mut state) = match open(work, name)? {
        Some(found) => found,
        None if options.only_existing => return Ok(Answer::Nothing),
        None => make(work, name)?,
    };
    let id = state.next_id(id, work.now_ms)?;
    work.put(&row(header.id, id), fields);
    state.last = id;
    state.len += 1;
    state.added += 1;
    if let Some(wanted) = options.trim {
        trim(work, header.id, &mut state, wanted)?;
    }
    retain(work, header.id, &mut state)?;
    save(work, name, (header, state), Event::Grown);
    Ok(Answer::Id(id))
}

impl State {
    fn next_id(&self, id: NewId, now_ms: u64) -> Result<Id, Refusal> {
        let last = self.last;
        let after_last = last.next().ok_or(Refusal::IdsExhausted);
        match id {
            NewId::Now if now_ms > last.ms => Ok(Id::new(now_ms, 0)),
            NewId::Now => after_last,
            NewId::At { ms } if ms > last.ms => Ok(Id::new(ms, 0)),
            NewId::At { ms } => {
                let next = after_last?;
                if next.ms == ms { Ok(next) } else { Err(Refusal::IdNotGreater { last }) }
            }
            NewId::Given(id) if id > last => Ok(id),
            NewId::Given(_) => {
                after_last?;
                Err(Refusal::IdNotGreater { last })
            }
        }
    }
}

pub(super) fn delete(work: &mut Work<'_>, name: &Bytes, ids: &[Id]) -> Result<Answer, Stop> {
    let Some((header, mut state)) = open(work, name)? else { return Ok(Answer::Integer(0)) };
    let mut deleted = 0;
    for id in ids {
        let key = row(header.id, *id);
        if work.get(&key)?.is_some() {
            work.delete(&key);
            state.len = state.len.saturating_sub(1);
            state.deleted = state.deleted.max(*id);
            deleted += 1;
        }
    }
    if deleted > 0 {
        save(work, name, (header, state), Event::Changed);
    }
    Ok(Answer::count(deleted))
}

/// Removes entries at the beginning; answers how many.
pub(super) fn trim(
    work: &mut Work<'_>,
    topic: u64,
    state: &mut State,
    wanted: Trim,
) -> Result<u64, Stop> {
    let to = match wanted.keeps {
        Keeps::Len(_) => Id::MAX,
        Keeps::From(id) => match id.previous() {
            Some(previous) => previous,
            None => return Ok(0),
        },
    };
    let mut most = match wanted.keeps {
        Keeps::Len(len) => state.len.saturating_sub(len),
        Keeps::From(_) => state.len,
    };
    let approximate = limits::TOPIC_TRIM_APPROXIMATE_MAX;
    let limit = wanted.limit.unwrap_or(if wanted.is_approximate { approximate } else { 0 });
    most = most.min(if limit == 0 { u64::MAX } else { limit });
    if most == 0 {
        return Ok(0);
    }
    let mut keys = Vec::new();
    work.reading().walk(span(topic, Id::MIN, to, Direction::Up), |(key, _)| {
        keys.push(key);
        Ok(if count(keys.len()) == most { Walk::Stop } else { Walk::On })
    })?;
    if wanted.is_approximate && count(keys.len()) < state.len {
        keys.truncate(length(count(keys.len()) / BLOCK * BLOCK));
    }
    let trimmed = count(keys.len());
    for key in keys {
        work.delete(&key);
    }
    state.len = state.len.saturating_sub(trimmed);
    Ok(trimmed)
}

/// Forgets what the retention says, a bounded step, and notes when there is more to do.
pub(super) fn retain(work: &mut Work<'_>, topic: u64, state: &mut State) -> Result<(), Stop> {
    let Retention { len_max, age_ms_max } = state.retention;
    let limit = Some(count(limits::SWEPT_ROWS_MAX));
    let step = |keeps| Trim { keeps, is_approximate: false, limit };
    if let Some(len) = len_max {
        trim(work, topic, state, step(Keeps::Len(len)))?;
    }
    let mut retain_ms = None;
    if let Some(age_ms) = age_ms_max {
        let oldest = Id::new(work.now_ms.saturating_sub(age_ms), 0);
        trim(work, topic, state, step(Keeps::From(oldest)))?;
        let Span { from, to, direction } = span(topic, Id::MIN, Id::MAX, Direction::Up);
        if let Some((key, _)) = work.scan(&from, &to, direction, 1)?.first() {
            retain_ms = Some(id_of(key)?.ms.saturating_add(age_ms).saturating_add(1));
        }
    }
    if len_max.is_some_and(|len_max| state.len > len_max) {
        retain_ms = Some(work.now_ms);
    }
    if retain_ms != state.retain_ms {
        let target = Target::Retention { id: topic };
        if let Some(at_ms) = state.retain_ms {
            work.unschedule(at_ms, &target);
        }
        if let Some(at_ms) = retain_ms {
            work.schedule(at_ms, &target);
        }
        state.retain_ms = retain_ms;
    }
    Ok(())
}

/// The oldest entry may be too old now.
pub(crate) fn expire(work: &mut Work<'_>, topic: u64, at_ms: u64) -> Result<(), ViewError> {
    let Some((name, header)) = work.by_id(topic)? else { return Ok(()) };
    let Body::Topic(mut state) = header.body else { return Ok(()) };
    if state.retain_ms != Some(at_ms) {
        return Ok(());
    }
    state.retain_ms = None;
    match retain(work, topic, &mut state) {
        Ok(()) => {
            save(work, &name, (header, state), Event::Changed);
            Ok(())
        }
        Err(Stop::View(error)) => Err(error),
        // Nothing here counts against a limit.
        Err(Stop::Refused(_)) => Ok(()),
    }
}
