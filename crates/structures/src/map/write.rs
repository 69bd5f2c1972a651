//! Commands of maps.

use bytes::Bytes;

use super::slot::Slot;
use super::{Command, Merge, Put, PutCondition, PutOptions, value};
use crate::answer::Answer;
use crate::notice::Cause;
use crate::ttl::{End, Ttl, TtlCondition};
use crate::work::{Stop, Work};

pub(crate) fn apply(work: &mut Work<'_>, command: &Command) -> Result<Answer, Stop> {
    match command {
        Command::Put { map, key, value, options } => put(work, (map, key), value, options),
        Command::PutMany { map, entries, only_new, over_any_kind } => {
            put_many(work, map, entries, (*only_new, *over_any_kind))
        }
        Command::Delete { map, keys } => {
            let mut removed = 0;
            for key in keys {
                let slot = Slot::open(work.reading(), map, key)?;
                removed += u64::from(slot.remove_value(work)?);
            }
            Ok(Answer::count(removed))
        }
        Command::DeleteRevision { map, key, revision } => {
            let slot = Slot::value(work.reading(), map, key)?;
            let is_it = slot.entry.as_ref().is_some_and(|entry| entry.revision == *revision);
            if is_it {
                slot.remove(work, Cause::Removed)?;
            }
            Ok(Answer::Flag(is_it))
        }
        Command::Take { map, key } => {
            let slot = Slot::value(work.reading(), map, key)?;
            let value = slot.entry.as_ref().map(|entry| entry.value.clone());
            slot.remove(work, Cause::Removed)?;
            Ok(Answer::optional(value))
        }
        Command::GetAndExpire { map, key, ttl } => {
            let slot = Slot::value(work.reading(), map, key)?;
            let value = slot.entry.as_ref().map(|entry| entry.value.clone());
            expire(work, slot, *ttl, TtlCondition::Always)?;
            Ok(Answer::optional(value))
        }
        Command::Expire { map, key, ttl, condition } => {
            let slot = Slot::value(work.reading(), map, key)?;
            Ok(Answer::Flag(expire(work, slot, *ttl, *condition)?))
        }
        Command::Merge { map, key, merge } => merge_value(work, (map, key), merge),
    }
}

fn put(
    work: &mut Work<'_>,
    (map, key): (&Bytes, &Bytes),
    value: &Bytes,
    options: &PutOptions,
) -> Result<Answer, Stop> {
    let slot = Slot::open(work.reading(), map, key)?;
    if options.wants_old || !options.over_any_kind {
        slot.check_kind()?;
    }
    let is_there = slot.entry.is_some() || slot.other.is_some();
    let holds = match options.condition {
        PutCondition::Always => true,
        PutCondition::Absent => !is_there,
        PutCondition::Present => is_there,
        PutCondition::Revision(revision) => {
            slot.entry.as_ref().is_some_and(|entry| entry.revision == revision)
        }
    };
    let told = slot.entry.as_ref().filter(|_| options.wants_old);
    let old = told.map(|entry| entry.value.clone());
    if !holds {
        return Ok(Answer::Put(Put { revision: None, old }));
    }
    let old_ms = slot.entry.as_ref().and_then(|entry| entry.expires_ms);
    match options.ttl.end(work.now_ms, old_ms)? {
        End::At(expires_ms) => slot.write(work, value.clone(), expires_ms)?,
        // It would be over before anybody sees it.
        End::Now => slot.clear(work)?,
    }
    Ok(Answer::Put(Put { revision: Some(work.revision), old }))
}

fn put_many(
    work: &mut Work<'_>,
    map: &Bytes,
    entries: &[(Bytes, Bytes)],
    (only_new, over_any_kind): (bool, bool),
) -> Result<Answer, Stop> {
    if only_new {
        for (key, _) in entries {
            let slot = Slot::open(work.reading(), map, key)?;
            if slot.entry.is_some() || slot.other.is_some() {
                return Ok(Answer::Nothing);
            }
        }
    }
    let mut new = 0;
    for (key, value) in entries {
        let slot = Slot::open(work.reading(), map, key)?;
        if !over_any_kind {
            slot.check_kind()?;
        }
        new += u64::from(slot.entry.is_none());
        slot.write(work, value.clone(), None)?;
    }
    Ok(Answer::count(new))
}

fn merge_value(
    work: &mut Work<'_>,
    (map, key): (&Bytes, &Bytes),
    merge: &Merge,
) -> Result<Answer, Stop> {
    let slot = Slot::value(work.reading(), map, key)?;
    let merged = value::merge(slot.entry.as_ref().map(|entry| &entry.value), merge)?;
    if let Some(value) = merged.value {
        let expires_ms = slot.entry.as_ref().and_then(|entry| entry.expires_ms);
        slot.write(work, value, expires_ms)?;
    }
    Ok(merged.answer)
}

/// Sets when an entry ends; answers whether it is there and the condition held.
fn expire(
    work: &mut Work<'_>,
    slot: Slot,
    ttl: Ttl,
    condition: TtlCondition,
) -> Result<bool, Stop> {
    let Some(entry) = &slot.entry else { return Ok(false) };
    let end = ttl.end(work.now_ms, entry.expires_ms)?;
    if !condition.allows(entry.expires_ms, end) {
        return Ok(false);
    }
    match end {
        End::Now => {
            slot.remove(work, Cause::Expired)?;
        }
        End::At(at_ms) if at_ms != entry.expires_ms => slot.set_end(work, at_ms),
        End::At(_) => {}
    }
    Ok(true)
}

impl Slot {
    /// Removes an entry, but no structure of another kind.
    fn remove_value(self, work: &mut Work<'_>) -> Result<bool, Stop> {
        self.check_kind()?;
        Ok(self.remove(work, Cause::Removed)?)
    }

    /// Removes whatever has the name.
    fn clear(self, work: &mut Work<'_>) -> Result<(), Stop> {
        match self.other {
            Some(_) => self.drop_other(work)?,
            None => drop(self.remove(work, Cause::Expired)?),
        }
        Ok(())
    }
}
