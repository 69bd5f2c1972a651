//! Questions to maps.

use bytes::Bytes;

use super::slot::{self, Slot, Stored};
use super::{DEFAULT, Entry, Keys, Query, Scan, compare, history, value};
use crate::answer::{Answer, Page};
use crate::chance::Chance;
use crate::encoding;
use crate::glob;
use crate::kind::{Header, Kind, count, length};
use crate::limits;
use crate::measure::Measure;
use crate::random;
use crate::rows;
use crate::view::{Direction, Row, ViewError};
use crate::work::{Reading, Span, Stop, Walk};

pub(crate) fn query(reading: Reading<'_>, query: &Query) -> Result<Answer, Stop> {
    match query {
        Query::Get { map, key } => {
            let entry = Slot::value(reading, map, key)?.entry;
            Ok(entry.map_or(Answer::Nothing, |entry| Answer::Entry(entry.entry(key.clone()))))
        }
        Query::GetMany { map, keys } => {
            let mut measure = Measure::default();
            let mut values = Vec::with_capacity(keys.len().min(limits::BATCH_ELEMENTS_MAX));
            for key in keys {
                let value = Slot::open(reading, map, key)?.entry.map(|entry| entry.value);
                measure.add(value.as_ref().map_or(0, Bytes::len))?;
                values.push(Answer::optional(value));
            }
            Ok(Answer::List(values))
        }
        Query::Length { map, key } => {
            let entry = Slot::value(reading, map, key)?.entry;
            Ok(Answer::count(entry.map_or(0, |entry| count(entry.value.len()))))
        }
        Query::Range { map, key, from, to } => {
            let entry = Slot::value(reading, map, key)?.entry;
            let bytes = entry.map(|entry| value::range(&entry.value, *from, *to));
            Ok(Answer::Bytes(bytes.unwrap_or_default()))
        }
        Query::Len { map } => Ok(Answer::count(len(reading, map)?)),
        Query::All { map } => Ok(Answer::Entries(all(reading, map)?)),
        Query::Scan { map, scan } => page(reading, map, scan),
        Query::Random { map, count, chance } => random(reading, map, *count, *chance),
        Query::Changes { map, keys, after, count } => {
            Ok(Answer::Changes(history::read(reading, map, keys, (*after, *count))?))
        }
        Query::Compare { one, two, matches_from_bytes } => {
            let default = Bytes::from_static(DEFAULT);
            let mut values = Vec::new();
            for key in [one, two] {
                let entry = Slot::value(reading, &default, key)?.entry;
                values.push(entry.map(|entry| entry.value).unwrap_or_default());
            }
            let [one, two] = values.as_slice() else { return Ok(Answer::Nothing) };
            Ok(Answer::Comparison(compare::compare(one, two, *matches_from_bytes)?))
        }
    }
}

fn len(reading: Reading<'_>, map: &Bytes) -> Result<u64, Stop> {
    if map == DEFAULT {
        return Ok(reading.summary.values);
    }
    Ok(reading.find(map, Kind::Map)?.map_or(0, |header| header.body.len()))
}

/// What the rows of the entries of a map begin with; none when there is no map.
fn table(reading: Reading<'_>, map: &Bytes) -> Result<Option<Bytes>, Stop> {
    if map == DEFAULT {
        return Ok(Some(rows::name(reading.summary.epoch, &[]).end()));
    }
    let header = reading.find(map, Kind::Map)?;
    Ok(header.map(|header| slot::row(header.id, &[]).end()))
}

/// Reads an entry from its row; in `default` a row may be another structure's.
fn read_entry(map: &[u8], (row, value): Row) -> Result<Option<Entry>, ViewError> {
    if map == DEFAULT {
        let header: Header = encoding::shared_row(&row, value)?;
        return Ok(slot::of_header(&header).map(|stored| stored.entry(rows::name_of(&row))));
    }
    let stored: Stored = encoding::shared_row(&row, value)?;
    Ok(Some(stored.entry(slot::key_of(&row))))
}

