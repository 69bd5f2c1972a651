//! A column: texts of one kind, some of them null, held as an Arrow string view.
//!
//! Views share the buffers that they were cut from: filtering, sorting, renaming and casting move
//! sixteen bytes a cell and copy no text.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, BooleanArray, StringViewArray, StringViewBuilder, UInt64Array,
};

use crate::value::{Kind, Value, write_wire};

/// A list of texts with the promise that each has the form of `kind`.
#[derive(Debug, Clone)]
pub struct Column {
    kind: Kind,
    cells: StringViewArray,
}

impl Column {
    /// A column of `kind`; the caller promises the form of its texts.
    pub fn new(kind: Kind, cells: StringViewArray) -> Self {
        Self { kind, cells }
    }

    /// A column of `rows` nulls.
    pub fn nulls(rows: usize) -> Self {
        Self { kind: Kind::Text, cells: StringViewArray::new_null(rows) }
    }

    /// A column with the same value `rows` times; the text is held once.
    pub fn repeat(value: Option<&Value<'_>>, rows: usize) -> Self {
        let Some(value) = value else { return Self::nulls(rows) };
        let mut builder = StringViewBuilder::with_capacity(rows).with_deduplicate_strings();
        for _ in 0..rows {
            builder.append_value(&value.text);
        }
        Self { kind: value.kind, cells: builder.finish() }
    }

    /// What the texts are.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// The texts.
    pub fn cells(&self) -> &StringViewArray {
        &self.cells
    }

    /// The texts as an Arrow array that can be shared.
    pub fn to_array(&self) -> ArrayRef {
        Arc::new(self.cells.clone())
    }

    /// The number of rows.
    pub fn len(&self) -> usize {
        self.cells.len()
    }

    /// Whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.cells.is_empty()
    }

    /// The text of row `row`, or `None` when it is null. In a JSON column this is the JSON text.
    ///
    /// # Panics
    ///
    /// Panics when `row` is out of range, which is a bug in the caller.
    pub fn text(&self, row: usize) -> Option<&str> {
        (!self.cells.is_null(row)).then(|| self.cells.value(row))
    }

    /// The value of row `row`, or `None` when it is null. A cell of a JSON column is given as the
    /// value that it encodes.
    ///
    /// # Panics
    ///
    /// Panics when `row` is out of range, which is a bug in the caller.
    pub fn value(&self, row: usize) -> Option<Value<'_>> {
        let text = self.text(row)?;
        if self.kind == Kind::Json {
            Value::from_wire(text)
        } else {
            Some(Value::new(self.kind, text))
        }
    }

    /// All values in order.
    pub fn values(&self) -> impl Iterator<Item = Option<Value<'_>>> {
        (0..self.len()).map(|row| self.value(row))
    }

    /// The same texts under another kind; the caller promises their form.
    #[must_use]
    pub fn retyped(&self, kind: Kind) -> Self {
        Self { kind, cells: self.cells.clone() }
    }

    /// The same values in the wire encoding.
    #[must_use]
    pub fn to_json(&self) -> Self {
        if self.kind == Kind::Json {
            return self.clone();
        }
        if matches!(self.kind, Kind::Integer | Kind::Float | Kind::Boolean) {
            return self.retyped(Kind::Json);
        }
        let mut builder = StringViewBuilder::with_capacity(self.len());
        let mut json = String::new();
        for cell in &self.cells {
            builder.append_option(cell.map(|text| {
                json.clear();
                write_wire(&mut json, self.kind, text);
                json.as_str()
            }));
        }
        Self { kind: Kind::Json, cells: builder.finish() }
    }

    /// The rows where `keep` is true; `keep` has one entry per row and no nulls.
    #[must_use]
    pub fn filter(&self, keep: &BooleanArray) -> Self {
        let kept = arrow::compute::filter(&self.cells, keep).expect("the mask has one bit a row");
        Self { kind: self.kind, cells: view(&kept) }
    }

    /// The rows at `indices`, null where the index is null.
    #[must_use]
    pub fn take(&self, indices: &UInt64Array) -> Self {
        let taken =
            arrow::compute::take(&self.cells, indices, None).expect("indices are within the rows");
        Self { kind: self.kind, cells: view(&taken) }
    }

    /// Rows `from .. from + rows`, without copying.
    #[must_use]
    pub fn slice(&self, from: usize, rows: usize) -> Self {
        Self { kind: self.kind, cells: self.cells.slice(from, rows) }
    }

    /// Columns one below the other; of mixed kinds, all become JSON.
    pub fn concat(columns: &[&Self]) -> Self {
        let mut kinds = columns.iter().filter(|c| c.cells.null_count() < c.len()).map(|c| c.kind);
        let kind = kinds.next().unwrap_or(Kind::Text);
        if !kinds.all(|other| other == kind) {
            let json: Vec<Self> = columns.iter().map(|column| column.to_json()).collect();
            return Self::concat(&json.iter().collect::<Vec<_>>());
        }
        let mut cells: Vec<&dyn Array> = Vec::with_capacity(columns.len());
        for column in columns {
            cells.push(&column.cells);
        }
        if cells.is_empty() {
            return Self::nulls(0);
        }
        let joined = arrow::compute::concat(&cells).expect("all are string views");
        Self { kind, cells: view(&joined) }
    }

    /// The same rows in buffers of their own, to be kept for long without the block they came in.
    #[must_use]
    pub fn compact(&self) -> Self {
        Self { kind: self.kind, cells: self.cells.gc() }
    }

    /// Bytes of memory that the texts and views need when compact.
    pub fn bytes(&self) -> usize {
        self.len() * 16 + self.cells.total_buffer_bytes_used()
    }
}

