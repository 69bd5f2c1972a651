//! A batch: some rows of a resource, as named columns of equal length.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use arrow::array::{ArrayRef, BooleanArray, RecordBatch, RecordBatchOptions, UInt64Array};
use arrow::datatypes::{DataType, Field, Schema};

use crate::column::Column;

/// Rows of a resource. Column names are unique; columns may go beyond the resource's schema and
/// may lack some of its fields: a field without a column has no value in these rows.
#[derive(Debug, Clone, Default)]
pub struct Batch {
    names: Vec<Arc<str>>,
    columns: Vec<Column>,
    rows: usize,
    near: Near,
}

/// The place of the column that was asked for last. Columns are mostly asked for in their order,
/// and a file may have ten thousand.
#[derive(Debug, Default)]
struct Near(AtomicUsize);

impl Clone for Near {
    fn clone(&self) -> Self {
        Self(AtomicUsize::new(self.0.load(Ordering::Relaxed)))
    }
}

impl Batch {
    /// A batch of `rows` rows without columns.
    pub fn empty(rows: usize) -> Self {
        Self { names: Vec::new(), columns: Vec::new(), rows, near: Near::default() }
    }

    /// A batch of the given columns; of two with one name the later stays, in the earlier's place.
    ///
    /// # Panics
    ///
    /// Panics when the columns differ in length, which is a bug in the caller.
    pub fn new(rows: usize, columns: impl IntoIterator<Item = (Arc<str>, Column)>) -> Self {
        let mut batch = Self::empty(rows);
        let mut places: BTreeMap<Arc<str>, usize> = BTreeMap::new();
        for (name, column) in columns {
            match places.get(&name) {
                Some(place) => batch.replace(*place, column),
                None => {
                    places.insert(Arc::clone(&name), batch.columns.len());
                    batch.push(name, column);
                }
            }
        }
        batch
    }

    /// The number of rows.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// The names of the columns, in order.
    pub fn names(&self) -> &[Arc<str>] {
        &self.names
    }

    /// The columns, in order.
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// Names and columns, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&Arc<str>, &Column)> {
        self.names.iter().zip(&self.columns)
    }

    /// The column called `name`.
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns.get(self.place(name)?)
    }

    fn place(&self, name: &str) -> Option<usize> {
        let is_at = |at: &usize| self.names.get(*at).is_some_and(|other| **other == *name);
        let last = self.near.0.load(Ordering::Relaxed);
        let found = [last + 1, last].into_iter().find(is_at);
        let found = found.or_else(|| self.names.iter().position(|other| **other == *name))?;
        self.near.0.store(found, Ordering::Relaxed);
        Some(found)
    }

    /// Replaces the column called `name`, or adds it at the end.
    ///
    /// # Panics
    ///
    /// Panics when the column has another number of rows, which is a bug in the caller.
    pub fn set(&mut self, name: &str, column: Column) {
        match self.place(name) {
            Some(place) => self.replace(place, column),
            None => self.push(name.into(), column),
        }
    }

    fn push(&mut self, name: Arc<str>, column: Column) {
        assert_eq!(column.len(), self.rows, "column `{name}` has another length than its batch");
        self.names.push(name);
        self.columns.push(column);
    }

    fn replace(&mut self, place: usize, column: Column) {
        assert_eq!(column.len(), self.rows, "a column has another length than its batch");
        if let Some(slot) = self.columns.get_mut(place) {
            *slot = column;
        }
    }

    /// Removes the column called `name` and gives it, when there is one.
    pub fn remove(&mut self, name: &str) -> Option<Column> {
        let at = self.place(name)?;
        self.names.remove(at);
        Some(self.columns.remove(at))
    }

    /// The columns for which `rename` gives a name, in order, under that name.
    #[must_use]
    pub fn project(&self, mut rename: impl FnMut(&str) -> Option<Arc<str>>) -> Self {
        let kept = self.iter().filter_map(|(name, column)| Some((rename(name)?, column.clone())));
        Self::new(self.rows, kept)
    }

    /// The rows where `keep` is true.
    #[must_use]
    pub fn filter(&self, keep: &BooleanArray) -> Self {
        self.each(keep.true_count(), |column| column.filter(keep))
    }

    /// The rows at `indices`, null where the index is null.
    #[must_use]
    pub fn take(&self, indices: &UInt64Array) -> Self {
        self.each(indices.len(), |column| column.take(indices))
    }

    /// Rows `from .. from + rows`, without copying.
    #[must_use]
    pub fn slice(&self, from: usize, rows: usize) -> Self {
        self.each(rows, |column| column.slice(from, rows))
    }

    /// Batches one below the other. A column that some of them lack is null there.
    pub fn concat(batches: &[Self]) -> Self {
        if let [only] = batches {
            return only.clone();
        }
        let rows = batches.iter().map(Self::rows).sum();
        let mut known = BTreeSet::new();
        let mut names: Vec<Arc<str>> = Vec::new();
        for name in batches.iter().flat_map(|batch| &batch.names) {
            if known.insert(name) {
                names.push(Arc::clone(name));
            }
        }
        let columns = names.into_iter().map(|name| {
            let absent: Vec<Option<Column>> = batches
                .iter()
                .map(|b| b.column(&name).is_none().then(|| Column::nulls(b.rows)))
                .collect();
            let parts: Vec<&Column> = batches
                .iter()
                .zip(&absent)
                .filter_map(|(batch, absent)| batch.column(&name).or(absent.as_ref()))
                .collect();
            let column = Column::concat(&parts);
            (name, column)
        });
        Self::new(rows, columns)
    }

    /// The same rows in buffers of their own.
    #[must_use]
    pub fn compact(&self) -> Self {
        self.each(self.rows, Column::compact)
    }

    /// The same rows, compact when they hold on to much more memory than they need: a few columns
    /// of a wide file, a few rows of many.
    #[must_use]
    pub fn settled(self) -> Self {
        let mut buffers: Vec<(*const u8, usize)> = self
            .columns
            .iter()
            .flat_map(|column| column.cells().data_buffers())
            .map(|buffer| (buffer.data_ptr().as_ptr().cast_const(), buffer.capacity()))
            .collect();
        buffers.sort_unstable();
        buffers.dedup();
        let held: usize = buffers.iter().map(|(_, capacity)| capacity).sum();
        if held > 2 * self.bytes() { self.compact() } else { self }
    }

    /// Bytes of memory that the rows need when compact.
    pub fn bytes(&self) -> usize {
        self.columns.iter().map(Column::bytes).sum()
    }

    /// The rows as an Arrow record batch of string views, in the order of the columns.
    pub fn to_record_batch(&self) -> RecordBatch {
        let fields: Vec<Field> =
            self.names.iter().map(|name| Field::new(&**name, DataType::Utf8View, true)).collect();
        let arrays: Vec<ArrayRef> = self.columns.iter().map(Column::to_array).collect();
        let options = RecordBatchOptions::new().with_row_count(Some(self.rows));
        RecordBatch::try_new_with_options(Arc::new(Schema::new(fields)), arrays, &options)
            .expect("columns of a batch have equal length")
    }

    fn each(&self, rows: usize, change: impl Fn(&Column) -> Column) -> Self {
        let columns = self.columns.iter().map(change).collect();
        Self { names: self.names.clone(), columns, rows, near: self.near.clone() }
    }
}

#[cfg(test)]
mod tests;
