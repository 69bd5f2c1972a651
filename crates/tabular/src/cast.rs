//! Casting: the cells of a column become values of a field's type, or errors that say why not.
//!
//! The order is that of the standard: texts that mean null become null, then the type is read,
//! then the constraints are checked. Most cells of most files already have the one form of their
//! kind; such a column is looked through byte by byte and shared, not copied.

mod checks;
pub mod decimal;
mod digits;
pub mod duration;
mod lenient;
mod magnitude;
mod moment;
pub(crate) mod reader;
mod strptime;
mod structure;
mod text;

use std::borrow::Cow;

use arrow::array::{Array, BooleanArray, StringViewArray, StringViewBuilder};
use arrow::buffer::BooleanBuffer;

use crate::column::Column;
use crate::form;
use crate::schema::{Field, FieldType, Rule, SchemaError};
use crate::value::{Kind, Value};

use checks::Checks;
pub(crate) use digits::number as canonical_number;
use reader::{MomentFormat, Reader};
use text::TextFormat;

/// Casts columns to the type of one field.
#[derive(Debug)]
pub struct Caster {
    reader: Reader,
    checks: Checks,
    required: bool,
    missing: Missing,
    /// What a cell ought to be, for messages.
    expected: String,
}

/// A cast column and what was wrong with it.
#[derive(Debug, Clone)]
pub struct Cast {
    /// As many rows as before; failed cells are null.
    pub column: Column,
    /// At most one for each row, in order.
    pub errors: Vec<CellError>,
}

/// A cell that is not of its field's type or breaks one of its constraints.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CellError {
    /// The row within the column, from 0.
    pub row: usize,
    /// The cell as it was written; empty for null.
    pub text: String,
    pub rule: Rule,
    /// What is wrong, with the cell named.
    pub message: String,
}

/// Longest piece of a cell that a message shows, in characters.
const SHOWN_CHARS_MAX: usize = 100;

impl Caster {
    /// A caster for `field`; `missing_values` are those of its schema, which count when the
    /// field has none of its own.
    ///
    /// # Errors
    ///
    /// [`SchemaError::Property`] when a format or a constraint of the field is malformed.
    pub fn new(field: &Field, missing_values: &[String]) -> Result<Self, SchemaError> {
        let reader = Reader::new(field)?;
        let missing = match &field.missing_values {
            Some(own) => Missing::new(own.iter().map(|missing| missing.value.as_str())),
            None => Missing::new(missing_values.iter().map(String::as_str)),
        };
        let mut expected = article(field.field_type).to_owned();
        if field.format != "default" {
            expected.push_str(&format!(" in format `{}`", field.format));
        }
        Ok(Self {
            checks: Checks::new(field, &reader)?,
            required: field.constraints.required,
            missing,
            reader,
            expected,
        })
    }

    /// Casts a column. Values that already are of the kind are not read again.
    pub fn cast(&self, column: &Column) -> Cast {
        match (column.kind(), self.reader.kind()) {
            (Kind::Text, _) => self.cast_text(column),
            (Kind::Json, _) => self.scan(column, |_| None),
            (Kind::Integer, _) if matches!(self.reader, Reader::Year) => {
                self.scan(column, |text| whole(text, reader::is_year(text)))
            }
            (_, None) => self.scan(column, |text| whole(text, true)),
            (kind, Some(target)) => self.scan(column, |text| whole(text, kind == target)),
        }
    }

