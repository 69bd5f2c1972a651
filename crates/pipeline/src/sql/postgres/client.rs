//! A connection to PostgreSQL, used from a plain thread.

use std::pin::pin;

use bytes::Bytes;
use futures::SinkExt;
use tokio::runtime::Runtime;
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;

use super::super::engine::{Address, Server};
use super::super::error::{SqlError, Told};
use super::connect::connect;

/// A connection; its messages move on a thread of its own.
#[derive(Debug)]
pub struct Client {
    pub address: Address,
    client: tokio_postgres::Client,
    runtime: Runtime,
}

impl Client {
    /// Connects.
    ///
    /// # Errors
    ///
    /// When the server cannot be reached or refuses the user.
    pub fn connect(address: &Address, server: &Server) -> Result<Self, SqlError> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("postgresql")
            .enable_all()
            .build()
            .map_err(|error| address.refused("start a thread", error))?;
        let client = runtime
            .block_on(connect(server, runtime.handle()))
            .map_err(|error| address.unreachable(&model::fault::Chain(&error).to_string()))?;
        Ok(Self { address: address.clone(), client, runtime })
    }

    /// Runs statements without results.
    ///
    /// # Errors
    ///
    /// When the server refuses one.
    pub fn execute(&self, action: impl Into<String>, sql: &str) -> Result<(), SqlError> {
        self.runtime
            .block_on(self.client.batch_execute(sql))
            .map_err(|error| self.refused(action, &error))
    }

    /// Runs statements that may fail without harm to the transaction; tells whether they worked.
    ///
    /// # Errors
    ///
    /// When the transaction itself is broken.
    pub fn attempt(&self, sql: &str) -> Result<bool, SqlError> {
        self.execute("set a savepoint", "SAVEPOINT thorp")?;
        let done = self.runtime.block_on(self.client.batch_execute(sql)).is_ok();
        let end = if done { "RELEASE thorp" } else { "ROLLBACK TO thorp; RELEASE thorp" };
        self.execute("return to a savepoint", end)?;
        Ok(done)
    }

    /// The rows of a query.
    ///
    /// # Errors
    ///
    /// When the server refuses it.
    pub fn query(
        &self,
        action: impl Into<String>,
        sql: &str,
        parameters: &[&(dyn ToSql + Sync)],
    ) -> Result<Vec<Row>, SqlError> {
        self.runtime
            .block_on(self.client.query(sql, parameters))
            .map_err(|error| self.refused(action, &error))
    }

    /// Sends rows in the text form of COPY.
    ///
    /// # Errors
    ///
    /// The refusal of the server.
    pub fn copy(&self, sql: &str, rows: Bytes) -> Result<(), tokio_postgres::Error> {
        self.runtime.block_on(async {
            let mut sink = pin!(self.client.copy_in(sql).await?);
            sink.send(rows).await?;
            sink.finish().await.map(|_| ())
        })
    }

    /// Waits for `future` on the threads of the connection.
    pub fn wait<F: Future>(&self, future: F) -> F::Output {
        self.runtime.block_on(future)
    }

    /// The connection for what only its own functions do.
    pub fn raw(&self) -> &tokio_postgres::Client {
        &self.client
    }

    /// The failure of `action`.
    pub fn refused(&self, action: impl Into<String>, error: &tokio_postgres::Error) -> SqlError {
        self.address.refused(action, Told(told(error)))
    }
}

/// What the server says, in one line.
pub fn told(error: &tokio_postgres::Error) -> String {
    let Some(db) = error.as_db_error() else {
        return model::fault::Chain(error).to_string();
    };
    let mut text = format!("{} ({})", db.message(), db.code().code());
    for more in [db.detail(), db.hint()].into_iter().flatten() {
        text.push_str("; ");
        text.push_str(&more.replace('\n', " "));
    }
    text
}
