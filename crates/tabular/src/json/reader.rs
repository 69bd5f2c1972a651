//! Reads a JSON table, batch by batch.

use std::collections::VecDeque;
use std::io::Read;
use std::sync::Arc;

use model::Map;

use super::Layout;
use super::elements::Elements;
use super::row::{GEOMETRY, Row};
use crate::batch::Batch;
use crate::column::ColumnBuilder;
use crate::encoding;
use crate::format::{ReadError, RowReader};
use crate::grid::{self, Headers, OptionError};
use crate::limits;

/// How a JSON table is read.
#[derive(Debug, Clone)]
pub struct Options {
    pub layout: Layout,
    /// The property that holds the rows; points lead further in (`result.rows`).
    pub property: Option<String>,
    /// The name of the encoding; without one it is detected.
    pub encoding: Option<String>,
    pub numbers: Numbers,
    /// Which rows are header and data when rows are arrays; names that are given here are the
    /// keys that become columns when rows are objects.
    pub grid: grid::Options,
    /// The keys that become columns when rows are objects; those of the first one when it is empty.
    pub keys: Vec<String>,
}

/// What a number with a point or an exponent becomes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Numbers {
    /// A decimal that keeps its digits; so dataflows reads JSON and GeoJSON.
    Decimal,
    /// A double; so dataflows reads lines of JSON.
    Double,
}

impl Options {
    /// The usual options of a layout.
    pub fn new(layout: Layout) -> Self {
        let (numbers, property) = match layout {
            Layout::Array => (Numbers::Decimal, None),
            Layout::Features => (Numbers::Decimal, Some("features".into())),
            Layout::Lines => (Numbers::Double, None),
        };
        Self {
            layout,
            property,
            encoding: None,
            numbers,
            grid: grid::Options::default(),
            keys: Vec::new(),
        }
    }

    /// The options among the parameters of `load`, with its defaults.
    ///
    /// # Errors
    ///
    /// [`OptionError`] when a parameter has a value of another form.
    pub fn parse(parameters: &Map, layout: Layout) -> Result<Self, OptionError> {
        let mut options = Self::new(layout);
        options.grid = grid::Options::parse(parameters)?;
        options.encoding = grid::text(parameters, "encoding")?.map(str::to_owned);
        if let (Layout::Array, Some(property)) = (layout, grid::text(parameters, "property")?) {
            options.property = Some(property.to_owned());
        }
        Ok(options)
    }
}

/// Opens a JSON table.
///
/// The columns are the keys of the first row, sorted (of GeoJSON in their order, then
/// `__geometry`, the geometry as a text); a key that only later rows have is left out.
///
/// # Errors
///
/// [`ReadError`] when the bytes cannot be read or decoded, or hold no array of rows.
pub fn read(
    input: Box<dyn Read + Send>,
    options: &Options,
) -> Result<Box<dyn RowReader>, ReadError> {
    let format = options.layout.format();
    let input = encoding::to_utf8(input, options.encoding.as_deref())
        .map_err(|error| ReadError::undecodable(error, format))?;
    let path: Vec<&str> = options.property.iter().flat_map(|path| path.split('.')).collect();
    let mut elements = Elements::open(input, options.layout, &path)?;
    let mut ahead: VecDeque<String> = elements.next()?.map(str::to_owned).into_iter().collect();
    let (names, slots) = match ahead.front() {
        Some(first) if first.starts_with('[') => {
            while ahead.len() < limits::SAMPLE_ROWS_MAX
                && let Some(row) = elements.next()?
            {
                ahead.push_back(row.to_owned());
            }
            let header = header_of_arrays(&ahead, options)?;
            ahead.drain(..header.first_row);
            (header.names, header.columns)
        }
        first => {
            let names = keys_of_first(first, options)?;
            let slots = (0..names.len()).collect();
            (names, slots)
        }
    };
    let row = elements.count - u64::try_from(ahead.len()).unwrap_or_default();
    let builders = names.iter().map(|_| ColumnBuilder::default()).collect();
    let reader = Reader { elements, ahead, options: options.clone(), names, slots, builders, row };
    Ok(grid::trim_ends(Box::new(reader), &options.grid))
}

#[derive(Debug)]
struct Reader {
    elements: Elements,
    /// Rows that were read to find the header.
    ahead: VecDeque<String>,
    options: Options,
    names: Vec<Arc<str>>,
    /// When rows are arrays: which item each column is.
    slots: Vec<usize>,
    builders: Vec<ColumnBuilder>,
    /// Rows so far, header rows among them.
    row: u64,
}

/// Bytes of rows after which a batch ends, however few rows it has.
const BATCH_BYTES: usize = 8 * 1024 * 1024;

impl RowReader for Reader {
    fn names(&self) -> &[Arc<str>] {
        &self.names
    }

    fn next_batch(&mut self) -> Result<Option<Batch>, ReadError> {
        let mut rows = 0;
        let mut bytes = 0;
        while rows < limits::BATCH_ROWS_MAX && bytes < BATCH_BYTES {
            let held = self.ahead.pop_front();
            let text = match &held {
                Some(text) => text.as_str(),
                None => match self.elements.next()? {
                    Some(text) => text,
                    None => break,
                },
            };
            self.row += 1;
            bytes += text.len();
            let row = Row { text, options: &self.options, number: self.row };
            let places = row.places(&self.names, &self.slots)?;
            if row.is_skipped(&places) {
                continue;
            }
            for ((builder, name), place) in self.builders.iter_mut().zip(&self.names).zip(&places) {
                row.push(builder, name, place.as_ref())?;
            }
            rows += 1;
        }
        if rows == 0 {
            return Ok(None);
        }
        let columns: Vec<_> = self.builders.iter_mut().map(ColumnBuilder::finish).collect();
        Ok(Some(Batch::new(rows, self.names.iter().cloned().zip(columns))))
    }
}

/// The columns of objects.
fn keys_of_first(first: Option<&String>, options: &Options) -> Result<Vec<Arc<str>>, ReadError> {
    if !options.keys.is_empty() {
        return Ok(options.keys.iter().map(|key| key.as_str().into()).collect());
    }
    if let Headers::Names(names) = &options.grid.headers {
        return Ok(names.iter().map(|name| name.as_str().into()).collect());
    }
    let Some(text) = first else { return Ok(Vec::new()) };
    let row = Row { text, options, number: 1 };
    let mut keys: Vec<Arc<str>> = Vec::new();
    for (key, _) in row.entries()? {
        let is_ignored = key.is_empty() && options.grid.ignore_blank_headers;
        if !is_ignored && !keys.iter().any(|known| **known == *key) {
            keys.push(key.into());
        }
    }
    if options.layout != Layout::Features {
        keys.sort();
    } else if !keys.iter().any(|key| &**key == GEOMETRY) {
        keys.push(GEOMETRY.into());
    }
    Ok(keys)
}

/// The columns of arrays.
fn header_of_arrays(rows: &VecDeque<String>, options: &Options) -> Result<grid::Header, ReadError> {
    let mut sample = Vec::with_capacity(rows.len());
    for (text, number) in rows.iter().zip(1..) {
        let row = Row { text, options, number };
        // An object among arrays is no header.
        let items = if text.starts_with('[') { row.items()? } else { Vec::new() };
        sample.push(row.texts(&items.into_iter().map(Some).collect::<Vec<_>>()));
    }
    grid::resolve(&sample, &options.grid, options.layout.format())
}
