//! Writes rows as JSON, as dataflows does: keys sorted, ASCII, numbers as doubles.

use std::io::Write;

use model::python;

use super::Layout;
use super::compact::{Form, compact};
use crate::batch::Batch;
use crate::column::Column;
use crate::format::{RowWriter, WriteError};
use crate::typed;
use crate::value::{Kind, Value};
use crate::written::{self, FieldStyle, WrittenField};

/// Bytes that are collected before they are written.
const FLUSH_BYTES: usize = 128 * 1024;

/// Writes rows in one of the layouts of JSON.
pub struct Writer {
    output: Box<dyn Write + Send>,
    layout: Layout,
    /// The fields in the order of their keys.
    keys: Vec<Key>,
    /// Of a feature: the field that is its geometry.
    geometry: Option<WrittenField>,
    text: String,
    rows: u64,
}

/// A field and its key as it is written.
struct Key {
    field: WrittenField,
    text: String,
}

impl std::fmt::Debug for Writer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Writer").field("layout", &self.layout).field("rows", &self.rows).finish()
    }
}

impl Writer {
    /// Writes the given fields to `output`. In a feature collection a geopoint or GeoJSON field
    /// becomes the geometry (the last one, when there are more), all others properties.
    pub fn new(output: Box<dyn Write + Send>, fields: Vec<WrittenField>, layout: Layout) -> Self {
        let is_geometry = |field: &WrittenField| {
            layout == Layout::Features
                && matches!(field.style, FieldStyle::GeoPoint | FieldStyle::GeoJson)
        };
        let (mut geometries, mut fields): (Vec<_>, Vec<_>) =
            fields.into_iter().partition(is_geometry);
        fields.sort_by(|a, b| a.name.cmp(&b.name));
        let mut keys: Vec<Key> = Vec::with_capacity(fields.len());
        for field in fields {
            let mut text = String::from(if keys.is_empty() { "" } else { ", " });
            python::write_string(&mut text, &field.name, true);
            text.push_str(": ");
            keys.push(Key { field, text });
        }
        let text = match layout {
            Layout::Array => "[".into(),
            Layout::Lines => String::new(),
            Layout::Features => "{\"type\": \"FeatureCollection\",\"features\":[".into(),
        };
        Self { output, layout, keys, geometry: geometries.pop(), text, rows: 0 }
    }

    fn flush(&mut self) -> Result<(), WriteError> {
        self.output.write_all(self.text.as_bytes())?;
        self.text.clear();
        self.text.shrink_to(2 * FLUSH_BYTES);
        Ok(())
    }

    /// Appends one row with what comes before and after it.
    fn push_row(&mut self, cells: &Cells<'_>, row: usize) -> Result<(), WriteError> {
        if self.layout != Layout::Lines && self.rows > 0 {
            self.text.push(',');
        }
        self.rows += 1;
        let at = self.rows;
        let locate = |(field, problem): (&WrittenField, String)| WriteError::Value {
            row: at,
            field: field.name.to_string(),
            problem,
        };
        let out = &mut self.text;
        match self.layout {
            Layout::Array => cells.push_object(out, row).map_err(locate)?,
            Layout::Lines => {
                cells.push_object(out, row).map_err(locate)?;
                out.push('\n');
            }
            Layout::Features => {
                out.push_str("{\"geometry\": ");
                cells.push_geometry(out, row).map_err(locate)?;
                out.push_str(", \"properties\": ");
                cells.push_object(out, row).map_err(locate)?;
                out.push_str(", \"type\": \"Feature\"}");
            }
        }
        Ok(())
    }
}

impl RowWriter for Writer {
    fn write(&mut self, batch: &Batch) -> Result<(), WriteError> {
        let keys = std::mem::take(&mut self.keys);
        let geometry = self.geometry.take();
        let cells = Cells {
            properties: keys.iter().map(|key| (key, batch.column(&key.field.name))).collect(),
            geometry: geometry.as_ref().map(|field| (field, batch.column(&field.name))),
        };
        let mut written = Ok(());
        for row in 0..batch.rows() {
            written = self.push_row(&cells, row);
            if written.is_ok() && self.text.len() >= FLUSH_BYTES {
                written = self.flush();
            }
            if written.is_err() {
                break;
            }
        }
        self.keys = keys;
        self.geometry = geometry;
        written
    }

    fn finish(mut self: Box<Self>) -> Result<(), WriteError> {
        self.text.push_str(match self.layout {
            Layout::Array => "]",
            Layout::Lines => "",
            Layout::Features => "]}",
        });
        self.flush()?;
        Ok(self.output.flush()?)
    }
}

/// The columns of a batch that are written.
struct Cells<'a> {
    properties: Vec<(&'a Key, Option<&'a Column>)>,
    geometry: Option<(&'a WrittenField, Option<&'a Column>)>,
}

/// A field whose value cannot be written, and why.
type Refused<'a> = (&'a WrittenField, String);

impl<'a> Cells<'a> {
    fn push_object(&self, out: &mut String, row: usize) -> Result<(), Refused<'a>> {
        out.push('{');
        for (key, column) in &self.properties {
            out.push_str(&key.text);
            match column.and_then(|column| column.value(row)) {
                None => out.push_str("null"),
                Some(value) => push_value(out, &key.field.style, &value)
                    .map_err(|problem| (&key.field, problem))?,
            }
        }
        out.push('}');
        Ok(())
    }

    fn push_geometry(&self, out: &mut String, row: usize) -> Result<(), Refused<'a>> {
        let cell = self.geometry.and_then(|(field, column)| Some((field, column?.value(row)?)));
        let Some((field, value)) = cell else {
            out.push_str("null");
            return Ok(());
        };
        let is_point = field.style == FieldStyle::GeoPoint;
        out.push_str(if is_point { "{\"coordinates\": " } else { "" });
        push_value(out, &field.style, &value).map_err(|problem| (field, problem))?;
        out.push_str(if is_point { ", \"type\": \"Point\"}" } else { "" });
        Ok(())
    }
}

/// Appends a value as `json.dumps` writes what dataflows makes of it.
fn push_value(out: &mut String, style: &FieldStyle, value: &Value<'_>) -> Result<(), String> {
    match (value.kind, style) {
        (Kind::Integer | Kind::Boolean, _) => out.push_str(&value.text),
        (Kind::Number | Kind::Float, _) => out.push_str(&written::float(&value.text)),
        (Kind::Date | Kind::Time | Kind::DateTime, FieldStyle::Pattern(_))
        | (Kind::Json, FieldStyle::YearMonth) => {
            let mut text = String::new();
            written::push_text(&mut text, style, value)?;
            python::write_string(out, &text, true);
        }
        (Kind::Json, FieldStyle::GeoPoint) => {
            let parts = written::parts(&value.text);
            let floats: Vec<String> = parts.iter().map(|part| written::float(part)).collect();
            out.push('[');
            out.push_str(&floats.join(", "));
            out.push(']');
        }
        (Kind::Json, _) => {
            let plain = typed::plain_text(value);
            match compact(&plain, Form::Wire) {
                Ok(json) => out.push_str(&json),
                Err(_) => out.push_str(&plain),
            }
        }
        _ => python::write_string(out, &value.text, true),
    }
    Ok(())
}
