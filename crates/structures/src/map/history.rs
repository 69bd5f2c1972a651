//! The kept changes of maps: from them a watcher that was away catches up without a gap.
//!
//! Changes are numbered without holes. The oldest go when there are too many or too many bytes; a
//! watcher that needs them is told so, and reads the map anew.

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use super::{After, Change, Changes, Keys, What};
use crate::encoding;
use crate::glob;
use crate::kind::{count, length};
use crate::limits;
use crate::refusal::Refusal;
use crate::rows;
use crate::summary::Summary;
use crate::view::{Direction, View, ViewError};
use crate::work::{Reading, Stop, Work};

/// The row of a change; the empty name means every map.
#[derive(Debug, Serialize, Deserialize)]
struct Kept {
    map: Bytes,
    change: Change,
}

pub(super) fn record(work: &mut Work<'_>, map: &[u8], what: What) -> Result<(), ViewError> {
    let change = Change { revision: work.revision, what };
    let row = encoding::encode(&Kept { map: Bytes::copy_from_slice(map), change });
    work.summary.history_bytes += count(row.len());
    let number = work.summary.history_next;
    work.summary.history_next += 1;
    work.put_bytes(rows::history(number), row);
    while is_full(&work.summary) {
        let key = rows::history(work.summary.history_first);
        if let Some(row) = work.get(&key)? {
            // The map and the revision; the change itself is of no interest any more.
            let (_, revision): (&[u8], u64) = encoding::row_head(&key, &row)?;
            work.summary.history_bytes -= count(row.len());
            work.summary.history_forgotten = revision;
            work.delete(key);
        }
        work.summary.history_first += 1;
    }
    Ok(())
}

fn is_full(summary: &Summary) -> bool {
    let changes = summary.history_next - summary.history_first;
    changes > limits::HISTORY_CHANGES_MAX || summary.history_bytes > limits::HISTORY_BYTES_MAX
}

/// A map has other entries now, which were not told one by one.
pub(crate) fn reset(work: &mut Work<'_>, map: &[u8]) -> Result<(), ViewError> {
    record(work, map, What::Reset)
}

/// All maps are empty now.
pub(crate) fn flushed(work: &mut Work<'_>) -> Result<(), ViewError> {
    record(work, b"", What::Cleared { is_expired: false })
}

pub(super) fn read(
    reading: Reading<'_>,
    map: &Bytes,
    keys: &Keys,
    (after, most): (After, u64),
) -> Result<Changes, Stop> {
    let Reading { view, summary } = reading;
    let start = match after {
        After::Revision(after) => {
            if after < summary.history_forgotten {
                let oldest = summary.history_forgotten + 1;
                return Err(Refusal::HistoryForgotten { after, oldest }.into());
            }
            first_after(view, &summary, after)?
        }
        After::Page(number) => {
            if number < summary.history_first {
                let oldest = summary.history_forgotten + 1;
                return Err(Refusal::HistoryForgotten { after: 0, oldest }.into());
            }
            number.min(summary.history_next)
        }
    };
    let most = length(most).clamp(1, limits::PAGE_ELEMENTS_MAX);
    let mut page = Changes { changes: Vec::new(), next: start, is_more: false };
    while page.next < summary.history_next && page.changes.len() < most {
        let (from, to) = (rows::history(page.next), rows::history(summary.history_next));
        for (key, row) in view.scan(&from, &to, Direction::Up, limits::ROWS_AT_ONCE)? {
            if page.changes.len() == most {
                break;
            }
            let kept: Kept = encoding::row(&key, &row)?;
            page.next += 1;
            if (kept.map == map || kept.map.is_empty()) && is_meant(keys, &kept.change.what) {
                page.changes.push(kept.change);
            }
        }
    }
    page.is_more = page.next < summary.history_next;
    Ok(page)
}

/// The number of the first kept change after `revision`. Method: halving, revisions only grow.
fn first_after(view: &dyn View, summary: &Summary, revision: u64) -> Result<u64, ViewError> {
    let (mut low, mut high) = (summary.history_first, summary.history_next);
    while low < high {
        let middle = low + (high - low) / 2;
        let key = rows::history(middle);
        let row =
            view.get(&key)?.ok_or_else(|| encoding::damaged(&key, "the change is missing"))?;
        let kept: Kept = encoding::row(&key, &row)?;
        if kept.change.revision <= revision {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    Ok(low)
}

fn is_meant(keys: &Keys, what: &What) -> bool {
    match what {
        What::Put { key, .. } | What::Removed { key, .. } => keys.contain(key),
        What::Cleared { .. } | What::Reset => true,
    }
}

impl Keys {
    pub(crate) fn contain(&self, key: &[u8]) -> bool {
        self.prefix.as_ref().is_none_or(|prefix| key.starts_with(prefix))
            && self.from.as_ref().is_none_or(|from| from.as_ref() <= key)
            && self.to.as_ref().is_none_or(|to| key < to.as_ref())
            && self.matching.as_ref().is_none_or(|pattern| glob::matches(pattern, key))
    }
}

/// A whole map was dropped; its entries were not told one by one.
pub(crate) fn cleared(work: &mut Work<'_>, map: &[u8], is_expired: bool) -> Result<(), ViewError> {
    record(work, map, What::Cleared { is_expired })
}
