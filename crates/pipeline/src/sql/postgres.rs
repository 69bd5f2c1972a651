//! PostgreSQL: rows go by COPY into a table that nobody else sees, inside one transaction.
//!
//! A table that is rewritten is filled under another name and takes its place at the end, so that
//! readers of the old one wait for moments only. Rows for a table that stays go through a temporary
//! table with the same types, so that the database itself reads every text for its column: what
//! does not fit is refused, with its row.

pub mod client;
mod connect;
mod ddl;
mod digits;
mod existing;
mod keyed;
mod stage;
mod text;
pub mod tls;

use model::Json;
use serde_json::json;
use tabular::Batch;

use super::engine::{Address, Engine};
use super::error::SqlError;
use super::session::{Session, Written};
use super::table::{Mode, Table};
use crate::context::Context;
use client::Client;
use existing::Existing;
use stage::Stage;

/// An open transaction on a PostgreSQL database.
#[derive(Debug)]
pub struct PostgresSession {
    client: Client,
    transaction: String,
    tables: Vec<Target>,
    is_open: bool,
}

/// A table that is written.
#[derive(Debug)]
struct Target {
    table: Table,
    /// Where it is, as SQL writes it.
    full_name: String,
    way: Way,
    /// The table is made by this run.
    is_new: bool,
}

/// How rows get into a table.
#[derive(Debug)]
enum Way {
    /// Into a table of our own, which gets its keys at the end; under another name when it takes
    /// the place of an older one.
    Fresh { stage: Stage, takes_place: bool },
    /// Into a temporary table, from there at the end.
    Append { stage: Stage, existing: Existing },
    /// Into a temporary table, from there batch by batch.
    Keyed { stage: Stage, existing: Existing, is_unique: bool },
}

impl PostgresSession {
    /// Connects and begins the transaction.
    ///
    /// # Errors
    ///
    /// When the server cannot be reached.
    pub fn open(address: &Address, ctx: &Context) -> Result<Self, SqlError> {
        let Engine::Postgres(server) = &address.engine else {
            return Err(SqlError::Record);
        };
        ctx.check_stop().map_err(|_| SqlError::Stopped)?;
        let client = Client::connect(address, server)?;
        client.execute("begin a transaction", &ddl::begin())?;
        let rows = client.query("begin a transaction", "SELECT txid_current()::text", &[])?;
        let transaction = rows
            .first()
            .and_then(|row| row.try_get(0).ok())
            .ok_or_else(|| client.address.unreachable("the transaction has no number"))?;
        Ok(Self { client, transaction, tables: Vec::new(), is_open: true })
    }

    fn target(&self, table: Table) -> Result<Target, SqlError> {
        let (schema, existing) = Existing::find(&self.client, &table.name)?;
        let full_name = ddl::qualified(&schema, &table.name);
        let number = self.tables.len();
        let is_new = existing.is_none() || table.mode == Mode::Rewrite;
        let way = match (table.mode, existing) {
            (Mode::Rewrite, existing) => {
                let own = format!("thorp_{}_{number}", self.transaction);
                let takes_place = existing.is_some();
                let name =
                    if takes_place { ddl::qualified(&schema, &own) } else { full_name.clone() };
                let stage = Stage::fresh(&self.client, &table, name)?;
                Way::Fresh { stage, takes_place }
            }
            (Mode::Append, None) => {
                let stage = Stage::fresh(&self.client, &table, full_name.clone())?;
                Way::Fresh { stage, takes_place: false }
            }
            (Mode::Update, None) => {
                Stage::fresh(&self.client, &table, full_name.clone())?;
                ddl::keys(&self.client, &table, &full_name)?;
                self.keyed(&table, &schema, &full_name, number)?
            }
            (Mode::Append, Some(mut existing)) => {
                existing.migrate(&self.client, &table, &full_name)?;
                let stage = Stage::like(&self.client, &table, &existing, &full_name, number)?;
                Way::Append { stage, existing }
            }
            (Mode::Update, Some(mut existing)) => {
                existing.migrate(&self.client, &table, &full_name)?;
                self.keyed(&table, &schema, &full_name, number)?
            }
        };
        Ok(Target { table, full_name, way, is_new })
    }

