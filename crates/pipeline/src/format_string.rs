//! Python's `str.format` over the fields of a row: `{name}`, `{a:03}`, `{price:.2f}`.
//!
//! The mini language of formats is that of the Python documentation ("Format Specification
//! Mini-Language"), for each kind of value as the Python type that carries it formats itself.

mod decimal;
mod number;
mod parse;
mod spec;

use std::borrow::Cow;

use model::Json;
use model::python;
use tabular::written::push_moment;
use tabular::{Batch, Kind, Value};

use crate::error::StepError;
use crate::python_text::{python_text, text_of};

pub use parse::ParseError;
use spec::Spec;

/// A parsed format string.
#[derive(Debug, Clone)]
pub struct FormatString {
    source: String,
    pieces: Vec<Piece>,
}

#[derive(Debug, Clone)]
enum Piece {
    Literal(String),
    Field(Replacement),
}

/// A replacement field: `{name.attribute[key]!conversion:spec}`.
#[derive(Debug, Clone)]
struct Replacement {
    field: String,
    path: Vec<Access>,
    conversion: Option<char>,
    spec: Vec<Piece>,
}

/// A step from a value to a part of it.
#[derive(Debug, Clone)]
enum Access {
    Attribute(String),
    Key(String),
}

/// Why a row cannot be written in a format.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RenderError {
    #[error("there is no field `{field}`")]
    NoField { field: String },
    #[error("field `{field}` has no part `{part}`")]
    NoPart { field: String, part: String },
    #[error("the format `{spec}` of field `{field}`: {problem}")]
    Spec { field: String, spec: String, problem: String },
}

impl FormatString {
    /// Reads a format string.
    ///
    /// # Errors
    ///
    /// When braces do not match, a field has no name, or a conversion is unknown.
    pub fn parse(text: &str) -> Result<Self, ParseError> {
        Ok(Self { source: text.to_owned(), pieces: parse::pieces(text)? })
    }

    /// As it was written.
    pub fn as_str(&self) -> &str {
        &self.source
    }

    /// The names of the fields, in order, also of those inside formats.
    pub fn fields(&self) -> Vec<&str> {
        fn collect<'a>(pieces: &'a [Piece], names: &mut Vec<&'a str>) {
            for piece in pieces {
                if let Piece::Field(replacement) = piece {
                    names.push(&replacement.field);
                    collect(&replacement.spec, names);
                }
            }
        }
        let mut names = Vec::new();
        collect(&self.pieces, &mut names);
        names
    }

    /// Appends row `row` of `batch` in this format to `out`.
    ///
    /// # Errors
    ///
    /// When a field is not there or its value does not take its format.
    pub fn render(&self, batch: &Batch, row: usize, out: &mut String) -> Result<(), StepError> {
        self.fill(out, |field| batch.column(field).map(|column| column.value(row)))
            .map_err(|error| self.failure(&error))
    }

    /// As [`FormatString::render`]; a field called `#` is `number`.
    ///
    /// # Errors
    ///
    /// As [`FormatString::render`].
    pub fn render_numbered(
        &self,
        batch: &Batch,
        row: usize,
        number: u64,
        out: &mut String,
    ) -> Result<(), StepError> {
        self.fill(out, |field| match field {
            "#" => Some(Some(Value::new(Kind::Integer, number.to_string()))),
            field => batch.column(field).map(|column| column.value(row)),
        })
        .map_err(|error| self.failure(&error))
    }

    /// Appends this format, filled with the values that `lookup` knows, to `out`.
    ///
    /// # Errors
    ///
    /// [`RenderError`] when `lookup` knows no value or it does not take its format.
    pub fn fill<'a>(
        &self,
        out: &mut String,
        lookup: impl Fn(&str) -> Option<Option<Value<'a>>>,
    ) -> Result<(), RenderError> {
        fill(&self.pieces, out, &lookup)
    }

    fn failure(&self, error: &RenderError) -> StepError {
        StepError::parameter(&self.source, error.to_string())
    }
}

fn fill<'a>(
    pieces: &[Piece],
    out: &mut String,
    lookup: &impl Fn(&str) -> Option<Option<Value<'a>>>,
) -> Result<(), RenderError> {
    for piece in pieces {
        match piece {
            Piece::Literal(text) => out.push_str(text),
            Piece::Field(replacement) => replacement.fill(out, lookup)?,
        }
    }
    Ok(())
}

