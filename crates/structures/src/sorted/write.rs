//! Commands of sorted sets.

use bytes::Bytes;

use super::read::members;
use super::span::Indexes;
use super::{AddOptions, Command, Moves, Only, combine, element, score_of, score_row, tree};
use crate::answer::Answer;
use crate::kind::{Body, Header, Kind, count};
use crate::limits;
use crate::notice::{Cause, Event};
use crate::refusal::{Counted, Refusal};
use crate::tree::{Root, Tree};
use crate::view::{Direction, ViewError};
use crate::work::{Stop, Work, check_count, check_key};

pub(crate) fn apply(work: &mut Work<'_>, command: &Command) -> Result<Answer, Stop> {
    match command {
        Command::Add { name, members, options } => add(work, name, members, *options),
        Command::Increment { name, member, by, options } => {
            increment(work, name, (*by, member), *options)
        }
        Command::Remove { name, members } => {
            let Some(header) = work.find(name, Kind::SortedSet)? else {
                return Ok(Answer::Integer(0));
            };
            let mut tree = tree(&header);
            let old_len = tree.root.len;
            for member in members {
                if let Some(score) = score_of(work, header.id, member)? {
                    take(work, &mut tree, member, score)?;
                }
            }
            let removed = old_len - tree.root.len;
            if removed > 0 {
                save_shrunk(work, name, (header, tree))?;
            }
            Ok(Answer::count(removed))
        }
        Command::RemoveRange { name, range } => {
            let Some(header) = work.find(name, Kind::SortedSet)? else {
                return Ok(Answer::Integer(0));
            };
            let indexes = range.indexes(work, &tree(&header), Direction::Up)?;
            let removed = cut(work, name, header, (indexes, Direction::Up))?;
            Ok(Answer::count(count(removed.len())))
        }
        Command::Pop { name, direction, count } => {
            Ok(Answer::Scored(pop(work, name, *direction, *count)?))
        }
        Command::PopFirst { names, direction, count } => {
            for name in names {
                let popped = pop(work, name, *direction, *count)?;
                if !popped.is_empty() {
                    let name = Answer::Bytes(name.clone());
                    return Ok(Answer::List(vec![name, Answer::Scored(popped)]));
                }
            }
            Ok(Answer::Nothing)
        }
        Command::Store { to, combined } => {
            let members = combine::combine(work.reading(), combined)?;
            store(work, to, &members)
        }
        Command::StoreRange { to, from, slice } => {
            let found = match work.find(from, Kind::SortedSet)? {
                Some(header) => {
                    let tree = tree(&header);
                    let indexes = slice.indexes(work, &tree)?;
                    members(work, &tree, indexes, Direction::Up)?
                }
                None => Vec::new(),
            };
            store(work, to, &found)
        }
    }
}

/// The sorted set `name`, made when it is not there.
fn open(work: &mut Work<'_>, name: &Bytes) -> Result<Header, Stop> {
    match work.find(name, Kind::SortedSet)? {
        Some(header) => Ok(header),
        None => Ok(work.create(name, Body::SortedSet(Root::default()))?),
    }
}

fn save(work: &mut Work<'_>, name: &Bytes, (mut header, tree): (Header, Tree), event: Event) {
    header.body = Body::SortedSet(tree.root);
    work.save_with(name, &mut header, event);
}

fn save_shrunk(
    work: &mut Work<'_>,
    name: &Bytes,
    (mut header, tree): (Header, Tree),
) -> Result<(), ViewError> {
    header.body = Body::SortedSet(tree.root);
    work.save_shrunk(name, &mut header)
}

fn add(
    work: &mut Work<'_>,
    name: &Bytes,
    members: &[(f64, Bytes)],
    options: AddOptions,
) -> Result<Answer, Stop> {
    check_count(Counted::Elements, members.len(), limits::BATCH_ELEMENTS_MAX)?;
    if members.iter().any(|(score, _)| score.is_nan()) {
        return Err(Refusal::NotANumber.into());
    }
    let old = work.find(name, Kind::SortedSet)?;
    if members.is_empty() || (old.is_none() && options.only == Only::Existing) {
        return Ok(Answer::Integer(0));
    }
    let header = open(work, name)?;
    let mut tree = tree(&header);
    let old_len = tree.root.len;
    let mut changed = 0;
    for (score, member) in members {
        check_key(member)?;
        let old = score_of(work, header.id, member)?;
        if options.allow(old, *score) && old != Some(*score) {
            changed += u64::from(old.is_some());
            place(work, &mut tree, (member, old), *score)?;
        }
    }
    let added = tree.root.len - old_len;
    if added + changed > 0 {
        save(work, name, (header, tree), Event::Grown);
    }
    Ok(Answer::count(if options.counts_changed { added + changed } else { added }))
}

