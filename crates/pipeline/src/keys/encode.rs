//! Keys as texts that are equal exactly when the values are.

use arrow::array::UInt64Array;
use tabular::{Batch, Column, Kind, Value};

use super::{ROW, Rows};
use crate::equality::write_key;
use crate::sorter::Keys;

/// The text of a key, and its values as they were written.
const KEY: &str = "\0key";
const VALUE: &str = "\0value";

/// The keys of some rows, ready to be sorted.
#[derive(Debug)]
pub(super) struct Encoded {
    /// Key, value and number of each row.
    pub(super) batch: Batch,
    pub(super) keys: Keys,
    /// The numbers of the rows that have a null in their key.
    pub(super) nulls: Vec<u64>,
}

/// Encodes `fields` of `rows`; `tag` decides the order among equal keys. Rows with a null in
/// their key are left out, as are those whose key was wrong before.
pub(super) fn encode(rows: &Rows<'_>, fields: &[String], tag: u8) -> Encoded {
    let columns: Vec<Option<&Column>> =
        fields.iter().map(|field| rows.batch.column(field)).collect();
    let mut keys = Keys::with_capacity(rows.batch.rows());
    let mut texts = tabular::ColumnBuilder::with_capacity(rows.batch.rows());
    let mut kept: Vec<u64> = Vec::with_capacity(rows.batch.rows());
    let mut nulls = Vec::new();
    let broken = rows.broken_rows(fields);
    let mut key = String::new();
    for row in 0..rows.batch.rows() {
        if broken.contains(&row) {
            continue;
        }
        key.clear();
        if columns.iter().all(|column| push_part(&mut key, *column, row)) {
            keys.push_with(|bytes| {
                bytes.extend_from_slice(key.as_bytes());
                bytes.push(tag);
            });
            texts.push(Kind::Text, &key);
            kept.push(u64::try_from(row).expect("a batch has fewer than 2^64 rows"));
        } else {
            nulls.push(number(&rows.batch, row));
        }
    }
    let indices = UInt64Array::from(kept);
    let rows = rows.batch.take(&indices);
    let mut batch = Batch::empty(rows.rows());
    batch.set(KEY, texts.finish());
    batch.set(VALUE, values(&rows, fields));
    if let Some(numbers) = rows.column(ROW) {
        batch.set(ROW, numbers.clone());
    }
    Encoded { batch, keys, nulls }
}

/// Appends one value with its length before it, so that no key is the beginning of another.
/// Gives false for null.
fn push_part(key: &mut String, column: Option<&Column>, row: usize) -> bool {
    let Some(value) = column.and_then(|column| column.value(row)) else { return false };
    let mut part = String::new();
    write_key(&mut part, Some(&value));
    key.push_str(&part.len().to_string());
    key.push(':');
    key.push_str(&part);
    true
}

/// The values of the key as they are written, for messages.
fn values(rows: &Batch, fields: &[String]) -> Column {
    if let [field] = fields
        && let Some(column) = rows.column(field)
    {
        return column.retyped(Kind::Text);
    }
    let text = |row| {
        let values = fields.iter().filter_map(|field| rows.column(field)?.text(row));
        values.collect::<Vec<_>>().join(", ")
    };
    (0..rows.rows()).map(|row| Some(Value::new(Kind::Text, text(row)))).collect()
}

/// The key of a sorted row.
pub(super) fn key(batch: &Batch, row: usize) -> &str {
    batch.column(KEY).and_then(|column| column.text(row)).unwrap_or_default()
}

/// The values of the key of a sorted row.
pub(super) fn value(batch: &Batch, row: usize) -> &str {
    batch.column(VALUE).and_then(|column| column.text(row)).unwrap_or_default()
}

/// The number of a row; 0 when it is one of those that are referred to.
pub(super) fn number(batch: &Batch, row: usize) -> u64 {
    let text = batch.column(ROW).and_then(|column| column.text(row));
    text.and_then(|text| text.parse().ok()).unwrap_or(0)
}
