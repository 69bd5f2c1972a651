//! Rows that were read or changed lately; also that there is no such row.
//!
//! Two halves: what is used moves to the young one, and when that is full the old one is dropped,
//! unless it has changes that are not in the file yet. So a row that is not here is as the file has
//! it.

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
    young: Half,
    old: Half,
    bytes_max: usize,
    /// Changes come in turns: with each one the changes before it leave for the file.
    turn: u64,
    /// Of the turns before this one the file has all changes.
    written_below: u64,
}

#[derive(Debug, Default)]
struct Half {
    rows: Rows,
    bytes: usize,
    /// The turn of the newest change in it.
    changed: u64,
}

impl Cache {
    pub(super) fn new(bytes_max: usize) -> Self {
        let (young, old) = <(Half, Half)>::default();
        Self { young, old, bytes_max, turn: 1, written_below: 1 }
    }

    pub(super) fn get(&mut self, key: &[u8]) -> Option<Option<Bytes>> {
        if let Some(value) = self.young.rows.get(key) {
            return Some(value.clone());
        }
        let value = self.old.rows.get(key)?.clone();
        // It may be a change.
        self.young.changed = self.young.changed.max(self.old.changed);
        self.insert(key, value.clone());
        Some(value)
    }

    /// Keeps a row that the file does not have yet.
    pub(super) fn change(&mut self, key: &[u8], value: Option<Bytes>) {
        self.young.changed = self.turn;
        self.insert(key, value);
    }

    /// Keeps a row as it was read.
    pub(super) fn insert(&mut self, key: &[u8], value: Option<Bytes>) {
        let Self { young, old, .. } = self;
        young.bytes += super::cost(key, value.as_ref());
        if let Some(held) = young.rows.get_mut(key) {
            young.bytes -= super::cost(key, held.as_ref());
            *held = value;
        } else {
            let known = old.rows.remove_entry(key);
            young.rows.insert(known.map_or_else(|| key.into(), |(key, _)| key), value);
        }
        if young.bytes > self.bytes_max / 2 && old.changed < self.written_below {
            *old = std::mem::take(young);
        }
    }

    /// All changes so far leave for the file.
    pub(super) fn leave(&mut self) {
        self.turn += 1;
    }

    /// What left has come to the file.
    pub(super) fn arrive(&mut self) {
        self.written_below = self.turn;
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
    #[test]
    fn a_change_stays_until_the_file_has_it_and_then_makes_room() {
        let mut cache = Cache::new(10_000);
        let value = Some(Bytes::from_static(b"value"));
        let read_much = |cache: &mut Cache| {
            for key in 0..1000_u32 {
                cache.insert(&key.to_be_bytes(), value.clone());
            }
        };
        cache.change(b"changed", value.clone());
        read_much(&mut cache);
        // Found, it moves to the young half.
        assert_eq!(cache.get(b"changed"), Some(value.clone()));
        cache.leave();
        cache.change(b"later", None);
        read_much(&mut cache);
        assert_eq!(cache.get(b"changed"), Some(value.clone()));
        cache.arrive();
        read_much(&mut cache);
        read_much(&mut cache);
        assert_eq!(cache.get(b"later"), Some(None));
        cache.leave();
        cache.arrive();
        read_much(&mut cache);
        read_much(&mut cache);
        assert_eq!(cache.get(b"changed"), None);
        assert_eq!(cache.get(b"later"), None);
        let bytes = cache.young.bytes + cache.old.bytes;
        assert!(bytes <= 10_200, "{bytes}");
    }
}
