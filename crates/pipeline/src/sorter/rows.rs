//! Rows packed one after the other, all cells of a row together: half the memory of columns of
//! views, and putting rows in order reads each of them once.

use std::sync::Arc;

use arrow::array::Array;
use tabular::limits::BATCH_ROWS_MAX;
use tabular::{Batch, Column, ColumnBuilder, Kind};

use crate::limits::SORTED_BATCH_BYTES_MAX;

/// The columns of a batch.
#[derive(Debug, PartialEq, Eq)]
struct Shape {
    names: Vec<Arc<str>>,
    kinds: Vec<Kind>,
}

/// The different columns that batches had, mostly one.
#[derive(Debug, Default)]
pub(super) struct Shapes(Vec<Shape>);

impl Shapes {
    /// The number of the shape of `batch`.
    fn number_of(&mut self, batch: &Batch) -> usize {
        // The kind of a column of nulls says nothing.
        let fits = |(kind, column): (&Kind, &Column)| {
            *kind == column.kind() || column.cells().null_count() == column.len()
        };
        let is_it = |shape: &Shape| {
            shape.names == batch.names() && shape.kinds.iter().zip(batch.columns()).all(fits)
        };
        self.0.iter().position(is_it).unwrap_or_else(|| {
            let kinds = batch.columns().iter().map(Column::kind).collect();
            self.0.push(Shape { names: batch.names().to_vec(), kinds });
            self.0.len() - 1
        })
    }
}

/// The rows of one batch. A cell is its length and one, as LEB128, and its text; zero is null.
#[derive(Debug)]
pub(super) struct Rows {
    pub(super) shape: usize,
    bytes: Box<[u8]>,
    ends: Box<[usize]>,
}

impl Rows {
    /// Packs the rows of `batch`.
    pub(super) fn pack(batch: &Batch, shapes: &mut Shapes) -> Self {
        let mut bytes = Vec::with_capacity(batch.bytes());
        let mut ends = Vec::with_capacity(batch.rows());
        for row in 0..batch.rows() {
            for column in batch.columns() {
                match column.text(row) {
                    None => bytes.push(0),
                    Some(text) => {
                        push_number(&mut bytes, text.len() + 1);
                        bytes.extend_from_slice(text.as_bytes());
                    }
                }
            }
            ends.push(bytes.len());
        }
        Self { shape: shapes.number_of(batch), bytes: bytes.into(), ends: ends.into() }
    }

    /// The packed row `row`; empty beyond the last.
    pub(super) fn get(&self, row: usize) -> &[u8] {
        let from =
            row.checked_sub(1).and_then(|before| self.ends.get(before)).map_or(0, |end| *end);
        let to = self.ends.get(row).map_or(from, |end| *end);
        self.bytes.get(from..to).unwrap_or_default()
    }

    /// Bytes of memory.
    pub(super) fn bytes(&self) -> usize {
        self.bytes.len() + self.ends.len() * size_of::<usize>()
    }
}

/// Makes batches of packed rows.
#[derive(Debug)]
pub(super) struct Gather<'s> {
    shapes: &'s Shapes,
    names: Vec<Arc<str>>,
    /// For each shape, the places of its columns among the names.
    places: Vec<Vec<usize>>,
    columns: Vec<ColumnBuilder>,
    rows: usize,
    bytes: usize,
}

impl<'s> Gather<'s> {
    /// No rows yet; a batch has the columns of all `shapes`.
    pub(super) fn new(shapes: &'s Shapes) -> Self {
        let mut names: Vec<Arc<str>> = Vec::new();
        let mut places = Vec::new();
        for shape in &shapes.0 {
            let place = |name: &Arc<str>| {
                names.iter().position(|other| other == name).unwrap_or_else(|| {
                    names.push(Arc::clone(name));
                    names.len() - 1
                })
            };
            places.push(shape.names.iter().map(place).collect());
        }
        let columns = names.iter().map(|_| ColumnBuilder::with_capacity(BATCH_ROWS_MAX)).collect();
        Self { shapes, names, places, columns, rows: 0, bytes: 0 }
    }

    /// Adds a row of the shape of number `shape`; gives a batch when it is full.
    pub(super) fn push(&mut self, shape: usize, row: &[u8]) -> Option<Batch> {
        let (Some(kinds), Some(places)) = (self.shapes.0.get(shape), self.places.get(shape)) else {
            return None;
        };
        let mut rest = row;
        for (kind, place) in kinds.kinds.iter().zip(places) {
            let Some(column) = self.columns.get_mut(*place) else { continue };
            match next_cell(&mut rest) {
                Some(text) => column.push(*kind, text),
                None => column.push_null(),
            }
        }
        self.rows += 1;
        self.bytes += row.len();
        if places.len() < self.columns.len() {
            let short = self.columns.iter_mut().filter(|column| column.len() < self.rows);
            short.for_each(ColumnBuilder::push_null);
        }
        let full = self.rows == BATCH_ROWS_MAX || self.bytes >= SORTED_BATCH_BYTES_MAX;
        full.then(|| self.take())
    }

    /// The rows that make no full batch.
    pub(super) fn finish(mut self) -> Option<Batch> {
        (self.rows > 0).then(|| self.take())
    }

    fn take(&mut self) -> Batch {
        let columns = self.names.iter().zip(&mut self.columns);
        let columns = columns.map(|(name, column)| (Arc::clone(name), column.finish()));
        let batch = Batch::new(self.rows, columns);
        (self.rows, self.bytes) = (0, 0);
        batch
    }
}

fn next_cell<'r>(rest: &mut &'r [u8]) -> Option<&'r str> {
    let length = take_number(rest).checked_sub(1)?;
    let (text, after) = rest.split_at_checked(length)?;
    *rest = after;
    Some(std::str::from_utf8(text).expect("was packed from text"))
}

/// Appends `number` as LEB128 (DWARF 5, section 7.6).
pub(super) fn push_number(bytes: &mut Vec<u8>, mut number: usize) {
    loop {
        let low = u8::try_from(number & 0x7f).expect("seven bits");
        number >>= 7;
        if number == 0 {
            return bytes.push(low);
        }
        bytes.push(low | 0x80);
    }
}

fn take_number(rest: &mut &[u8]) -> usize {
    let (mut number, mut shift) = (0, 0);
    while let Some((byte, after)) = rest.split_first() {
        *rest = after;
        number |= usize::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            break;
        }
        shift += 7;
    }
    number
}