    fn cast_text(&self, column: &Column) -> Cast {
        match &self.reader {
            Reader::Any | Reader::Text(TextFormat::Any) => {
                self.scan(column, |text| whole(text, true))
            }
            Reader::Integer(style) if style.keeps_integers => {
                self.scan(column, |text| whole(text, form::is_integer(text)))
            }
            Reader::Number(style) if style.keeps_numbers => {
                self.scan(column, |text| whole(text, form::is_plain_number(text)))
            }
            Reader::Date(MomentFormat::Default) => {
                self.scan(column, |text| whole(text, form::is_date(text)))
            }
            Reader::Time(MomentFormat::Default) => {
                self.scan(column, |text| whole(text, form::is_time(text)))
            }
            Reader::DateTime(MomentFormat::Default) => self.scan(column, reader::plain_date_time),
            Reader::DateTime(MomentFormat::Bare(_)) => {
                self.scan(column, |text| whole(text, reader::is_bare_date_time(text)))
            }
            Reader::Boolean(words) if words.are_default => {
                self.scan(column, reader::default_boolean)
            }
            _ => self.scan(column, |_| None),
        }
    }

    /// Goes through the cells; `glance` gives the canonical text where a look at the bytes tells.
    fn scan(&self, column: &Column, glance: impl Fn(&str) -> Option<&str>) -> Cast {
        let mut out = Output::new(column);
        let can_be_missing = column.kind() == Kind::Text && !self.missing.is_empty();
        let unchecked = self.checks.is_empty();
        for row in 0..column.len() {
            let Some(text) = column.text(row) else {
                self.take_null(&mut out, row, "");
                continue;
            };
            if can_be_missing && self.missing.contains(text) {
                self.take_null(&mut out, row, text);
                continue;
            }
            match glance(text) {
                Some(canonical) if unchecked => out.take(row, text, canonical),
                canonical => self.take_cell(&mut out, row, text, canonical),
            }
        }
        out.finish(self.reader.kind())
    }

    fn take_null(&self, out: &mut Output<'_>, row: usize, text: &str) {
        if self.required {
            let message = "a value is required".to_owned();
            out.fail(CellError { row, text: text.to_owned(), rule: Rule::Required, message });
        } else {
            out.hide(row);
        }
    }

    fn take_cell(&self, out: &mut Output<'_>, row: usize, text: &str, canonical: Option<&str>) {
        let source = out.source.kind();
        let value = if source == Kind::Json {
            // A mixed column: each cell is the JSON of its value.
            match Value::from_wire(text) {
                None => return self.take_null(out, row, ""),
                Some(value) => value,
            }
        } else {
            Value::new(source, text)
        };
        if value.kind == Kind::Text && self.missing.contains(&value.text) {
            return self.take_null(out, row, &value.text.clone());
        }
        let fail = |out: &mut Output<'_>, written: &str, rule, problem: &str| {
            let message = format!("`{}` {problem}", shown(written));
            out.fail(CellError { row, text: written.to_owned(), rule, message });
        };
        let kind = self.reader.kind().unwrap_or(value.kind);
        let written = value.text.clone();
        let read = canonical.map(Cow::Borrowed).or_else(|| self.reader.read(value));
        let Some(read) = read else {
            return fail(out, &written, Rule::Type, &format!("is not {}", self.expected));
        };
        if let Some((rule, problem)) = self.checks.broken_by(kind, &read) {
            fail(out, &written, rule, &problem);
        } else if read == text || self.reader.kind().is_none() {
            out.take(row, text, text);
        } else {
            out.take(row, text, &read);
        }
    }
}

/// Texts that mean null.
#[derive(Debug, Clone, Default)]
struct Missing {
    empty: bool,
    others: Vec<String>,
}

impl Missing {
    fn new<'t>(texts: impl Iterator<Item = &'t str>) -> Self {
        let (empty, others): (Vec<_>, Vec<_>) =
            texts.map(str::to_owned).partition(String::is_empty);
        Self { empty: !empty.is_empty(), others }
    }

    fn is_empty(&self) -> bool {
        !self.empty && self.others.is_empty()
    }

    fn contains(&self, text: &str) -> bool {
        (text.is_empty() && self.empty) || self.others.iter().any(|other| other == text)
    }
}

