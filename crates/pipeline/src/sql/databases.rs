//! The databases that a run writes to.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use model::Json;

use super::engine::{Address, Engine};
use super::error::SqlError;
use super::postgres::PostgresSession;
use super::session::{Session, Shared, lock};
use super::sqlite::SqliteSession;
use crate::commit::{Phase, Prepared};
use crate::context::Context;

/// The sessions of a run, one per database.
#[derive(Debug, Clone, Default)]
pub struct Databases(Arc<Mutex<Sessions>>);

type Sessions = BTreeMap<String, Weak<Mutex<Box<dyn Session>>>>;

impl Databases {
    /// The session of the database at `address`; the first call connects, begins the transaction
    /// and hands it to the commit of the run.
    ///
    /// # Errors
    ///
    /// When the database cannot be reached or is locked.
    pub fn session(&self, address: &Address, ctx: &Context) -> Result<Shared, SqlError> {
        let mut sessions = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(session) = sessions.get(&address.key()).and_then(Weak::upgrade) {
            return Ok(session);
        }
        let session: Box<dyn Session> = match &address.engine {
            Engine::Sqlite(_) => Box::new(SqliteSession::open(address, ctx)?),
            Engine::Postgres(_) => Box::new(PostgresSession::open(address, ctx)?),
        };
        let session = Arc::new(Mutex::new(session));
        sessions.insert(address.key(), Arc::downgrade(&session));
        ctx.prepare(Box::new(Transaction(Arc::clone(&session))));
        Ok(session)
    }
}

/// The transaction of a session among the outputs of a run.
#[derive(Debug)]
struct Transaction(Shared);

impl Prepared for Transaction {
    fn phase(&self) -> Phase {
        Phase::Database
    }

    fn record(&self) -> Json {
        lock(&self.0).record()
    }

    fn commit(self: Box<Self>) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
        lock(&self.0).commit().map_err(Into::into)
    }

    fn rollback(self: Box<Self>) {
        lock(&self.0).rollback();
    }
}
