//! Which Arrow type each field of a table gets.

use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};
use model::{Json, Map};

use super::{digits, to_arrow};
use crate::batch::Batch;
use crate::column::Column;
use crate::format::WriteError;
use crate::limits::SCALE_ROWS_MAX;

/// The digits after the point that Decimal128 has room for.
const SCALE_MAX: u8 = 38;

/// A field of Table Schema, as far as its Arrow type depends on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TypedField {
    pub name: Arc<str>,
    /// The `type`: `integer`, `number`, `date` and so on.
    pub field_type: Box<str>,
    /// Digits after the point of a number; found in the first rows when it is not set.
    pub scale: Option<u8>,
    /// Numbers become doubles (the property `floatNumber`).
    pub is_double: bool,
}

impl TypedField {
    /// A field of the given type without further properties.
    pub fn new(name: &str, field_type: &str) -> Self {
        Self { name: name.into(), field_type: field_type.into(), scale: None, is_double: false }
    }

    /// The field that a field descriptor describes.
    pub fn from_descriptor(descriptor: &Map) -> Self {
        let text = |key| descriptor.get(key).and_then(Json::as_str);
        let scale = descriptor.get("scale").and_then(Json::as_u64);
        Self {
            scale: scale.map(|scale| u8::try_from(scale).unwrap_or(SCALE_MAX).min(SCALE_MAX)),
            is_double: descriptor.get("floatNumber").and_then(Json::as_bool).unwrap_or(false),
            ..Self::new(text("name").unwrap_or_default(), text("type").unwrap_or("any"))
        }
    }
}

/// Chooses the Arrow types of a table: scales and zones come from its first rows.
///
/// Feed it batches until [`Self::is_settled`], then take the schema.
#[derive(Debug)]
pub struct TypePlan {
    columns: Vec<Planned>,
    texts: TextType,
    rows: usize,
}

/// How a plan holds texts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum TextType {
    /// `Utf8`, which every program reads.
    #[default]
    Offsets,
    /// `Utf8View`, which copies nothing.
    View,
}

#[derive(Debug)]
struct Planned {
    field: TypedField,
    scale: u8,
    is_zoned: bool,
}

impl TypePlan {
    /// A plan for `fields`.
    pub fn new(fields: impl IntoIterator<Item = TypedField>) -> Self {
        let columns = fields
            .into_iter()
            .map(|field| Planned { scale: field.scale.unwrap_or(0), is_zoned: false, field })
            .collect();
        Self { columns, texts: TextType::default(), rows: 0 }
    }

    /// The same plan with texts held as `texts`.
    #[must_use]
    pub fn with_texts(self, texts: TextType) -> Self {
        Self { texts, ..self }
    }

    /// Learns from the next rows of the table.
    pub fn observe(&mut self, batch: &Batch) {
        for planned in self.columns.iter_mut().filter(|planned| planned.is_open()) {
            if let Some(column) = batch.column(&planned.field.name) {
                planned.observe(column);
            }
        }
        self.rows += batch.rows();
    }

    /// Whether more rows would change nothing.
    pub fn is_settled(&self) -> bool {
        self.rows >= SCALE_ROWS_MAX || !self.columns.iter().any(Planned::is_open)
    }

    /// The Arrow schema as it is known by now; every field may be null.
    pub fn schema(&self) -> SchemaRef {
        let fields: Vec<Field> = self
            .columns
            .iter()
            .map(|planned| {
                let data_type = match planned.data_type() {
                    DataType::Utf8 if self.texts == TextType::View => DataType::Utf8View,
                    data_type => data_type,
                };
                Field::new(&*planned.field.name, data_type, true)
            })
            .collect();
        Arc::new(Schema::new(fields))
    }
}

impl Planned {
    /// Whether the type depends on the rows.
    fn is_open(&self) -> bool {
        match &*self.field.field_type {
            "number" => self.field.scale.is_none() && !self.field.is_double,
            "datetime" => !self.is_zoned,
            _ => false,
        }
    }

    fn observe(&mut self, column: &Column) {
        let cells = column.cells().iter().flatten();
        if &*self.field.field_type == "datetime" {
            self.is_zoned = cells.into_iter().any(digits::has_offset);
        } else {
            self.scale = cells.map(digits::scale_of).fold(self.scale, u8::max);
        }
    }

    fn data_type(&self) -> DataType {
        let zone = self.is_zoned.then(|| "UTC".into());
        match (&*self.field.field_type, self.field.is_double) {
            ("number", true) => DataType::Float64,
            ("datetime", _) => DataType::Timestamp(TimeUnit::Microsecond, zone),
            (field_type, _) => super::data_type(field_type, self.scale),
        }
    }
}

/// The columns of `batch` in the order and types of `schema`; absent ones are null.
///
/// `rows_before` is the number of rows of the table that came before the batch.
///
/// # Errors
///
/// [`WriteError::Value`] with the row, the field, the value and the fix.
pub fn to_arrays(
    batch: &Batch,
    schema: &Schema,
    rows_before: u64,
) -> Result<Vec<arrow::array::ArrayRef>, WriteError> {
    let mut arrays = Vec::with_capacity(schema.fields().len());
    for field in schema.fields() {
        let array = match batch.column(field.name()) {
            Some(column) => to_arrow(column, field.data_type()),
            None => to_arrow(&Column::nulls(batch.rows()), field.data_type()),
        };
        arrays.push(array.map_err(|error| WriteError::Value {
            row: rows_before + u64::try_from(error.row).unwrap_or(u64::MAX) + 1,
            field: field.name().clone(),
            problem: format!("{error}; {}", error.problem.fix()),
        })?);
    }
    Ok(arrays)
}
