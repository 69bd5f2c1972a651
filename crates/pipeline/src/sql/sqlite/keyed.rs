//! Changing the rows that are there, adding the others.
//!
//! Nobody else writes while the transaction is open, so that an UPDATE which finds no row and the
//! INSERT after it are one. Keys with a null find nothing, as everywhere in SQL.

use rusqlite::Connection;
use tabular::{Batch, Column};

use super::super::engine::Address;
use super::super::error::SqlError;
use super::super::session::Written;
use super::super::table::Table;
use super::ddl::quoted;
use super::rows::{Target, insert};

/// Writes all rows of `batch` by their keys.
pub(super) fn write(
    connection: &Connection,
    address: &Address,
    table: &Table,
    batch: &Batch,
    rows_before: u64,
) -> Result<Written, SqlError> {
    let target = Target { address, table, rows_before };
    let refused = |error| address.refused(format!("write to table `{}`", table.name), error);
    let (update, order) = update(table);
    let insert = insert(table, 1);
    let mut update = connection.prepare_cached(&update).map_err(refused)?;
    let mut insert = connection.prepare_cached(&insert).map_err(refused)?;
    let nulls = Column::nulls(batch.rows());
    let columns: Vec<&Column> =
        table.columns.iter().map(|column| batch.column(&column.name).unwrap_or(&nulls)).collect();
    let mut updated = Vec::with_capacity(batch.rows());
    for row in 0..batch.rows() {
        for (at, index) in order.iter().enumerate() {
            let Some(column) = columns.get(*index) else { continue };
            target.bind(&mut update, at + 1, (*index, column), row)?;
        }
        let changed = update.raw_execute().map_err(|error| target.refused(row, error))?;
        updated.push(changed > 0);
        if changed == 0 {
            for (index, column) in columns.iter().enumerate() {
                target.bind(&mut insert, index + 1, (index, column), row)?;
            }
            insert.raw_execute().map_err(|error| target.refused(row, error))?;
        }
    }
    Ok(Written { updated })
}

/// The UPDATE statement, and which columns its parameters are.
fn update(table: &Table) -> (String, Vec<usize>) {
    let is_key = |name: &String| table.update_keys.contains(name);
    let all = table.columns.iter().enumerate();
    let (keys, others): (Vec<_>, Vec<_>) = all.partition(|(_, column)| is_key(&column.name));
    // A table of nothing but keys still has to say whether the row is there.
    let set = if others.is_empty() { &keys } else { &others };
    let assigned = |(_, column): &(usize, &super::Column)| format!("{} = ?", quoted(&column.name));
    let sql = format!(
        "UPDATE {} SET {} WHERE {}",
        quoted(&table.name),
        set.iter().map(assigned).collect::<Vec<_>>().join(", "),
        keys.iter().map(assigned).collect::<Vec<_>>().join(" AND ")
    );
    (sql, set.iter().chain(&keys).map(|(index, _)| *index).collect())
}
