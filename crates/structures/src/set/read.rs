//! Questions to sets.

use bytes::Bytes;

use super::{Combination, Query, combine, tree};
use crate::answer::{Answer, Page};
use crate::chance::Chance;
use crate::encoding;
use crate::glob;
use crate::kind::{Header, Kind, count, length};
use crate::limits;
use crate::measure::Measure;
use crate::random;
use crate::tree::Tree;
use crate::view::View;
use crate::work::{Reading, Stop, Walk};

pub(crate) fn query(reading: Reading<'_>, query: &Query) -> Result<Answer, Stop> {
    let find = |name: &Bytes| reading.find(name, Kind::Set);
    match query {
        Query::Len { name } => Ok(Answer::count(find(name)?.map_or(0, |header| header.body.len()))),
        Query::Contain { name, members } => {
            let header = find(name)?;
            let mut flags = Vec::with_capacity(members.len().min(limits::BATCH_ELEMENTS_MAX));
            for member in members {
                flags.push(Answer::Flag(contains(reading.view, header.as_ref(), member)?));
            }
            Ok(Answer::List(flags))
        }
        Query::Members { name } => {
            let header = find(name)?;
            Ok(Answer::bytes(header.map_or(Ok(vec![]), |header| all(reading.view, &header))?))
        }
        Query::Random { name, count, chance } => {
            let Some(header) = find(name)? else { return Ok(Answer::List(vec![])) };
            let tree = tree(&header);
            let places = random::places(tree.root.len, *count, &mut Chance::new(*chance))?;
            let (mut members, mut measure) = (Vec::new(), Measure::default());
            for place in places {
                let member = tree.at(reading.view, place)?;
                measure.add(member.as_ref().map_or(0, Bytes::len))?;
                members.extend(member);
            }
            Ok(Answer::bytes(members))
        }
        Query::Combine { combination, names } => {
            Ok(Answer::bytes(combine::combine(reading, *combination, names, 0)?))
        }
        Query::IntersectionLen { names, most } => {
            let found = combine::combine(reading, Combination::Intersection, names, *most)?;
            Ok(Answer::count(count(found.len())))
        }
        Query::Scan { name, after, matching, count } => {
            let Some(header) = find(name)? else { return Ok(page(vec![], None)) };
            scan(reading.view, &tree(&header), after.as_ref(), (matching.as_ref(), *count))
        }
    }
}

pub(super) fn contains(
    view: &dyn View,
    header: Option<&Header>,
    member: &Bytes,
) -> Result<bool, Stop> {
    match header {
        Some(header) => Ok(tree(header).find(view, member)?.is_there),
        None => Ok(false),
    }
}

pub(super) fn all(view: &dyn View, header: &Header) -> Result<Vec<Bytes>, Stop> {
    let (mut members, mut measure) = (Vec::new(), Measure::default());
    walk(view, &tree(header), 0, |_, member| {
        measure.add(member.len())?;
        members.push(member);
        Ok(Walk::On)
    })?;
    Ok(members)
}

/// Shows `visit` the elements of a tree from an index on.
pub(crate) fn walk(
    view: &dyn View,
    tree: &Tree,
    from: u64,
    mut visit: impl FnMut(u64, Bytes) -> Result<Walk, Stop>,
) -> Result<(), Stop> {
    let page = count(limits::ROWS_AT_ONCE);
    let mut start = from;
    while start < tree.root.len {
        for (index, element) in (start..).zip(tree.range(view, start, page)?) {
            if visit(index, element)? == Walk::Stop {
                return Ok(());
            }
        }
        start += page;
    }
    Ok(())
}

fn page(members: Vec<Bytes>, next: Option<Bytes>) -> Answer {
    Answer::Page(Page { items: Box::new(Answer::bytes(members)), next })
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
    let (mut members, mut next, mut visited) = (Vec::new(), None, 0);
    walk(view, tree, start, |_, member| {
        visited += 1;
        if matching.is_none_or(|pattern| glob::matches(pattern, &member)) {
            members.push(member.clone());
        }
        let is_full = members.len() == most || visited == limits::PAGE_VISITED_MAX;
        next = is_full.then_some(member);
        Ok(if is_full { Walk::Stop } else { Walk::On })
    })?;
    Ok(page(members, next))
}
