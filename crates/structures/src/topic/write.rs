//! Commands of topics.

use bytes::Bytes;

use super::log::{append, delete, make, open, retain, row, save, span, trim};
use super::{Command, Id, Retention, Trim, deliver, group};
use crate::answer::Answer;
use crate::limits;
use crate::notice::Event;
use crate::refusal::{Counted, Refusal};
use crate::view::{Direction, View};
use crate::work::{Span, Stop, Work, check_count};

pub(crate) fn apply(work: &mut Work<'_>, command: &Command) -> Result<Answer, Stop> {
    match command {
        Command::Append { name, id, fields, options } => {
            append(work, name, (*id, fields), *options)
        }
        Command::Delete { name, ids } => {
            check_count(Counted::Elements, ids.len(), limits::BATCH_ELEMENTS_MAX)?;
            delete(work, name, ids)
        }
        Command::Trim { name, trim } => cut(work, name, *trim),
        Command::SetLast { name, last, added, deleted } => {
            set_last(work, name, *last, (*added, *deleted))
        }
        Command::Configure { name, retention } => configure(work, name, *retention),
        Command::CreateGroup { name, group, start, makes_topic } => {
            group::create(work, (name, group), *start, *makes_topic)
        }
        Command::SetGroup { name, group, start } => group::set(work, (name, group), *start),
        Command::DropGroup { name, group } => group::remove(work, name, group),
        Command::CreateConsumer { name, group, consumer } => {
            group::create_consumer(work, (name, group), consumer)
        }
        Command::DropConsumer { name, group, consumer } => {
            group::remove_consumer(work, (name, group), consumer)
        }
        Command::ReadGroup { group, consumer, topics, options } => {
            deliver::read_group(work, (group, consumer), topics, *options)
        }
        Command::Acknowledge { name, group, ids } => deliver::acknowledge(work, (name, group), ids),
        Command::Claim { name, group, consumer, ids, options } => {
            deliver::claim(work, (name, group, consumer), ids, options)
        }
        Command::ClaimNext { name, group, consumer, start, options } => {
            deliver::claim_next(work, (name, group, consumer), *start, options)
        }
    }
}

fn cut(work: &mut Work<'_>, name: &Bytes, wanted: Trim) -> Result<Answer, Stop> {
    let Some((header, mut state)) = open(work, name)? else { return Ok(Answer::Integer(0)) };
    let trimmed = trim(work, header.id, &mut state, wanted)?;
    if trimmed > 0 {
        save(work, name, (header, state), Event::Changed);
    }
    Ok(Answer::count(trimmed))
}

fn configure(work: &mut Work<'_>, name: &Bytes, retention: Retention) -> Result<Answer, Stop> {
    let old = open(work, name)?;
    let is_new = old.is_none();
    let (header, mut state) = match old {
        Some(found) => found,
        None => make(work, name)?,
    };
    state.retention = retention;
    retain(work, header.id, &mut state)?;
    save(work, name, (header, state), Event::Changed);
    Ok(Answer::Flag(is_new))
}

fn set_last(
    work: &mut Work<'_>,
    name: &Bytes,
    last: Id,
    (added, deleted): (Option<u64>, Option<Id>),
) -> Result<Answer, Stop> {
    let Some((header, mut state)) = open(work, name)? else {
        return Err(Refusal::NotFound { name: name.clone() }.into());
    };
    let Span { from, to, direction } = span(header.id, Id::MIN, Id::MAX, Direction::Down);
    if let Some((key, _)) = work.scan(&from, &to, direction, 1)?.first()
        && *key > row(header.id, last)
    {
        return Err(Refusal::IdNotGreater { last: super::log::id_of(key)? }.into());
    }
    if let Some(added) = added {
        if added < state.len {
            return Err(Refusal::AddedTooFew { added, len: state.len }.into());
        }
        state.added = added;
    }
    state.last = last;
    if let Some(deleted) = deleted {
        state.deleted = deleted.min(last);
    }
    save(work, name, (header, state), Event::Changed);
    Ok(Answer::Done)
}
