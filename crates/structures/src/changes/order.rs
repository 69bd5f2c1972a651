//! The order of rows by their keys.
//!
//! Keys of one kind begin alike and lie anywhere in memory, so that comparing whole keys reads the
//! same bytes of far away places again and again. Eight bytes of each key at a time are read once
//! and compared as a number (multikey quicksort: Bentley and Sedgewick, "Fast Algorithms for Sorting
//! and Searching Strings", 1997, with the caching of Ng and Kakehi, 2007).

use std::collections::BTreeMap;
use std::ops::Bound;

use bytes::Bytes;

use super::Change;

/// Rows of which so few begin alike are compared as a whole.
const FEW: usize = 16;

/// Where keys that begin alike so far are compared as a whole.
const ALIKE_BYTES_MAX: usize = 64;

/// Where the rows lie, by their keys; of the newest ones it may not know yet.
#[derive(Debug, Default)]
pub(super) struct Order {
    /// With keys of their own: those of rows hold the memory of the rows.
    places: BTreeMap<Bytes, usize>,
}

impl Order {
    pub(super) fn is_of(&self, rows: &[Change]) -> bool {
        self.places.len() == rows.len()
    }

    /// Takes in the rows that it does not know.
    pub(super) fn catch_up(&mut self, rows: &[Change]) {
        let known = self.places.len();
        let new = rows.get(known..).unwrap_or_default();
        let place = |(place, row): (usize, &Change)| (Bytes::copy_from_slice(row.key()), place);
        if new.len() < known / 8 {
            self.places.extend(new.iter().enumerate().map(|(nth, row)| place((known + nth, row))));
        } else {
            // Many are sorted at once sooner than each finds its place.
            let sorted = sorted(new).into_iter();
            let row = |nth: usize| Some(place((known + nth, new.get(nth)?)));
            self.places.append(&mut sorted.filter_map(row).collect());
        }
    }

    /// Forgets the key of the last row, when there are only `left` without it.
    pub(super) fn forget(&mut self, key: &[u8], left: usize) {
        if self.places.len() > left {
            self.places.remove(key);
        }
    }

    pub(super) fn place(&self, key: &[u8]) -> Option<usize> {
        self.places.get(key).copied()
    }

    /// The places of the rows with `from <= key < to`.
    pub(super) fn range(&self, from: &[u8], to: &[u8]) -> impl DoubleEndedIterator<Item = usize> {
        let range = (Bound::Included(from), Bound::Excluded(to));
        self.places.range::<[u8], _>(range).map(|(_, place)| *place)
    }
}

/// Rows, each of another key, in the order of their keys.
pub(super) fn by_key(rows: &[Change]) -> Vec<&Change> {
    sorted(rows).into_iter().filter_map(|place| rows.get(place)).collect()
}

/// The places of rows in the order of their keys.
fn sorted(rows: &[Change]) -> Vec<usize> {
    let mut order: Vec<(u64, usize)> = (0..rows.len()).map(|row| (0, row)).collect();
    sort_from(0, &mut order, rows);
    order.into_iter().map(|(_, row)| row).collect()
}

/// Sorts rows whose keys are alike before the byte `from`.
fn sort_from(from: usize, order: &mut [(u64, usize)], rows: &[Change]) {
    let key = |row: usize| rows.get(row).map(Change::key);
    if order.len() < FEW || from >= ALIKE_BYTES_MAX {
        order.sort_unstable_by(|(_, one), (_, other)| key(*one).cmp(&key(*other)));
        return;
    }
    for (digit, row) in &mut *order {
        *digit = key(*row).and_then(|key| key.get(from..)).map_or(0, number);
    }
    order.sort_unstable();
    for alike in order.chunk_by_mut(|(one, _), (other, _)| one == other) {
        sort_from(from + size_of::<u64>(), alike, rows);
    }
}

/// The first eight bytes; what is missing counts as zeros, and such keys meet again as a whole.
fn number(bytes: &[u8]) -> u64 {
    if let Some(first) = bytes.first_chunk() {
        return u64::from_be_bytes(*first);
    }
    let padded = bytes.iter().copied().chain(std::iter::repeat(0)).take(size_of::<u64>());
    padded.fold(0, |number, byte| number << 8 | u64::from(byte))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chance::Chance;
    use crate::changes::Changes;

    #[test]
    fn rows_come_in_the_order_of_their_keys() {
        for seed in 0..200 {
            let mut chance = Chance::new(seed);
            let alike = usize::try_from(chance.below(80)).unwrap();
            let mut rows = Changes::default();
            for number in 0..chance.below(300) {
                let mut key = vec![b'k'; alike];
                let length = usize::try_from(chance.below(20)).unwrap();
                // Few different bytes, zeros among them, so that keys are alike and end anywhere.
                key.extend((0..length).map(|_| u8::try_from(chance.below(3)).unwrap()));
                rows.put(&key, number.to_string().as_bytes());
            }
            let mut expected: Vec<_> = rows.iter().collect();
            expected.sort_by_key(|row| row.key());
            assert_eq!(by_key(&rows.iter().cloned().collect::<Vec<_>>()), expected, "seed {seed}");
        }
    }
}
