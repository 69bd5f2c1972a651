//! Entries on their way: delivered to a consumer, acknowledged, claimed by another.

use bytes::Bytes;

use super::group::{Given, Membership, own, pending};
use super::log::{entries, id_of, row, save, span};
use super::progress::Progress;
use super::{
    Answer as TopicAnswer, ClaimNextOptions, ClaimOptions, Delivered, Entry, From, Id, ReadOptions,
};
use crate::answer::Answer;
use crate::encoding;
use crate::kind::{count, length};
use crate::limits;
use crate::measure::Measure;
use crate::notice::Event;
use crate::refusal::Counted;
use crate::view::{Direction, View};
use crate::work::{Stop, Walk, Work, check_count};

pub(super) fn read_group(
    work: &mut Work<'_>,
    (group, consumer): (&Bytes, &Bytes),
    topics: &[(Bytes, From)],
    options: ReadOptions,
) -> Result<Answer, Stop> {
    for (topic, _) in topics {
        Membership::open(work, topic, group)?;
    }
    let mut logs = Vec::new();
    for (topic, from) in topics {
        match from {
            From::New => {
                let found = deliver(work, topic, (group, consumer), options)?;
                logs.extend(Some((topic.clone(), found)).filter(|(_, found)| !found.is_empty()));
            }
            From::PendingAfter(after) => {
                let found = deliver_again(work, topic, (group, consumer), (*after, options))?;
                logs.push((topic.clone(), found));
            }
        }
    }
    Ok(Answer::Logs(logs))
}

fn deliver(
    work: &mut Work<'_>,
    topic: &Bytes,
    (group, consumer): (&Bytes, &Bytes),
    options: ReadOptions,
) -> Result<Vec<Entry>, Stop> {
    let (header, state, mut membership) = Membership::open(work, topic, group)?;
    let found = match membership.group.last.next() {
        Some(next) => {
            let span = span(header.id, next, Id::MAX, Direction::Up);
            entries(work.reading(), span, options.count)?
        }
        None => Vec::new(),
    };
    if found.is_empty() {
        // As in Redis, the consumer is not heard of either.
        return Ok(found);
    }
    membership.hear(work, consumer)?;
    let first = entries(work.reading(), span(header.id, Id::MIN, Id::MAX, Direction::Up), Some(1))?;
    let first = first.first().map_or(Id::MIN, |entry| entry.id);
    let progress = Progress { state, first };
    let (delivered_ms, deliveries) = (work.now_ms, 1);
    for entry in &found {
        progress.advance(&mut membership.group, entry.id);
        // A group that was set back delivers what is pending for another: it changes hands.
        if let Some(given) = membership.given(work, entry.id)? {
            membership.take(work, entry.id, &given)?;
        }
        if !options.acknowledges {
            let given = Given { consumer: consumer.clone(), delivered_ms, deliveries };
            membership.give(work, entry.id, &given)?;
        }
    }
    membership.save(work);
    save(work, topic, (header, state), Event::Changed);
    Ok(found)
}

/// The pending entries of the consumer itself; those that are deleted come without fields.
fn deliver_again(
    work: &mut Work<'_>,
    topic: &Bytes,
    (group, consumer): (&Bytes, &Bytes),
    (after, options): (Id, ReadOptions),
) -> Result<Vec<Entry>, Stop> {
    let (header, _, mut membership) = Membership::open(work, topic, group)?;
    membership.hear(work, consumer)?;
    membership.save(work);
    let Some(from) = after.next().filter(|_| options.count != Some(0)) else {
        return Ok(Vec::new());
    };
    let mut ids = Vec::new();
    work.reading().walk(own(header.id, group, consumer, (from, Id::MAX)), |(key, _)| {
        ids.push(id_of(&key)?);
        Ok(if Some(count(ids.len())) == options.count { Walk::Stop } else { Walk::On })
    })?;
    let (mut found, mut measure) = (Vec::new(), Measure::default());
    for id in ids {
        let entry = lookup(work, header.id, id)?;
        measure.add(entry.as_ref().map_or(0, size))?;
        if let Some(given) = membership.given(work, id)?
            && entry.is_some()
        {
            membership.take(work, id, &given)?;
            let deliveries = given.deliveries + 1;
            let given = Given { deliveries, delivered_ms: work.now_ms, ..given };
            membership.give(work, id, &given)?;
        }
        found.push(entry.unwrap_or(Entry { id, fields: None }));
    }
    membership.save(work);
    Ok(found)
}

fn lookup(work: &Work<'_>, topic: u64, id: Id) -> Result<Option<Entry>, Stop> {
    let key = row(topic, id);
    let Some(value) = work.get(&key)? else { return Ok(None) };
    Ok(Some(Entry { id, fields: Some(encoding::row(&key, &value)?) }))
}

fn size(entry: &Entry) -> usize {
    let fields = entry.fields.iter().flatten();
    fields.map(|(field, value)| field.len() + value.len()).sum()
}

