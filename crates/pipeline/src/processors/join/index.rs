//! The rows of the source by their key, aggregated.

use std::sync::Arc;

use arrow::array::{Array, UInt64Array};
use indexmap::IndexSet;
use tabular::{Batch, Column, ColumnBuilder};

use super::aggregate::{Aggregate, State};
use super::{Joined, Prepared};
use crate::error::StepError;

/// Keys with the joined values of each.
#[derive(Debug)]
pub(super) struct Index {
    keys: IndexSet<Box<str>>,
    /// One column per joined field, one row per key.
    columns: Vec<(Arc<str>, Column)>,
    /// The fields of the key itself, from its last row; for full outer joins.
    key_columns: Vec<(Arc<str>, Column)>,
    used: Vec<bool>,
}

impl Index {
    /// Builds the index over the rows of the source.
    pub(super) fn build(joined: &Joined, rows: &[Prepared]) -> Result<Self, StepError> {
        let mut keys: IndexSet<Box<str>> = IndexSet::new();
        let mut slots: Vec<usize> = Vec::new();
        for prepared in rows {
            for key in &prepared.keys {
                let slot = match keys.get_index_of(key) {
                    Some(slot) => slot,
                    None => keys.insert_full(key.clone()).0,
                };
                slots.push(slot);
            }
        }
        let batches: Vec<Batch> = rows.iter().map(|prepared| prepared.batch.clone()).collect();
        let all = Batch::concat(&batches);
        let mut columns = Vec::with_capacity(joined.fields.len());
        for field in &joined.fields {
            let column = all.column(&field.source);
            let column = aggregate(field.aggregate, field.counts_nulls, column, &slots, keys.len())
                .map_err(|error| {
                    let problem = format!("field `{}`: {error}", field.source);
                    StepError::resource(joined.source.clone(), problem)
                })?;
            columns.push((Arc::clone(&field.target), column));
        }
        let last = last_rows(&slots, keys.len());
        let key_columns = joined
            .source_key
            .fields()
            .iter()
            .filter_map(|name| Some((name.as_str().into(), all.column(name)?.take(&last))))
            .collect();
        let used = vec![false; keys.len()];
        Ok(Self { keys, columns, key_columns, used })
    }

    /// The place of `key`, which is marked as used.
    pub(super) fn find(&mut self, key: &str) -> Option<u64> {
        let slot = self.keys.get_index_of(key)?;
        if let Some(used) = self.used.get_mut(slot) {
            *used = true;
        }
        u64::try_from(slot).ok()
    }

    /// The joined columns for rows at `slots`, null where there is none.
    pub(super) fn columns_at(
        &self,
        slots: &UInt64Array,
    ) -> impl Iterator<Item = (&Arc<str>, Column)> {
        self.columns.iter().map(|(name, column)| (name, column.take(slots)))
    }

    /// The fields of the key that have nulls, for rows at `slots`, under the names `key_names`.
    ///
    /// Null and the text `None` are the same key. Other fields have the same texts on both sides.
    pub(super) fn null_keys_at<'a>(
        &'a self,
        key_names: &'a [String],
        slots: &UInt64Array,
    ) -> impl Iterator<Item = (&'a String, Column)> {
        let named = key_names.iter().zip(&self.key_columns);
        let nullable = named.filter(|(_, (_, column))| column.cells().null_count() > 0);
        nullable.map(|(name, (_, column))| (name, column.take(slots)))
    }

    /// All keys with their joined columns in the order of their text; only those not used, with
    /// the fields of the key under the names `key_names`, when these are given.
    pub(super) fn rows(&self, key_names: Option<&[String]>) -> (Vec<&str>, Batch) {
        let mut slots: Vec<usize> = (0..self.keys.len())
            .filter(|slot| key_names.is_none() || self.used.get(*slot) == Some(&false))
            .collect();
        slots.sort_by_key(|slot| self.keys.get_index(*slot));
        let keys =
            slots.iter().filter_map(|slot| self.keys.get_index(*slot)).map(|key| &**key).collect();
        let at: UInt64Array = slots.iter().map(|slot| u64::try_from(*slot).ok()).collect();
        let mut batch = Batch::new(
            slots.len(),
            self.columns.iter().map(|(name, column)| (Arc::clone(name), column.take(&at))),
        );
        for (name, (_, column)) in key_names.into_iter().flatten().zip(&self.key_columns) {
            batch.set(name, column.take(&at));
        }
        (keys, batch)
    }
}

/// One value per key out of the values of a column.
fn aggregate(
    aggregate: Aggregate,
    counts_nulls: bool,
    column: Option<&Column>,
    slots: &[usize],
    keys: usize,
) -> Result<Column, super::aggregate::AggregateError> {
    if matches!(aggregate, Aggregate::First | Aggregate::Last | Aggregate::Any) {
        let Some(column) = column else { return Ok(Column::nulls(keys)) };
        return Ok(column.take(&chosen_rows(aggregate, column, slots, keys)));
    }
    let mut states = vec![State::new(aggregate); keys];
    for (row, slot) in slots.iter().enumerate() {
        let Some(state) = states.get_mut(*slot) else { continue };
        match column.and_then(|column| column.value(row)) {
            Some(value) => state.add(aggregate, value)?,
            None if counts_nulls => {
                state.add(aggregate, tabular::Value::new(tabular::Kind::Text, ""))?;
            }
            None => {}
        }
    }
    let mut builder = ColumnBuilder::with_capacity(keys);
    for state in states {
        builder.push_value(state.finish(aggregate)?.as_ref());
    }
    Ok(builder.finish())
}

/// The row of each key whose value is taken: its first or its last one that is not null.
fn chosen_rows(aggregate: Aggregate, column: &Column, slots: &[usize], keys: usize) -> UInt64Array {
    let mut rows: Vec<Option<u64>> = vec![None; keys];
    for ((row, slot), number) in slots.iter().enumerate().zip(0..) {
        if let Some(held) = rows.get_mut(*slot)
            && column.text(row).is_some()
            && !(aggregate == Aggregate::First && held.is_some())
        {
            *held = Some(number);
        }
    }
    rows.into_iter().collect()
}

fn last_rows(slots: &[usize], keys: usize) -> UInt64Array {
    let mut rows: Vec<Option<u64>> = vec![None; keys];
    for (slot, number) in slots.iter().zip(0..) {
        if let Some(held) = rows.get_mut(*slot) {
            *held = Some(number);
        }
    }
    rows.into_iter().collect()
}