/// The result of a cast as it grows: the source with some cells hidden for as long as no text
/// changes, then a copy.
struct Output<'c> {
    source: &'c Column,
    /// Rows to be made null, while nothing was copied.
    hidden: Vec<usize>,
    copy: Option<StringViewBuilder>,
    errors: Vec<CellError>,
}

impl<'c> Output<'c> {
    fn new(source: &'c Column) -> Self {
        Self { source, hidden: Vec::new(), copy: None, errors: Vec::new() }
    }

    /// The next cell, in `row`, holds `written` and becomes `text`; it stays as it is when the two
    /// are the same place in memory.
    fn take(&mut self, row: usize, written: &str, text: &str) {
        match &mut self.copy {
            Some(copy) => copy.append_value(text),
            None if std::ptr::eq(written, text) => {}
            None => self.start_copy(row).append_value(text),
        }
    }

    /// The next cell becomes null.
    fn hide(&mut self, row: usize) {
        match &mut self.copy {
            Some(copy) => copy.append_null(),
            None if self.source.cells().is_null(row) => {}
            None => self.hidden.push(row),
        }
    }

    /// The next cell becomes null, with an error.
    fn fail(&mut self, error: CellError) {
        self.hide(error.row);
        self.errors.push(error);
    }

    /// Copies the rows before `row`, from where on the cells change.
    fn start_copy(&mut self, row: usize) -> &mut StringViewBuilder {
        self.copy.get_or_insert_with(|| {
            let mut copy = StringViewBuilder::with_capacity(self.source.len());
            let mut hidden = self.hidden.iter().peekable();
            for before in 0..row {
                let is_hidden = hidden.next_if_eq(&&before).is_some();
                copy.append_option(self.source.text(before).filter(|_| !is_hidden));
            }
            copy
        })
    }

    fn finish(self, kind: Option<Kind>) -> Cast {
        let kind = kind.unwrap_or(self.source.kind());
        let column = match self.copy {
            Some(mut copy) => Column::new(kind, copy.finish()),
            None if self.hidden.is_empty() => self.source.retyped(kind),
            None => Column::new(kind, without(self.source.cells(), &self.hidden)),
        };
        Cast { column, errors: self.errors }
    }
}

/// The text when it is canonical.
fn whole(text: &str, is_canonical: bool) -> Option<&str> {
    is_canonical.then_some(text)
}

/// The same cells with some rows null; no text is copied.
fn without(cells: &StringViewArray, rows: &[usize]) -> StringViewArray {
    let mut rows = rows.iter().peekable();
    let mask = BooleanBuffer::collect_bool(cells.len(), |row| rows.next_if_eq(&&row).is_some());
    let hidden = arrow::compute::nullif(cells, &BooleanArray::new(mask, None))
        .expect("the mask has one bit a row");
    hidden.as_any().downcast_ref::<StringViewArray>().expect("string views stay so").clone()
}

/// The beginning of a text, for messages.
fn shown(text: &str) -> String {
    match text.char_indices().nth(SHOWN_CHARS_MAX) {
        Some((end, _)) => format!("{}...", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

fn article(field_type: FieldType) -> &'static str {
    match field_type {
        FieldType::Any => "a value",
        FieldType::Array => "an array",
        FieldType::Boolean => "a boolean",
        FieldType::Date => "a date",
        FieldType::DateTime => "a datetime",
        FieldType::Duration => "a duration",
        FieldType::GeoJson => "a GeoJSON object",
        FieldType::GeoPoint => "a geopoint",
        FieldType::Integer => "an integer",
        FieldType::List => "a list",
        FieldType::Number => "a number",
        FieldType::Object => "an object",
        FieldType::String => "a string",
        FieldType::Time => "a time",
        FieldType::Year => "a year",
        FieldType::YearMonth => "a year and month",
    }
}

/// Whether `text` is a normalised ISO 8601 duration.
pub(crate) fn is_duration(text: &str) -> bool {
    duration::Duration::parse(text).is_some_and(|duration| duration.to_string() == text)
}

#[cfg(test)]
mod tests;