impl Replacement {
    fn fill<'a>(
        &self,
        out: &mut String,
        lookup: &impl Fn(&str) -> Option<Option<Value<'a>>>,
    ) -> Result<(), RenderError> {
        let mut value = lookup(&self.field)
            .ok_or_else(|| RenderError::NoField { field: self.field.clone() })?;
        for access in &self.path {
            value = access.of(value.as_ref()).ok_or_else(|| self.no_part(access))?;
        }
        if let Some(conversion) = self.conversion {
            let text = match conversion {
                's' => python_text(value.as_ref()).into_owned(),
                _ => python_repr(value.as_ref()),
            };
            value = Some(Value::new(Kind::Text, text));
        }
        let spec: Cow<'_, str> = match self.spec.as_slice() {
            [] => {
                out.push_str(&python_text(value.as_ref()));
                return Ok(());
            }
            [Piece::Literal(text)] => Cow::Borrowed(text),
            pieces => {
                let mut spec = String::new();
                fill(pieces, &mut spec, lookup)?;
                Cow::Owned(spec)
            }
        };
        format_value(out, value.as_ref(), &spec).map_err(|problem| RenderError::Spec {
            field: self.field.clone(),
            spec: spec.into_owned(),
            problem,
        })
    }

    fn no_part(&self, access: &Access) -> RenderError {
        let (Access::Attribute(part) | Access::Key(part)) = access;
        RenderError::NoPart { field: self.field.clone(), part: part.clone() }
    }
}

impl Access {
    /// The part of `value`; `None` when it has no such part.
    fn of(&self, value: Option<&Value<'_>>) -> Option<Option<Value<'static>>> {
        let value = value?;
        match self {
            Self::Attribute(name) => {
                let number = moment_part(value, name)?;
                Some(Some(Value::new(Kind::Integer, number)))
            }
            Self::Key(key) => {
                let json: Json = (value.kind == Kind::Json)
                    .then(|| serde_json::from_str(&value.text).ok())
                    .flatten()?;
                let part = match &json {
                    Json::Array(items) => items.get(key.parse::<usize>().ok()?)?,
                    other => other.get(key)?,
                };
                let wire = python::dumps(part, python::Style::WIRE);
                Some(Value::from_wire(&wire).map(Value::into_owned))
            }
        }
    }
}

/// `year`, `month` and so on of a date, time or datetime, without leading zeros.
fn moment_part(value: &Value<'_>, name: &str) -> Option<String> {
    let (date, time) = match value.kind {
        Kind::Date => (Some(&*value.text), None),
        Kind::Time => (None, Some(&*value.text)),
        Kind::DateTime => value.text.split_once('T').map(|(d, t)| (Some(d), Some(t)))?,
        _ => return None,
    };
    let part = match name {
        "year" => date?.get(0..4)?,
        "month" => date?.get(5..7)?,
        "day" => date?.get(8..10)?,
        "hour" => time?.get(0..2)?,
        "minute" => time?.get(3..5)?,
        "second" => time?.get(6..8)?,
        _ => return None,
    };
    part.parse::<u32>().ok().map(|number| number.to_string())
}

/// Python's `repr`; of values that JSON has no form for, the nearest text.
fn python_repr(value: Option<&Value<'_>>) -> String {
    match value {
        Some(Value { kind: Kind::Text, text }) => python::literal(&Json::from(&**text)),
        Some(Value { kind: Kind::Number, text }) => format!("Decimal('{text}')"),
        other => other.and_then(moment_repr).unwrap_or_else(|| python_text(other).into_owned()),
    }
}

/// `datetime.date(2020, 1, 31)` and the like; seconds are left out when they are zero.
fn moment_repr(value: &Value<'_>) -> Option<String> {
    let class = match value.kind {
        Kind::Date => "date",
        Kind::Time => "time",
        Kind::DateTime => "datetime",
        _ => return None,
    };
    let parts = ["year", "month", "day", "hour", "minute", "second"];
    let mut parts: Vec<(&str, String)> =
        parts.into_iter().filter_map(|part| Some((part, moment_part(value, part)?))).collect();
    parts.pop_if(|(part, text)| *part == "second" && text == "0");
    let parts: Vec<String> = parts.into_iter().map(|(_, text)| text).collect();
    Some(format!("datetime.{class}({})", parts.join(", ")))
}

/// `format(value, spec)` with a spec that is not empty, or what is wrong with it.
fn format_value(out: &mut String, value: Option<&Value<'_>>, spec: &str) -> Result<(), String> {
    if spec.is_empty() {
        out.push_str(&python_text(value));
        return Ok(());
    }
    let Some(value) = value else {
        return Err("null takes no format; write `{field!s:...}`".into());
    };
    if matches!(value.kind, Kind::Date | Kind::Time | Kind::DateTime) {
        return push_moment(out, value, spec);
    }
    let spec = Spec::parse(spec)?;
    match value.kind {
        Kind::Text => spec.write_text(out, &value.text),
        Kind::Integer => number::write_integer(out, &value.text, &spec),
        Kind::Boolean => {
            number::write_integer(out, if value.text == "true" { "1" } else { "0" }, &spec)
        }
        Kind::Float => number::write_float(out, &value.text, &spec),
        Kind::Number => decimal::write(out, &value.text, &spec),
        kind => Err(format!("`{}` takes no format", text_of(kind, &value.text))),
    }
}

#[cfg(test)]
mod tests;
