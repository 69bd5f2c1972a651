//! The port: one transaction on one database, shared by all steps of a run that write to it.

use std::fmt::Debug;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use model::Json;
use tabular::Batch;

use super::error::SqlError;
use super::table::Table;

/// An open transaction. What it writes is not visible to anybody before it commits.
pub trait Session: Debug + Send {
    /// Begins to write `table`; the number stands for it from now on.
    ///
    /// # Errors
    ///
    /// When the database refuses the table.
    fn begin(&mut self, table: Table) -> Result<usize, SqlError>;

    /// Writes rows to the table. `rows_before` is the number of rows that came before.
    ///
    /// # Errors
    ///
    /// When the database refuses a row.
    fn write(&mut self, table: usize, batch: &Batch, rows_before: u64)
    -> Result<Written, SqlError>;

    /// All rows of these tables are written: makes keys, indexes and everything else that needs
    /// the rows. What can fail has failed before this returns.
    ///
    /// # Errors
    ///
    /// When the database refuses a key or an index.
    fn complete(&mut self, tables: &[usize]) -> Result<(), SqlError>;

    /// What [`committed`](super::committed) needs to know after a crash.
    fn record(&self) -> Json;

    /// Makes everything visible.
    ///
    /// # Errors
    ///
    /// When the database refuses; nothing is visible then.
    fn commit(&mut self) -> Result<(), SqlError>;

    /// Forgets everything.
    fn rollback(&mut self);
}

/// What became of the rows of a batch.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Written {
    /// For each row, whether it changed a row that was there; empty when none did.
    pub updated: Vec<bool>,
}

impl Written {
    /// How many rows changed one that was there.
    pub fn count(&self) -> u64 {
        let count = self.updated.iter().filter(|updated| **updated).count();
        u64::try_from(count).expect("a batch has fewer than 2^64 rows")
    }
}

/// A session that several steps share.
pub type Shared = Arc<Mutex<Box<dyn Session>>>;

/// Locks a shared session. A step that panicked in it has failed the run already.
pub fn lock(session: &Shared) -> MutexGuard<'_, Box<dyn Session>> {
    session.lock().unwrap_or_else(PoisonError::into_inner)
}
