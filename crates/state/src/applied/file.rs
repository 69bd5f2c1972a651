//! The file of the applied state. An installed snapshot becomes a file of its own, the next
//! generation: what was before is whole until the new one has its name.

use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use rusqlite::{Connection, OptionalExtension, params};
use structures::{Change, Direction, Row, encoding};

use super::Point;
use crate::fault::StoreError;
use crate::limits;
use crate::sqlite;

const KIND: sqlite::Kind = sqlite::Kind {
    application: 0x7468_7374,
    format: 1,
    schema: "CREATE TABLE meta (key TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
             CREATE TABLE rows (key BLOB PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;",
};

/// Opens the newest generation in `dir`, makes the first one when there is none, and removes
/// what a stop in the middle of an installation left.
pub(super) fn open(dir: &Path) -> Result<(Arc<Generation>, Writer), StoreError> {
    let listed = std::fs::read_dir(dir).map_err(|source| sqlite::io("list", dir, source))?;
    let mut numbers = Vec::new();
    for entry in listed {
        let entry = entry.map_err(|source| sqlite::io("list", dir, source))?;
        numbers.extend(number(&entry.path()));
    }
    numbers.sort_unstable();
    let newest = numbers.pop().unwrap_or(1);
    for old in numbers {
        remove(&path(dir, old));
    }
    remove(&dir.join("incoming.sqlite"));
    open_generation(dir, newest)
}

fn open_generation(dir: &Path, number: u64) -> Result<(Arc<Generation>, Writer), StoreError> {
    let path = path(dir, number);
    let connection = sqlite::open(&path, &KIND)?;
    let pages = limits::MEMORY.pages;
    let generation = Generation {
        path: path.clone(),
        readers: Mutex::new(Vec::new()),
        pages: AtomicUsize::new(pages),
    };
    let writer = Writer { connection, path, number };
    writer.keep_pages(pages)?;
    Ok((Arc::new(generation), writer))
}

fn path(dir: &Path, number: u64) -> PathBuf {
    dir.join(format!("applied-{number:06}.sqlite"))
}

fn number(path: &Path) -> Option<u64> {
    path.file_name()?.to_str()?.strip_prefix("applied-")?.strip_suffix(".sqlite")?.parse().ok()
}

/// Removes a database that nobody needs; what cannot be removed is only in the way.
fn remove(path: &Path) {
    for suffix in ["", "-wal", "-shm"] {
        let mut name = path.as_os_str().to_owned();
        name.push(suffix);
        match std::fs::remove_file(&name) {
            Ok(()) => {}
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => tracing::warn!(path = %path.display(), %error, "failed to remove"),
        }
    }
}

/// Where rows are read from.
#[derive(Debug)]
pub(super) struct Generation {
    path: PathBuf,
    readers: Mutex<Vec<Connection>>,
    /// Bytes of pages that each reader keeps.
    pages: AtomicUsize,
}

impl Generation {
    pub(super) fn pages(&self) -> usize {
        self.pages.load(Ordering::Relaxed)
    }

    /// Lets readers that are opened from now on keep so many bytes of pages.
    pub(super) fn keep_pages(&self, bytes: usize) {
        self.pages.store(bytes, Ordering::Relaxed);
        self.readers.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// The row of a key, without a value when there is none.
    pub(super) fn row(&self, key: &[u8]) -> Result<Change, StoreError> {
        self.with(|reader| {
            let mut select = reader.prepare_cached("SELECT value FROM rows WHERE key = ?")?;
            let found = |row: &rusqlite::Row<'_>| Ok(Change::put(key, row.get_ref(0)?.as_blob()?));
            let found = select.query_row([key], found).optional()?;
            Ok(found.unwrap_or_else(|| Change::delete(key)))
        })
    }

    pub(super) fn scan(
        &self,
        range: Range<&[u8]>,
        direction: Direction,
        limit: usize,
    ) -> Result<Vec<Row>, StoreError> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        self.with(|reader| {
            let mut select = reader.prepare_cached(match direction {
                Direction::Up => {
                    "SELECT key, value FROM rows WHERE key >= ? AND key < ? ORDER BY key LIMIT ?"
                }
                Direction::Down => {
                    "SELECT key, value FROM rows WHERE key >= ? AND key < ?
                     ORDER BY key DESC LIMIT ?"
                }
            })?;
            let rows = select.query_map(params![range.start, range.end, limit], |row| {
                let (key, value): (Vec<u8>, Vec<u8>) = (row.get(0)?, row.get(1)?);
                Ok((Bytes::from(key), Bytes::from(value)))
            })?;
            rows.collect()
        })
    }

    /// Lends a connection of its own to `look`.
    pub(super) fn with<T>(
        &self,
        look: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> Result<T, StoreError> {
        let kept = self.readers.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let reader = match kept {
            Some(reader) => reader,
            None => sqlite::open_reader(&self.path, self.pages())?,
        };
        let seen = look(&reader).map_err(|source| sqlite::sqlite(&self.path, source))?;
        let mut readers = self.readers.lock().unwrap_or_else(PoisonError::into_inner);
        if readers.len() < limits::READERS_KEPT {
            readers.push(reader);
        }
        Ok(seen)
    }
}

/// The one connection that writes.
#[derive(Debug)]
pub(super) struct Writer {
    connection: Connection,
    path: PathBuf,
    number: u64,
}

impl Writer {
    pub(super) fn point(&self) -> Result<Point, StoreError> {
        read_point(&self.connection, &self.path)
    }

    /// Writes rows, and the point they lead to, in one transaction.
    pub(super) fn write(&mut self, changes: &[&Change], point: &Point) -> Result<(), StoreError> {
        crate::testing::reach("flush-before-commit");
        write(&mut self.connection, changes, point)
            .map_err(|source| sqlite::sqlite(&self.path, source))?;
        crate::testing::reach("flush-after-commit");
        Ok(())
    }

    /// Keeps so many bytes of pages from now on.
    pub(super) fn keep_pages(&self, bytes: usize) -> Result<(), StoreError> {
        let kept = sqlite::keep_pages(&self.connection, bytes);
        kept.map_err(|source| sqlite::sqlite(&self.path, source))
    }

    /// Gives some space back, and says whether there may be more.
    pub(super) fn shrink(&self) -> Result<bool, StoreError> {
        sqlite::vacuum_step(&self.connection, &self.path)
    }

    /// Lets the database `body` become the next generation.
    pub(super) fn replace(
        &self,
        dir: &Path,
        body: &Path,
    ) -> Result<(Arc<Generation>, Self), StoreError> {
        let number = self.number + 1;
        let next = path(dir, number);
        crate::testing::reach("install-before-rename");
        std::fs::rename(body, &next).map_err(|source| sqlite::io("rename", body, source))?;
        sync_dir(dir)?;
        crate::testing::reach("install-after-rename");
        open_generation(dir, number)
    }

    /// Closes and removes the database.
    pub(super) fn discard(self) {
        let Self { connection, path, .. } = self;
        drop(connection);
        remove(&path);
    }
}

pub(super) fn sync_dir(dir: &Path) -> Result<(), StoreError> {
    std::fs::File::open(dir)
        .and_then(|dir| dir.sync_all())
        .map_err(|source| sqlite::io("sync", dir, source))
}

pub(super) fn read_point(connection: &Connection, path: &Path) -> Result<Point, StoreError> {
    let value: Option<Vec<u8>> = connection
        .query_row("SELECT value FROM meta WHERE key = 'point'", [], |row| row.get(0))
        .optional()
        .map_err(|source| sqlite::sqlite(path, source))?;
    let Some(value) = value else { return Ok(Point::default()) };
    encoding::decode(&value).map_err(|error| StoreError::Damaged {
        file: path.display().to_string(),
        reason: format!("`point`: {error}"),
    })
}

fn write(connection: &mut Connection, changes: &[&Change], point: &Point) -> rusqlite::Result<()> {
    let transaction = connection.transaction()?;
    {
        let mut put = transaction.prepare_cached("INSERT OR REPLACE INTO rows VALUES (?, ?)")?;
        let mut delete = transaction.prepare_cached("DELETE FROM rows WHERE key = ?")?;
        for change in changes {
            match change.value() {
                Some(value) => put.execute(params![change.key(), value])?,
                None => delete.execute([change.key()])?,
            };
        }
        let mut put =
            transaction.prepare_cached("INSERT OR REPLACE INTO meta VALUES ('point', ?)")?;
        put.execute([encoding::encode(point).as_ref()])?;
    }
    transaction.commit()
}
