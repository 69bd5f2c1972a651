//! Writes rows as a text table, quoting no more than Python's csv writer does.

use std::io::Write;

use super::out::{Out, Quoting};
use crate::batch::Batch;
use crate::column::Column;
use crate::format::{RowWriter, WriteError};
use crate::value::{Kind, Value};
use crate::written::{FieldStyle, WrittenField, push_text};

/// How a text table is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WriteOptions {
    /// An ASCII character.
    pub delimiter: char,
    /// What stands between date and time: `T`, or a space in the older generation of dumps.
    pub time_separator: char,
}

impl Default for WriteOptions {
    fn default() -> Self {
        Self { delimiter: ',', time_separator: 'T' }
    }
}

/// Writes a header row, then rows, each ended by `\r\n`.
pub struct Writer {
    fields: Vec<WrittenField>,
    options: WriteOptions,
    out: Out,
    rows: u64,
    scratch: String,
}

impl std::fmt::Debug for Writer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Writer").field("fields", &self.fields).field("rows", &self.rows).finish()
    }
}

impl Writer {
    /// Writes the header row of `fields` to `output`.
    ///
    /// # Errors
    ///
    /// [`WriteError`] when the output refuses the bytes or the delimiter is not ASCII.
    pub fn new(
        output: Box<dyn Write + Send>,
        fields: Vec<WrittenField>,
        options: WriteOptions,
    ) -> Result<Self, WriteError> {
        let delimiter = u8::try_from(options.delimiter).ok().filter(u8::is_ascii);
        let delimiter = delimiter.ok_or_else(|| WriteError::Format {
            format: super::FORMAT,
            problem: format!("delimiter `{}` is no ASCII character", options.delimiter),
        })?;
        let mut out = Out::new(output, Quoting::new(delimiter));
        let is_alone = fields.len() == 1;
        for (at, field) in fields.iter().enumerate() {
            if at > 0 {
                out.delimit();
            }
            if is_alone && field.header.is_empty() {
                out.put(b"\"\"");
            } else {
                out.put_cell(field.header.as_bytes());
            }
        }
        out.put(b"\r\n");
        out.flush_some()?;
        Ok(Self { fields, options, out, rows: 0, scratch: String::new() })
    }

    fn write_row(&mut self, row: usize, cells: &[Cells<'_>]) -> Result<(), WriteError> {
        let is_alone = cells.len() == 1;
        for (at, cell) in cells.iter().enumerate() {
            if at > 0 {
                self.out.delimit();
            }
            let before = self.out.written();
            match cell {
                Cells::Absent => {}
                Cells::Plain(column, true) => self.out.put_checked(column.cells(), row),
                Cells::Plain(column, false) => self.out.put_unchecked(column.cells(), row),
                Cells::Converted(column, style) => {
                    if let Some(value) = column.value(row) {
                        self.convert(&value, style).map_err(|problem| WriteError::Value {
                            row: self.rows,
                            field: self.fields.get(at).map_or("", |f| &f.name).to_owned(),
                            problem,
                        })?;
                    }
                }
            }
            if is_alone && self.out.written() == before {
                // A row of nothing would read as a blank line.
                self.out.put(b"\"\"");
            }
        }
        self.out.put(b"\r\n");
        Ok(())
    }

    fn convert(&mut self, value: &Value<'_>, style: &FieldStyle) -> Result<(), String> {
        self.scratch.clear();
        if value.kind == Kind::DateTime
            && self.options.time_separator != 'T'
            && !matches!(style, FieldStyle::Pattern(_))
        {
            let mut separator = [0; 4];
            let separator: &str = self.options.time_separator.encode_utf8(&mut separator);
            self.scratch.push_str(&value.text.replacen('T', separator, 1));
        } else {
            push_text(&mut self.scratch, style, value)?;
        }
        self.out.put_cell(self.scratch.as_bytes());
        Ok(())
    }

    /// How the cells of a column become text.
    fn source<'a>(&self, column: Option<&'a Column>, style: &'a FieldStyle) -> Cells<'a> {
        let Some(column) = column else { return Cells::Absent };
        let is_plain = match column.kind() {
            Kind::Text | Kind::Number | Kind::Duration => true,
            Kind::Integer => *style != FieldStyle::Year,
            Kind::Date | Kind::Time => !matches!(style, FieldStyle::Pattern(_)),
            Kind::DateTime => {
                let is_moved = matches!(style, FieldStyle::Pattern(_) | FieldStyle::Any);
                !is_moved && self.options.time_separator == 'T'
            }
            Kind::Boolean | Kind::Float | Kind::Json => false,
        };
        if is_plain {
            // Figures and moments hold nothing that needs quotes, unless one delimits by digits.
            let delimiter = self.options.delimiter;
            let is_usual = !(delimiter.is_ascii_alphanumeric() || "+-.:".contains(delimiter));
            Cells::Plain(column, column.kind() == Kind::Text || !is_usual)
        } else {
            Cells::Converted(column, style)
        }
    }
}

/// Where the cells of a field come from.
enum Cells<'a> {
    Absent,
    /// Texts as they are, and whether they may need quotes.
    Plain(&'a Column, bool),
    Converted(&'a Column, &'a FieldStyle),
}

impl RowWriter for Writer {
    fn write(&mut self, batch: &Batch) -> Result<(), WriteError> {
        let fields = std::mem::take(&mut self.fields);
        let cells: Vec<Cells<'_>> =
            fields.iter().map(|f| self.source(batch.column(&f.name), &f.style)).collect();
        let mut written = Ok(());
        for row in 0..batch.rows() {
            self.rows += 1;
            written = self.write_row(row, &cells).and_then(|()| self.out.flush_some());
            if written.is_err() {
                break;
            }
        }
        drop(cells);
        self.fields = fields;
        written
    }

    fn finish(self: Box<Self>) -> Result<(), WriteError> {
        self.out.finish()
    }
}