pub(super) fn acknowledge(
    work: &mut Work<'_>,
    (topic, group): (&Bytes, &Bytes),
    ids: &[Id],
) -> Result<Answer, Stop> {
    check_count(Counted::Elements, ids.len(), limits::BATCH_ELEMENTS_MAX)?;
    let (header, state, mut membership) = match Membership::open(work, topic, group) {
        Ok(found) => found,
        Err(Stop::Refused(crate::refusal::Refusal::NoSuchGroup { .. })) => {
            return Ok(Answer::Integer(0));
        }
        Err(stop) => return Err(stop),
    };
    let mut done = 0;
    for id in ids {
        if let Some(given) = membership.given(work, *id)? {
            membership.take(work, *id, &given)?;
            done += 1;
        }
    }
    if done > 0 {
        membership.save(work);
        save(work, topic, (header, state), Event::Changed);
    }
    Ok(Answer::count(done))
}

pub(super) fn claim(
    work: &mut Work<'_>,
    (topic, group, consumer): (&Bytes, &Bytes, &Bytes),
    ids: &[Id],
    options: &ClaimOptions,
) -> Result<Answer, Stop> {
    check_count(Counted::Elements, ids.len(), limits::BATCH_ELEMENTS_MAX)?;
    let (header, state, mut membership) = Membership::open(work, topic, group)?;
    if let Some(last) = options.last {
        membership.group.last = membership.group.last.max(last);
    }
    let delivered_ms = match options.delivered {
        None => work.now_ms,
        Some(Delivered::Ago { ms }) => work.now_ms.saturating_sub(ms),
        Some(Delivered::At { ms }) => ms.min(work.now_ms),
    };
    let (mut found, mut measure) = (Vec::new(), Measure::default());
    for id in ids {
        let old = membership.given(work, *id)?;
        let Some(entry) = lookup(work, header.id, *id)? else {
            if let Some(old) = old {
                membership.take(work, *id, &old)?;
            }
            continue;
        };
        let old_deliveries = match old {
            Some(old) if work.now_ms.saturating_sub(old.delivered_ms) < options.idle_ms_min => {
                continue;
            }
            Some(old) => {
                membership.take(work, *id, &old)?;
                old.deliveries
            }
            None if options.is_forced => 1,
            None => continue,
        };
        membership.hear(work, consumer)?;
        let once_more = old_deliveries + u64::from(!options.only_ids);
        let deliveries = options.deliveries.unwrap_or(once_more);
        let given = Given { consumer: consumer.clone(), delivered_ms, deliveries };
        membership.give(work, *id, &given)?;
        measure.add(size(&entry))?;
        found.push(shown(entry, options.only_ids));
    }
    membership.save(work);
    save(work, topic, (header, state), Event::Changed);
    Ok(Answer::Log(found))
}

fn shown(entry: Entry, only_id: bool) -> Entry {
    if only_id { Entry { id: entry.id, fields: None } } else { entry }
}

pub(super) fn claim_next(
    work: &mut Work<'_>,
    (topic, group, consumer): (&Bytes, &Bytes, &Bytes),
    start: Id,
    options: &ClaimNextOptions,
) -> Result<Answer, Stop> {
    let (header, state, mut membership) = Membership::open(work, topic, group)?;
    let wanted = options.count.clamp(1, count(limits::PAGE_ELEMENTS_MAX));
    // Ten times as many are looked at, and one more to say where to go on.
    let visited_max = length(wanted.saturating_mul(10));
    let mut seen: Vec<(Id, Given)> = Vec::new();
    work.reading().walk(pending(header.id, group, start, Id::MAX), |(key, value)| {
        seen.push((id_of(&key)?, encoding::row(&key, &value)?));
        Ok(if seen.len() > visited_max { Walk::Stop } else { Walk::On })
    })?;
    let (mut entries, mut deleted, mut measure) = (Vec::new(), Vec::new(), Measure::default());
    let mut next = Id::MIN;
    for (place, (id, old)) in seen.into_iter().enumerate() {
        if place == visited_max || count(entries.len() + deleted.len()) == wanted {
            next = id;
            break;
        }
        let Some(entry) = lookup(work, header.id, id)? else {
            membership.take(work, id, &old)?;
            deleted.push(id);
            continue;
        };
        if work.now_ms.saturating_sub(old.delivered_ms) < options.idle_ms_min {
            continue;
        }
        membership.take(work, id, &old)?;
        membership.hear(work, consumer)?;
        let deliveries = old.deliveries + u64::from(!options.only_ids);
        let given = Given { consumer: consumer.clone(), delivered_ms: work.now_ms, deliveries };
        membership.give(work, id, &given)?;
        measure.add(size(&entry))?;
        entries.push(shown(entry, options.only_ids));
    }
    membership.save(work);
    save(work, topic, (header, state), Event::Changed);
    Ok(Answer::Topic(TopicAnswer::Claimed { next, entries, deleted }))
}
