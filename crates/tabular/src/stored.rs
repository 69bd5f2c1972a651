//! A batch as an Arrow record batch that remembers the kinds of its columns, for temporary files.

use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, RecordBatch, RecordBatchOptions};
use arrow::datatypes::{DataType, Field, Schema};

use crate::batch::Batch;
use crate::column::Column;
use crate::value::Kind;

const KIND: &str = "kind";

const KINDS: [(Kind, &str); 10] = [
    (Kind::Text, "text"),
    (Kind::Integer, "integer"),
    (Kind::Number, "number"),
    (Kind::Float, "float"),
    (Kind::Boolean, "boolean"),
    (Kind::Date, "date"),
    (Kind::Time, "time"),
    (Kind::DateTime, "datetime"),
    (Kind::Duration, "duration"),
    (Kind::Json, "json"),
];

/// The rows as string views, each field marked with the kind of its column.
pub fn to_stored(batch: &Batch) -> RecordBatch {
    let fields: Vec<Field> =
        batch.iter().map(|(name, column)| marked(name, column.kind())).collect();
    let arrays: Vec<ArrayRef> = batch.columns().iter().map(Column::to_array).collect();
    let options = RecordBatchOptions::new().with_row_count(Some(batch.rows()));
    RecordBatch::try_new_with_options(Arc::new(Schema::new(fields)), arrays, &options)
        .expect("columns of a batch have equal length")
}

/// The batch that [`to_stored`] was given.
pub fn from_stored(stored: &RecordBatch) -> Batch {
    let schema = stored.schema();
    let columns = schema.fields().iter().zip(stored.columns()).map(|(field, array)| {
        let kind = field.metadata().get(KIND).map(String::as_str).unwrap_or_default();
        let kind =
            KINDS.iter().find(|(_, text)| *text == kind).map_or(Kind::Text, |(kind, _)| *kind);
        (field.name().as_str().into(), Column::new(kind, array.as_string_view().clone()))
    });
    Batch::new(stored.num_rows(), columns)
}

fn marked(name: &str, kind: Kind) -> Field {
    let text = KINDS.iter().find(|(other, _)| *other == kind).map_or("text", |(_, text)| *text);
    let metadata = [(KIND.to_owned(), text.to_owned())];
    Field::new(name, DataType::Utf8View, true).with_metadata(metadata.into())
}
