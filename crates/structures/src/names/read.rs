//! Questions to names.

use bytes::Bytes;

use super::{Name, Query};
use crate::answer::{Answer, Page};
use crate::chance::Chance;
use crate::encoding;
use crate::kind::{Header, Kind, length};
use crate::limits;
use crate::map::Keys;
use crate::measure::Measure;
use crate::random;
use crate::rows;
use crate::view::{Direction, Row, ViewError};
use crate::work::{Reading, Stop, Walk};

pub(crate) fn query(reading: Reading<'_>, query: &Query) -> Result<Answer, Stop> {
    let header = |name: &Bytes| reading.header(name);
    match query {
        Query::Exist { names } => {
            let mut found = 0;
            for name in names {
                found += u64::from(header(name)?.is_some());
            }
            Ok(Answer::count(found))
        }
        Query::Kind { name } => {
            Ok(header(name)?.map_or(Answer::Nothing, |header| Answer::Kind(header.body.kind())))
        }
        Query::Deadline { name } => {
            Ok(header(name)?.map_or(Answer::Nothing, |header| Answer::Deadline(header.expires_ms)))
        }
        Query::Revision { name } => {
            Ok(header(name)?.map_or(Answer::Nothing, |header| Answer::count(header.revision)))
        }
        Query::Describe { name } => Ok(header(name)?.map_or(Answer::Nothing, |header| {
            Answer::Names(vec![describe(name.clone(), &header)])
        })),
        Query::Len => Ok(Answer::count(reading.summary.names)),
        Query::Scan { after, matching, kind, count } => {
            page(reading, after.as_ref(), matching.as_ref(), (*kind, *count))
        }
        Query::All { matching } => all(reading, matching.as_ref()),
        Query::Random { chance } => {
            let table = rows::name(reading.summary.epoch, &[]).end();
            let row = random_row(reading, &table, &mut Chance::new(*chance))?;
            let name = row.as_ref().map(read_name).transpose()?;
            Ok(name.map_or(Answer::Nothing, |name| Answer::Names(vec![name])))
        }
    }
}

fn describe(name: Bytes, header: &Header) -> Name {
    Name {
        name,
        kind: header.body.kind(),
        len: header.body.len(),
        created: header.created,
        revision: header.revision,
        expires_ms: header.expires_ms,
    }
}

fn read_name((key, value): &Row) -> Result<Name, ViewError> {
    let header: Header = encoding::row(key, value)?;
    Ok(describe(rows::name_of(key), &header))
}

fn page(
    reading: Reading<'_>,
    after: Option<&Bytes>,
    matching: Option<&Bytes>,
    (kind, count): (Option<Kind>, u64),
) -> Result<Answer, Stop> {
    let table = rows::name(reading.summary.epoch, &[]).end();
    let keys = Keys { matching: matching.cloned(), ..Keys::default() };
    let most = length(count).clamp(1, limits::PAGE_ELEMENTS_MAX);
    let (mut names, mut next, mut visited) = (Vec::new(), None, 0);
    reading.walk(keys.span(&table, after, Direction::Up), |row| {
        visited += 1;
        let key = rows::name_of(&row.0);
        if keys.contain(&key) {
            let name = read_name(&row)?;
            names.extend(Some(name).filter(|name| kind.is_none_or(|kind| kind == name.kind)));
        }
        let is_full = names.len() == most || visited == limits::PAGE_VISITED_MAX;
        next = is_full.then_some(key);
        Ok(if is_full { Walk::Stop } else { Walk::On })
    })?;
    Ok(Answer::Page(Page { items: Box::new(Answer::Names(names)), next }))
}

fn all(reading: Reading<'_>, matching: Option<&Bytes>) -> Result<Answer, Stop> {
    let table = rows::name(reading.summary.epoch, &[]).end();
    let keys = Keys { matching: matching.cloned(), ..Keys::default() };
    let (mut names, mut measure) = (Vec::new(), Measure::default());
    reading.walk(keys.span(&table, None, Direction::Up), |row| {
        let key = rows::name_of(&row.0);
        if keys.contain(&key) {
            measure.add(key.len())?;
            names.push(read_name(&row)?);
        }
        Ok(Walk::On)
    })?;
    Ok(Answer::Names(names))
}

fn random_row(
    reading: Reading<'_>,
    table: &Bytes,
    chance: &mut Chance,
) -> Result<Option<Row>, ViewError> {
    let names = reading.summary.names;
    if names > limits::RANDOM_WALK_MAX {
        return random::row(reading, table, chance);
    }
    let end = encoding::after_prefix(table);
    let rows = reading.view.scan(table, &end, Direction::Up, length(names))?;
    let place = length(chance.below(names));
    Ok(rows.into_iter().nth(place))
}
