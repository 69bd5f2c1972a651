//! Rows kept aside: in memory up to a bound, beyond it in an anonymous temporary file.

use std::fs::File;
use std::io::{BufReader, BufWriter, Seek};

use arrow::datatypes::SchemaRef;
use arrow::error::ArrowError;
use arrow::ipc::reader::StreamReader;
use arrow::ipc::writer::StreamWriter;
use tabular::Batch;
use tabular::stored::{from_stored, to_stored};

use crate::error::StepError;

/// A queue of batches that is written once and then read once, in order.
#[derive(Debug)]
pub struct Spool {
    memory_bytes_max: usize,
    memory_bytes: usize,
    held: Vec<Batch>,
    spilled: Vec<Segment>,
}

/// Batches in a file, all with the same columns and kinds.
#[derive(Debug)]
struct Segment {
    file: File,
}

impl Spool {
    /// An empty spool that keeps at most `memory_bytes_max` bytes in memory.
    pub fn new(memory_bytes_max: usize) -> Self {
        Self { memory_bytes_max, memory_bytes: 0, held: Vec::new(), spilled: Vec::new() }
    }

    /// Adds rows at the end.
    ///
    /// # Errors
    ///
    /// When the temporary file cannot be written.
    pub fn push(&mut self, batch: &Batch) -> Result<(), StepError> {
        let batch = batch.compact();
        self.memory_bytes += batch.bytes();
        self.held.push(batch);
        if self.memory_bytes > self.memory_bytes_max {
            self.spill()
                .map_err(|error| StepError::outside("write rows to a temporary file", error))?;
        }
        Ok(())
    }

    /// Whether anything was written to disk.
    pub fn is_spilled(&self) -> bool {
        !self.spilled.is_empty()
    }

    /// Gives all rows in order to `take`.
    ///
    /// # Errors
    ///
    /// When the temporary file cannot be read, and whatever `take` fails with.
    pub fn drain(
        self,
        mut take: impl FnMut(Batch) -> Result<(), StepError>,
    ) -> Result<(), StepError> {
        for segment in self.spilled {
            let reader =
                StreamReader::try_new(BufReader::new(segment.file), None).map_err(unreadable)?;
            for stored in reader {
                take(from_stored(&stored.map_err(unreadable)?))?;
            }
        }
        self.held.into_iter().try_for_each(take)
    }

    fn spill(&mut self) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
        let mut open: Option<(SchemaRef, StreamWriter<BufWriter<File>>)> = None;
        for batch in self.held.drain(..) {
            let stored = to_stored(&batch);
            if let Some((_, full)) = open.take_if(|(schema, _)| *schema != stored.schema()) {
                self.spilled.push(close(full)?);
            }
            let (_, writer) = match &mut open {
                Some(open) => open,
                None => {
                    let file = BufWriter::new(tempfile::tempfile()?);
                    let writer = StreamWriter::try_new(file, &stored.schema())?;
                    open.insert((stored.schema(), writer))
                }
            };
            writer.write(&stored)?;
        }
        if let Some((_, writer)) = open {
            self.spilled.push(close(writer)?);
        }
        self.memory_bytes = 0;
        Ok(())
    }
}

fn unreadable(error: ArrowError) -> StepError {
    StepError::outside("read rows from a temporary file", error)
}

fn close(
    mut writer: StreamWriter<BufWriter<File>>,
) -> Result<Segment, Box<dyn std::error::Error + Send + Sync>> {
    writer.finish()?;
    let mut file = writer.into_inner()?.into_inner()?;
    file.rewind()?;
    Ok(Segment { file })
}

#[cfg(test)]
mod tests;
