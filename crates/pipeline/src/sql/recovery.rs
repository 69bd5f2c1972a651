//! Asking a database, after a crash, whether a transaction of ours was committed.

use std::collections::BTreeMap;
use std::path::Path;

use model::Json;
use rusqlite::{Connection, OpenFlags};

use super::engine::{Address, Engine};
use super::error::{SqlError, Told};
use super::postgres::client::Client;
use crate::sql::limits;

/// Whether the transaction that [`Session::record`](super::Session::record) described was
/// committed; `None` when the database cannot know any more.
///
/// # Errors
///
/// When the database cannot be reached.
pub fn committed(
    record: &Json,
    environment: &BTreeMap<String, String>,
) -> Result<Option<bool>, SqlError> {
    let text = |key: &str| record.get(key).and_then(Json::as_str);
    let (Some(engine), Some(base)) = (text("engine"), text("base")) else {
        return Err(SqlError::Record);
    };
    let address = Address::resolve(engine, environment, Path::new(base))?;
    match &address.engine {
        // What was in memory is gone, as it would be after any run.
        Engine::Sqlite(None) => Ok(Some(true)),
        Engine::Sqlite(Some(path)) => {
            let before = record.get("version").and_then(Json::as_i64).ok_or(SqlError::Record)?;
            sqlite(&address, path, before).map(Some)
        }
        Engine::Postgres(server) => {
            let client = Client::connect(&address, server)?;
            postgres(&client, text("transaction").ok_or(SqlError::Record)?)
        }
    }
}

/// Opening the file undoes a transaction that was cut off.
fn sqlite(address: &Address, path: &Path, before: i64) -> Result<bool, SqlError> {
    if !path.exists() {
        return Ok(false);
    }
    let version = || -> rusqlite::Result<i64> {
        let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        connection.pragma_query_value(None, "schema_version", |row| row.get(0))
    };
    let version = version().map_err(|error| address.unreachable(&error.to_string()))?;
    Ok(version != before)
}

/// The server may need a moment to see that the one who began the transaction is gone.
fn postgres(client: &Client, transaction: &str) -> Result<Option<bool>, SqlError> {
    let action = "ask for a transaction";
    for _ in 0..limits::TRANSACTION_QUESTIONS_MAX {
        let rows = client.query(action, "SELECT txid_status($1::text::bigint)", &[&transaction])?;
        let status: Option<String> = rows.first().and_then(|row| row.try_get(0).ok()).flatten();
        match status.as_deref() {
            Some("committed") => return Ok(Some(true)),
            Some("aborted") => return Ok(Some(false)),
            Some("in progress") => client.execute(action, "SELECT pg_sleep(0.1)")?,
            _ => return Ok(None),
        }
    }
    Err(client.address.refused(action, Told("it is still in progress".into())))
}
