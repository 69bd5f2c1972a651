//! Puts many rows in the order of their keys.
//!
//! Keys of one kind begin alike and lie anywhere in memory, so that comparing whole keys reads the
//! same bytes of far away places again and again. Eight bytes of each key at a time are read once
//! and compared as a number (multikey quicksort: Bentley and Sedgewick, "Fast Algorithms for Sorting
//! and Searching Strings", 1997, with the caching of Ng and Kakehi, 2007).

use bytes::Bytes;

/// Rows of which so few begin alike are compared as a whole.
const FEW: usize = 16;

/// Where keys that begin alike so far are compared as a whole.
const ALIKE_BYTES_MAX: usize = 64;

pub(super) type Row = (Bytes, Option<Bytes>);

/// Sorts rows by key; those of one key stay as they came.
pub(super) fn by_key(rows: Vec<Row>) -> Vec<Row> {
    let mut order: Vec<(u64, usize)> = (0..rows.len()).map(|row| (0, row)).collect();
    sort_from(0, &mut order, &rows);
    let mut rows: Vec<Option<Row>> = rows.into_iter().map(Some).collect();
    order.into_iter().filter_map(|(_, row)| rows.get_mut(row)?.take()).collect()
}

/// Sorts rows whose keys are alike before the byte `from`.
fn sort_from(from: usize, order: &mut [(u64, usize)], rows: &[Row]) {
    let key = |row: usize| rows.get(row).map(|(key, _)| &key[..]);
    if order.len() < FEW || from >= ALIKE_BYTES_MAX {
        order.sort_by(|(_, one), (_, other)| key(*one).cmp(&key(*other)).then(one.cmp(other)));
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

    #[test]
    fn rows_come_in_the_order_of_their_keys_and_those_of_one_key_as_they_came() {
        for seed in 0..200 {
            let mut chance = Chance::new(seed);
            let alike = usize::try_from(chance.below(80)).unwrap();
            let mut rows = Vec::new();
            for number in 0..chance.below(300) {
                let mut key = vec![b'k'; alike];
                let length = usize::try_from(chance.below(20)).unwrap();
                // Few different bytes, zeros among them, so that keys are alike and end anywhere.
                key.extend((0..length).map(|_| u8::try_from(chance.below(3)).unwrap()));
                rows.push((Bytes::from(key), Some(Bytes::from(number.to_string()))));
            }
            let mut expected = rows.clone();
            expected.sort_by(|(one, _), (other, _)| one.cmp(other));
            assert_eq!(by_key(rows), expected, "seed {seed}");
        }
    }
}
