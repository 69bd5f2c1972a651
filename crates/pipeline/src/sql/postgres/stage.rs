//! The table that COPY fills.

use bytes::Bytes;
use tabular::{Batch, Column};

use super::super::error::{SqlError, Told};
use super::super::table::{Column as TableColumn, Form, Table};
use super::client::{Client, told};
use super::ddl::{self, Width};
use super::digits::Digits;
use super::existing::Existing;
use super::text;
use crate::error::{RowError, shorten};

/// A column of the stage that counts the rows of a batch.
pub(super) const ROW: &str = "\"thorp row\"";

/// A table of this transaction that rows are copied into.
#[derive(Debug)]
pub(super) struct Stage {
    /// As SQL writes it.
    pub name: String,
    /// What the values of each integer column need so far; `None` for other columns.
    pub widths: Vec<Option<Width>>,
    /// What the integer columns of the stage hold now.
    held: Vec<Option<Width>>,
    /// What the columns keep of numbers.
    digits: Vec<Digits>,
    /// Each row has its number in its batch.
    counts: bool,
}

impl Stage {
    /// A new table called `name`, with the checks of its columns, without keys.
    pub(super) fn fresh(client: &Client, table: &Table, name: String) -> Result<Self, SqlError> {
        let sql = ddl::create_table(client, table, &name)?;
        client.execute(format!("make table `{}`", table.name), &sql)?;
        let held = table
            .columns
            .iter()
            .map(|column| (column.form == Form::Integer).then_some(Width::Big))
            .collect();
        let scale =
            |column: &TableColumn| column.scale.map(|scale| Digits::AfterPoint(scale.into()));
        let digits = table.columns.iter().map(|column| scale(column).unwrap_or_default()).collect();
        Ok(Self::new(name, held, digits, false))
    }

    /// A temporary table with the types of one that is there.
    pub(super) fn like(
        client: &Client,
        table: &Table,
        existing: &Existing,
        full_name: &str,
        number: usize,
    ) -> Result<Self, SqlError> {
        let name = format!("pg_temp.thorp_stage_{number}");
        let columns = ddl::list(table.columns.iter().map(|column| &column.name));
        let sql = format!(
            "CREATE TEMPORARY TABLE thorp_stage_{number} ON COMMIT DROP AS \
             SELECT {columns}, 0::integer AS {ROW} FROM {full_name} WITH NO DATA"
        );
        client.execute(format!("look at table `{}`", table.name), &sql)?;
        let held = table.columns.iter().map(|column| existing.width(&column.name)).collect();
        let digits = table.columns.iter().map(|column| existing.digits(&column.name)).collect();
        Ok(Self::new(name, held, digits, true))
    }

    fn new(name: String, held: Vec<Option<Width>>, digits: Vec<Digits>, counts: bool) -> Self {
        Self { name, widths: vec![None; held.len()], held, digits, counts }
    }

    /// Copies all rows of `batch`.
    pub(super) fn copy(
        &mut self,
        client: &Client,
        table: &Table,
        batch: &Batch,
        rows_before: u64,
    ) -> Result<(), SqlError> {
        let columns: Vec<Option<&Column>> =
            table.columns.iter().map(|column| batch.column(&column.name)).collect();
        self.widen(client, table, &columns)?;
        let place = Place { table, rows_before };
        place.check_digits(&columns, &self.digits)?;
        let rows = place.encode(&columns, batch.rows(), self.counts)?;
        let mut names = ddl::list(table.columns.iter().map(|column| &column.name));
        if self.counts {
            names.push_str(", ");
            names.push_str(ROW);
        }
        client
            .copy(&format!("COPY {} ({names}) FROM STDIN", self.name), rows)
            .map_err(|error| place.refused(client, batch, &error))
    }

    /// Makes room for integers that are larger than all before.
    fn widen(
        &mut self,
        client: &Client,
        table: &Table,
        columns: &[Option<&Column>],
    ) -> Result<(), SqlError> {
        for (index, column) in columns.iter().enumerate() {
            let (Some(column), Some(Some(held)), Some(needed), Some(spec)) = (
                column,
                self.held.get_mut(index),
                self.widths.get_mut(index),
                table.columns.get(index),
            ) else {
                continue;
            };
            let width = Width::of(column);
            *needed = (*needed).max(Some(width));
            if width > *held {
                let sql = ddl::widen(&self.name, &spec.name, width);
                client.execute(format!("widen column `{}`", spec.name), &sql)?;
                *held = width;
            }
        }
        Ok(())
    }

