//! Changes of rows that lie over a view, so that a command sees what was written before it.

mod order;
mod overlay;
mod places;
mod rows;

use bytes::Bytes;

pub use overlay::Overlay;
use places::Places;
pub use rows::Rows;

/// A row to write, or to delete when it has no value.
pub type Change = (Bytes, Option<Bytes>);

/// Rows to write (`Some`) and to delete (`None`), one for each key, found by a hash of that.
#[derive(Debug, Default)]
pub struct Changes {
    rows: Rows,
    places: Places,
}

impl Changes {
    pub fn put(&mut self, key: Bytes, value: Bytes) {
        self.replace(key, Some(value));
    }

    pub fn delete(&mut self, key: Bytes) {
        self.replace(key, None);
    }

    /// Writes or deletes a row, and gives what these changes said of it before.
    pub(crate) fn replace(&mut self, key: Bytes, value: Option<Bytes>) -> Option<Option<Bytes>> {
        match self.places.find_or_add(&key, &self.rows) {
            Some(place) => Some(self.rows.replace(place, (key, value)).1),
            None => {
                self.rows.push((key, value));
                None
            }
        }
    }

    /// Lets these changes say of a row what [`Self::replace`] gave. Rows that were replaced later
    /// must be restored before.
    pub(crate) fn restore(&mut self, key: Bytes, before: Option<Option<Bytes>>) {
        match before {
            Some(value) => drop(self.replace(key, value)),
            None => {
                // It came as the last one.
                self.places.remove(&key, &self.rows);
                self.rows.pop();
            }
        }
    }

    /// What these changes say of one row: nothing, that it is gone, or its value.
    #[must_use]
    pub fn get(&self, key: &[u8]) -> Option<&Option<Bytes>> {
        let place = self.places.find(key, &self.rows)?;
        self.rows.get(place).map(|(_, value)| value)
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    #[must_use]
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// The changed rows as their keys came first.
    pub fn iter(&self) -> std::slice::Iter<'_, Change> {
        self.rows.iter()
    }
}

impl Clone for Changes {
    fn clone(&self) -> Self {
        self.iter().cloned().collect()
    }
}

impl PartialEq for Changes {
    fn eq(&self, other: &Self) -> bool {
        self.len() == other.len()
            && self.iter().all(|(key, value)| other.get(key).is_some_and(|other| other == value))
    }
}

impl Eq for Changes {}

impl FromIterator<Change> for Changes {
    fn from_iter<T: IntoIterator<Item = Change>>(rows: T) -> Self {
        let mut changes = Self::default();
        for (key, value) in rows {
            changes.replace(key, value);
        }
        changes
    }
}

impl IntoIterator for Changes {
    type Item = Change;
    type IntoIter = std::vec::IntoIter<Change>;

    fn into_iter(self) -> Self::IntoIter {
        self.rows.into_iter()
    }
}

#[cfg(test)]
mod tests;
