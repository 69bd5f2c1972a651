//! Adding rows to a table, many with one statement.

use rusqlite::{Connection, Statement};
use tabular::{Batch, Column};

use super::super::engine::Address;
use super::super::error::SqlError;
use super::super::table::Table;
use super::cell::{Misfit, cell};
use super::ddl::{list, quoted};
use crate::error::{RowError, shorten};
use crate::sql::limits;

/// Inserts all rows of `batch`.
pub(super) fn write(
    connection: &Connection,
    target: &Target<'_>,
    batch: &Batch,
) -> Result<(), SqlError> {
    let Target { table, address, .. } = target;
    let columns: Vec<Option<&Column>> =
        table.columns.iter().map(|column| batch.column(&column.name)).collect();
    let width = columns.len().max(1);
    let at_once = (limits::SQLITE_PARAMETERS_MAX / width).clamp(1, limits::SQLITE_INSERT_ROWS_MAX);
    let refused = |error| address.refused(format!("write to table `{}`", table.name), error);
    let mut many = connection.prepare_cached(&insert(table, at_once)).map_err(refused)?;
    let mut single = connection.prepare_cached(&insert(table, 1)).map_err(refused)?;
    let mut row = 0;
    while row < batch.rows() {
        let rows = if batch.rows() - row >= at_once { at_once } else { 1 };
        let statement = if rows == 1 { &mut single } else { &mut many };
        if let Err(error) = target.insert(statement, &columns, row, rows)? {
            // The rows before the bad one are written.
            let written = usize::try_from(connection.changes()).unwrap_or(0);
            return Err(target.refused(row + written.min(rows - 1), error));
        }
        row += rows;
    }
    Ok(())
}

/// The table that rows go to, and how far it is.
pub(super) struct Target<'a> {
    pub address: &'a Address,
    pub table: &'a Table,
    pub rows_before: u64,
}

impl Target<'_> {
    /// Inserts `rows` rows from `row` on. The inner error is that of the database.
    fn insert(
        &self,
        statement: &mut Statement<'_>,
        columns: &[Option<&Column>],
        row: usize,
        rows: usize,
    ) -> Result<rusqlite::Result<()>, SqlError> {
        let mut parameter = 1;
        for row in row..row + rows {
            for (index, column) in columns.iter().enumerate() {
                if let Some(column) = column {
                    self.bind(statement, parameter, (index, column), row)?;
                }
                parameter += 1;
            }
        }
        Ok(statement.raw_execute().map(|_| ()))
    }

    /// Binds one cell; a parameter that is not bound is null.
    pub(super) fn bind(
        &self,
        statement: &mut Statement<'_>,
        parameter: usize,
        (index, column): (usize, &Column),
        row: usize,
    ) -> Result<(), SqlError> {
        let refused = |error| self.address.refused("bind a value", error);
        let spec = self.table.columns.get(index);
        let Some(text) = column.text(row) else {
            if spec.is_some_and(|spec| spec.required) {
                // SQLite itself would make up a number for a primary key.
                let misfit = "a value is required, and the row has none";
                return Err(self.misfit((index, None), row, misfit));
            }
            return statement.raw_bind_parameter(parameter, rusqlite::types::Null).map_err(refused);
        };
        let form = spec.map_or(super::Form::Text, |column| column.form);
        let bound = cell(form, column.kind(), text)
            .map_err(|misfit| self.misfit((index, Some(text)), row, misfit))?;
        statement.raw_bind_parameter(parameter, bound).map_err(refused)
    }

    /// A value, or the lack of one, that the table cannot take.
    fn misfit(
        &self,
        (index, value): (usize, Option<&str>),
        row: usize,
        misfit: Misfit,
    ) -> SqlError {
        let field = self.table.columns.get(index).map(|column| column.name.clone());
        let shown = value.map(shorten);
        SqlError::Row(Box::new(RowError {
            resource: self.table.resource.clone(),
            row: self.number(row),
            field: field.unwrap_or_default(),
            text: match &shown {
                Some(value) => format!("`{value}` {misfit}"),
                None => misfit.to_owned(),
            },
            rule: if shown.is_some() { "type".into() } else { "required".into() },
            value: shown.unwrap_or_default(),
        }))
    }

    /// The refusal of a row.
    pub(super) fn refused(&self, row: usize, error: rusqlite::Error) -> SqlError {
        let action = format!("write row {} to table `{}`", self.number(row), self.table.name);
        self.address.refused(action, error)
    }

    fn number(&self, row: usize) -> u64 {
        self.rows_before + u64::try_from(row).expect("a batch has fewer than 2^64 rows") + 1
    }
}

/// The statement that inserts `rows` rows.
///
/// A row that is refused fails the run and with it the transaction. Saying so (`OR FAIL`) keeps
/// SQLite from copying every page that a statement changes, to be able to undo half of it: with an
/// index in random order that is a page for each row.
pub(super) fn insert(table: &Table, rows: usize) -> String {
    let one = format!("({})", vec!["?"; table.columns.len()].join(", "));
    let names = list(table.columns.iter().map(|column| &column.name));
    let values = vec![one; rows].join(", ");
    format!("INSERT OR FAIL INTO {} ({names}) VALUES {values}", quoted(&table.name))
}
