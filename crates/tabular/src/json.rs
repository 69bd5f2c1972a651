//! JSON tables: an array of rows, one row a line, or the features of GeoJSON.
//!
//! Rows are objects, or arrays below a header row. A file is read piece by piece: only the row at
//! hand is in memory.

mod compact;
mod elements;
mod reader;
mod row;
mod writer;

pub use reader::{Numbers, Options, read};
pub use writer::Writer;

/// How rows lie in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layout {
    /// One array of rows.
    Array,
    /// One row a line.
    Lines,
    /// The features of a GeoJSON feature collection.
    Features,
}

impl Layout {
    /// The name of the format in errors.
    fn format(self) -> &'static str {
        match self {
            Self::Array => "json",
            Self::Lines => "jsonl",
            Self::Features => "geojson",
        }
    }
}

#[cfg(test)]
mod tests;
