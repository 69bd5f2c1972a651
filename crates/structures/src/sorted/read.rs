//! Questions to sorted sets.

use bytes::Bytes;

use super::span::Indexes;
use super::{Query, combine, element, parse_element, score_of, tree};
use crate::answer::{Answer, Page};
use crate::chance::Chance;
use crate::encoding;
use crate::glob;
use crate::kind::{Kind, count, length};
use crate::limits;
use crate::measure::Measure;
use crate::random;
use crate::set;
use crate::tree::Tree;
use crate::view::{Direction, View};
use crate::work::{Reading, Stop, Walk};

pub(crate) fn query(reading: Reading<'_>, query: &Query) -> Result<Answer, Stop> {
    let view = reading.view;
    let find = |name: &Bytes| reading.find(name, Kind::SortedSet);
    match query {
        Query::Len { name } => Ok(Answer::count(find(name)?.map_or(0, |header| header.body.len()))),
        Query::Scores { name, members } => {
            let header = find(name)?;
            let mut scores = Vec::with_capacity(members.len().min(limits::BATCH_ELEMENTS_MAX));
            for member in members {
                let score = match &header {
                    Some(header) => score_of(view, header.id, member)?,
                    None => None,
                };
                scores.push(score.map_or(Answer::Nothing, Answer::Float));
            }
            Ok(Answer::List(scores))
        }
        Query::Rank { name, member, direction } => {
            let Some(header) = find(name)? else { return Ok(Answer::Nothing) };
            let Some(score) = score_of(view, header.id, member)? else {
                return Ok(Answer::Nothing);
            };
            let tree = tree(&header);
            let index = tree.find(view, &element(score, member))?.index;
            Ok(Answer::count(match direction {
                Direction::Up => index,
                Direction::Down => tree.root.len.saturating_sub(index + 1),
            }))
        }
        Query::Count { name, range } => {
            let Some(header) = find(name)? else { return Ok(Answer::Integer(0)) };
            let (from, to) = range.indexes(view, &tree(&header), Direction::Up)?;
            Ok(Answer::count(to - from))
        }
        Query::Range { name, slice } => {
            let Some(header) = find(name)? else { return Ok(Answer::Scored(vec![])) };
            let tree = tree(&header);
            let indexes = slice.indexes(view, &tree)?;
            Ok(Answer::Scored(members(view, &tree, indexes, slice.direction)?))
        }
        Query::Random { name, count, chance } => random(reading, name, *count, *chance),
        Query::Combine { combined } => Ok(Answer::Scored(combine::combine(reading, combined)?)),
        Query::IntersectionLen { names, most } => {
            Ok(Answer::count(combine::intersection_len(reading, names, *most)?))
        }
        Query::Scan { name, after, matching, count } => {
            let Some(header) = find(name)? else { return Ok(page(vec![], None)) };
            scan(view, &tree(&header), after.as_ref(), (matching.as_ref(), *count))
        }
    }
}

/// The members with these indexes, the last ones first when the direction is `Down`.
pub(super) fn members(
    view: &dyn View,
    tree: &Tree,
    (from, to): Indexes,
    direction: Direction,
) -> Result<Vec<(Bytes, f64)>, Stop> {
    let (mut found, mut measure) = (Vec::new(), Measure::default());
    set::walk(view, tree, from, |index, element| {
        if index >= to {
            return Ok(Walk::Stop);
        }
        measure.add(element.len())?;
        found.push(parse_element(&element));
        Ok(Walk::On)
    })?;
    if direction == Direction::Down {
        found.reverse();
    }
    Ok(found)
}

fn random(
    reading: Reading<'_>,
    name: &Bytes,
    count: Option<i64>,
    chance: u64,
) -> Result<Answer, Stop> {
    let Some(header) = reading.find(name, Kind::SortedSet)? else {
        return Ok(Answer::Scored(vec![]));
    };
    let tree = tree(&header);
    let places = random::places(tree.root.len, count, &mut Chance::new(chance))?;
    let (mut members, mut measure) = (Vec::new(), Measure::default());
    for place in places {
        if let Some(element) = tree.at(reading.view, place)? {
            measure.add(element.len())?;
            members.push(parse_element(&element));
        }
    }
    Ok(Answer::Scored(members))
}

fn page(members: Vec<(Bytes, f64)>, next: Option<Bytes>) -> Answer {
    Answer::Page(Page { items: Box::new(Answer::Scored(members)), next })
}

fn scan(
    view: &dyn View,
    tree: &Tree,
    after: Option<&Bytes>,
    (matching, wanted): (Option<&Bytes>, u64),
) -> Result<Answer, Stop> {
    let start = match after {
        Some(after) => tree.find(view, &encoding::after(after))?.index,
        None => 0,
    };
    let most = length(wanted).clamp(1, limits::PAGE_ELEMENTS_MAX);
    let (mut found, mut next, mut visited) = (Vec::new(), None, 0);
    set::walk(view, tree, start, |_, element| {
        visited += 1;
        let (member, score) = parse_element(&element);
        if matching.is_none_or(|pattern| glob::matches(pattern, &member)) {
            found.push((member, score));
        }
        let is_full = count(found.len()) == count(most) || visited == limits::PAGE_VISITED_MAX;
        next = is_full.then_some(element);
        Ok(if is_full { Walk::Stop } else { Walk::On })
    })?;
    Ok(page(found, next))
}
