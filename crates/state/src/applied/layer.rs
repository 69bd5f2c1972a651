//! Changed rows that lie over others.

use structures::{Change, Rows};

/// One row for each key that changed. The cache knows where they lie: nearly all rows are found
/// there, and those that it knows of are written over in their place.
#[derive(Debug, Default)]
pub(super) struct Layer {
    pub(super) rows: Rows,
    /// About how much memory they take.
    pub(super) bytes: usize,
}

impl Layer {
    /// Writes a row to its place, or adds it when it has none; gives its place.
    pub(super) fn write(&mut self, place: Option<usize>, change: Change) -> usize {
        self.bytes += super::cost(&change);
        match place {
            None => self.rows.push(change),
            Some(place) => {
                self.bytes -= super::cost(&self.rows.replace(place, change));
                place
            }
        }
    }
}
