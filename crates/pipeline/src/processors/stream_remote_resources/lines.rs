//! A text as a table: one row a line, in the column `data`.

use std::io::{BufRead, BufReader, Read};
use std::sync::Arc;

use tabular::format::{ReadError, RowReader};
use tabular::limits::{BATCH_ROWS_MAX, CELL_BYTES_MAX};
use tabular::{Batch, ColumnBuilder, Kind, encoding};

const FORMAT: &str = "txt";

/// Bytes of lines after which a batch is full: large lines make short batches.
const BATCH_BYTES: usize = 4 * 1024 * 1024;

/// Reads `stream`, decoded as `encoding` says or as it looks like.
///
/// # Errors
///
/// When the encoding is not known or the stream cannot be read.
pub(super) fn read(
    stream: Box<dyn Read + Send>,
    encoding: Option<&str>,
) -> Result<Box<dyn RowReader>, ReadError> {
    let text = encoding::to_utf8(stream, encoding)?;
    Ok(Box::new(Lines { text: BufReader::new(text), names: [Arc::from("data")], lines: 0 }))
}

struct Lines {
    text: BufReader<Box<dyn Read + Send>>,
    names: [Arc<str>; 1],
    lines: u64,
}

impl std::fmt::Debug for Lines {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Lines").field("lines", &self.lines).finish_non_exhaustive()
    }
}

impl RowReader for Lines {
    fn names(&self) -> &[Arc<str>] {
        &self.names
    }

    fn next_batch(&mut self) -> Result<Option<Batch>, ReadError> {
        let mut cells = ColumnBuilder::default();
        let mut bytes = 0;
        let mut line = Vec::new();
        while cells.len() < BATCH_ROWS_MAX && bytes < BATCH_BYTES {
            line.clear();
            let bound = u64::try_from(CELL_BYTES_MAX).unwrap_or(u64::MAX);
            let length = self.text.by_ref().take(bound).read_until(b'\n', &mut line)?;
            if length == 0 {
                break;
            }
            self.lines += 1;
            if length == CELL_BYTES_MAX && line.last() != Some(&b'\n') {
                let (format, row) = (FORMAT, self.lines);
                return Err(ReadError::CellTooLarge { format, row, max: CELL_BYTES_MAX });
            }
            let text = std::str::from_utf8(&line).map_err(|_| ReadError::Row {
                format: FORMAT,
                row: self.lines,
                problem: "not valid UTF-8; set `encoding`, for example to `cp1252`".into(),
            })?;
            let text = text.strip_suffix('\n').unwrap_or(text);
            // A carriage return alone ends a line too.
            for text in text.strip_suffix('\r').unwrap_or(text).split('\r') {
                cells.push(Kind::Text, text);
            }
            bytes += length;
        }
        if cells.is_empty() {
            return Ok(None);
        }
        let [name] = &self.names;
        Ok(Some(Batch::new(cells.len(), [(Arc::clone(name), cells.finish())])))
    }
}
