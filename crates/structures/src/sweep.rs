//! Rows of what is gone: deleted in small steps by the `Expire` commands of the leader.

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use crate::encoding;
use crate::expiry::Target;
use crate::kind::{Body, Header};
use crate::limits;
use crate::rows::{self, letter};
use crate::view::{Direction, View, ViewError};
use crate::work::Work;
use crate::{lock, map, queue};

/// What waits to be swept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Garbage {
    /// Rows of a dropped structure.
    Rows { id: u64 },
    /// Names of a flushed epoch.
    Epoch { epoch: u64 },
}

fn row(garbage: &Garbage) -> Bytes {
    rows::garbage(&encoding::encode(garbage))
}

/// Leaves something to be swept.
pub(crate) fn leave(work: &mut Work<'_>, garbage: &Garbage) {
    work.summary.garbage += 1;
    work.put_bytes(&row(garbage), &[]);
}

/// Deletes the rows of a dropped structure, at once when they are few.
pub(crate) fn drop_rows(work: &mut Work<'_>, id: u64) -> Result<(), ViewError> {
    let from = rows::all_of(id);
    let to = encoding::after_prefix(&from);
    let few = limits::DROPPED_AT_ONCE_ROWS_MAX;
    let found = work.scan(&from, &to, Direction::Up, few + 1)?;
    if found.len() > few {
        leave(work, &Garbage::Rows { id });
        return Ok(());
    }
    for (key, value) in found {
        forget(work, id, &key, &value)?;
    }
    Ok(())
}

/// Deletes at most `limit` rows.
pub(crate) fn run(work: &mut Work<'_>, limit: usize) -> Result<(), ViewError> {
    let table = rows::garbage(&[]);
    let end = encoding::after_prefix(&table);
    let mut left = limit;
    while left > 0 && work.summary.garbage > 0 {
        let Some((key, _)) = work.scan(&table, &end, Direction::Up, 1)?.pop() else { break };
        let garbage = encoding::row(&key, &key.slice(table.len()..))?;
        let swept = match garbage {
            Garbage::Rows { id } => sweep_rows(work, id, left)?,
            Garbage::Epoch { epoch } => sweep_epoch(work, epoch, left)?,
        };
        if swept < left {
            work.delete(&key);
            work.summary.garbage -= 1;
        }
        left -= swept;
    }
    Ok(())
}

/// Deletes one row of a dropped structure and the deadline that it has.
fn forget(work: &mut Work<'_>, id: u64, key: &Bytes, value: &[u8]) -> Result<(), ViewError> {
    match key.get(rows::OF_BYTES - 1) {
        Some(&letter::ENTRY) => map::forget(work, id, key, value)?,
        Some(&letter::ITEM) => queue::forget(work, id, key, value)?,
        Some(&letter::WAITER) => lock::forget(work, id, key, value)?,
        _ => {}
    }
    work.delete(key);
    Ok(())
}

fn sweep_rows(work: &mut Work<'_>, id: u64, limit: usize) -> Result<usize, ViewError> {
    let from = rows::all_of(id);
    let to = encoding::after_prefix(&from);
    let found = work.scan(&from, &to, Direction::Up, limit)?;
    let swept = found.len();
    for (key, value) in found {
        forget(work, id, &key, &value)?;
    }
    Ok(swept)
}

fn sweep_epoch(work: &mut Work<'_>, epoch: u64, limit: usize) -> Result<usize, ViewError> {
    let from = rows::name(epoch, &[]).end();
    let to = encoding::after_prefix(&from);
    let found = work.scan(&from, &to, Direction::Up, limit)?;
    let swept = found.len();
    for (key, value) in found {
        let header: Header = encoding::row(&key, &value)?;
        if let Some(at_ms) = header.expires_ms {
            work.unschedule(at_ms, &Target::Name { name: rows::name_of(&key) });
        }
        if !matches!(header.body, Body::Value(_)) {
            forget_header(work, &header);
        }
        work.delete(&key);
    }
    Ok(swept)
}

/// Leaves the rows of a flushed structure to the next steps, with the deadline in its own row.
fn forget_header(work: &mut Work<'_>, header: &Header) {
    work.delete(&rows::id(header.id));
    leave(work, &Garbage::Rows { id: header.id });
    let id = header.id;
    match &header.body {
        Body::Lock(state) => work.unschedule(state.expires_ms, &Target::Lock { id }),
        Body::Topic(state) => {
            if let Some(at_ms) = state.retain_ms {
                work.unschedule(at_ms, &Target::Retention { id });
            }
        }
        _ => {}
    }
}
