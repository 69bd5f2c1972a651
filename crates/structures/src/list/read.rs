//! Questions to lists.

use bytes::Bytes;

use super::{PositionOptions, Query, tree};
use crate::answer::Answer;
use crate::index;
use crate::kind::{Body, Header, Kind, count};
use crate::limits;
use crate::measure::Measure;
use crate::tree::Tree;
use crate::view::{Direction, View};
use crate::work::{Reading, Stop, Walk};

pub(crate) fn query(reading: Reading<'_>, query: &Query) -> Result<Answer, Stop> {
    let find = |name: &Bytes| reading.find(name, Kind::List);
    match query {
        Query::Len { name } => len(reading, name),
        Query::At { name, index } => {
            let Some(header) = find(name)? else { return Ok(Answer::Nothing) };
            let tree = tree(&header);
            let Some(index) = index::one(tree.root.len, *index) else {
                return Ok(Answer::Nothing);
            };
            Ok(Answer::optional(tree.at(reading.view, index)?))
        }
        Query::Range { name, from, to } => {
            let Some(header) = find(name)? else { return Ok(Answer::List(vec![])) };
            let tree = tree(&header);
            let Some((start, len)) = index::range(tree.root.len, *from, *to) else {
                return Ok(Answer::List(vec![]));
            };
            let (mut values, mut measure) = (Vec::new(), Measure::default());
            walk(reading.view, &tree, (start, start + len, Direction::Up), |_, value| {
                measure.add(value.len())?;
                values.push(value);
                Ok(Walk::On)
            })?;
            Ok(Answer::bytes(values))
        }
        Query::Positions { name, value, options } => {
            let Some(header) = find(name)? else { return Ok(Answer::List(vec![])) };
            let found = positions(reading.view, &tree(&header), value, *options)?;
            Ok(Answer::List(found.into_iter().map(Answer::count).collect()))
        }
    }
}

/// The elements of a list, or the items of a queue that are ready.
fn len(reading: Reading<'_>, name: &Bytes) -> Result<Answer, Stop> {
    match reading.header(name)? {
        Some(Header { body: Body::Queue(state), .. }) => Ok(Answer::count(state.ready)),
        _ => {
            let header = reading.find(name, Kind::List)?;
            Ok(Answer::count(header.map_or(0, |header| header.body.len())))
        }
    }
}

fn positions(
    view: &dyn View,
    tree: &Tree,
    value: &Bytes,
    options: PositionOptions,
) -> Result<Vec<u64>, Stop> {
    let direction = if options.rank < 0 { Direction::Down } else { Direction::Up };
    let mut skipped = options.rank.unsigned_abs().saturating_sub(1);
    let (mut found, mut visited) = (Vec::new(), 0);
    walk(view, tree, (0, tree.root.len, direction), |index, other| {
        visited += 1;
        if other == value {
            if skipped == 0 {
                found.push(index);
            }
            skipped = skipped.saturating_sub(1);
        }
        let is_enough = options.count > 0 && count(found.len()) == options.count;
        let is_over = options.visited_max > 0 && visited == options.visited_max;
        Ok(if is_enough || is_over { Walk::Stop } else { Walk::On })
    })?;
    Ok(found)
}

/// Shows `visit` the elements with `from <= index < to` and their indexes.
pub(super) fn walk(
    view: &dyn View,
    tree: &Tree,
    (from, to, direction): (u64, u64, Direction),
    mut visit: impl FnMut(u64, Bytes) -> Result<Walk, Stop>,
) -> Result<(), Stop> {
    let page = count(limits::ROWS_AT_ONCE);
    let (mut from, mut to) = (from, to);
    while from < to {
        let len = page.min(to - from);
        let start = if direction == Direction::Up { from } else { to - len };
        let mut elements: Vec<(u64, Bytes)> =
            (start..).zip(tree.range(view, start, len)?).collect();
        match direction {
            Direction::Up => from += len,
            Direction::Down => {
                to -= len;
                elements.reverse();
            }
        }
        for (index, element) in elements {
            if visit(index, element)? == Walk::Stop {
                return Ok(());
            }
        }
    }
    Ok(())
}
