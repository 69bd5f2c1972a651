//! One row to write or to delete.

use bytes::Bytes;

use crate::encoding;

/// A row to write, or to delete when it has no value.
///
/// Key and value lie in one piece of memory: who compares the key has the value at hand, and who
/// keeps the row counts as one owner of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    row: Bytes,
    key_bytes: u32,
    has_value: bool,
}

impl Change {
    #[must_use]
    pub fn put(key: &[u8], value: &[u8]) -> Self {
        Self::of_row(encoding::join(key, value), key.len())
    }

    #[must_use]
    pub fn delete(key: &[u8]) -> Self {
        Self { has_value: false, ..Self::of_row(encoding::join(key, &[]), key.len()) }
    }

    /// A row whose value lies behind its key of so many bytes.
    pub(crate) fn of_row(row: Bytes, key_bytes: usize) -> Self {
        let key_bytes = u32::try_from(key_bytes).expect("keys have far less than 4 GiB");
        Self { row, key_bytes, has_value: true }
    }

    fn value_begin(&self) -> usize {
        usize::try_from(self.key_bytes).unwrap_or(usize::MAX)
    }

    #[must_use]
    pub fn key(&self) -> &[u8] {
        self.row.get(..self.value_begin()).unwrap_or_default()
    }

    #[must_use]
    pub fn value(&self) -> Option<&[u8]> {
        self.row.get(self.value_begin()..).filter(|_| self.has_value)
    }

    /// The key, in the memory of the row.
    #[must_use]
    pub fn shared_key(&self) -> Bytes {
        self.row.slice(..self.value_begin())
    }

    /// The value, in the memory of the row.
    #[must_use]
    pub fn shared_value(&self) -> Option<Bytes> {
        self.has_value.then(|| self.row.slice(self.value_begin()..))
    }

    /// How long key and value are together.
    #[must_use]
    pub fn row_bytes(&self) -> usize {
        self.row.len()
    }
}
