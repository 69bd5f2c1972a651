//! Writes rows as a Parquet file.

use std::io::Write;

use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_writer::ArrowWriterOptions;
use parquet::basic::Compression;
use parquet::errors::ParquetError;
use parquet::file::properties::{EnabledStatistics, WriterProperties};

use super::FORMAT;
use crate::batch::Batch;
use crate::format::{RowWriter, WriteError};
use crate::limits::{PARQUET_GROUP_BYTES_MAX, PARQUET_GROUP_ROWS_MAX};
use crate::typed::plan::{TextType, TypedField};
use crate::typed::rows::TypedRows;

/// Writes a Parquet file. The scales of numbers are those of the first rows, which are held back
/// until they are known.
pub struct ParquetWriter {
    rows: TypedRows,
    output: Output,
}

enum Output {
    Waiting(Box<dyn Write + Send>),
    Open(Box<ArrowWriter<Box<dyn Write + Send>>>),
    Failed,
}

impl ParquetWriter {
    /// Writes the given fields to `output`; columns beyond them are left out.
    pub fn new(output: Box<dyn Write + Send>, fields: &[TypedField]) -> Self {
        Self { rows: TypedRows::new(fields, TextType::View), output: Output::Waiting(output) }
    }

    fn open(&mut self) -> Result<&mut ArrowWriter<Box<dyn Write + Send>>, WriteError> {
        self.output = match std::mem::replace(&mut self.output, Output::Failed) {
            Output::Waiting(output) => {
                let schema = self.rows.schema();
                let writer = ArrowWriter::try_new_with_options(output, schema, options());
                Output::Open(Box::new(writer.map_err(fault)?))
            }
            other => other,
        };
        match &mut self.output {
            Output::Open(writer) => Ok(writer),
            _ => Err(WriteError::Format {
                format: FORMAT,
                problem: "an earlier write failed".into(),
            }),
        }
    }
}

impl RowWriter for ParquetWriter {
    fn write(&mut self, batch: &Batch) -> Result<(), WriteError> {
        for batch in self.rows.push(batch)? {
            self.open()?.write(&batch).map_err(fault)?;
        }
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> Result<(), WriteError> {
        for batch in self.rows.settle()? {
            self.open()?.write(&batch).map_err(fault)?;
        }
        let writer = self.open()?;
        writer.finish().map_err(fault)?;
        writer.inner_mut().flush()?;
        Ok(())
    }
}

impl std::fmt::Debug for ParquetWriter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ParquetWriter").field("rows", &self.rows).finish_non_exhaustive()
    }
}

/// No Arrow schema goes into the file: it would ask readers for the views that we write from,
/// and the types of Parquet say all that Table Schema knows. Snappy: on three million flights,
/// zstd makes files a seventh smaller and takes a seventh more time to write, a third to read.
fn options() -> ArrowWriterOptions {
    let properties = WriterProperties::builder()
        .set_compression(Compression::SNAPPY)
        .set_statistics_enabled(EnabledStatistics::Chunk)
        .set_max_row_group_row_count(Some(PARQUET_GROUP_ROWS_MAX))
        .set_max_row_group_bytes(Some(PARQUET_GROUP_BYTES_MAX))
        .set_created_by(concat!("thorp version ", env!("CARGO_PKG_VERSION")).into())
        .build();
    ArrowWriterOptions::new().with_properties(properties).with_skip_arrow_metadata(true)
}

fn fault(error: ParquetError) -> WriteError {
    match error {
        ParquetError::External(source) => match source.downcast::<std::io::Error>() {
            Ok(io) => WriteError::Io(*io),
            Err(other) => WriteError::Format { format: FORMAT, problem: other.to_string() },
        },
        other => WriteError::Format { format: FORMAT, problem: other.to_string() },
    }
}