fn view(array: &ArrayRef) -> StringViewArray {
    array.as_any().downcast_ref::<StringViewArray>().expect("string views stay so").clone()
}

/// Collects values of any kind into a column; mixed kinds become JSON.
#[derive(Debug)]
pub struct ColumnBuilder {
    kind: Option<Kind>,
    cells: StringViewBuilder,
    scratch: String,
}

impl Default for ColumnBuilder {
    fn default() -> Self {
        Self::with_capacity(0)
    }
}

impl ColumnBuilder {
    /// An empty column with room for `rows` rows.
    pub fn with_capacity(rows: usize) -> Self {
        let cells = StringViewBuilder::with_capacity(rows);
        Self { kind: None, cells, scratch: String::new() }
    }

    /// The number of rows so far.
    pub fn len(&self) -> usize {
        use arrow::array::ArrayBuilder;
        self.cells.len()
    }

    /// Whether nothing was added yet.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Adds one value of `kind`, whose text has the form of the kind.
    pub fn push(&mut self, kind: Kind, text: &str) {
        let held = *self.kind.get_or_insert(kind);
        if held == kind {
            return self.cells.append_value(text);
        }
        if held != Kind::Json {
            self.turn_to_json();
        }
        self.scratch.clear();
        write_wire(&mut self.scratch, kind, text);
        self.cells.append_value(&self.scratch);
    }

    /// Adds a null.
    pub fn push_null(&mut self) {
        self.cells.append_null();
    }

    /// Adds a value or a null.
    pub fn push_value(&mut self, value: Option<&Value<'_>>) {
        match value {
            Some(value) => self.push(value.kind, &value.text),
            None => self.push_null(),
        }
    }

    /// The column; the builder is empty afterwards.
    pub fn finish(&mut self) -> Column {
        Column { kind: self.kind.take().unwrap_or(Kind::Text), cells: self.cells.finish() }
    }

    fn turn_to_json(&mut self) {
        let column = self.finish().to_json();
        self.kind = Some(Kind::Json);
        for cell in column.cells() {
            self.cells.append_option(cell);
        }
    }
}

impl<'a> FromIterator<Option<Value<'a>>> for Column {
    fn from_iter<I: IntoIterator<Item = Option<Value<'a>>>>(values: I) -> Self {
        let mut builder = ColumnBuilder::default();
        for value in values {
            builder.push_value(value.as_ref());
        }
        builder.finish()
    }
}

#[cfg(test)]
mod tests;
