//! Changing the rows that are there, adding the others.
//!
//! Keys with a null find nothing, as everywhere in SQL.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rusqlite::hooks::Action;
use rusqlite::{Connection, Statement};
use tabular::{Batch, Column};

use super::super::error::SqlError;
use super::super::session::Written;
use super::super::table::Table;
use super::ddl::{list, quoted};
use super::rows::{Target, insert};

/// How a row is written by its keys.
#[derive(Debug, Clone)]
pub(super) enum Way {
    /// One statement, which a unique index makes possible; the watch tells what it did.
    Upsert(Watch),
    /// An UPDATE and, when it finds no row, an INSERT. Nobody else writes while the transaction is
    /// open, so that the two are one.
    Two,
}

/// Tells whether a row was added since it was last asked.
#[derive(Debug, Clone, Default)]
pub(super) struct Watch(Arc<AtomicBool>);

impl Watch {
    /// Begins to watch the rows that `connection` adds.
    pub(super) fn start(connection: &mut Connection) -> rusqlite::Result<Self> {
        let added = Arc::new(AtomicBool::new(false));
        let told = Arc::clone(&added);
        connection.update_hook(Some(move |action, _: &str, _: &str, _: i64| {
            if action == Action::SQLITE_INSERT {
                told.store(true, Ordering::Relaxed);
            }
        }))?;
        Ok(Self(added))
    }

    fn has_added(&self) -> bool {
        self.0.swap(false, Ordering::Relaxed)
    }
}

/// Whether the keys of `table` are unique by one of its indexes: only then is an upsert a
/// statement.
pub(super) fn has_unique_index(connection: &Connection, table: &Table) -> bool {
    connection.prepare(&upsert(table)).is_ok()
}

/// Whether one statement can write a row of `table` by its keys.
pub(super) fn can_upsert(connection: &Connection, table: &Table) -> rusqlite::Result<bool> {
    if !has_unique_index(connection, table) {
        return Ok(false);
    }
    // Tables without row numbers are not watched, and triggers write rows of their own.
    let is_watched: bool = connection.query_row(
        "SELECT NOT wr AND NOT EXISTS (SELECT 1 FROM sqlite_schema WHERE type = 'trigger' \
         AND tbl_name = ?1 COLLATE NOCASE) FROM pragma_table_list(?1) WHERE schema = 'main'",
        [&table.name],
        |row| row.get(0),
    )?;
    // An upsert is an INSERT first: it is refused for want of a value that is there already.
    let mut required = connection.prepare(
        "SELECT name FROM pragma_table_info(?1) WHERE \"notnull\" AND dflt_value IS NULL",
    )?;
    let required = required.query_map([&table.name], |row| row.get::<_, String>(0))?;
    for name in required {
        let name = name?;
        if !table.columns.iter().any(|column| column.name.eq_ignore_ascii_case(&name)) {
            return Ok(false);
        }
    }
    Ok(is_watched)
}

/// Writes all rows of `batch` by their keys.
pub(super) fn write(
    connection: &Connection,
    target: &Target<'_>,
    way: &Way,
    batch: &Batch,
) -> Result<Written, SqlError> {
    let Target { table, address, .. } = target;
    let nulls = Column::nulls(batch.rows());
    let columns: Vec<&Column> =
        table.columns.iter().map(|column| batch.column(&column.name).unwrap_or(&nulls)).collect();
    let prepare = |sql: &str| {
        let refused = |error| address.refused(format!("write to table `{}`", table.name), error);
        connection.prepare_cached(sql).map_err(refused)
    };
    let mut updated = Vec::with_capacity(batch.rows());
    match way {
        Way::Upsert(watch) => {
            let mut statement = prepare(&upsert(table))?;
            let order: Vec<usize> = (0..columns.len()).collect();
            watch.has_added();
            for row in 0..batch.rows() {
                execute(target, &mut statement, (&columns, &order), row)?;
                updated.push(!watch.has_added());
            }
        }
        Way::Two => {
            let (update, order) = update(table);
            let mut update = prepare(&update)?;
            let mut insert = prepare(&insert(table, 1))?;
            let all: Vec<usize> = (0..columns.len()).collect();
            for row in 0..batch.rows() {
                let changed = execute(target, &mut update, (&columns, &order), row)?;
                updated.push(changed > 0);
                if changed == 0 {
                    execute(target, &mut insert, (&columns, &all), row)?;
                }
            }
        }
    }
    Ok(Written { updated })
}

/// Runs a statement whose parameters are the cells of `row` in `order`.
fn execute(
    target: &Target<'_>,
    statement: &mut Statement<'_>,
    (columns, order): (&[&Column], &[usize]),
    row: usize,
) -> Result<usize, SqlError> {
    for (at, index) in order.iter().enumerate() {
        let Some(column) = columns.get(*index) else { continue };
        target.bind(statement, at + 1, (*index, column), row)?;
    }
    statement.raw_execute().map_err(|error| target.refused(row, error))
}

/// The columns of a table that are keys, and the others, with their numbers.
type Split<'a> = (Vec<(usize, &'a super::Column)>, Vec<(usize, &'a super::Column)>);

fn split(table: &Table) -> Split<'_> {
    let is_key = |name: &String| table.update_keys.contains(name);
    table.columns.iter().enumerate().partition(|(_, column)| is_key(&column.name))
}

/// The statement that adds a row or changes the one with its keys.
fn upsert(table: &Table) -> String {
    let (keys, others) = split(table);
    // A table of nothing but keys still has to say whether the row is there.
    let set = if others.is_empty() { &keys } else { &others };
    let assigned: Vec<String> = set
        .iter()
        .map(|(_, column)| quoted(&column.name))
        .map(|name| format!("{name} = excluded.{name}"))
        .collect();
    let keys = list(&table.update_keys);
    format!("{} ON CONFLICT ({keys}) DO UPDATE SET {}", insert(table, 1), assigned.join(", "))
}

/// The UPDATE statement, and which columns its parameters are.
fn update(table: &Table) -> (String, Vec<usize>) {
    let (keys, others) = split(table);
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
