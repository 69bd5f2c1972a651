//! The ordered view: what the structures are kept in.

use bytes::Bytes;

use crate::ahead::Keys;

/// One row: its key and its value.
pub type Row = (Bytes, Bytes);

/// Rows ordered by the bytes of their keys.
///
/// The embedded engine implements it over its cache and SQLite; [`crate::Memory`] over a tree.
pub trait View {
    /// Reads one row.
    ///
    /// # Errors
    ///
    /// [`ViewError`] when the rows cannot be read.
    fn get(&self, key: &[u8]) -> Result<Option<Bytes>, ViewError>;

    /// Reads at most `limit` rows with `from <= key < to`, in the order of `direction`.
    ///
    /// # Errors
    ///
    /// [`ViewError`] when the rows cannot be read.
    fn scan(
        &self,
        from: &[u8],
        to: &[u8],
        direction: Direction,
        limit: usize,
    ) -> Result<Vec<Row>, ViewError>;

    /// Is told that these rows are read soon, and may fetch them from where that takes long.
    fn warm(&self, _keys: &Keys) {}
}

/// Which end a walk starts from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum Direction {
    /// From the smallest to the largest.
    Up,
    /// From the largest to the smallest.
    Down,
}

/// Why the rows could not be read: the node cannot go on, whatever the command was.
#[derive(Debug, thiserror::Error)]
pub enum ViewError {
    /// The place where the rows are kept failed.
    #[error("failed to read the state")]
    Storage(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// A row holds bytes that this version does not write.
    #[error("row `{}` of the state is damaged: {reason}", .key.escape_ascii())]
    Damaged { key: Bytes, reason: String },
}
