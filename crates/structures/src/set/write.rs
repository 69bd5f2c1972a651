//! Commands of sets.

use bytes::Bytes;

use super::{Command, combine, tree};
use crate::answer::Answer;
use crate::chance::Chance;
use crate::kind::{Body, Header, Kind, count, length};
use crate::limits;
use crate::measure::Measure;
use crate::notice::{Cause, Event};
use crate::refusal::Counted;
use crate::tree::{Root, Tree};
use crate::work::{Stop, Work, check_count, check_key};

pub(crate) fn apply(work: &mut Work<'_>, command: &Command) -> Result<Answer, Stop> {
    match command {
        Command::Add { name, members } => Ok(Answer::count(add(work, name, members)?)),
        Command::Remove { name, members } => Ok(Answer::count(remove(work, name, members)?)),
        Command::Pop { name, count, chance } => pop(work, name, *count, *chance),
        Command::Move { from, to, member } => {
            let Some(header) = work.find(from, Kind::Set)? else {
                return Ok(Answer::Flag(false));
            };
            work.find(to, Kind::Set)?;
            let is_there = tree(&header).find(work, member)?.is_there;
            if is_there && from != to {
                let member = std::slice::from_ref(member);
                remove(work, from, member)?;
                add(work, to, member)?;
            }
            Ok(Answer::Flag(is_there))
        }
        Command::Store { to, combination, names } => {
            let members = combine::combine(work.reading(), *combination, names, 0)?;
            check_count(Counted::StoredElements, members.len(), limits::STORE_ELEMENTS_MAX)?;
            if let Some(header) = work.reading().header(to)? {
                work.drop(to, &header, Cause::Replaced)?;
            }
            if !members.is_empty() {
                add_all(work, to, &members)?;
            }
            Ok(Answer::count(count(members.len())))
        }
    }
}

fn add(work: &mut Work<'_>, name: &Bytes, members: &[Bytes]) -> Result<u64, Stop> {
    check_count(Counted::Elements, members.len(), limits::BATCH_ELEMENTS_MAX)?;
    add_all(work, name, members)
}

fn add_all(work: &mut Work<'_>, name: &Bytes, members: &[Bytes]) -> Result<u64, Stop> {
    let mut header = match work.find(name, Kind::Set)? {
        Some(header) => header,
        None if members.is_empty() => return Ok(0),
        None => work.create(name, Body::Set(Root::default()))?,
    };
    let mut tree = tree(&header);
    let old_len = tree.root.len;
    for member in members {
        check_key(member)?;
        let found = tree.find(work, member)?;
        if !found.is_there {
            tree.insert(work, found.index, member.clone())?;
        }
    }
    let added = tree.root.len - old_len;
    if added > 0 {
        header.body = Body::Set(tree.root);
        work.save_with(name, &mut header, Event::Grown);
    }
    Ok(added)
}

fn remove(work: &mut Work<'_>, name: &Bytes, members: &[Bytes]) -> Result<u64, Stop> {
    let Some(header) = work.find(name, Kind::Set)? else { return Ok(0) };
    let mut tree = tree(&header);
    let old_len = tree.root.len;
    for member in members {
        let found = tree.find(work, member)?;
        if found.is_there {
            tree.remove(work, found.index, 1)?;
        }
    }
    let removed = old_len - tree.root.len;
    if removed > 0 {
        save_shrunk(work, name, (header, tree))?;
    }
    Ok(removed)
}

fn save_shrunk(work: &mut Work<'_>, name: &Bytes, set: (Header, Tree)) -> Result<(), Stop> {
    let (mut header, tree) = set;
    header.body = Body::Set(tree.root);
    Ok(work.save_shrunk(name, &mut header)?)
}

fn pop(work: &mut Work<'_>, name: &Bytes, wanted: u64, chance: u64) -> Result<Answer, Stop> {
    let Some(header) = work.find(name, Kind::Set)? else { return Ok(Answer::List(vec![])) };
    let mut tree = tree(&header);
    let mut chance = Chance::new(chance);
    let mut measure = Measure::default();
    let mut members = Vec::with_capacity(length(wanted.min(tree.root.len)));
    for _ in 0..wanted.min(tree.root.len) {
        let place = chance.below(tree.root.len);
        let member = tree.at(work, place)?;
        measure.add(member.as_ref().map_or(0, Bytes::len))?;
        members.extend(member);
        tree.remove(work, place, 1)?;
    }
    if !members.is_empty() {
        save_shrunk(work, name, (header, tree))?;
    }
    Ok(Answer::bytes(members))
}
