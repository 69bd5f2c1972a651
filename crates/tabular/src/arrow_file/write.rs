//! Writes rows as an Arrow file or stream.

use std::io::Write;

use arrow::array::RecordBatch;
use arrow::error::ArrowError;
use arrow::ipc::writer::{FileWriter, StreamWriter};

use super::{FORMAT, cause};
use crate::batch::Batch;
use crate::format::{RowWriter, WriteError};
use crate::typed::plan::{TextType, TypedField};
use crate::typed::rows::TypedRows;

/// Writes Arrow record batches. The scales of numbers are those of the first rows, which are held
/// back until they are known.
pub struct ArrowWriter {
    rows: TypedRows,
    layout: Layout,
    output: Output,
}

#[derive(Debug, Clone, Copy)]
enum Layout {
    File,
    Stream,
}

enum Output {
    Waiting(Box<dyn Write + Send>),
    File(FileWriter<Box<dyn Write + Send>>),
    Stream(StreamWriter<Box<dyn Write + Send>>),
    Failed,
}

impl ArrowWriter {
    /// Writes the given fields as an Arrow file; columns beyond them are left out.
    pub fn file(output: Box<dyn Write + Send>, fields: &[TypedField]) -> Self {
        Self::new(output, fields, Layout::File)
    }

    /// As [`Self::file`], as a stream, which a reader can follow from its start.
    pub fn stream(output: Box<dyn Write + Send>, fields: &[TypedField]) -> Self {
        Self::new(output, fields, Layout::Stream)
    }

    fn new(output: Box<dyn Write + Send>, fields: &[TypedField], layout: Layout) -> Self {
        let rows = TypedRows::new(fields, TextType::Offsets);
        Self { rows, layout, output: Output::Waiting(output) }
    }

    fn open(&mut self) -> Result<&mut Output, WriteError> {
        self.output = match std::mem::replace(&mut self.output, Output::Failed) {
            Output::Waiting(output) => {
                let schema = self.rows.schema();
                match self.layout {
                    Layout::File => {
                        Output::File(FileWriter::try_new(output, &schema).map_err(fault)?)
                    }
                    Layout::Stream => {
                        Output::Stream(StreamWriter::try_new(output, &schema).map_err(fault)?)
                    }
                }
            }
            other => other,
        };
        Ok(&mut self.output)
    }
}

impl Output {
    fn write(&mut self, batch: &RecordBatch) -> Result<(), WriteError> {
        match self {
            Self::File(writer) => writer.write(batch).map_err(fault),
            Self::Stream(writer) => writer.write(batch).map_err(fault),
            Self::Waiting(_) | Self::Failed => Err(failed()),
        }
    }

    fn finish(&mut self) -> Result<(), WriteError> {
        match self {
            Self::File(writer) => {
                writer.finish().map_err(fault)?;
                Ok(writer.get_mut().flush()?)
            }
            Self::Stream(writer) => {
                writer.finish().map_err(fault)?;
                Ok(writer.get_mut().flush()?)
            }
            Self::Waiting(_) | Self::Failed => Err(failed()),
        }
    }
}

impl RowWriter for ArrowWriter {
    fn write(&mut self, batch: &Batch) -> Result<(), WriteError> {
        for batch in self.rows.push(batch)? {
            self.open()?.write(&batch)?;
        }
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> Result<(), WriteError> {
        for batch in self.rows.settle()? {
            self.open()?.write(&batch)?;
        }
        self.open()?.finish()
    }
}

impl std::fmt::Debug for ArrowWriter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { rows, layout, output: _ } = self;
        f.debug_struct("ArrowWriter")
            .field("rows", rows)
            .field("layout", layout)
            .finish_non_exhaustive()
    }
}

fn failed() -> WriteError {
    WriteError::Format { format: FORMAT, problem: "an earlier write failed".into() }
}

fn fault(error: ArrowError) -> WriteError {
    match cause(error) {
        Ok(io) => WriteError::Io(io),
        Err(problem) => WriteError::Format { format: FORMAT, problem },
    }
}