    fn keyed(
        &self,
        table: &Table,
        schema: &str,
        full_name: &str,
        number: usize,
    ) -> Result<Way, SqlError> {
        let is_unique = keyed::unique_index(&self.client, table, schema, full_name)?;
        let existing = Existing::read(&self.client, full_name)?;
        let stage = Stage::like(&self.client, table, &existing, full_name, number)?;
        Ok(Way::Keyed { stage, existing, is_unique })
    }

    /// The tables that take the place of older ones do so, all at once: they may refer to each
    /// other.
    fn take_places(&self, tables: &[usize]) -> Result<(), SqlError> {
        let places: Vec<(&Target, &Stage)> = self
            .chosen(tables)
            .filter_map(|target| match &target.way {
                Way::Fresh { stage, takes_place: true } => Some((target, stage)),
                _ => None,
            })
            .collect();
        if places.is_empty() {
            return Ok(());
        }
        let names: Vec<&str> = places.iter().map(|(target, _)| target.full_name.as_str()).collect();
        self.client.execute("drop the old tables", &format!("DROP TABLE {}", names.join(", ")))?;
        for (target, stage) in places {
            let name = ddl::quoted(&target.table.name);
            let sql = format!("ALTER TABLE {} RENAME TO {name}", stage.name);
            self.client.execute(format!("rename a table to `{}`", target.table.name), &sql)?;
        }
        Ok(())
    }

    fn chosen<'a>(&'a self, tables: &'a [usize]) -> impl Iterator<Item = &'a Target> + 'a {
        tables.iter().filter_map(|index| self.tables.get(*index))
    }
}

impl Session for PostgresSession {
    fn begin(&mut self, table: Table) -> Result<usize, SqlError> {
        let target = self.target(table)?;
        self.tables.push(target);
        Ok(self.tables.len() - 1)
    }

    fn write(
        &mut self,
        table: usize,
        batch: &Batch,
        rows_before: u64,
    ) -> Result<Written, SqlError> {
        let Self { client, tables, .. } = self;
        let Some(Target { table, full_name, way, .. }) = tables.get_mut(table) else {
            return Ok(Written::default());
        };
        match way {
            Way::Fresh { stage, .. } => stage.copy(client, table, batch, rows_before)?,
            Way::Append { stage, existing } => {
                stage.copy(client, table, batch, rows_before)?;
                existing.widen(client, full_name, table, &stage.widths)?;
            }
            Way::Keyed { stage, existing, is_unique } => {
                stage.copy(client, table, batch, rows_before)?;
                existing.widen(client, full_name, table, &stage.widths)?;
                return keyed::merge(client, table, (full_name, &stage.name), *is_unique, batch);
            }
        }
        Ok(Written::default())
    }

    fn complete(&mut self, tables: &[usize]) -> Result<(), SqlError> {
        self.take_places(tables)?;
        for target in self.chosen(tables) {
            let Target { table, full_name, way, .. } = target;
            match way {
                Way::Fresh { .. } => ddl::keys(&self.client, table, full_name)?,
                Way::Append { stage, .. } => stage.empty_into(&self.client, table, full_name)?,
                Way::Keyed { .. } => {}
            }
            ddl::indexes(&self.client, table, full_name)?;
        }
        for target in self.chosen(tables) {
            ddl::comments(&self.client, &target.table, &target.full_name)?;
            if target.is_new {
                ddl::references(&self.client, &target.table, &target.full_name)?;
            }
        }
        Ok(())
    }

    fn record(&self) -> Json {
        json!({
            "kind": "postgresql",
            "engine": self.client.address.shown,
            "base": self.client.address.base_dir,
            "transaction": self.transaction,
        })
    }

    fn commit(&mut self) -> Result<(), SqlError> {
        self.client.execute("commit", "COMMIT")?;
        self.is_open = false;
        Ok(())
    }

    fn rollback(&mut self) {
        if std::mem::take(&mut self.is_open) {
            // The server rolls back by itself when the connection is gone.
            self.client.execute("roll back", "ROLLBACK").ok();
        }
    }
}

impl Drop for PostgresSession {
    fn drop(&mut self) {
        self.rollback();
    }
}
