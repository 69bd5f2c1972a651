//! Rows that were read or changed lately; also that there is no such row.
//!
//! Two halves: what is used moves to the young one, and when that is full the old one is dropped.

#![expect(clippy::disallowed_types, reason = "rows are looked up, and nobody walks over them")]

use std::collections::HashMap;

use bytes::Bytes;

/// Hashed by the standard hasher with keys of its own: clients choose the keys of rows.
///
/// The key of a row lies before its value in the same memory, and a map keeps the key that it got
/// first: with it the first value would stay, however often the row is written. So keys are copied.
type Rows = HashMap<Box<[u8]>, Option<Bytes>>;

#[derive(Debug)]
pub(super) struct Cache {
    young: Rows,
    old: Rows,
    young_bytes: usize,
    bytes_max: usize,
}

impl Cache {
    pub(super) fn new(bytes_max: usize) -> Self {
        Self { young: Rows::new(), old: Rows::new(), young_bytes: 0, bytes_max }
    }

    pub(super) fn get(&mut self, key: &[u8]) -> Option<Option<Bytes>> {
        if let Some(value) = self.young.get(key) {
            return Some(value.clone());
        }
        let value = self.old.get(key)?.clone();
        self.insert(key, value.clone());
        Some(value)
    }

    pub(super) fn insert(&mut self, key: &[u8], value: Option<Bytes>) {
        self.young_bytes += super::cost(key, value.as_ref());
        if let Some(held) = self.young.get_mut(key) {
            self.young_bytes -= super::cost(key, held.as_ref());
            *held = value;
        } else {
            let known = self.old.remove_entry(key);
            self.young.insert(known.map_or_else(|| key.into(), |(key, _)| key), value);
        }
        if self.young_bytes > self.bytes_max / 2 {
            self.old = std::mem::take(&mut self.young);
            self.young_bytes = 0;
        }
    }

    pub(super) fn clear(&mut self) {
        *self = Self::new(self.bytes_max);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_that_was_written_over_does_not_stay_in_memory() {
        let mut cache = Cache::new(1 << 20);
        let row = |value: &[u8]| Bytes::from([b"key", value].concat());
        let mut insert = |row: &Bytes| cache.insert(&row.slice(..3), Some(row.slice(3..)));
        let (first, second) = (row(&[1; 1000]), row(b"2"));
        insert(&first);
        insert(&second);
        assert!(first.is_unique() && !second.is_unique());
        assert_eq!(cache.get(b"key"), Some(Some(Bytes::from_static(b"2"))));
    }
}
