//! Rows that were read or changed lately; also that there is no such row.
//!
//! Two halves: what is used moves to the young one, and when that is full the old one is dropped,
//! unless it has changes that are not in the file yet. So a row that is not here is as the file has
//! it; and as long as nothing was dropped since the file was made, there is no such row.

use std::hash::{BuildHasher, RandomState};

use bytes::Bytes;
use hashbrown::HashTable;
use hashbrown::hash_table::Entry;
use structures::{Change, Keys};

use super::layer::Layer;

#[derive(Debug)]
pub(super) struct Cache {
    young: Half,
    old: Half,
    bytes_max: usize,
    /// With keys of its own: clients choose the keys of rows.
    hasher: RandomState,
    /// Changes come in turns: with each one the changes before it leave for the file.
    turn: u32,
    /// Of the turns before this one the file has all changes.
    written_below: u32,
    /// All rows are here.
    is_whole: bool,
}

#[derive(Debug, Default)]
struct Half {
    rows: HashTable<Row>,
    bytes: usize,
    /// The turn of the newest change in it.
    changed: u32,
}

#[derive(Debug)]
struct Row {
    /// As it was read or changed.
    held: Change,
    /// The turn in which it changed last; 0: none.
    turn: u32,
    /// Its place among the changes of that turn.
    place: u32,
}

impl Row {
    /// Its place among the changes of a turn, if it is one of them.
    fn place_in(&self, turn: u32) -> Option<usize> {
        if self.turn == turn { usize::try_from(self.place).ok() } else { None }
    }

    fn cost(&self) -> usize {
        super::cost(&self.held)
    }
}

impl Cache {
    /// A cache before a file that has no rows if `is_whole`.
    pub(super) fn new(bytes_max: usize, is_whole: bool) -> Self {
        let (young, old) = <(Half, Half)>::default();
        let hasher = RandomState::new();
        Self { young, old, bytes_max, hasher, turn: 1, written_below: 1, is_whole }
    }

    pub(super) fn get(&mut self, key: &[u8]) -> Option<Option<Bytes>> {
        let hash = self.hasher.hash_one(key);
        if let Some(row) = self.young.rows.find(hash, |row| row.held.key() == key) {
            return Some(row.held.shared_value());
        }
        let Ok(row) = self.old.rows.find_entry(hash, |row| row.held.key() == key) else {
            return self.is_whole.then_some(None);
        };
        let row = row.remove().0;
        // It may be a change.
        self.young.changed = self.young.changed.max(self.old.changed);
        let value = row.held.shared_value();
        self.place(hash, row, |_, _| {});
        Some(value)
    }

    /// Lets the processor fetch rows, many at once: nothing is done with one of them for which the
    /// next one would have to wait. Those that changed since lie in `layer` too.
    pub(super) fn warm(&self, keys: &Keys, layer: &Layer) {
        let hashes: Vec<u64> = keys.iter().map(|key| self.hasher.hash_one(key)).collect();
        let mut seen = 0;
        for hash in hashes {
            // Nearly always the first that looks like it is the row.
            if let Some(row) = self.young.rows.find(hash, |_| true) {
                let changed = row.place_in(self.turn).and_then(|place| layer.rows.get(place));
                seen ^= changed.map_or(0, Change::row_bytes);
                seen ^= row.held.key().first().copied().map_or(0, usize::from);
            }
        }
        std::hint::black_box(seen);
    }

    /// Keeps a row that the file does not have yet, and writes it to the layer of the changes of
    /// this turn.
    pub(super) fn change(&mut self, change: Change, layer: &mut Layer) {
        let (turn, hash) = (self.turn, self.hasher.hash_one(change.key()));
        self.young.changed = turn;
        self.place(hash, Row { held: change, turn, place: 0 }, |row, before| {
            let place = before.and_then(|before| before.place_in(turn));
            let place = layer.write(place, row.held.clone());
            row.place = u32::try_from(place).expect("memory has room for fewer rows");
        });
    }

    /// Keeps a row as it was read.
    pub(super) fn insert(&mut self, row: Change) {
        let hash = self.hasher.hash_one(row.key());
        self.place(hash, Row { held: row, turn: 0, place: 0 }, |_, _| {});
    }

    /// Places a row, after `follow` saw it and the one that has been there.
    fn place(&mut self, hash: u64, mut row: Row, follow: impl FnOnce(&mut Row, Option<&Row>)) {
        let Self { young, old, hasher, is_whole, .. } = self;
        let is_it = |other: &Row| other.held.key() == row.held.key();
        match young.rows.entry(hash, is_it, |row| hasher.hash_one(row.held.key())) {
            Entry::Occupied(mut held) => {
                let held = held.get_mut();
                follow(&mut row, Some(held));
                young.bytes += row.cost();
                young.bytes -= held.cost();
                *held = row;
            }
            Entry::Vacant(place) => {
                let before = old.rows.find_entry(hash, is_it).ok().map(|held| held.remove().0);
                follow(&mut row, before.as_ref());
                young.bytes += row.cost();
                place.insert(row);
            }
        }
        if young.bytes > self.bytes_max / 2 && old.changed < self.written_below {
            *is_whole &= old.rows.is_empty();
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

    /// Forgets everything: the file has other rows now.
    pub(super) fn clear(&mut self) {
        *self = Self::new(self.bytes_max, false);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_that_was_written_over_does_not_stay_in_memory() {
        let (mut cache, mut layer) = (Cache::new(1 << 20, false), Layer::default());
        let mut change = |value: &[u8]| {
            let change = Change::put(b"key", value);
            let value = change.shared_value().unwrap();
            cache.change(change, &mut layer);
            value
        };
        let (first, second) = (change(&[1; 1000]), change(b"2"));
        assert!(first.is_unique() && !second.is_unique());
        assert_eq!(layer.rows.len(), 1);
        assert_eq!(cache.get(b"key"), Some(Some(Bytes::from_static(b"2"))));
    }

    #[test]
    fn what_a_whole_cache_does_not_know_does_not_exist_until_it_forgot_a_row() {
        let (mut cache, mut layer) = (Cache::new(10_000, true), Layer::default());
        cache.change(Change::put(b"first", b"value"), &mut layer);
        assert_eq!(cache.get(b"unknown"), Some(None));
        cache.leave();
        cache.arrive();
        for key in 0..1000_u32 {
            cache.change(Change::put(&key.to_be_bytes(), b"value"), &mut layer);
            cache.leave();
            cache.arrive();
        }
        assert_eq!((cache.get(b"first"), cache.get(b"unknown")), (None, None));
        cache.clear();
        assert_eq!(cache.get(b"unknown"), None);
    }

    #[test]
    fn a_change_stays_until_the_file_has_it_and_then_makes_room() {
        let (mut cache, mut layer) = (Cache::new(10_000, false), Layer::default());
        let value = Some(Bytes::from_static(b"value"));
        let read_much = |cache: &mut Cache| {
            for key in 0..1000_u32 {
                cache.insert(Change::put(&key.to_be_bytes(), b"value"));
            }
        };
        cache.change(Change::put(b"changed", b"value"), &mut layer);
        read_much(&mut cache);
        // Found, it moves to the young half.
        assert_eq!(cache.get(b"changed"), Some(value.clone()));
        cache.leave();
        cache.change(Change::delete(b"later"), &mut layer);
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
