//! A run: sorted rows with their keys in an anonymous temporary file.

use std::fs::File;
use std::io::{BufReader, BufWriter, Seek};
use std::sync::Arc;

use arrow::array::{Array, AsArray, LargeBinaryArray, RecordBatch};
use arrow::datatypes::{DataType, Field, Schema};
use arrow::error::ArrowError;
use arrow::ipc::reader::StreamReader;
use arrow::ipc::writer::StreamWriter;
use tabular::Batch;
use tabular::stored::{from_stored, to_stored};

use crate::error::StepError;

/// The last column of a stored batch holds the keys, under a name that no field has.
const KEY: &str = "\0key";

/// Sorted rows on disk.
#[derive(Debug)]
pub(super) struct Run {
    file: File,
}

impl Run {
    /// Writes the batches and their keys, which come in the same order.
    pub(super) fn write<'k>(
        batches: impl Iterator<Item = Batch>,
        mut keys: impl Iterator<Item = &'k [u8]>,
    ) -> Result<Self, StepError> {
        let mut writer: Option<StreamWriter<BufWriter<File>>> = None;
        let unwritable = |error: ArrowError| StepError::outside("write a temporary file", error);
        for batch in batches {
            let keys: LargeBinaryArray =
                keys.by_ref().take(batch.rows()).map(Some).collect::<LargeBinaryArray>();
            let stored = with_keys(&to_stored(&batch), keys).map_err(unwritable)?;
            let writer = match &mut writer {
                Some(writer) => writer,
                None => {
                    let file = tempfile::tempfile()
                        .map_err(|error| StepError::io("make a temporary file", error))?;
                    let opened = StreamWriter::try_new(BufWriter::new(file), &stored.schema());
                    writer.insert(opened.map_err(unwritable)?)
                }
            };
            writer.write(&stored).map_err(unwritable)?;
        }
        let mut writer = writer.expect("a run has rows");
        writer.finish().map_err(unwritable)?;
        let file = writer.into_inner().map_err(unwritable)?.into_inner();
        let mut file =
            file.map_err(|error| StepError::io("write a temporary file", error.into_error()))?;
        file.rewind().map_err(|error| StepError::io("read a temporary file", error))?;
        Ok(Self { file })
    }

    /// Opens the run to be read from its start.
    pub(super) fn open(self) -> Result<Cursor, StepError> {
        let reader = StreamReader::try_new(BufReader::new(self.file), None).map_err(unreadable)?;
        let mut cursor =
            Cursor { reader, batch: Batch::default(), keys: LargeBinaryArray::new_null(0), row: 0 };
        cursor.load()?;
        Ok(cursor)
    }
}

/// A place in a run.
#[derive(Debug)]
pub(super) struct Cursor {
    reader: StreamReader<BufReader<File>>,
    pub(super) batch: Batch,
    keys: LargeBinaryArray,
    pub(super) row: usize,
}

impl Cursor {
    /// The key at the place; `None` behind the last row of the loaded batch.
    pub(super) fn key(&self) -> Option<&[u8]> {
        (self.row < self.keys.len()).then(|| self.keys.value(self.row))
    }

    /// Loads the next batch; afterwards [`Cursor::key`] is `None` only at the end of the run.
    pub(super) fn load(&mut self) -> Result<(), StepError> {
        self.row = 0;
        match self.reader.next() {
            None => {
                self.batch = Batch::default();
                self.keys = LargeBinaryArray::new_null(0);
            }
            Some(stored) => {
                let stored = stored.map_err(unreadable)?;
                let rows = stored.num_columns() - 1;
                self.keys = stored.column(rows).as_binary::<i64>().clone();
                let names: Vec<usize> = (0..rows).collect();
                self.batch = from_stored(&stored.project(&names).map_err(unreadable)?);
            }
        }
        Ok(())
    }
}

fn unreadable(error: ArrowError) -> StepError {
    StepError::outside("read a temporary file", error)
}

fn with_keys(stored: &RecordBatch, keys: LargeBinaryArray) -> Result<RecordBatch, ArrowError> {
    let mut fields: Vec<Arc<Field>> = stored.schema().fields().iter().cloned().collect();
    fields.push(Arc::new(Field::new(KEY, DataType::LargeBinary, false)));
    let mut columns = stored.columns().to_vec();
    columns.push(Arc::new(keys));
    RecordBatch::try_new(Arc::new(Schema::new(fields)), columns)
}
