//! Questions to topics.

use bytes::Bytes;

use super::group::{Consumer, Given, Group, consumers, groups, own, pending, pending_row, row};
use super::log::{entries, id_of, span};
use super::progress::Progress;
use super::{
    Answer as TopicAnswer, ConsumerInfo, Entry, GroupFull, GroupInfo, Id, Info, Pending,
    PendingRange, Query, State,
};
use crate::answer::Answer;
use crate::encoding;
use crate::kind::{Body, Kind, count};
use crate::measure::Measure;
use crate::refusal::Refusal;
use crate::rows;
use crate::view::Direction;
use crate::work::{Reading, Span, Stop, Walk};

pub(crate) fn query(reading: Reading<'_>, query: &Query) -> Result<Answer, Stop> {
    match query {
        Query::Len { name } => {
            Ok(Answer::count(find(reading, name)?.map_or(0, |(_, state)| state.len)))
        }
        Query::Last { name } => {
            Ok(Answer::Id(find(reading, name)?.map_or(Id::MIN, |(_, state)| state.last)))
        }
        Query::Range { name, from, to, direction, count } => {
            let Some((topic, _)) = find(reading, name)? else { return Ok(Answer::Log(vec![])) };
            Ok(Answer::Log(entries(reading, span(topic, *from, *to, *direction), *count)?))
        }
        Query::Read { topics, count } => {
            let mut logs = Vec::new();
            for (name, after) in topics {
                let Some((topic, _)) = find(reading, name)? else { continue };
                let Some(from) = after.next() else { continue };
                let span = span(topic, from, Id::MAX, Direction::Up);
                let found = entries(reading, span, *count)?;
                logs.extend(Some((name.clone(), found)).filter(|(_, found)| !found.is_empty()));
            }
            Ok(Answer::Logs(logs))
        }
        Query::PendingSummary { name, group } => summary(reading, name, group),
        Query::Pending { name, group, range } => {
            let (topic, _, _) = find_group(reading, name, group)?;
            Ok(Answer::Topic(TopicAnswer::Pending(list(reading, (topic, group), range)?)))
        }
        Query::Info { name } => {
            let (topic, state) = must_find(reading, name)?;
            Ok(Answer::Topic(TopicAnswer::Info(Box::new(info(reading, topic, state)?))))
        }
        Query::Groups { name } => {
            let (topic, state) = must_find(reading, name)?;
            Ok(Answer::Topic(TopicAnswer::Groups(group_infos(reading, topic, state)?)))
        }
        Query::Consumers { name, group } => {
            let (topic, _, _) = find_group(reading, name, group)?;
            Ok(Answer::Topic(TopicAnswer::Consumers(consumer_infos(reading, topic, group)?)))
        }
        Query::Full { name, count } => full(reading, name, *count),
    }
}

fn find(reading: Reading<'_>, name: &Bytes) -> Result<Option<(u64, State)>, Stop> {
    let Some(header) = reading.find(name, Kind::Topic)? else { return Ok(None) };
    let Body::Topic(state) = header.body else { return Ok(None) };
    Ok(Some((header.id, state)))
}

fn must_find(reading: Reading<'_>, name: &Bytes) -> Result<(u64, State), Stop> {
    let found = find(reading, name)?;
    found.ok_or_else(|| Refusal::NotFound { name: name.clone() }.into())
}

fn find_group(
    reading: Reading<'_>,
    name: &Bytes,
    group: &Bytes,
) -> Result<(u64, State, Group), Stop> {
    if let Some((topic, state)) = find(reading, name)?
        && let Some(found) = reading.row::<Group>(&row(topic, group))?
    {
        return Ok((topic, state, found));
    }
    Err(Refusal::NoSuchGroup { topic: name.clone(), group: group.clone() }.into())
}

fn edge(reading: Reading<'_>, topic: u64, direction: Direction) -> Result<Option<Entry>, Stop> {
    Ok(entries(reading, span(topic, Id::MIN, Id::MAX, direction), Some(1))?.pop())
}

fn info(reading: Reading<'_>, topic: u64, state: State) -> Result<Info, Stop> {
    Ok(Info {
        len: state.len,
        last: state.last,
        deleted: state.deleted,
        added: state.added,
        groups: state.groups,
        retention: state.retention,
        first_entry: edge(reading, topic, Direction::Up)?,
        last_entry: edge(reading, topic, Direction::Down)?,
    })
}

/// What follows the letter and, where there is one, the sized name of the group.
fn tail_of(key: &Bytes, group: Option<&Bytes>) -> Bytes {
    let skipped = rows::OF_BYTES + group.map_or(0, |group| 4 + group.len());
    key.slice(skipped.min(key.len())..)
}

