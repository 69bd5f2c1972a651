//! Changed rows that lie over others: as they came, until somebody looks at them.

use std::sync::{PoisonError, RwLock};

use structures::Changes;

/// The changes of many log entries. Nearly all rows are found in the cache before, so most layers
/// are put in order once, when they are written to the file.
#[derive(Debug, Default)]
pub(super) struct Layer(RwLock<Rows>);

#[derive(Debug, Default)]
struct Rows {
    ordered: Changes,
    /// Later ones, the oldest first.
    late: Vec<Changes>,
}

impl Layer {
    /// Lays later changes over these.
    pub(super) fn add(&mut self, later: Changes) {
        let rows = self.0.get_mut().unwrap_or_else(PoisonError::into_inner);
        if !later.is_empty() {
            rows.late.push(later);
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        let rows = self.0.read().unwrap_or_else(PoisonError::into_inner);
        rows.ordered.is_empty() && rows.late.is_empty()
    }

    /// Shows all changes to `look`.
    pub(super) fn with<T>(&self, look: impl FnOnce(&Changes) -> T) -> T {
        let mut rows = self.0.read().unwrap_or_else(PoisonError::into_inner);
        if !rows.late.is_empty() {
            drop(rows);
            self.put_in_order();
            rows = self.0.read().unwrap_or_else(PoisonError::into_inner);
        }
        look(&rows.ordered)
    }

    fn put_in_order(&self) {
        let mut rows = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let late = std::mem::take(&mut rows.late);
        rows.ordered.absorb(late);
    }
}
