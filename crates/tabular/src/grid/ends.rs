//! Leaves out the last rows of a table, and those beyond a limit.

use std::sync::Arc;

use arrow::array::BooleanArray;

use super::Options;
use crate::batch::Batch;
use crate::format::{ReadError, RowReader};

/// `reader` without the rows at the end that the options leave out.
pub fn trim_ends(reader: Box<dyn RowReader>, options: &Options) -> Box<dyn RowReader> {
    let from_end: Vec<usize> = options.skip_rows.from_end.iter().copied().collect();
    if from_end.is_empty() && options.limit_rows.is_none() {
        return reader;
    }
    let rows_left = options.limit_rows.unwrap_or(u64::MAX);
    Box::new(Trimmed { reader, from_end, held: Vec::new(), rows_left })
}

#[derive(Debug)]
struct Trimmed {
    reader: Box<dyn RowReader>,
    /// Distances from the end, ascending; 1 is the last row.
    from_end: Vec<usize>,
    /// The last rows so far, as many as `from_end` reaches, in batches as they came.
    held: Vec<Batch>,
    rows_left: u64,
}

impl RowReader for Trimmed {
    fn names(&self) -> &[Arc<str>] {
        self.reader.names()
    }

    fn next_batch(&mut self) -> Result<Option<Batch>, ReadError> {
        if self.rows_left == 0 {
            return Ok(None);
        }
        let Some(batch) = self.pass_end()? else { return Ok(None) };
        let left = usize::try_from(self.rows_left).unwrap_or(usize::MAX);
        let batch = if batch.rows() > left { batch.slice(0, left) } else { batch };
        self.rows_left -= u64::try_from(batch.rows()).unwrap_or(self.rows_left);
        Ok(Some(batch))
    }
}

impl Trimmed {
    /// The next rows that are surely not among those to leave out.
    fn pass_end(&mut self) -> Result<Option<Batch>, ReadError> {
        let reach = self.from_end.last().copied().unwrap_or_default();
        loop {
            let Some(batch) = self.reader.next_batch()? else {
                let held = Batch::concat(&std::mem::take(&mut self.held));
                let rows = held.rows();
                let keep: BooleanArray =
                    (0..rows).map(|row| Some(!self.from_end.contains(&(rows - row)))).collect();
                return Ok((rows > 0).then(|| held.filter(&keep)));
            };
            if reach == 0 {
                return Ok(Some(batch));
            }
            self.held.push(batch);
            let rows: usize = self.held.iter().map(Batch::rows).sum();
            if rows > reach {
                let all = Batch::concat(&std::mem::take(&mut self.held));
                self.held.push(all.slice(rows - reach, reach));
                return Ok(Some(all.slice(0, rows - reach)));
            }
        }
    }
}
