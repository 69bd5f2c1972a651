//! A run: sorted rows with their keys in an anonymous temporary file.
//!
//! A row is three numbers (the lengths of key and row, the shape), then key and row; all numbers
//! are 64 bits, little endian.

use std::cmp::Ordering;
use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Seek, Write};

use crate::error::StepError;
use crate::limits::FILE_BUFFER_BYTES;

/// Sorted rows on disk.
#[derive(Debug)]
pub(super) struct Run {
    file: File,
    rows: u64,
}

/// One row of a run: its key, the number of its shape, its cells.
pub(super) struct Record<'r> {
    pub(super) key: &'r [u8],
    pub(super) shape: usize,
    pub(super) row: &'r [u8],
}

impl Run {
    /// Writes `records`, which are in order.
    pub(super) fn write<'r>(records: impl Iterator<Item = Record<'r>>) -> Result<Self, StepError> {
        let unwritable = |error| StepError::io("write a temporary file", error);
        let file =
            tempfile::tempfile().map_err(|error| StepError::io("make a temporary file", error))?;
        let mut out = BufWriter::with_capacity(FILE_BUFFER_BYTES, file);
        let mut rows = 0;
        for record in records {
            write_record(&mut out, &record).map_err(unwritable)?;
            rows += 1;
        }
        let file = out.into_inner().map_err(|error| unwritable(error.into_error()))?;
        Ok(Self { file, rows })
    }

    /// Opens the run at its first row, if it has one. `number` tells it from the other runs, which
    /// are merged in reverse order when `reverse` is set.
    pub(super) fn open(self, number: usize, reverse: bool) -> Result<Option<Cursor>, StepError> {
        let mut file = self.file;
        file.rewind().map_err(|error| StepError::io("read a temporary file", error))?;
        let mut cursor = Cursor {
            file: BufReader::with_capacity(FILE_BUFFER_BYTES, file),
            rows_left: self.rows,
            key: Vec::new(),
            shape: 0,
            row: Vec::new(),
            number,
            reverse,
        };
        Ok(cursor.advance()?.then_some(cursor))
    }
}

fn write_record(out: &mut impl Write, record: &Record<'_>) -> io::Result<()> {
    for number in [record.key.len(), record.row.len(), record.shape] {
        out.write_all(&u64::try_from(number).unwrap_or(u64::MAX).to_le_bytes())?;
    }
    out.write_all(record.key)?;
    out.write_all(record.row)
}

/// A place in a run. The greatest of several is the one whose row comes first; among equal keys
/// that of the earlier run.
#[derive(Debug)]
pub(super) struct Cursor {
    file: BufReader<File>,
    rows_left: u64,
    key: Vec<u8>,
    pub(super) shape: usize,
    pub(super) row: Vec<u8>,
    number: usize,
    reverse: bool,
}

impl Cursor {
    /// Goes to the next row; false at the end.
    pub(super) fn advance(&mut self) -> Result<bool, StepError> {
        if self.rows_left == 0 {
            return Ok(false);
        }
        self.rows_left -= 1;
        self.read().map_err(|error| StepError::io("read a temporary file", error))?;
        Ok(true)
    }

    fn read(&mut self) -> io::Result<()> {
        let [mut key, mut row, mut shape] = [[0; 8]; 3];
        self.file.read_exact(&mut key)?;
        self.file.read_exact(&mut row)?;
        self.file.read_exact(&mut shape)?;
        let number = |bytes| usize::try_from(u64::from_le_bytes(bytes)).unwrap_or(usize::MAX);
        self.shape = number(shape);
        self.key.resize(number(key), 0);
        self.file.read_exact(&mut self.key)?;
        self.row.resize(number(row), 0);
        self.file.read_exact(&mut self.row)
    }
}

impl Ord for Cursor {
    fn cmp(&self, other: &Self) -> Ordering {
        let order = (&self.key, self.number).cmp(&(&other.key, other.number));
        if self.reverse { order } else { order.reverse() }
    }
}

impl PartialOrd for Cursor {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Cursor {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Cursor {}
