//! Where the row of a key lies, by a hash of the key.

use std::hash::{BuildHasher, RandomState};

use hashbrown::HashTable;
use hashbrown::hash_table::Entry;

use super::rows::Rows;

/// The places of rows that are kept elsewhere, as numbers: to grow moves no row, and reads none.
#[derive(Debug, Default)]
pub(super) struct Places {
    table: HashTable<Place>,
    /// With keys of its own: clients choose the keys of rows.
    hasher: RandomState,
}

#[derive(Debug)]
struct Place {
    hash: u32,
    row: u32,
}

impl Place {
    fn index(&self) -> usize {
        usize::try_from(self.row).unwrap_or(usize::MAX)
    }

    fn is_of(&self, (hash, key): (u32, &[u8]), rows: &Rows) -> bool {
        self.hash == hash && rows.get(self.index()).is_some_and(|row| row.key() == key)
    }
}

impl Places {
    pub(super) fn find(&self, key: &[u8], rows: &Rows) -> Option<usize> {
        if rows.is_empty() {
            return None;
        }
        let hash = self.hash(key);
        self.table.find(spread(hash), |place| place.is_of((hash, key), rows)).map(Place::index)
    }

    /// The place of a key; if it has none, from now on it has the one behind all rows.
    pub(super) fn find_or_add(&mut self, key: &[u8], rows: &Rows) -> Option<usize> {
        let hash = self.hash(key);
        let is_it = |place: &Place| place.is_of((hash, key), rows);
        match self.table.entry(spread(hash), is_it, |place| spread(place.hash)) {
            Entry::Occupied(place) => Some(place.get().index()),
            Entry::Vacant(vacant) => {
                let row = u32::try_from(rows.len()).expect("memory has room for fewer rows");
                vacant.insert(Place { hash, row });
                None
            }
        }
    }

    /// Forgets the place of a row that is still there.
    pub(super) fn remove(&mut self, place: usize, rows: &Rows) {
        let Some(row) = rows.get(place) else { return };
        let is_it = |held: &Place| held.index() == place;
        if let Ok(place) = self.table.find_entry(spread(self.hash(row.key())), is_it) {
            place.remove();
        }
    }

    fn hash(&self, key: &[u8]) -> u32 {
        u32::try_from(self.hasher.hash_one(key) >> 32).unwrap_or(0)
    }
}

/// As many bits as the table looks at: it takes some from either end.
fn spread(hash: u32) -> u64 {
    u64::from(hash) << 32 | u64::from(hash)
}
