//! Changes of rows that lie over a view, so that a command sees what was written before it.

mod change;
mod order;
mod overlay;
mod places;
mod rows;

pub use change::Change;
pub use overlay::Overlay;
use places::Places;
pub use rows::Rows;

/// Rows to write and to delete, one for each key, found by a hash of that.
#[derive(Debug, Default)]
pub struct Changes {
    rows: Rows,
    places: Places,
}

/// What changes said of a row before it was replaced.
#[derive(Debug)]
pub(crate) struct Replaced {
    place: usize,
    /// None: nothing, and it came as the last one.
    before: Option<Change>,
}

impl Changes {
    pub fn put(&mut self, key: &[u8], value: &[u8]) {
        self.replace(Change::put(key, value));
    }

    pub fn delete(&mut self, key: &[u8]) {
        self.replace(Change::delete(key));
    }

    /// Writes or deletes a row.
    pub(crate) fn replace(&mut self, change: Change) -> Replaced {
        match self.places.find_or_add(change.key(), &self.rows) {
            Some(place) => Replaced { place, before: Some(self.rows.replace(place, change)) },
            None => Replaced { place: self.rows.push(change), before: None },
        }
    }

    /// Lets these changes say of a row what they said before. Rows that were replaced later must be
    /// restored before.
    pub(crate) fn restore(&mut self, Replaced { place, before }: Replaced) {
        match before {
            Some(before) => drop(self.rows.replace(place, before)),
            None => {
                self.places.remove(place, &self.rows);
                self.rows.pop();
            }
        }
    }

    /// What these changes say of one row, if anything.
    #[must_use]
    pub fn get(&self, key: &[u8]) -> Option<&Change> {
        let place = self.places.find(key, &self.rows)?;
        self.rows.get(place)
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
            && self.iter().all(|change| other.get(change.key()) == Some(change))
    }
}

impl Eq for Changes {}

impl FromIterator<Change> for Changes {
    fn from_iter<T: IntoIterator<Item = Change>>(rows: T) -> Self {
        let mut changes = Self::default();
        for change in rows {
            changes.replace(change);
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
