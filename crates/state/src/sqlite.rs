//! What all databases of this crate have in common.

use std::path::Path;

use rusqlite::{Connection, OpenFlags};

use crate::fault::StoreError;

/// How a database is opened.
pub(crate) struct Kind {
    /// Says what the file is (`PRAGMA application_id`).
    pub(crate) application: i32,
    /// The format that is written; older ones are read (`PRAGMA user_version`).
    pub(crate) format: i64,
    pub(crate) schema: &'static str,
}

/// Opens a database for writing, and makes it when it is absent.
///
/// A commit is one fsync of the write-ahead log.
pub(crate) fn open(path: &Path, kind: &Kind) -> Result<Connection, StoreError> {
    let failed = |source| sqlite(path, source);
    let connection = Connection::open(path).map_err(failed)?;
    connection
        .execute_batch(
            "PRAGMA auto_vacuum = INCREMENTAL;
             PRAGMA journal_mode = WAL;
             PRAGMA synchronous = FULL;
             PRAGMA journal_size_limit = 16777216;
             PRAGMA temp_store = MEMORY;
             PRAGMA cell_size_check = ON;",
        )
        .map_err(failed)?;
    let found: i64 =
        connection.query_row("PRAGMA user_version", [], |row| row.get(0)).map_err(failed)?;
    if found > kind.format {
        let (file, known) = (path.display().to_string(), kind.format);
        return Err(StoreError::Newer { file, found, known });
    }
    if found == 0 {
        let (schema, application, format) = (kind.schema, kind.application, kind.format);
        connection
            .execute_batch(&format!(
                "BEGIN IMMEDIATE; {schema}
                 PRAGMA application_id = {application}; PRAGMA user_version = {format}; COMMIT;"
            ))
            .map_err(failed)?;
    }
    Ok(connection)
}

/// Opens a database that exists, to read it; it keeps so many bytes of pages in memory.
pub(crate) fn open_reader(path: &Path, pages_bytes: usize) -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection =
        Connection::open_with_flags(path, flags).map_err(|source| sqlite(path, source))?;
    connection
        .execute_batch("PRAGMA cell_size_check = ON;")
        .and_then(|()| keep_pages(&connection, pages_bytes))
        .map_err(|source| sqlite(path, source))?;
    connection.set_prepared_statement_cache_capacity(16);
    Ok(connection)
}

/// Lets a connection keep so many bytes of pages in memory.
pub(crate) fn keep_pages(connection: &Connection, bytes: usize) -> rusqlite::Result<()> {
    connection.execute_batch(&format!("PRAGMA cache_size = -{};", bytes / 1024))
}

/// Gives some unused pages back to the disk, and says whether there were enough to do so; a step
/// is small enough to go unnoticed.
pub(crate) fn vacuum_step(connection: &Connection, path: &Path) -> Result<bool, StoreError> {
    let failed = |source| sqlite(path, source);
    let free: i64 =
        connection.query_row("PRAGMA freelist_count", [], |row| row.get(0)).map_err(failed)?;
    let is_due = number(free) > crate::limits::VACUUM_PAGES;
    if is_due {
        let pages = crate::limits::VACUUM_PAGES;
        let mut step =
            connection.prepare(&format!("PRAGMA incremental_vacuum({pages})")).map_err(failed)?;
        let mut rows = step.query([]).map_err(failed)?;
        while rows.next().map_err(failed)?.is_some() {}
    }
    Ok(is_due)
}

pub(crate) fn sqlite(path: &Path, source: rusqlite::Error) -> StoreError {
    use rusqlite::ErrorCode::{DatabaseCorrupt, NotADatabase};
    let file = path.display().to_string();
    match source.sqlite_error_code() {
        Some(DatabaseCorrupt | NotADatabase) => {
            StoreError::Damaged { file, reason: source.to_string() }
        }
        _ => StoreError::Sqlite { file, source },
    }
}

pub(crate) fn io(verb: &'static str, path: &Path, source: std::io::Error) -> StoreError {
    StoreError::Io { verb, file: path.display().to_string(), source }
}

/// SQLite has signed integers only, and counts no more than they hold.
pub(crate) fn number(value: i64) -> u64 {
    u64::try_from(value).unwrap_or(0)
}