fn all(reading: Reading<'_>, map: &Bytes) -> Result<Vec<Entry>, Stop> {
    let mut entries = Vec::new();
    let mut measure = Measure::default();
    let Some(table) = table(reading, map)? else { return Ok(entries) };
    reading.walk(Span::of_prefix(table), |row| {
        if let Some(entry) = read_entry(map, row)? {
            measure.add(entry.key.len() + entry.value.len())?;
            entries.push(entry);
        }
        Ok(Walk::On)
    })?;
    Ok(entries)
}

fn page(reading: Reading<'_>, map: &Bytes, scan: &Scan) -> Result<Answer, Stop> {
    let Some(table) = table(reading, map)? else {
        return Ok(Answer::Page(Page { items: Box::new(Answer::Entries(vec![])), next: None }));
    };
    let mut entries = Vec::new();
    let most = length(scan.count).clamp(1, limits::PAGE_ELEMENTS_MAX);
    let (mut next, mut visited, mut bytes) = (None, 0, 0);
    reading.walk(scan.keys.span(&table, scan.after.as_ref(), scan.direction), |row| {
        visited += 1;
        let key = row.0.slice(table.len()..);
        if let Some(entry) = read_entry(map, row)?.filter(|_| scan.keys.contain(&key)) {
            bytes += entry.key.len() + entry.value.len();
            entries.push(entry);
        }
        let is_full = entries.len() == most
            || visited == limits::PAGE_VISITED_MAX
            || bytes > limits::ANSWER_BYTES_MAX / 2;
        next = is_full.then_some(key);
        Ok(if is_full { Walk::Stop } else { Walk::On })
    })?;
    Ok(Answer::Page(Page { items: Box::new(Answer::Entries(entries)), next }))
}

impl Keys {
    /// The rows of a table that can hold these keys, behind the page before.
    pub(crate) fn span(&self, table: &Bytes, after: Option<&Bytes>, direction: Direction) -> Span {
        let join = |key: &[u8]| Bytes::from([table.as_ref(), key].concat());
        let pattern = self.matching.as_deref().map(glob::literal_prefix);
        let mut from = table.clone();
        let mut to = encoding::after_prefix(table);
        for prefix in [self.prefix.as_deref(), pattern].into_iter().flatten() {
            let start = join(prefix);
            to = to.min(encoding::after_prefix(&start));
            from = from.max(start);
        }
        if let Some(first) = &self.from {
            from = from.max(join(first));
        }
        if let Some(end) = &self.to {
            to = to.min(join(end));
        }
        match (after, direction) {
            (Some(after), Direction::Up) => from = from.max(encoding::after(&join(after))),
            (Some(after), Direction::Down) => to = to.min(join(after)),
            (None, _) => {}
        }
        Span { from, to, direction }
    }
}

fn random(
    reading: Reading<'_>,
    map: &Bytes,
    count: Option<i64>,
    seed: u64,
) -> Result<Answer, Stop> {
    let (Some(table), len) = (table(reading, map)?, len(reading, map)?) else {
        return Ok(Answer::Entries(vec![]));
    };
    let mut chance = Chance::new(seed);
    if count.is_none() && len > limits::RANDOM_WALK_MAX && map != DEFAULT {
        let row = random::row(reading, &table, &mut chance)?;
        let entry = row.map(|row| read_entry(map, row)).transpose()?.flatten();
        return Ok(Answer::Entries(entry.into_iter().collect()));
    }
    let all = all(reading, map)?;
    let places = random::places(crate::kind::count(all.len()), count, &mut chance)?;
    let mut measure = Measure::default();
    let mut entries = Vec::new();
    for place in places {
        if let Some(entry) = all.get(length(place)) {
            measure.add(entry.key.len() + entry.value.len())?;
            entries.push(entry.clone());
        }
    }
    Ok(Answer::Entries(entries))
}
