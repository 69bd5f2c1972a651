//! What ends at a moment: an ordered index of deadlines, and what happens then.
//!
//! A row of the index may outlive what it was made for; whoever is called at the deadline looks
//! whether it is still his, so a row too many does no harm.

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use crate::encoding;
use crate::notice::Cause;
use crate::rows;
use crate::view::{Direction, View, ViewError};
use crate::work::Work;
use crate::{lock, map, queue, session, topic};

/// What ends at a deadline.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Target {
    Name {
        name: Bytes,
    },
    Entry {
        id: u64,
        key: Bytes,
    },
    /// A lease or a delay of an item of a queue.
    Item {
        id: u64,
        number: u64,
    },
    Lock {
        id: u64,
    },
    Waiter {
        id: u64,
        number: u64,
    },
    /// The oldest entry of a topic is too old.
    Retention {
        id: u64,
    },
    Session {
        client: u64,
    },
}

/// Ends at most `limit` things whose deadline has come, and says how many it ended.
pub(crate) fn run(work: &mut Work<'_>, limit: usize) -> Result<usize, ViewError> {
    if work.summary.next_deadline_ms.is_none_or(|next_ms| next_ms > work.now_ms) {
        return Ok(0);
    }
    let from = rows::deadlines();
    let to = rows::deadline(work.now_ms.saturating_add(1), &[]);
    let due = work.scan(&from, &to, Direction::Up, limit)?;
    for (key, _) in &due {
        work.delete(key);
        let (at_ms, target) = read(key)?;
        end(work, at_ms, target)?;
    }
    let next = work.scan(&from, &encoding::after_prefix(&from), Direction::Up, 1)?;
    work.summary.next_deadline_ms = match next.first() {
        Some((key, _)) => Some(read(key)?.0),
        None => None,
    };
    Ok(due.len())
}

fn read(key: &Bytes) -> Result<(u64, Target), ViewError> {
    let damaged = || encoding::damaged(key, "it is no deadline");
    let at = key.get(1..9).and_then(|at| at.try_into().ok()).ok_or_else(damaged)?;
    let target = key.get(9..).ok_or_else(damaged)?;
    Ok((u64::from_be_bytes(at), encoding::row(key, target)?))
}

fn end(work: &mut Work<'_>, at_ms: u64, target: Target) -> Result<(), ViewError> {
    match target {
        Target::Name { name } => match work.reading().header(&name)? {
            Some(header) if header.expires_ms == Some(at_ms) => {
                work.drop(&name, &header, Cause::Expired)
            }
            _ => Ok(()),
        },
        Target::Entry { id, key } => map::expire(work, id, &key, at_ms),
        Target::Item { id, number } => queue::expire(work, id, number, at_ms),
        Target::Lock { id } => lock::expire_lease(work, id, at_ms),
        Target::Waiter { id, number } => lock::expire_waiter(work, id, number, at_ms),
        Target::Retention { id } => topic::expire(work, id, at_ms),
        Target::Session { client } => session::expire(work, client, at_ms),
    }
}