fn group_infos(reading: Reading<'_>, topic: u64, state: State) -> Result<Vec<GroupInfo>, Stop> {
    let first = edge(reading, topic, Direction::Up)?.map_or(Id::MIN, |entry| entry.id);
    let progress = Progress { state, first };
    let mut infos = Vec::new();
    reading.walk(groups(topic), |(key, value)| {
        let group: Group = encoding::row(&key, &value)?;
        infos.push(GroupInfo {
            name: tail_of(&key, None),
            consumers: group.consumers,
            pending: group.pending,
            last_delivered: group.last,
            entries_read: group.entries_read,
            lag: progress.lag(&group),
        });
        Ok(Walk::On)
    })?;
    Ok(infos)
}

fn consumer_infos(
    reading: Reading<'_>,
    topic: u64,
    group: &Bytes,
) -> Result<Vec<ConsumerInfo>, Stop> {
    let mut infos = Vec::new();
    reading.walk(consumers(topic, group), |(key, value)| {
        let Consumer { seen_ms, pending } = encoding::row(&key, &value)?;
        infos.push(ConsumerInfo { name: tail_of(&key, Some(group)), pending, seen_ms });
        Ok(Walk::On)
    })?;
    Ok(infos)
}

fn summary(reading: Reading<'_>, name: &Bytes, group: &Bytes) -> Result<Answer, Stop> {
    let (topic, _, found) = find_group(reading, name, group)?;
    let Span { from, to, .. } = pending(topic, group, Id::MIN, Id::MAX);
    let edge = |direction| reading.view.scan(&from, &to, direction, 1);
    let (first, last) = (edge(Direction::Up)?, edge(Direction::Down)?);
    let ends = match (first.first(), last.first()) {
        (Some((first, _)), Some((last, _))) => Some((id_of(first)?, id_of(last)?)),
        _ => None,
    };
    let mut consumers = consumer_infos(reading, topic, group)?;
    consumers.retain(|consumer| consumer.pending > 0);
    let consumers = consumers.into_iter().map(|found| (found.name, found.pending)).collect();
    let count = found.pending;
    Ok(Answer::Topic(TopicAnswer::PendingSummary { count, ends, consumers }))
}

fn list(
    reading: Reading<'_>,
    (topic, group): (u64, &Bytes),
    range: &PendingRange,
) -> Result<Vec<Pending>, Stop> {
    let PendingRange { from, to, count: wanted, consumer, delivered_until_ms } = range;
    let span = match consumer {
        Some(consumer) => own(topic, group, consumer, (*from, *to)),
        None => pending(topic, group, *from, *to),
    };
    let (mut found, mut measure) = (Vec::new(), Measure::default());
    if *wanted == 0 || from > to {
        return Ok(found);
    }
    reading.walk(span, |(key, _)| {
        let id = id_of(&key)?;
        let given: Option<Given> = reading.row(&pending_row(topic, group, id))?;
        if let Some(given) = given
            && delivered_until_ms.is_none_or(|until_ms| given.delivered_ms <= until_ms)
        {
            let Given { consumer, delivered_ms, deliveries } = given;
            measure.add(consumer.len())?;
            found.push(Pending { id, consumer, delivered_ms, deliveries });
        }
        Ok(if count(found.len()) == *wanted { Walk::Stop } else { Walk::On })
    })?;
    Ok(found)
}

fn full(reading: Reading<'_>, name: &Bytes, wanted: u64) -> Result<Answer, Stop> {
    let (topic, state) = must_find(reading, name)?;
    let most = if wanted == 0 { u64::MAX } else { wanted };
    let span = span(topic, Id::MIN, Id::MAX, Direction::Up);
    let log = entries(reading, span, Some(most))?;
    let everything = PendingRange {
        from: Id::MIN,
        to: Id::MAX,
        count: most,
        consumer: None,
        delivered_until_ms: None,
    };
    let mut groups = Vec::new();
    for info in group_infos(reading, topic, state)? {
        let pending = list(reading, (topic, &info.name), &everything)?;
        let mut consumers = Vec::new();
        for consumer in consumer_infos(reading, topic, &info.name)? {
            let own = PendingRange { consumer: Some(consumer.name.clone()), ..everything.clone() };
            let pending = list(reading, (topic, &info.name), &own)?;
            consumers.push((consumer, pending));
        }
        groups.push(GroupFull { info, pending, consumers });
    }
    let info = Box::new(info(reading, topic, state)?);
    Ok(Answer::Topic(TopicAnswer::Full(info, log, groups)))
}
