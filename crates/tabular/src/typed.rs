//! Between columns of text and the typed arrays of Arrow.
//!
//! Parquet, Arrow files and the SQL engine want integers, decimals and timestamps. A text becomes
//! one of them exactly or not at all: nothing is rounded on the way.

mod declared;
pub(crate) mod digits;
mod from;
mod nested;
mod plain;
pub mod plan;
mod print;
pub(crate) mod rows;
mod to;

use std::borrow::Cow;
use std::sync::Arc;

use arrow::array::ArrayRef;
use arrow::datatypes::{DataType, Schema, TimeUnit};
use model::Map;
use model::fault::{self, Fault};

use crate::column::Column;
use crate::format::ReadError;
use crate::value::{Kind, Value};

/// Longest part of a value that an error shows, in characters.
const SHOWN_CHARS_MAX: usize = 80;

/// Gives the Arrow type of a Table Schema type; `scale` is the digits after the point of numbers.
///
/// Types without an Arrow counterpart are texts.
pub fn data_type(field_type: &str, scale: u8) -> DataType {
    match field_type {
        "integer" | "year" => DataType::Int64,
        "number" => DataType::Decimal128(38, i8::try_from(scale.min(38)).unwrap_or(0)),
        "boolean" => DataType::Boolean,
        "date" => DataType::Date32,
        "time" => DataType::Time64(TimeUnit::Microsecond),
        "datetime" => DataType::Timestamp(TimeUnit::Microsecond, None),
        _ => DataType::Utf8,
    }
}

/// Gives the values of `column` as an array of `data_type`.
///
/// A datetime with an offset is moved to UTC; a cell of a JSON column is the value it encodes.
///
/// # Errors
///
/// [`TypedError`] for the first value that the type cannot hold exactly.
///
/// # Panics
///
/// Panics when `data_type` is not one that [`data_type`] gives (the zone may be UTC), a double,
/// null or a view of texts, which is a bug in the caller.
pub fn to_arrow(column: &Column, data_type: &DataType) -> Result<ArrayRef, TypedError> {
    to::array(column, data_type)
}

/// Gives the values of `array` as a column.
///
/// Integers, decimals (with their scale), doubles, booleans, dates, times and durations get their
/// kind; bytes become base64; lists, structs and maps JSON. Fractions of a second are cut to
/// microseconds; a zone known by name is shown in UTC. An array with a value that has no text in
/// its kind (a date after the year 9999) becomes text as Arrow displays it.
pub fn from_arrow(array: &ArrayRef) -> Column {
    from::exact(array).unwrap_or_else(|| from::displayed(array))
}

/// Gives a field descriptor (`name`, `type`, `format`) for each field of `schema`, in order.
///
/// Floats are numbers with `floatNumber: true`, so that they are written as floats again.
pub fn fields(schema: &Schema) -> Vec<Map> {
    declared::fields(schema)
}

/// The names of the fields of a file's schema, all different, in order.
pub(crate) fn arrow_names(
    schema: &Schema,
    format: &'static str,
) -> Result<Vec<Arc<str>>, ReadError> {
    declared::names(schema, format)
}

/// The text of a value in a cell of another format: JSON without the tags of the wire.
pub fn plain_text<'a>(value: &'a Value<'_>) -> Cow<'a, str> {
    if value.kind == Kind::Json { plain::json(&value.text) } else { Cow::Borrowed(&value.text) }
}

/// Microseconds since midnight of a time.
pub(crate) fn time_us(text: &str) -> Option<i64> {
    digits::time(text).ok()
}

/// Microseconds since 1970-01-01T00:00:00 of a datetime, its offset applied.
pub(crate) fn date_time_us(text: &str) -> Option<i64> {
    digits::date_time(text).ok()
}

/// Whether a datetime ends in an offset from UTC.
pub(crate) fn has_offset(text: &str) -> bool {
    digits::has_offset(text)
}

/// Appends the time of `us` microseconds since midnight; `false` when that is another day.
pub(crate) fn print_time(out: &mut String, us: i64) -> bool {
    print::time(out, us)
}

/// Appends the duration of `us` microseconds.
pub(crate) fn print_duration(out: &mut String, us: i64) {
    print::duration(out, 0, us.into());
}

/// A value that does not fit the type of its column.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{value}` {problem}")]
pub struct TypedError {
    /// 0-based, within the column.
    pub row: usize,
    /// The value, cut when it is long.
    pub value: String,
    pub problem: Misfit,
}

/// Why a value does not fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Misfit {
    #[error("is not {expected}")]
    Form { expected: &'static str },
    #[error("is outside the 64 bits of an integer column")]
    IntegerRange,
    #[error("has {digits} digits after the point, the column has {scale}")]
    Scale { digits: i32, scale: u8 },
    #[error("has too many digits for a decimal of 38 digits, {scale} of them after the point")]
    Precision { scale: u8 },
    #[error("is one of texts that together exceed the 2 GiB of a column chunk")]
    TextsTooLong,
    #[error("has no form as a decimal")]
    NotFinite,
}

impl Misfit {
    /// What the user can do.
    pub fn fix(self) -> String {
        match self {
            Self::Form { .. } => "cast the field with `set_types` first".into(),
            Self::IntegerRange => "declare the field as `number` or `string`".into(),
            Self::Scale { digits, .. } if digits <= 38 => {
                format!("set `scale: {digits}` on the field, or declare it as `string`")
            }
            Self::Scale { .. } => "declare the field as `string`".into(),
            Self::Precision { .. } => {
                "set a smaller `scale` on the field, or declare it as `string`".into()
            }
            Self::TextsTooLong => "shorten the texts, or write the table as `csv`".into(),
            Self::NotFinite => {
                "set `floatNumber: true` on the field, or declare it as `string`".into()
            }
        }
    }
}

impl TypedError {
    fn new(row: usize, text: &str, problem: Misfit) -> Self {
        let mut value: String = text.chars().take(SHOWN_CHARS_MAX).collect();
        if value.len() < text.len() {
            value.push('…');
        }
        Self { row, value, problem }
    }
}

impl Fault for TypedError {
    fn code(&self) -> &'static str {
        "VALUE_DOES_NOT_FIT"
    }

    fn kind(&self) -> fault::Kind {
        fault::Kind::Invalid
    }

    fn help(&self) -> Option<String> {
        Some(self.problem.fix())
    }
}

#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
