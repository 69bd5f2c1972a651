//! When values are the same, as Python's `==` says: `1`, `1.0`, `Decimal("1.00")` and `True` are,
//! a text is the same as a text only.

use arrow::array::{Array, StringViewArray};
use arrow::buffer::BooleanBuffer;
use model::Json;
use model::python::{Style, dumps};
use tabular::{Column, Kind, Value};

/// Appends a text that two values share exactly when they are the same.
///
/// It begins with a letter for the family of the kind, so that keys of values of different
/// families differ.
pub fn write_key(out: &mut String, value: Option<&Value<'_>>) {
    let Some(value) = value else { return out.push('0') };
    match value.kind {
        Kind::Integer | Kind::Number | Kind::Float => {
            out.push('n');
            write_number_key(out, &value.text);
        }
        Kind::Boolean => out.push_str(if value.text == "true" { "n1" } else { "n0" }),
        kind => {
            out.push(match kind {
                Kind::Date => 'd',
                Kind::Time => 't',
                Kind::DateTime => 'm',
                Kind::Duration => 'p',
                Kind::Json => 'j',
                _ => 's',
            });
            if kind == Kind::Json {
                write_json_key(out, &value.text);
            } else {
                out.push_str(&value.text);
            }
        }
    }
}

/// The digits without zeros at their ends, and the exponent of the last one: `-15e-1`.
fn write_number_key(out: &mut String, text: &str) {
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    if !unsigned.starts_with(|c: char| c.is_ascii_digit()) {
        return out.push_str(text);
    }
    let (mantissa, exponent) = unsigned.split_once(['e', 'E']).unwrap_or((unsigned, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let start = out.len();
    out.extend(whole.chars().chain(fraction.chars()).skip_while(|digit| *digit == '0'));
    let digits = out.get(start..).unwrap_or_default();
    let dropped = digits.len() - digits.trim_end_matches('0').len();
    out.truncate(out.len() - dropped);
    if out.len() == start {
        return out.push('0');
    }
    if unsigned.len() < text.len() {
        out.insert(start, '-');
    }
    let places = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
    let written = exponent.trim_start_matches('+').parse::<i64>().unwrap_or(i64::MAX);
    let exponent = written.saturating_sub(places(fraction.len())).saturating_add(places(dropped));
    if exponent != 0 {
        out.push_str(&format!("e{exponent}"));
    }
}

fn write_json_key(out: &mut String, text: &str) {
    match serde_json::from_str::<Json>(text) {
        Ok(json) => out.push_str(&dumps(&json, Style::WIRE)),
        Err(_) => out.push_str(text),
    }
}

/// A value to look for in columns.
#[derive(Debug, Clone)]
pub struct Wanted {
    /// `None` looks for null.
    value: Option<Value<'static>>,
    key: String,
}

impl Wanted {
    /// Looks for the value that a parameter gives; objects with a type tag are dates and the like.
    pub fn new(json: &Json) -> Self {
        let text = dumps(json, Style::WIRE);
        let value = Value::from_wire(&text).map(Value::into_owned);
        let mut key = String::new();
        write_key(&mut key, value.as_ref());
        Self { value, key }
    }

    /// A bit per row of `column`: set where the value is the wanted one.
    pub fn mask(&self, column: &Column) -> BooleanBuffer {
        let cells = column.cells();
        let Some(value) = &self.value else { return null_mask(cells) };
        if self.key == "nNaN" {
            return BooleanBuffer::new_unset(cells.len());
        }
        let text_decides =
            !matches!(column.kind(), Kind::Number | Kind::Float | Kind::Boolean | Kind::Json);
        if text_decides && column.kind() == value.kind {
            return BooleanBuffer::collect_bool(cells.len(), |row| {
                cells.is_valid(row) && cells.value(row) == value.text
            });
        }
        let mut key = String::new();
        BooleanBuffer::collect_bool(cells.len(), |row| {
            key.clear();
            write_key(&mut key, column.value(row).as_ref());
            key == self.key
        })
    }
}

fn null_mask(cells: &StringViewArray) -> BooleanBuffer {
    match cells.nulls() {
        Some(nulls) => !nulls.inner(),
        None => BooleanBuffer::new_unset(cells.len()),
    }
}

#[cfg(test)]
mod tests;
