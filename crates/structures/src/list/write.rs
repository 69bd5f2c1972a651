//! Commands of lists.

use bytes::Bytes;

use super::read::walk;
use super::{Command, End, Side, tree};
use crate::answer::Answer;
use crate::index;
use crate::kind::{Body, Header, Kind, count, integer};
use crate::limits;
use crate::measure::Measure;
use crate::notice::Event;
use crate::queue;
use crate::refusal::{Counted, Refusal};
use crate::tree::{Root, Tree};
use crate::view::{Direction, ViewError};
use crate::work::{Stop, Walk, Work, check_count, check_value};

pub(crate) fn apply(work: &mut Work<'_>, command: &Command) -> Result<Answer, Stop> {
    match command {
        Command::Push { name, end, values, only_existing } => {
            push(work, (name, *end), values, *only_existing)
        }
        Command::Pop { name, end, count } => {
            Ok(pop(work, name, *end, *count)?.map_or(Answer::Nothing, Answer::bytes))
        }
        Command::PopFirst { names, end, count } => {
            for name in names {
                let values = pop(work, name, *end, *count)?;
                if let Some(values) = values.filter(|values| !values.is_empty()) {
                    let name = Answer::Bytes(name.clone());
                    return Ok(Answer::List(vec![name, Answer::bytes(values)]));
                }
            }
            Ok(Answer::Nothing)
        }
        Command::Move { from, from_end, to, to_end } => {
            move_one(work, (from, *from_end), (to, *to_end))
        }
        Command::Set { name, index, value } => set(work, name, *index, value),
        Command::Insert { name, side, pivot, value } => insert(work, (name, *side), pivot, value),
        Command::Remove { name, value, count } => remove(work, name, value, *count),
        Command::Trim { name, from, to } => trim(work, name, *from, *to),
    }
}

/// Lays the changed tree into the row of its name.
fn save(work: &mut Work<'_>, name: &Bytes, list: (Header, Tree), event: Event) {
    let (mut header, tree) = list;
    header.body = Body::List(tree.root);
    work.save_with(name, &mut header, event);
}

fn save_shrunk(work: &mut Work<'_>, name: &Bytes, list: (Header, Tree)) -> Result<(), ViewError> {
    let (mut header, tree) = list;
    header.body = Body::List(tree.root);
    work.save_shrunk(name, &mut header)
}

fn is_queue(work: &Work<'_>, name: &Bytes) -> Result<bool, ViewError> {
    let header = work.reading().header(name)?;
    Ok(header.is_some_and(|header| header.body.kind() == Kind::Queue))
}

fn push(
    work: &mut Work<'_>,
    (name, end): (&Bytes, End),
    values: &[Bytes],
    only_existing: bool,
) -> Result<Answer, Stop> {
    check_count(Counted::Elements, values.len(), limits::BATCH_ELEMENTS_MAX)?;
    if is_queue(work, name)? {
        return queue::push_values(work, name, values);
    }
    let header = match work.find(name, Kind::List)? {
        Some(header) => header,
        None if only_existing || values.is_empty() => return Ok(Answer::Integer(0)),
        None => work.create(name, Body::List(Root::default()))?,
    };
    let mut tree = tree(&header);
    for value in values {
        check_value(value.len())?;
        let index = if end == End::Front { 0 } else { tree.root.len };
        tree.insert(work, index, value.clone())?;
    }
    let len = tree.root.len;
    save(work, name, (header, tree), Event::Grown);
    Ok(Answer::count(len))
}

fn pop(
    work: &mut Work<'_>,
    name: &Bytes,
    end: End,
    wanted: u64,
) -> Result<Option<Vec<Bytes>>, Stop> {
    if is_queue(work, name)? {
        return queue::pop_values(work, name, wanted).map(Some);
    }
    let Some(header) = work.find(name, Kind::List)? else { return Ok(None) };
    let mut tree = tree(&header);
    let wanted = wanted.min(tree.root.len);
    if wanted == 0 {
        return Ok(Some(Vec::new()));
    }
    let start = if end == End::Front { 0 } else { tree.root.len - wanted };
    let mut values = Vec::new();
    let mut measure = Measure::default();
    walk(work, &tree, (start, start + wanted, Direction::Up), |_, value| {
        measure.add(value.len())?;
        values.push(value);
        Ok(Walk::On)
    })?;
    if end == End::Back {
        values.reverse();
    }
    tree.remove(work, start, wanted)?;
    save_shrunk(work, name, (header, tree))?;
    Ok(Some(values))
}