    /// Moves all rows to the table itself.
    pub(super) fn empty_into(
        &self,
        client: &Client,
        table: &Table,
        full_name: &str,
    ) -> Result<(), SqlError> {
        let names = ddl::list(table.columns.iter().map(|column| &column.name));
        let sql = format!("INSERT INTO {full_name} ({names}) SELECT {names} FROM {}", self.name);
        client.execute(format!("append to table `{}`", table.name), &sql)
    }
}

/// Where in a resource a batch is.
struct Place<'a> {
    table: &'a Table,
    rows_before: u64,
}

impl Place<'_> {
    fn encode(
        &self,
        columns: &[Option<&Column>],
        rows: usize,
        counts: bool,
    ) -> Result<Bytes, SqlError> {
        let mut out = Vec::new();
        for row in 0..rows {
            for (index, column) in columns.iter().enumerate() {
                if index > 0 {
                    out.push(b'\t');
                }
                let Some(spec) = self.table.columns.get(index) else { continue };
                match column {
                    Some(column) => text::push(&mut out, spec.form, column, row)
                        .map_err(|misfit| self.misfit(row, &spec.name, column.text(row), misfit))?,
                    None => out.extend_from_slice(b"\\N"),
                }
            }
            if counts {
                out.extend_from_slice(format!("\t{row}").as_bytes());
            }
            out.push(b'\n');
        }
        Ok(out.into())
    }

    /// The server would round a number that has more digits than its column.
    fn check_digits(&self, columns: &[Option<&Column>], digits: &[Digits]) -> Result<(), SqlError> {
        for ((column, digits), spec) in columns.iter().zip(digits).zip(&self.table.columns) {
            let Some(column) = column else { continue };
            if let Some((row, misfit)) = digits.lost(column) {
                return Err(self.misfit(row, &spec.name, column.text(row), &misfit));
            }
        }
        Ok(())
    }

    fn misfit(&self, row: usize, field: &str, value: Option<&str>, misfit: &str) -> SqlError {
        let value = shorten(value.unwrap_or_default());
        SqlError::Row(Box::new(RowError {
            resource: self.table.resource.clone(),
            row: self.number(row),
            field: field.to_owned(),
            text: format!("`{value}` {misfit}"),
            value,
            rule: "type".into(),
        }))
    }

    /// The refusal of a batch, told of the row that the server names.
    fn refused(&self, client: &Client, batch: &Batch, error: &tokio_postgres::Error) -> SqlError {
        let context = error.as_db_error().and_then(|db| db.where_()).unwrap_or_default();
        let (line, column) = copy_place(context);
        let table = &self.table.name;
        let (Some(row), Some(column)) = (line.and_then(|line| line.checked_sub(1)), column) else {
            let action = match line.and_then(|line| line.checked_sub(1)) {
                Some(row) => format!("write row {} to table `{table}`", self.number(row)),
                None => format!("write to table `{table}`"),
            };
            return client.address.refused(action, Told(told(error)));
        };
        let value = batch.column(&column).filter(|cells| row < cells.len());
        let value = value.and_then(|cells| cells.text(row)).map(shorten).unwrap_or_default();
        SqlError::Row(Box::new(RowError {
            resource: self.table.resource.clone(),
            row: self.number(row),
            text: format!("`{value}` was refused by table `{table}`: {}", told(error)),
            value,
            field: column,
            rule: "type".into(),
        }))
    }

    fn number(&self, row: usize) -> u64 {
        self.rows_before + u64::try_from(row).expect("a batch has fewer than 2^64 rows") + 1
    }
}

/// Line and column in `COPY t, line 3, column c: "x"`.
fn copy_place(context: &str) -> (Option<usize>, Option<String>) {
    let line = context.lines().find(|line| line.starts_with("COPY ")).unwrap_or_default();
    let Some((_, place)) = line.split_once(", line ") else { return (None, None) };
    let digits: String = place.chars().take_while(char::is_ascii_digit).collect();
    let column = place
        .split_once(", column ")
        .map(|(_, column)| column.rsplit_once(": ").map_or(column, |(name, _)| name));
    (digits.parse().ok(), column.map(str::to_owned))
}
