//! Rows that were read or changed lately; also that there is no such row.
//!
//! Two halves: what is used moves to the young one, and when that is full the old one is dropped.

#![expect(clippy::disallowed_types, reason = "rows are looked up, and nobody walks over them")]

use std::collections::HashMap;

use bytes::Bytes;

/// Hashed by the standard hasher with keys of its own: clients choose the keys of rows.
type Rows = HashMap<Bytes, Option<Bytes>>;

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
        let (key, value) = self.old.remove_entry(key)?;
        self.insert(key, value.clone());
        Some(value)
    }

    pub(super) fn insert(&mut self, key: Bytes, value: Option<Bytes>) {
        self.old.remove(&key);
        let (key_bytes, added) = (key.len(), super::cost(&key, value.as_ref()));
        let replaced = self.young.insert(key, value);
        let replaced = replaced.map_or(0, |old| super::cost_of(key_bytes, old.as_ref()));
        self.young_bytes = self.young_bytes + added - replaced;
        if self.young_bytes > self.bytes_max / 2 {
            self.old = std::mem::take(&mut self.young);
            self.young_bytes = 0;
        }
    }

    pub(super) fn clear(&mut self) {
        *self = Self::new(self.bytes_max);
    }
}
