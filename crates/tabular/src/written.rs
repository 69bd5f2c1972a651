//! How the cells of a field are written into text files.
//!
//! Most texts are written as they are. A few types ask for another form than the canonical one:
//! a year has four digits, a geopoint is a pair, anything of type `any` is what Python's `str`
//! makes of it.

use std::sync::Arc;

use model::{Json, Map, python};

use crate::typed;
use crate::value::{Kind, Value};

/// A field as it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrittenField {
    /// The name of the column that it comes from.
    pub name: Arc<str>,
    /// What the header row says.
    pub header: String,
    pub style: FieldStyle,
}

/// What the type of a field asks of its texts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FieldStyle {
    /// What the kind of each value asks.
    Plain,
    /// As Python's `str` writes it.
    Any,
    Year,
    YearMonth,
    GeoPoint,
    GeoJson,
    /// Arrays, objects, lists.
    Json,
    /// A date, time or datetime in the form that this pattern of `strftime` gives.
    Pattern(String),
}

impl WrittenField {
    /// A field that is written as the kind of each value asks.
    pub fn plain(name: &str) -> Self {
        Self { name: name.into(), header: name.into(), style: FieldStyle::Plain }
    }

    /// The field that `descriptor` describes; the property called `temporal_property` holds the
    /// pattern in which its dates and times are written.
    pub fn from_descriptor(descriptor: &Map, temporal_property: Option<&str>) -> Self {
        let text = |key| descriptor.get(key).and_then(Json::as_str);
        let name = text("name").unwrap_or_default();
        let style = match text("type").unwrap_or("string") {
            "any" => FieldStyle::Any,
            "year" => FieldStyle::Year,
            "yearmonth" => FieldStyle::YearMonth,
            "geopoint" => FieldStyle::GeoPoint,
            "geojson" => FieldStyle::GeoJson,
            "array" | "object" | "list" => FieldStyle::Json,
            "date" | "time" | "datetime" => match temporal_property.and_then(text) {
                Some(pattern) if !pattern.is_empty() => FieldStyle::Pattern(pattern.into()),
                _ => FieldStyle::Plain,
            },
            _ => FieldStyle::Plain,
        };
        Self { name: name.into(), header: name.into(), style }
    }

    /// The same field with its title, if it has one, in the header row.
    #[must_use]
    pub fn with_title(mut self, descriptor: &Map) -> Self {
        if let Some(title) = descriptor.get("title").and_then(Json::as_str) {
            self.header = title.into();
        }
        self
    }
}

/// Appends the text that a value has in a cell of a text table.
///
/// # Errors
///
/// What is wrong with a pattern of `strftime`.
pub(crate) fn push_text(
    out: &mut String,
    style: &FieldStyle,
    value: &Value<'_>,
) -> Result<(), String> {
    match (value.kind, style) {
        (Kind::Boolean, _) => out.push_str(if &*value.text == "true" { "True" } else { "False" }),
        (Kind::Integer, FieldStyle::Year) => out.push_str(&year(&value.text)),
        (Kind::Float, _) => {
            out.push_str(&float(&value.text).replace("NaN", "nan").replace("Infinity", "inf"))
        }
        (Kind::Date | Kind::Time | Kind::DateTime, FieldStyle::Pattern(pattern)) => {
            push_moment(out, value, pattern)?;
        }
        (Kind::DateTime, FieldStyle::Any) => out.push_str(&value.text.replacen('T', " ", 1)),
        (Kind::Json, FieldStyle::YearMonth) => match parts(&value.text).as_slice() {
            [whole, month] => out.push_str(&format!("{}-{month:0>2}", year(whole))),
            _ => out.push_str(&value.text),
        },
        (Kind::Json, FieldStyle::GeoPoint) => out.push_str(&parts(&value.text).join(", ")),
        // Python writes it with its letters escaped.
        (Kind::Json, FieldStyle::GeoJson) => out.push_str(&value.text),
        (Kind::Json, FieldStyle::Any) => match serde_json::from_str(&typed::plain_text(value)) {
            Ok(json) => out.push_str(&python::literal(&json)),
            Err(_) => out.push_str(&value.text),
        },
        (Kind::Json, _) => out.push_str(&typed::plain_text(value)),
        _ => out.push_str(&value.text),
    }
    Ok(())
}

/// A year with at least four digits.
pub(crate) fn year(text: &str) -> String {
    match text.strip_prefix('-') {
        Some(digits) => format!("-{digits:0>3}"),
        None => format!("{text:0>4}"),
    }
}

/// Python's `repr` of the double that `text` says.
pub(crate) fn float(text: &str) -> String {
    // `inf` and `nan` are what Rust reads where Python writes `Infinity` and `NaN`; it takes both.
    text.parse().map_or_else(|_| text.to_owned(), python::float_text)
}

/// The texts of the items of a JSON array of numbers, without their type tags.
pub(crate) fn parts(wire: &str) -> Vec<String> {
    let items: Vec<Json> = serde_json::from_str(wire).unwrap_or_default();
    let text = |item: &Json| match item {
        Json::Object(tagged) if tagged.len() == 1 => {
            tagged.values().next().and_then(Json::as_str).unwrap_or_default().to_owned()
        }
        Json::String(text) => text.clone(),
        other => other.to_string(),
    };
    items.iter().map(text).collect()
}

/// Appends a date, time or datetime in the form of a pattern of `strftime`.
///
/// # Errors
///
/// What is wrong with the pattern.
pub fn push_moment(out: &mut String, value: &Value<'_>, pattern: &str) -> Result<(), String> {
    use std::fmt::Write;

    use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime};

    // Python's fraction has six digits.
    let pattern = pattern.replace("%f", "%6f");
    let text = &*value.text;
    let written = match value.kind {
        Kind::Date => {
            text.parse::<NaiveDate>().map(|date| write!(out, "{}", date.format(&pattern)))
        }
        Kind::Time => {
            text.parse::<NaiveTime>().map(|time| write!(out, "{}", time.format(&pattern)))
        }
        _ => match DateTime::parse_from_rfc3339(text) {
            Ok(moment) => Ok(write!(out, "{}", moment.format(&pattern))),
            Err(_) => text
                .parse::<NaiveDateTime>()
                .map(|moment| write!(out, "{}", moment.format(&pattern))),
        },
    };
    match written {
        Ok(Ok(())) => Ok(()),
        Ok(Err(_)) => Err(format!("`{pattern}` is no pattern for a {:?}", value.kind)),
        Err(_) => Err(format!("`{text}` is no moment of the calendar")),
    }
}

#[cfg(test)]
mod tests;
