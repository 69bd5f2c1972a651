//! What reads and writes the rows of a file: the two ports that every format implements.

use std::fmt::Debug;

use crate::Batch;

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
    #[error("not a readable {format} table: {problem}")]
    Format { format: &'static str, problem: String },
    #[error("duplicate header `{0}`; set `deduplicate_headers: true` to number them")]
    DuplicateHeader(String),
    #[error("{format}, row {row}: a cell of more than {max} bytes")]
    CellTooLarge { format: &'static str, row: u64, max: usize },
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
