//! The table in a sheet: names from its header, batches from the rows below.

use std::fs::File;
use std::sync::Arc;
use std::vec::IntoIter;

use super::{Format, Options, Row, SheetRows};
use crate::batch::Batch;
use crate::column::ColumnBuilder;
use crate::format::{ReadError, RowReader};
use crate::grid;
use crate::limits::{BATCH_ROWS_MAX, SAMPLE_ROWS_MAX};
use crate::value::{Kind, Value};

/// Reads the table in one sheet of `file`.
///
/// # Errors
///
/// [`ReadError`] as [`SheetRows::open`], and when there is no header where the options expect it.
pub fn open(
    file: File,
    format: Format,
    options: &Options,
    grid: &grid::Options,
) -> Result<Box<dyn RowReader>, ReadError> {
    let mut rows = SheetRows::open(file, format, options)?;
    let sample: Vec<Row> = rows.by_ref().take(SAMPLE_ROWS_MAX).collect::<Result<_, _>>()?;
    let texts: Vec<Vec<Option<String>>> = sample
        .iter()
        .map(|row| row.iter().map(|cell| cell.as_ref().map(shown)).collect())
        .collect();
    let header = grid::resolve(&texts, grid, format.name())?;
    let table = Table {
        names: header.names,
        columns: header.columns,
        sample: sample.into_iter(),
        rows,
        number: 0,
        first_row: header.first_row,
        skip_rows: grid.skip_rows.clone(),
        strip: grid.strip,
    };
    Ok(grid::trim_ends(Box::new(table), grid))
}

#[derive(Debug)]
struct Table {
    names: Vec<Arc<str>>,
    /// For each name the index of its cell in a row.
    columns: Vec<usize>,
    /// The rows in which the header was looked for.
    sample: IntoIter<Row>,
    rows: SheetRows,
    /// How many rows were read.
    number: usize,
    /// The index of the first row below the header.
    first_row: usize,
    skip_rows: grid::SkipRows,
    strip: bool,
}

impl RowReader for Table {
    fn names(&self) -> &[Arc<str>] {
        &self.names
    }

    fn next_batch(&mut self) -> Result<Option<Batch>, ReadError> {
        let mut builders: Vec<ColumnBuilder> =
            self.names.iter().map(|_| ColumnBuilder::default()).collect();
        let mut count = 0;
        while count < BATCH_ROWS_MAX {
            let Some(row) = self.next_row()? else { break };
            self.number += 1;
            if self.number <= self.first_row || self.skips(&row) {
                continue;
            }
            for (builder, column) in builders.iter_mut().zip(&self.columns) {
                match row.get(*column) {
                    Some(Some(value)) => builder.push(value.kind, self.text(value)),
                    _ => builder.push_null(),
                }
            }
            count += 1;
        }
        if count == 0 {
            return Ok(None);
        }
        let columns = builders.iter_mut().map(ColumnBuilder::finish);
        Ok(Some(Batch::new(count, self.names.iter().cloned().zip(columns))))
    }
}

impl Table {
    fn next_row(&mut self) -> Result<Option<Row>, ReadError> {
        match self.sample.next() {
            Some(row) => Ok(Some(row)),
            None => self.rows.next().transpose(),
        }
    }

    fn skips(&self, row: &Row) -> bool {
        if self.skip_rows.is_idle() {
            return false;
        }
        let texts: Vec<Option<&str>> =
            row.iter().map(|cell| cell.as_ref().map(|value| &*value.text)).collect();
        self.skip_rows.skips(self.number, &texts)
    }

    fn text<'a>(&self, value: &'a Value<'_>) -> &'a str {
        if self.strip && value.kind == Kind::Text {
            value.text.trim_matches([' ', '\t', '\n', '\r'])
        } else {
            &value.text
        }
    }
}

/// A cell as Python's `str` shows it, which is how it becomes a name.
fn shown(value: &Value<'_>) -> String {
    match (value.kind, &*value.text) {
        (Kind::Boolean, "true") => "True".into(),
        (Kind::Boolean, _) => "False".into(),
        (Kind::DateTime, text) => text.replacen('T', " ", 1),
        (_, text) => text.into(),
    }
}
