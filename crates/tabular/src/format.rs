//! What reads and writes the rows of a file: the two ports that every format implements.

use std::fmt::Debug;

use model::fault::{Fault, Kind};

use crate::Batch;
use crate::limits::{ARCHIVE_BYTES_MAX, ARCHIVE_RATIO_MAX};

/// Reads the rows of one table, batch by batch.
pub trait RowReader: Send + Debug {
    /// The names of the columns in order, known before the first row.
    fn names(&self) -> &[std::sync::Arc<str>];

    /// The next rows (at most about [`crate::limits::BATCH_ROWS_MAX`]), or `None` at the end.
    ///
    /// # Errors
    ///
    /// [`ReadError`] when the bytes cannot be read or do not make rows.
    fn next_batch(&mut self) -> Result<Option<Batch>, ReadError>;
}

/// Writes rows in one format.
pub trait RowWriter: Send {
    /// Appends the rows of `batch`; columns are found by name, absent ones are null.
    ///
    /// # Errors
    ///
    /// [`WriteError`] when the output refuses the bytes or a value has no form in this format.
    fn write(&mut self, batch: &Batch) -> Result<(), WriteError>;

    /// Writes what comes after the last row and flushes the output.
    ///
    /// # Errors
    ///
    /// As [`RowWriter::write`].
    fn finish(self: Box<Self>) -> Result<(), WriteError>;
}

/// Why rows could not be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    #[error("failed to read the bytes of the table")]
    Io(#[from] std::io::Error),
    #[error("{format}, row {row}: {problem}")]
    Row { format: &'static str, row: u64, problem: String },
    #[error("{engine} broke off at row {row}: {problem}")]
    Database { engine: &'static str, row: u64, problem: String },
    #[error("not a readable {format} table: {problem}")]
    Format { format: &'static str, problem: String },
    #[error("duplicate header `{0}`")]
    DuplicateHeader(String),
    #[error("{format}, row {row}: a cell of more than {max} bytes")]
    CellTooLarge { format: &'static str, row: u64, max: usize },
    #[error(
        "{format}: {packed} bytes unpack to {unpacked}, more than {ARCHIVE_BYTES_MAX} and more \
         than {ARCHIVE_RATIO_MAX} times as many"
    )]
    Expands { format: &'static str, packed: u64, unpacked: u128 },
}

impl Fault for ReadError {
    fn code(&self) -> &'static str {
        match self {
            Self::Io(_) => "READ_FAILED",
            Self::Row { .. } => "ROW_UNREADABLE",
            Self::Database { .. } => "DATABASE_FAILED",
            Self::Format { .. } => "TABLE_UNREADABLE",
            Self::DuplicateHeader(_) => "HEADER_DUPLICATE",
            Self::CellTooLarge { .. } => "CELL_TOO_LARGE",
            Self::Expands { .. } => "ARCHIVE_BOMB",
        }
    }

    fn kind(&self) -> Kind {
        match self {
            Self::Io(_) | Self::Database { .. } => Kind::Unavailable,
            Self::Row { .. } | Self::Format { .. } | Self::DuplicateHeader(_) => Kind::Invalid,
            Self::CellTooLarge { .. } | Self::Expands { .. } => Kind::Limit,
        }
    }

    fn help(&self) -> Option<String> {
        match self {
            Self::DuplicateHeader(_) => {
                Some("set `deduplicate_headers: true` to number them".into())
            }
            Self::CellTooLarge { .. } => {
                Some("split the cell, or look for a quote that is never closed".into())
            }
            Self::Expands { .. } => {
                Some("run with `--allow-large-archives` if the file is trusted".into())
            }
            Self::Io(_) | Self::Row { .. } | Self::Database { .. } | Self::Format { .. } => None,
        }
    }
}

/// Why rows could not be written.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    #[error("failed to write the bytes of the table")]
    Io(#[from] std::io::Error),
    #[error("row {row}, field `{field}`: {problem}")]
    Value { row: u64, field: String, problem: String },
    #[error("not writable as {format}: {problem}")]
    Format { format: &'static str, problem: String },
}

impl Fault for WriteError {
    fn code(&self) -> &'static str {
        match self {
            Self::Io(_) => "WRITE_FAILED",
            Self::Value { .. } => "VALUE_DOES_NOT_FIT",
            Self::Format { .. } => "TABLE_UNWRITABLE",
        }
    }

    fn kind(&self) -> Kind {
        match self {
            Self::Io(_) => Kind::Unavailable,
            Self::Value { .. } | Self::Format { .. } => Kind::Invalid,
        }
    }
}
