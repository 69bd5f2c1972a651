//! Rows of the datapackage-pipelines protocol: one JSON object a line.
//!
//! The decoder finds the ends of values itself and keeps their digits and letters: what is passed
//! on comes out as it came in. `NaN` and `Infinity` are taken, as Python writes them.

mod encode;
mod scan;

pub use encode::Encoder;
pub(crate) use scan::{Fault, Scanner};

use std::ops::Range;
use std::sync::Arc;

use crate::batch::Batch;
use crate::column::ColumnBuilder;
use crate::limits;
use crate::value::{Kind, Value};

/// Turns lines into batches.
///
/// A batch has a column for each key that occurred in its rows: first those that were named in
/// advance, in that order, then the others as they came. A key that a row lacks is null there.
#[derive(Debug)]
pub struct Decoder {
    expected: usize,
    columns: Vec<Slot>,
    /// The column of each key of the row before, in the order of its keys.
    order: Vec<usize>,
    rows: usize,
    line: u64,
}

/// A column that grows.
#[derive(Debug)]
struct Slot {
    name: Arc<str>,
    cells: ColumnBuilder,
    occurred: bool,
    /// Where the value of the row at hand is in its line.
    value: Option<Range<usize>>,
}

/// Why a line is no row. Lines are counted from 1.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    #[error("row {line} is not valid UTF-8")]
    Encoding { line: u64 },
    #[error("row {line} is not a JSON object: {problem} at byte {at}")]
    Syntax { line: u64, at: usize, problem: &'static str },
    #[error("row {line}, field `{field}`: a value of more than {max} bytes")]
    CellTooLarge { line: u64, field: String, max: usize },
}

impl model::fault::Fault for DecodeError {
    fn code(&self) -> &'static str {
        "WIRE_ROW"
    }

    fn kind(&self) -> model::fault::Kind {
        match self {
            Self::Encoding { .. } | Self::Syntax { .. } => model::fault::Kind::Invalid,
            Self::CellTooLarge { .. } => model::fault::Kind::Limit,
        }
    }
}

impl Decoder {
    /// A decoder that expects the columns `names`, in this order.
    pub fn new(names: impl IntoIterator<Item = Arc<str>>) -> Self {
        let columns: Vec<Slot> = names.into_iter().map(|name| Slot::new(name, 0)).collect();
        Self { expected: columns.len(), columns, order: Vec::new(), rows: 0, line: 0 }
    }

    /// The number of rows that wait in the decoder.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Adds the row that `line` holds; a line break at its end is not needed and does not harm.
    ///
    /// # Errors
    ///
    /// [`DecodeError`] when the line is not one JSON object in UTF-8; the rows before it stay.
    pub fn push(&mut self, line: &[u8]) -> Result<(), DecodeError> {
        self.line += 1;
        let Ok(text) = simdutf8::basic::from_utf8(line) else {
            return Err(DecodeError::Encoding { line: self.line });
        };
        if let Err(error) = self.scan(text).and_then(|()| self.check_sizes()) {
            for slot in &mut self.columns {
                slot.value = None;
            }
            return Err(error);
        }
        for slot in &mut self.columns {
            slot.commit(text);
        }
        self.rows += 1;
        Ok(())
    }

    /// The rows since the last call.
    pub fn finish(&mut self) -> Batch {
        let rows = std::mem::take(&mut self.rows);
        let mut columns = Vec::with_capacity(self.columns.len());
        for slot in &mut self.columns {
            let column = slot.cells.finish();
            if std::mem::take(&mut slot.occurred) {
                columns.push((Arc::clone(&slot.name), column));
            }
        }
        self.columns.truncate(self.expected);
        Batch::new(rows, columns)
    }

    fn scan(&mut self, text: &str) -> Result<(), DecodeError> {
        let line = self.line;
        let syntax = |Fault { at, problem }| DecodeError::Syntax { line, at, problem };
        let mut scanner = Scanner::new(text);
        scanner.open_object().map_err(syntax)?;
        let mut key_number = 0;
        while let Some((key, value)) = scanner.entry().map_err(syntax)? {
            let at = self.column_of(key_number, &key.text(text));
            if let Some(slot) = self.columns.get_mut(at) {
                slot.value = Some(value);
            }
            key_number += 1;
        }
        scanner.end().map_err(syntax)
    }

    /// The column of a key; rows mostly repeat the keys of the row before.
    fn column_of(&mut self, key_number: usize, key: &str) -> usize {
        if let Some(at) = self.order.get(key_number)
            && self.columns.get(*at).is_some_and(|slot| *slot.name == *key)
        {
            return *at;
        }
        let known = self.columns.iter().position(|slot| *slot.name == *key);
        let at = known.unwrap_or_else(|| {
            self.columns.push(Slot::new(key.into(), self.rows));
            self.columns.len() - 1
        });
        self.order.truncate(key_number);
        self.order.push(at);
        at
    }

    fn check_sizes(&self) -> Result<(), DecodeError> {
        let max = limits::CELL_BYTES_MAX;
        let large = |slot: &&Slot| slot.value.as_ref().is_some_and(|range| range.len() > max);
        self.columns.iter().find(large).map_or(Ok(()), |slot| {
            let field = slot.name.to_string();
            Err(DecodeError::CellTooLarge { line: self.line, field, max })
        })
    }
}

impl Slot {
    fn new(name: Arc<str>, rows: usize) -> Self {
        let mut cells = ColumnBuilder::default();
        for _ in 0..rows {
            cells.push_null();
        }
        Self { name, cells, occurred: false, value: None }
    }

    fn commit(&mut self, line: &str) {
        let Some(json) = self.value.take().and_then(|range| line.get(range)) else {
            return self.cells.push_null();
        };
        self.occurred = true;
        match Value::from_wire(json) {
            // Python knows one zero.
            Some(value) if value.kind == Kind::Integer && value.text == "-0" => {
                self.cells.push(Kind::Integer, "0");
            }
            value => self.cells.push_value(value.as_ref()),
        }
    }
}

#[cfg(test)]
mod tests;
