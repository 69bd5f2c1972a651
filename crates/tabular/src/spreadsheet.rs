//! Spreadsheets: the cells of one sheet of an xlsx, xls or ods file, row by row.
//!
//! Rows are as wide as their last cell and begin at the first column and row of the sheet, like
//! the user sees them; which of them is the header is decided elsewhere.

mod archive;
mod biff;
mod cells;
mod formats;
mod merged;
mod open;
mod stream;
pub mod table;

use std::fs::File;

use crate::format::ReadError;
use crate::value::Value;

/// One row: a value or nothing for each column up to the last one that has a value.
pub type Row = Vec<Option<Value<'static>>>;

/// The file formats of spreadsheets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    Xlsx,
    Xls,
    Ods,
}

/// Which sheet to read, and how.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Options {
    /// The first sheet when it is not set.
    pub sheet: Option<Sheet>,
    /// Every cell of a merged region has the value of its first one (xlsx and xls).
    pub fill_merged_cells: bool,
    /// Also reads an archive that unpacks to more than a gibibyte and 200 times its size.
    pub allow_expansion: bool,
}

/// A sheet, as the user names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sheet {
    Name(String),
    /// 1-based.
    Number(usize),
}

/// The rows of one sheet, from its first row to the last one with a value, empty ones included.
#[derive(Debug)]
pub struct SheetRows {
    rows: stream::Rows,
}

impl SheetRows {
    /// Opens `file`; xlsx and xls are told apart by their first bytes.
    ///
    /// # Errors
    ///
    /// [`ReadError`] when this is no such file, the sheet does not exist, or the archive unpacks to
    /// more than is allowed.
    pub fn open(file: File, format: Format, options: &Options) -> Result<Self, ReadError> {
        Ok(Self { rows: open::open(file, format, options)? })
    }
}

impl Iterator for SheetRows {
    type Item = Result<Row, ReadError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.rows.next()
    }
}

impl Format {
    /// The name of the format in errors.
    pub fn name(self) -> &'static str {
        match self {
            Self::Xlsx => "xlsx",
            Self::Xls => "xls",
            Self::Ods => "ods",
        }
    }
}

#[cfg(test)]
mod tests;
