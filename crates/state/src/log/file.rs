//! The file of the log: `entries`, and `meta` with the vote, the last cut and the owner.

use std::ops::Range;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, OptionalExtension, params};
use serde::Serialize;
use serde::de::DeserializeOwned;
use structures::encoding;

use super::writer::Change;
use super::{Ends, Position, Record};
use crate::fault::StoreError;
use crate::limits;
use crate::sqlite::{self, integer, number};

const KIND: sqlite::Kind = sqlite::Kind {
    application: 0x7468_6c67,
    format: 1,
    schema: "CREATE TABLE meta (key TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
             CREATE TABLE entries (
                 idx INTEGER PRIMARY KEY, term INTEGER NOT NULL, leader INTEGER NOT NULL,
                 kind INTEGER NOT NULL, body BLOB NOT NULL, checksum INTEGER NOT NULL);",
};

/// Opens the log for writing, and says which node it belongs to: `node` when it is new.
pub(super) fn open(path: &Path, node: u64) -> Result<(Connection, u64), StoreError> {
    let connection = sqlite::open(path, &KIND)?;
    sqlite::keep_pages(&connection, limits::LOG_WRITER_PAGES_BYTES)
        .map_err(|error| sqlite::sqlite(path, error))?;
    let owner = match meta::<u64>(&connection, path, "node")? {
        Some(owner) => owner,
        None => {
            put_meta(&connection, "node", &node).map_err(|error| sqlite::sqlite(path, error))?;
            node
        }
    };
    Ok((connection, owner))
}

pub(super) fn ends(connection: &Connection, path: &Path) -> Result<Ends, StoreError> {
    let purged = meta(connection, path, "purged")?;
    let vote = meta(connection, path, "vote")?;
    let last = connection
        .query_row("SELECT term, leader, idx FROM entries ORDER BY idx DESC LIMIT 1", [], |row| {
            let [term, leader, index] = [row.get(0)?, row.get(1)?, row.get(2)?].map(number);
            Ok(Position { term, leader, index })
        })
        .optional()
        .map_err(|source| sqlite::sqlite(path, source))?;
    Ok(Ends { purged, last: last.or(purged), vote })
}

/// Writes changes in one transaction, which is durable when this returns.
pub(super) fn write(connection: &mut Connection, changes: &[Change]) -> rusqlite::Result<()> {
    let transaction = connection.transaction()?;
    for change in changes {
        match change {
            Change::Append(records) => append(&transaction, records)?,
            Change::Vote(vote) => put_meta(&transaction, "vote", vote)?,
            Change::Truncate(from) => {
                let mut delete =
                    transaction.prepare_cached("DELETE FROM entries WHERE idx >= ?")?;
                delete.execute([integer(*from)])?;
            }
            Change::Purge(upto) => {
                let mut delete =
                    transaction.prepare_cached("DELETE FROM entries WHERE idx <= ?")?;
                delete.execute([integer(upto.index)])?;
                put_meta(&transaction, "purged", upto)?;
            }
        }
    }
    transaction.commit()
}

fn append(connection: &Connection, records: &[Record]) -> rusqlite::Result<()> {
    let mut insert =
        connection.prepare_cached("INSERT OR REPLACE INTO entries VALUES (?, ?, ?, ?, ?, ?)")?;
    for record in records {
        let Position { term, leader, index } = record.at;
        insert.execute(params![
            integer(index),
            integer(term),
            integer(leader),
            record.kind(),
            record.body(),
            record.checksum()
        ])?;
    }
    Ok(())
}

fn meta<T: DeserializeOwned>(
    connection: &Connection,
    path: &Path,
    key: &str,
) -> Result<Option<T>, StoreError> {
    let value: Option<Vec<u8>> = connection
        .query_row("SELECT value FROM meta WHERE key = ?", [key], |row| row.get(0))
        .optional()
        .map_err(|source| sqlite::sqlite(path, source))?;
    let Some(value) = value else { return Ok(None) };
    encoding::decode(&value).map(Some).map_err(|error| damaged(path, format!("`{key}`: {error}")))
}

fn put_meta<T: Serialize>(connection: &Connection, key: &str, value: &T) -> rusqlite::Result<()> {
    let mut put = connection.prepare_cached("INSERT OR REPLACE INTO meta VALUES (?, ?)")?;
    put.execute(params![key, encoding::encode(value).as_ref()])?;
    Ok(())
}

fn damaged(path: &Path, reason: String) -> StoreError {
    StoreError::Damaged { file: path.display().to_string(), reason }
}

/// Reads records that are no longer in memory.
#[derive(Debug)]
pub(super) struct Reader {
    connection: Connection,
    path: PathBuf,
}

impl Reader {
    pub(super) fn open(path: &Path) -> Result<Self, StoreError> {
        Ok(Self {
            connection: sqlite::open_reader(path, limits::LOG_PAGES_BYTES)?,
            path: path.to_owned(),
        })
    }

    /// The records of `range`, and whether these are all: else the bytes were enough.
    pub(super) fn read(
        &self,
        range: &Range<u64>,
        bytes_max: usize,
    ) -> Result<(Vec<Record>, bool), StoreError> {
        let failed = |source| sqlite::sqlite(&self.path, source);
        let mut select = self
            .connection
            .prepare_cached(
                "SELECT term, leader, idx, kind, body, checksum FROM entries
                 WHERE idx >= ? AND idx < ? ORDER BY idx",
            )
            .map_err(failed)?;
        let mut rows = select.query([integer(range.start), integer(range.end)]).map_err(failed)?;
        let (mut records, mut bytes) = (Vec::new(), 0);
        while let Some(row) = rows.next().map_err(failed)? {
            let record = self.record(row)?;
            bytes += record.bytes();
            if bytes > bytes_max && !records.is_empty() {
                return Ok((records, false));
            }
            records.push(record);
        }
        Ok((records, true))
    }

    fn record(&self, row: &rusqlite::Row<'_>) -> Result<Record, StoreError> {
        let failed = |source| sqlite::sqlite(&self.path, source);
        let integer = |column| row.get::<_, i64>(column).map_err(failed);
        let [term, leader, index] = [integer(0)?, integer(1)?, integer(2)?].map(number);
        let at = Position { term, leader, index };
        let body: Vec<u8> = row.get(4).map_err(failed)?;
        let record = Record::from_parts(at, integer(3)?, body)
            .ok_or_else(|| damaged(&self.path, format!("entry {index} has an unknown kind")))?;
        if i64::from(record.checksum()) == integer(5)? {
            Ok(record)
        } else {
            Err(damaged(&self.path, format!("the checksum of entry {index} is wrong")))
        }
    }
}
