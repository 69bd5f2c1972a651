//! Rows that stand in the descriptor itself.

use std::sync::Arc;

use model::{Json, Map, python};
use tabular::Batch;
use tabular::format::{ReadError, RowReader};
use tabular::limits::BATCH_ROWS_MAX;
use tabular::wire::Decoder;

use super::PackageError;
use crate::table_source::Table;

/// Opens `rows`, objects or lists, the `data` of `resource`. Lists have their names in the first
/// one, or are called `names`.
///
/// # Errors
///
/// [`PackageError::Data`] when a row is something else.
pub(super) fn open(
    resource: &str,
    rows: &[Json],
    has_header: bool,
    names: &[String],
) -> Result<Table, PackageError> {
    let objects = match rows.first() {
        Some(Json::Array(_)) => keyed(resource, rows, has_header, names)?,
        _ => rows.to_vec(),
    };
    let mut columns: Vec<Arc<str>> = Vec::new();
    let mut known = std::collections::BTreeSet::new();
    for (index, row) in objects.iter().enumerate() {
        let Json::Object(row) = row else {
            let problem = format!("row {} is not like the first one", index + 1);
            return Err(PackageError::data(resource, problem));
        };
        for key in row.keys() {
            if known.insert(key.as_str()) {
                columns.push(Arc::from(key.as_str()));
            }
        }
    }
    drop(known);
    let reader = Inline { names: columns, rows: objects.into_iter() };
    Ok(Table {
        reader: Box::new(reader),
        base: resource.to_owned(),
        format: "inline".into(),
        fields: None,
        has_nulls: true,
    })
}

/// Lists as objects.
fn keyed(
    resource: &str,
    rows: &[Json],
    has_header: bool,
    names: &[String],
) -> Result<Vec<Json>, PackageError> {
    let (header, rows) = match rows.split_first() {
        Some((Json::Array(header), rows)) if has_header => {
            let text = |cell: &Json| cell.as_str().map_or_else(|| cell.to_string(), str::to_owned);
            (header.iter().map(text).collect(), rows)
        }
        _ => (names.to_vec(), rows),
    };
    let object = |(index, row): (usize, &Json)| {
        let cells =
            row.as_array().filter(|cells| cells.len() <= header.len()).ok_or_else(|| {
                let problem = format!("row {} is no list of {} values", index + 1, header.len());
                PackageError::data(resource, problem)
            })?;
        Ok(Json::Object(header.iter().cloned().zip(cells.iter().cloned()).collect::<Map>()))
    };
    rows.iter().enumerate().map(object).collect()
}

#[derive(Debug)]
struct Inline {
    names: Vec<Arc<str>>,
    rows: std::vec::IntoIter<Json>,
}

impl RowReader for Inline {
    fn names(&self) -> &[Arc<str>] {
        &self.names
    }

    fn next_batch(&mut self) -> Result<Option<Batch>, ReadError> {
        let mut decoder = Decoder::new(self.names.iter().cloned());
        for row in self.rows.by_ref().take(BATCH_ROWS_MAX) {
            let line = python::dumps(&row, python::Style::WIRE);
            decoder.push(line.as_bytes()).map_err(|error| ReadError::Format {
                format: "inline",
                problem: error.to_string(),
            })?;
        }
        let batch = decoder.finish();
        Ok((batch.rows() > 0).then_some(batch))
    }
}
