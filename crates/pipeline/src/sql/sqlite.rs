//! SQLite: a file, or a database in memory that vanishes with the run.
//!
//! The transaction is an ordinary one of the file with its own journal mode, so that every other
//! program sees the old tables until the commit, and so that a killed run is undone by whoever
//! opens the file next.
//!
//! Whether a transaction was committed is told by the schema version of the file. SQLite raises it
//! with every change of a table's definition, in the same transaction; a run that changes no
//! definition makes and drops a table of its own. Unlike the change counter in the header it is
//! kept in both journal modes, and rows that others write do not raise it.

mod cell;
mod connect;
pub mod ddl;
mod keyed;
mod rows;

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use model::Json;
use rusqlite::Connection;
use serde_json::json;
use tabular::Batch;

use super::engine::{Address, Engine};
use super::error::SqlError;
use super::session::{Session, Written};
use super::table::{Column, Form, Mode, Table};
use crate::context::Context;
use crate::sql::limits;
use keyed::Watch;
use rows::Target;

/// An open transaction on a SQLite database.
#[derive(Debug)]
pub struct SqliteSession {
    connection: Connection,
    address: Address,
    tables: Vec<(Table, Way)>,
    /// Set once a table is written by upserts.
    watch: Option<Watch>,
    /// The file, when there was none before this run.
    created: Option<PathBuf>,
    version_before: i64,
    is_open: bool,
}

/// How rows get into a table.
#[derive(Debug)]
enum Way {
    Insert,
    ByKeys(keyed::Way),
}

impl SqliteSession {
    /// Opens the database and begins its transaction, waiting for another writer to end.
    ///
    /// # Errors
    ///
    /// When the file cannot be opened or stays locked.
    pub fn open(address: &Address, ctx: &Context) -> Result<Self, SqlError> {
        let path = match &address.engine {
            Engine::Sqlite(path) => path.as_deref(),
            Engine::Postgres(_) => None,
        };
        let is_new = path.is_some_and(|path| fs::metadata(path).is_ok_and(|m| m.len() == 0))
            || path.is_some_and(|path| !path.exists());
        let created = path.filter(|_| is_new).map(ToOwned::to_owned);
        let connection = connect::begin(address, path, is_new, ctx)?;
        let mut session = Self {
            connection,
            address: address.clone(),
            tables: Vec::new(),
            watch: None,
            created,
            version_before: 0,
            is_open: true,
        };
        session.version_before = session.version()?;
        Ok(session)
    }

    fn version(&self) -> Result<i64, SqlError> {
        self.connection
            .pragma_query_value(None, "schema_version", |row| row.get(0))
            .map_err(|error| self.address.refused("read the schema version", error))
    }

    fn execute(&self, action: impl FnOnce() -> String, sql: &str) -> Result<(), SqlError> {
        self.connection.execute_batch(sql).map_err(|error| self.address.refused(action(), error))
    }

    fn columns_of(&self, table: &str) -> Result<Vec<String>, SqlError> {
        let read = || -> rusqlite::Result<Vec<String>> {
            let mut statement =
                self.connection.prepare("SELECT name FROM pragma_table_info(?1)")?;
            statement.query_map([table], |row| row.get(0))?.collect()
        };
        read().map_err(|error| self.address.refused(format!("look at table `{table}`"), error))
    }

    /// Adds the columns that the schema has and the table lacks.
    fn migrate(&self, table: &Table, existing: &[String]) -> Result<(), SqlError> {
        let is_new = |name: &str| !existing.iter().any(|other| other.eq_ignore_ascii_case(name));
        for column in table.columns.iter().filter(|column| is_new(&column.name)) {
            let action = || format!("add column `{}` to table `{}`", column.name, table.name);
            self.execute(action, &ddl::add_column(&table.name, column))?;
        }
        Ok(())
    }

    /// How rows are written by their keys; makes an index that finds them, a unique one unless
    /// the rows forbid it.
    fn by_keys(&mut self, table: &Table) -> Result<keyed::Way, SqlError> {
        let action = || format!("index the keys of table `{}`", table.name);
        let refused = |error| self.address.refused(action(), error);
        let is_unique = keyed::has_unique_index(&self.connection, table);
        if !is_unique {
            let (unique, plain) = ddl::key_indexes(table);
            if self.connection.execute_batch(&unique).is_err() {
                self.execute(action, &plain)?;
            }
        }
        if keyed::can_upsert(&self.connection, table).map_err(refused)? {
            let watch = match self.watch.take() {
                Some(watch) => watch,
                None => Watch::start(&mut self.connection)
                    .map_err(|error| self.address.refused(action(), error))?,
            };
            return Ok(keyed::Way::Upsert(self.watch.insert(watch).clone()));
        }
        Ok(keyed::Way::Two)
    }
}

impl Session for SqliteSession {
    fn begin(&mut self, table: Table) -> Result<usize, SqlError> {
        let making = || format!("make table `{}`", table.name);
        if table.mode == Mode::Rewrite {
            self.execute(|| format!("drop table `{}`", table.name), &ddl::drop_table(&table.name))?;
        }
        let existing = self.columns_of(&table.name)?;
        if existing.is_empty() {
            self.execute(making, &ddl::create_table(&table))?;
        } else {
            self.migrate(&table, &existing)?;
        }
        let way = match table.mode {
            Mode::Rewrite | Mode::Append => Way::Insert,
            Mode::Update => Way::ByKeys(self.by_keys(&table)?),
        };
        self.tables.push((table, way));
        Ok(self.tables.len() - 1)
    }

    fn write(
        &mut self,
        table: usize,
        batch: &Batch,
        rows_before: u64,
    ) -> Result<Written, SqlError> {
        let Some((table, way)) = self.tables.get(table) else { return Ok(Written::default()) };
        let target = Target { address: &self.address, table, rows_before };
        match way {
            Way::ByKeys(way) => keyed::write(&self.connection, &target, way, batch),
            Way::Insert => {
                rows::write(&self.connection, &target, batch)?;
                Ok(Written::default())
            }
        }
    }

    fn complete(&mut self, tables: &[usize]) -> Result<(), SqlError> {
        for (table, _) in tables.iter().filter_map(|index| self.tables.get(*index)) {
            for sql in ddl::indexes(table) {
                self.execute(|| format!("index table `{}`", table.name), &sql)?;
            }
        }
        if self.version()? == self.version_before {
            self.execute(|| "mark the transaction".into(), ddl::MARK)?;
        }
        Ok(())
    }

    fn record(&self) -> Json {
        json!({
            "kind": "sqlite",
            "engine": self.address.shown,
            "base": self.address.base_dir,
            "version": self.version_before,
        })
    }

    fn commit(&mut self) -> Result<(), SqlError> {
        // Readers hold the file for moments only; a crash while waiting leaves the old tables.
        self.connection
            .busy_timeout(Duration::from_secs(limits::DATABASE_LOCK_S_MAX))
            .and_then(|()| self.connection.execute_batch("COMMIT"))
            .map_err(|error| self.address.refused("commit", error))?;
        self.is_open = false;
        Ok(())
    }

    fn rollback(&mut self) {
        if !std::mem::take(&mut self.is_open) {
            return;
        }
        // Closing the connection rolls back as well.
        let rolled_back = self.connection.execute_batch("ROLLBACK");
        if let (Ok(()), Some(path)) = (rolled_back, &self.created) {
            connect::remove_empty(&self.connection, path);
        }
    }
}

impl Drop for SqliteSession {
    fn drop(&mut self) {
        self.rollback();
    }
}

#[cfg(test)]
mod tests;
