//! Commands of names.

use bytes::Bytes;

use super::{Command, copy};
use crate::answer::Answer;
use crate::expiry::Target;
use crate::kind::{Body, Header, Kind};
use crate::map;
use crate::notice::{Cause, Event};
use crate::refusal::Refusal;
use crate::rows;
use crate::sweep::{self, Garbage};
use crate::ttl::{End, Ttl, TtlCondition};
use crate::work::{Stop, Work, check_key};

pub(crate) fn apply(work: &mut Work<'_>, command: &Command) -> Result<Answer, Stop> {
    match command {
        Command::Delete { names } => {
            let mut dropped = 0;
            for name in names {
                if let Some(header) = work.reading().header(name)? {
                    work.drop(name, &header, Cause::Removed)?;
                    dropped += 1;
                }
            }
            Ok(Answer::count(dropped))
        }
        Command::Rename { from, to, only_if_free } => rename(work, from, to, *only_if_free),
        Command::Copy { from, to, replace } => copy::copy(work, from, to, *replace),
        Command::Expire { name, ttl, condition } => expire(work, name, *ttl, *condition),
        Command::Persist { name } => match work.reading().header(name)? {
            Some(mut header) if header.expires_ms.is_some() => {
                work.expire_name(name, &mut header, None);
                work.save(name, &mut header);
                Ok(Answer::Flag(true))
            }
            _ => Ok(Answer::Flag(false)),
        },
        Command::Flush => {
            flush(work);
            Ok(Answer::Done)
        }
        Command::Publish { channel, message } => {
            work.tell(channel, Kind::Value, Event::Published { message: message.clone() });
            Ok(Answer::Done)
        }
        Command::PublishApart { channel, message } => {
            work.tell(channel, Kind::Value, Event::PublishedApart { message: message.clone() });
            Ok(Answer::Done)
        }
    }
}

fn rename(
    work: &mut Work<'_>,
    from: &Bytes,
    to: &Bytes,
    only_if_free: bool,
) -> Result<Answer, Stop> {
    check_key(to)?;
    let Some(header) = work.reading().header(from)? else {
        return Err(Refusal::NotFound { name: from.clone() }.into());
    };
    let taken = work.reading().header(to)?;
    if only_if_free && taken.is_some() {
        return Ok(Answer::Flag(false));
    }
    if from == to {
        return Ok(Answer::Flag(true));
    }
    if let Some(taken) = taken {
        work.drop(to, &taken, Cause::Replaced)?;
    }
    take_away(work, from, &header);
    give(work, to, header);
    Ok(Answer::Flag(true))
}

/// Removes a name whose structure lives on under another.
fn take_away(work: &mut Work<'_>, name: &Bytes, header: &Header) {
    if let Some(at_ms) = header.expires_ms {
        work.unschedule(at_ms, &Target::Name { name: name.clone() });
    }
    work.delete(&rows::name(work.summary.epoch, name));
    let cause = Cause::Removed;
    match &header.body {
        Body::Value(value) => map::removed(work, &map::default(), name, (value.clone(), cause)),
        Body::Map(_) => {
            map::cleared(work, name, false);
            work.tell(name, Kind::Map, Event::Dropped { cause });
        }
        body => work.tell(name, body.kind(), Event::Dropped { cause }),
    }
}

/// Lets a structure have a name that is free.
fn give(work: &mut Work<'_>, name: &Bytes, header: Header) {
    let mut header = header;
    if let Some(at_ms) = header.expires_ms {
        work.schedule(at_ms, &Target::Name { name: name.clone() });
    }
    if header.id > 0 {
        work.put(&rows::id(header.id), name);
    }
    work.save(name, &mut header);
    announce(work, name, &header);
}

/// Tells that a whole structure came to a name.
pub(super) fn announce(work: &mut Work<'_>, name: &Bytes, header: &Header) {
    match &header.body {
        Body::Value(value) => map::written(work, name, value),
        Body::Map(_) => {
            map::reset(work, name);
            work.tell(name, Kind::Map, Event::Grown);
        }
        body => work.tell(name, body.kind(), Event::Grown),
    }
}

fn expire(
    work: &mut Work<'_>,
    name: &Bytes,
    ttl: Ttl,
    condition: TtlCondition,
) -> Result<Answer, Stop> {
    let Some(mut header) = work.reading().header(name)? else { return Ok(Answer::Flag(false)) };
    let end = ttl.end(work.now_ms, header.expires_ms)?;
    if !condition.allows(header.expires_ms, end) {
        return Ok(Answer::Flag(false));
    }
    match end {
        End::Now => work.drop(name, &header, Cause::Expired)?,
        End::At(at_ms) => {
            work.expire_name(name, &mut header, at_ms);
            work.save(name, &mut header);
        }
    }
    Ok(Answer::Flag(true))
}

/// Names of the old epoch are out of sight at once, and swept step by step.
fn flush(work: &mut Work<'_>) {
    if work.summary.names == 0 {
        return;
    }
    let epoch = work.summary.epoch;
    sweep::leave(work, &Garbage::Epoch { epoch });
    work.summary.epoch += 1;
    work.summary.names = 0;
    work.summary.values = 0;
    map::flushed(work);
    work.tell(&Bytes::new(), Kind::Value, Event::Flushed);
}