fn increment(
    work: &mut Work<'_>,
    name: &Bytes,
    (by, member): (f64, &Bytes),
    options: AddOptions,
) -> Result<Answer, Stop> {
    check_key(member)?;
    let old = match work.find(name, Kind::SortedSet)? {
        Some(header) => score_of(work, header.id, member)?,
        None => None,
    };
    let score = old.unwrap_or(0.0) + by;
    if score.is_nan() {
        return Err(Refusal::NotFinite.into());
    }
    if !options.allow(old, score) {
        return Ok(Answer::Nothing);
    }
    let header = open(work, name)?;
    let mut tree = tree(&header);
    if old != Some(score) {
        place(work, &mut tree, (member, old), score)?;
        save(work, name, (header, tree), Event::Grown);
    }
    Ok(Answer::Float(score + 0.0))
}

impl AddOptions {
    fn allow(self, old: Option<f64>, new: f64) -> bool {
        let Some(old) = old else { return self.only != Only::Existing };
        self.only != Only::New
            && match self.moves {
                Moves::Anywhere => true,
                Moves::Up => new > old,
                Moves::Down => new < old,
            }
    }
}

/// Gives a member its score, and takes it from the place that it had.
fn place(
    work: &mut Work<'_>,
    tree: &mut Tree,
    (member, old): (&Bytes, Option<f64>),
    score: f64,
) -> Result<(), ViewError> {
    if let Some(old) = old {
        take(work, tree, member, old)?;
    }
    let score = score + 0.0;
    let element = element(score, member);
    let index = tree.find(work, &element)?.index;
    tree.insert(work, index, element)?;
    work.put(&score_row(tree.id, member), &score);
    Ok(())
}

fn take(work: &mut Work<'_>, tree: &mut Tree, member: &Bytes, score: f64) -> Result<(), ViewError> {
    let found = tree.find(work, &element(score, member))?;
    if found.is_there {
        tree.remove(work, found.index, 1)?;
    }
    work.delete(&score_row(tree.id, member));
    Ok(())
}

/// Removes the members with these indexes, and answers them.
fn cut(
    work: &mut Work<'_>,
    name: &Bytes,
    header: Header,
    ((from, to), direction): (Indexes, Direction),
) -> Result<Vec<(Bytes, f64)>, Stop> {
    let mut tree = tree(&header);
    let removed = members(work, &tree, (from, to), direction)?;
    for (member, _) in &removed {
        work.delete(&score_row(tree.id, member));
    }
    tree.remove(work, from, to - from)?;
    if !removed.is_empty() {
        save_shrunk(work, name, (header, tree))?;
    }
    Ok(removed)
}

fn pop(
    work: &mut Work<'_>,
    name: &Bytes,
    direction: Direction,
    wanted: u64,
) -> Result<Vec<(Bytes, f64)>, Stop> {
    let Some(header) = work.find(name, Kind::SortedSet)? else { return Ok(Vec::new()) };
    let len = header.body.len();
    let wanted = wanted.min(len);
    let indexes = match direction {
        Direction::Up => (0, wanted),
        Direction::Down => (len - wanted, len),
    };
    cut(work, name, header, (indexes, direction))
}

fn store(work: &mut Work<'_>, to: &Bytes, members: &[(Bytes, f64)]) -> Result<Answer, Stop> {
    check_count(Counted::StoredElements, members.len(), limits::STORE_ELEMENTS_MAX)?;
    if let Some(header) = work.reading().header(to)? {
        work.drop(to, &header, Cause::Replaced)?;
    }
    if !members.is_empty() {
        let header = work.create(to, Body::SortedSet(Root::default()))?;
        let mut tree = tree(&header);
        for (member, score) in members {
            place(work, &mut tree, (member, None), *score)?;
        }
        save(work, to, (header, tree), Event::Grown);
    }
    Ok(Answer::count(count(members.len())))
}
