//! The kept changes of maps: from them a watcher that was away catches up without a gap.
//!
//! Changes are numbered without holes. Those that are made together share rows: the key of a row is
//! the number of its first change, and the changes follow each other in it. The oldest rows go when
//! there are too many changes or too many bytes; a watcher that needs them is told so, and reads
//! the map anew.

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

/// A change as it is kept; the empty name means every map.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Kept {
    #[serde(with = "encoding::shared")]
    map: Bytes,
    change: Change,
}

pub(super) fn record(work: &mut Work<'_>, map: &Bytes, what: What) {
    let change = Change { revision: work.revision, what };
    work.keep(&Kept { map: map.clone(), change });
}

/// Changes that are in no row yet, as they are kept, one behind the other.
#[derive(Debug, Default)]
pub(crate) struct Unwritten {
    bytes: Vec<u8>,
    /// Where each one ends.
    ends: Vec<usize>,
}

impl Unwritten {
    pub(crate) fn add(&mut self, change: &Kept) {
        self.bytes = encoding::append(std::mem::take(&mut self.bytes), change);
        self.ends.push(self.bytes.len());
    }

    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    pub(crate) fn truncate(&mut self, len: usize) {
        self.ends.truncate(len);
        self.bytes.truncate(self.ends.last().copied().unwrap_or(0));
    }

    /// The changes in parts that fill a row each, and how many they are.
    fn parts(&self) -> impl Iterator<Item = (&[u8], usize)> {
        let (mut begin, mut rest) = (0, self.ends.as_slice());
        std::iter::from_fn(move || {
            // The version is a byte of the row too.
            let full = begin + limits::HISTORY_ROW_BYTES - 1;
            let fit = 1 + rest.iter().take_while(|end| **end < full).count();
            let (part, after) = rest.split_at(fit.min(rest.len()));
            let bytes = self.bytes.get(begin..*part.last()?);
            (begin, rest) = (*part.last()?, after);
            bytes.map(|bytes| (bytes, part.len()))
        })
    }
}

/// Writes changes into rows of their own, and forgets the oldest ones.
pub(crate) fn write(work: &mut Work<'_>, changes: &Unwritten) -> Result<(), ViewError> {
    let mut left = limits::HISTORY_FORGOTTEN_MAX + count(changes.len());
    for (bytes, changes) in changes.parts() {
        let row = encoding::versioned(bytes);
        work.put_bytes(&rows::history(work.summary.history_next), &row);
        work.summary.history_next += count(changes);
        work.summary.history_bytes += count(row.len());
    }
    while left > 0 && is_full(&work.summary) {
        let key = rows::history(work.summary.history_first);
        let Some(row) = work.get(&key)? else {
            return Err(encoding::damaged(&key, "the oldest change is missing"));
        };
        let mut held = 0;
        encoding::skim_row_of_many(&key, &row, |kept: Kept| {
            held += 1;
            work.summary.history_forgotten = kept.change.revision;
        })?;
        work.summary.history_bytes -= count(row.len());
        work.summary.history_first += held;
        left = left.saturating_sub(held);
        work.delete(&key);
    }
    Ok(())
}

fn is_full(summary: &Summary) -> bool {
    let changes = summary.history_next - summary.history_first;
    changes > summary.history.changes_max || summary.history_bytes > summary.history.bytes_max
}

/// A map has other entries now, which were not told one by one.
pub(crate) fn reset(work: &mut Work<'_>, map: &Bytes) {
    record(work, map, What::Reset);
}

/// All maps are empty now.
pub(crate) fn flushed(work: &mut Work<'_>) {
    record(work, &Bytes::new(), What::Cleared { is_expired: false });
}

pub(super) fn read(
    reading: Reading<'_>,
    map: &Bytes,
    keys: &Keys,
    (after, most): (After, u64),
) -> Result<Changes, Stop> {
    let summary = reading.summary;
    let start = match after {
        After::Revision(after) => {
            if after < summary.history_forgotten {
                let oldest = summary.history_forgotten + 1;
                return Err(Refusal::HistoryForgotten { after, oldest }.into());
            }
            first_after(reading, after)?
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
        let Row { first, held } = row_with(reading, page.next)?;
        let skipped = length(page.next - first);
        for kept in held.into_iter().skip(skipped) {
            if page.changes.len() == most {
                break;
            }
            page.next += 1;
            if (kept.map == map || kept.map.is_empty()) && is_meant(keys, &kept.change.what) {
                page.changes.push(kept.change);
            }
        }
    }
    page.is_more = page.next < summary.history_next;
    Ok(page)
}

/// Kept changes that share a row.
struct Row {
    /// The number of the first one.
    first: u64,
    /// At least one.
    held: Vec<Kept>,
}

/// The row that holds the change `number`, which must be kept.
fn row_with(reading: Reading<'_>, number: u64) -> Result<Row, ViewError> {
    let (from, to) = (rows::history(reading.summary.history_first), rows::history(number + 1));
    let found = reading.view.scan(&from, &to, Direction::Down, 1)?;
    let missing = || encoding::damaged(&from, "the change is missing");
    let (key, row) = found.first().ok_or_else(missing)?;
    let held: Vec<Kept> = encoding::row_of_many(key, row)?;
    let first = rows::history_number(key).ok_or_else(missing)?;
    if number - first < count(held.len()) { Ok(Row { first, held }) } else { Err(missing()) }
}

/// The number of the first kept change after `revision`. Method: halving, revisions only grow.
fn first_after(reading: Reading<'_>, revision: u64) -> Result<u64, ViewError> {
    let (mut low, mut high) = (reading.summary.history_first, reading.summary.history_next);
    while low < high {
        let Row { first, held } = row_with(reading, low + (high - low) / 2)?;
        let before = held.iter().take_while(|kept| kept.change.revision <= revision).count();
        if before == held.len() {
            low = first + count(before);
        } else if before == 0 {
            high = first;
        } else {
            return Ok(first + count(before));
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
pub(crate) fn cleared(work: &mut Work<'_>, map: &Bytes, is_expired: bool) {
    record(work, map, What::Cleared { is_expired });
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A change that takes so many bytes.
    fn change(bytes: usize) -> Kept {
        let kept = |length| {
            let what = What::Put { key: Bytes::new(), value: Bytes::from(vec![0; length]) };
            Kept { map: Bytes::new(), change: Change { revision: 1, what } }
        };
        let around = encoding::length(&kept(bytes - 10)) - (bytes - 10);
        kept(bytes - around)
    }

    /// All nodes must cut alike, whatever version they have.
    #[test]
    fn a_row_takes_changes_until_it_is_full() {
        const FULL: usize = limits::HISTORY_ROW_BYTES;
        for (first, counts) in [(FULL - 2, vec![2, 1]), (FULL - 1, vec![1, 2]), (FULL, vec![1, 2])]
        {
            let mut changes = Unwritten::default();
            for bytes in [first, 500, 500] {
                changes.add(&change(bytes));
            }
            assert_eq!(changes.bytes.len(), first + 1000);
            let parts: Vec<usize> = changes.parts().map(|(_, changes)| changes).collect();
            assert_eq!(parts, counts, "{first}");
            assert!(changes.parts().flat_map(|(bytes, _)| bytes).eq(&changes.bytes));
        }
    }
}