fn move_one(
    work: &mut Work<'_>,
    (from, from_end): (&Bytes, End),
    (to, to_end): (&Bytes, End),
) -> Result<Answer, Stop> {
    if work.reading().header(from)?.is_some() && !is_queue(work, to)? {
        // A destination of another kind must be found out before something is popped.
        work.find(to, Kind::List)?;
    }
    if let Some(header) = work.reading().header(from)?
        && from == to
        && matches!(header.body, Body::List(_))
        && header.body.len() == 1
    {
        // The list must not vanish in between, and lose when it ends.
        return Ok(Answer::optional(tree(&header).at(work, 0)?));
    }
    let Some(mut values) = pop(work, from, from_end, 1)? else { return Ok(Answer::Nothing) };
    let Some(value) = values.pop() else { return Ok(Answer::Nothing) };
    push(work, (to, to_end), std::slice::from_ref(&value), false)?;
    Ok(Answer::Bytes(value))
}

fn set(work: &mut Work<'_>, name: &Bytes, index: i64, value: &Bytes) -> Result<Answer, Stop> {
    check_value(value.len())?;
    let Some(header) = work.find(name, Kind::List)? else {
        return Err(Refusal::NotFound { name: name.clone() }.into());
    };
    let mut tree = tree(&header);
    let len = tree.root.len;
    let place = index::one(len, index).ok_or(Refusal::IndexOutOfRange { index, len })?;
    tree.replace(work, place, value.clone())?;
    save(work, name, (header, tree), Event::Changed);
    Ok(Answer::Done)
}

fn insert(
    work: &mut Work<'_>,
    (name, side): (&Bytes, Side),
    pivot: &Bytes,
    value: &Bytes,
) -> Result<Answer, Stop> {
    check_value(value.len())?;
    let Some(header) = work.find(name, Kind::List)? else { return Ok(Answer::Integer(0)) };
    let mut tree = tree(&header);
    let mut place = None;
    walk(work, &tree, (0, tree.root.len, Direction::Up), |index, other| {
        if other != pivot {
            return Ok(Walk::On);
        }
        place = Some(index);
        Ok(Walk::Stop)
    })?;
    let Some(place) = place else { return Ok(Answer::Integer(-1)) };
    let place = if side == Side::Before { place } else { place + 1 };
    tree.insert(work, place, value.clone())?;
    let len = tree.root.len;
    save(work, name, (header, tree), Event::Grown);
    Ok(Answer::count(len))
}

fn remove(work: &mut Work<'_>, name: &Bytes, value: &Bytes, wanted: i64) -> Result<Answer, Stop> {
    let Some(header) = work.find(name, Kind::List)? else { return Ok(Answer::Integer(0)) };
    let mut tree = tree(&header);
    let direction = if wanted < 0 { Direction::Down } else { Direction::Up };
    let most = if wanted == 0 { u64::MAX } else { wanted.unsigned_abs() };
    let mut places = Vec::new();
    walk(work, &tree, (0, tree.root.len, direction), |index, other| {
        if other == value {
            places.push(index);
        }
        Ok(if count(places.len()) == most { Walk::Stop } else { Walk::On })
    })?;
    // From the last to the first, so that the indexes of the others stay.
    places.sort_unstable_by(|one, two| two.cmp(one));
    for place in &places {
        tree.remove(work, *place, 1)?;
    }
    if !places.is_empty() {
        save_shrunk(work, name, (header, tree))?;
    }
    Ok(Answer::Integer(integer(count(places.len()))))
}

fn trim(work: &mut Work<'_>, name: &Bytes, from: i64, to: i64) -> Result<Answer, Stop> {
    let Some(header) = work.find(name, Kind::List)? else { return Ok(Answer::Done) };
    let mut tree = tree(&header);
    let len = tree.root.len;
    let (start, kept) = index::range(len, from, to).unwrap_or((0, 0));
    if kept == len {
        return Ok(Answer::Done);
    }
    tree.remove(work, start + kept, len - start - kept)?;
    tree.remove(work, 0, start)?;
    save_shrunk(work, name, (header, tree))?;
    Ok(Answer::Done)
}
