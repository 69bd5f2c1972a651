//! Reads the rows of an Arrow file or stream.

use std::fs::File;
use std::io::{Read, Seek};
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use model::Map;

use super::FORMAT;
use super::messages::{FileBatches, StreamBatches};
use crate::batch::Batch;
use crate::format::{ReadError, RowReader};
use crate::guard::guarded;
use crate::limits::BATCH_ROWS_MAX;
use crate::typed::{self, arrow_names};

/// What an Arrow file begins with; a stream begins otherwise.
const FILE_MAGIC: &[u8] = b"ARROW1";

/// Reads an Arrow file or stream; which of them, its first bytes tell.
pub struct ArrowReader {
    names: Vec<Arc<str>>,
    schema: SchemaRef,
    batches: Batches,
    /// Rows of the record batch at hand that were not given yet.
    rest: Option<RecordBatch>,
}

enum Batches {
    File(FileBatches),
    Stream(StreamBatches),
}

impl ArrowReader {
    /// Reads the schema of `file`.
    ///
    /// # Errors
    ///
    /// [`ReadError`] when this is neither an Arrow file nor a stream, or two columns have one
    /// name.
    pub fn open(mut file: File) -> Result<Self, ReadError> {
        let mut magic = Vec::new();
        file.by_ref().take(6).read_to_end(&mut magic)?;
        file.rewind()?;
        if magic != FILE_MAGIC {
            return Self::stream(file);
        }
        guarded(FORMAT, || {
            let (schema, batches) = FileBatches::open(file)?;
            Self::new(schema, Batches::File(batches))
        })
    }

    /// Reads the schema of a stream of Arrow record batches.
    ///
    /// # Errors
    ///
    /// As [`Self::open`].
    pub fn stream(bytes: impl Read + Send + 'static) -> Result<Self, ReadError> {
        guarded(FORMAT, || {
            let (schema, batches) = StreamBatches::open(Box::new(bytes))?;
            Self::new(schema, Batches::Stream(batches))
        })
    }

    fn new(schema: SchemaRef, batches: Batches) -> Result<Self, ReadError> {
        Ok(Self { names: arrow_names(&schema, FORMAT)?, schema, batches, rest: None })
    }

    /// The field descriptors (`name`, `type`, `format`) that the file declares.
    pub fn fields(&self) -> Vec<Map> {
        typed::fields(&self.schema)
    }

    fn decode(&mut self) -> Result<Option<Batch>, ReadError> {
        let batch = match self.rest.take() {
            Some(rest) => rest,
            None => match self.batches.next()? {
                Some(batch) => batch,
                None => return Ok(None),
            },
        };
        let rows = batch.num_rows().min(BATCH_ROWS_MAX);
        if rows < batch.num_rows() {
            self.rest = Some(batch.slice(rows, batch.num_rows() - rows));
        }
        let columns = batch.columns().iter().map(|array| typed::from_arrow(&array.slice(0, rows)));
        Ok(Some(Batch::new(rows, self.names.iter().cloned().zip(columns))))
    }
}

impl Batches {
    fn next(&mut self) -> Result<Option<RecordBatch>, ReadError> {
        match self {
            Self::File(batches) => batches.next(),
            Self::Stream(batches) => batches.next(),
        }
    }
}

impl RowReader for ArrowReader {
    fn names(&self) -> &[Arc<str>] {
        &self.names
    }

    fn next_batch(&mut self) -> Result<Option<Batch>, ReadError> {
        guarded(FORMAT, || self.decode())
    }
}

impl std::fmt::Debug for ArrowReader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ArrowReader").field("schema", &self.schema).finish_non_exhaustive()
    }
}
