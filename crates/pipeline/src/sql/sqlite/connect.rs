//! Opening a SQLite file for writing, and removing one that was made for nothing.

use std::fs;
use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, OpenFlags};

use super::super::engine::Address;
use super::super::error::SqlError;
use crate::context::{Context, Level};
use crate::sql::limits;

/// A connection with a transaction that has the right to write.
pub(super) fn begin(
    address: &Address,
    path: Option<&Path>,
    is_new: bool,
    ctx: &Context,
) -> Result<Connection, SqlError> {
    let Some(path) = path else {
        let connection = Connection::open_in_memory().and_then(|connection| {
            attempt(&connection)?;
            Ok(connection)
        });
        return connection.map_err(|error| address.unreachable(&error.to_string()));
    };
    // Another sink of the same run may be about to make the folder; nothing is in it yet.
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(|error| address.unreachable(&error.to_string()))?;
    }
    for waited_s in 0..limits::DATABASE_LOCK_S_MAX {
        let stopped = |_| SqlError::Stopped;
        ctx.check_stop().map_err(stopped)?;
        let connection =
            Connection::open(path).map_err(|error| address.unreachable(&error.to_string()))?;
        match attempt(&connection) {
            Ok(()) if !is_new || is_current(path) => return Ok(connection),
            // The one who made the file has removed it again: begin with another one.
            Ok(()) => continue,
            Err(error) if is_busy(&error) => {
                if waited_s == 0 {
                    let text =
                        format!("waiting for another writer to database `{}`", address.shown);
                    ctx.log(Level::Info, &text);
                }
            }
            Err(error) => return Err(address.unreachable(&error.to_string())),
        }
    }
    Err(SqlError::Locked { database: address.shown.clone(), seconds: limits::DATABASE_LOCK_S_MAX })
}

fn attempt(connection: &Connection) -> rusqlite::Result<()> {
    connection.set_prepared_statement_cache_capacity(limits::STATEMENTS_MAX);
    connection.pragma_update(None, "cache_size", limits::SQLITE_CACHE_KIB_NEGATIVE)?;
    // Foreign keys are declared for readers; the rows were checked by who wanted them checked.
    connection.pragma_update(None, "foreign_keys", false)?;
    connection.busy_timeout(Duration::from_secs(1))?;
    connection.execute_batch("BEGIN IMMEDIATE")?;
    // A reader of the same file must not hold up the rows: SQLite keeps them in memory instead.
    connection.busy_timeout(Duration::ZERO)
}

fn is_busy(error: &rusqlite::Error) -> bool {
    matches!(error.sqlite_error_code(), Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked))
}

/// Whether the file at `path` is the one whose lock is held: another connection must find it
/// locked.
fn is_current(path: &Path) -> bool {
    let other = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE);
    other.is_ok_and(|other| {
        let begun = other
            .busy_timeout(Duration::ZERO)
            .and_then(|()| other.execute_batch("BEGIN IMMEDIATE"));
        begun.is_err_and(|error| is_busy(&error))
    })
}

/// Removes a database file that is still empty, holding its lock.
pub(super) fn remove_empty(connection: &Connection, path: &Path) {
    if connection.execute_batch("BEGIN IMMEDIATE").is_err() {
        return;
    }
    if fs::metadata(path).is_ok_and(|metadata| metadata.len() == 0) {
        // An empty file that stays does no harm.
        fs::remove_file(path).ok();
    }
    connection.execute_batch("ROLLBACK").ok();
}
