//! One row of a JSON file: where its values are, and what they say.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::Arc;

use model::python;

use super::Layout;
use super::compact::{Form, compact, unquote};
use super::reader::{Numbers, Options};
use crate::cast;
use crate::column::ColumnBuilder;
use crate::format::ReadError;
use crate::grid;
use crate::limits;
use crate::value::{Kind, Value};
use crate::wire::{Fault, Scanner};

/// The column that holds the geometry of a feature.
pub(super) const GEOMETRY: &str = "__geometry";

/// A key of an object, and where its value is.
pub(super) type Entry<'r> = (Cow<'r, str>, Range<usize>);

/// One row of the file: an object, or an array.
pub(super) struct Row<'r> {
    pub(super) text: &'r str,
    pub(super) options: &'r Options,
    /// From 1, header rows among them.
    pub(super) number: u64,
}

impl<'r> Row<'r> {
    /// Where the value of each column is; `slots` tells the items of an array that are columns.
    pub(super) fn places(
        &self,
        names: &[Arc<str>],
        slots: &[usize],
    ) -> Result<Vec<Option<Range<usize>>>, ReadError> {
        if self.text.starts_with('[') {
            let items = self.items()?;
            return Ok(slots.iter().map(|slot| items.get(*slot).cloned()).collect());
        }
        let mut places = vec![None; names.len()];
        let mut next = 0;
        for (key, place) in self.entries()? {
            // Rows mostly have their keys in the same order.
            let guess = names.get(next).filter(|name| ***name == *key).map(|_| next);
            if let Some(at) = guess.or_else(|| names.iter().position(|name| **name == *key)) {
                if let Some(slot) = places.get_mut(at) {
                    *slot = Some(place);
                }
                next = at + 1;
            }
        }
        Ok(places)
    }

    /// The places of the items of an array.
    pub(super) fn items(&self) -> Result<Vec<Range<usize>>, ReadError> {
        let mut scanner = Scanner::new(self.text);
        scanner.open_array().map_err(|fault| self.syntax(fault))?;
        let mut items = Vec::new();
        while let Some(item) = scanner.item().map_err(|fault| self.syntax(fault))? {
            items.push(item);
        }
        scanner.end().map_err(|fault| self.syntax(fault))?;
        Ok(items)
    }

    /// Keys and places of values; of a feature those of its properties, and its geometry.
    pub(super) fn entries(&self) -> Result<Vec<Entry<'r>>, ReadError> {
        let entries = self.object(0..self.text.len())?;
        if self.options.layout != Layout::Features {
            return Ok(entries);
        }
        let of = |name: &str| entries.iter().rfind(|(key, _)| *key == name);
        let mut found = match of("properties") {
            Some((_, place)) if self.at(place).starts_with('{') => self.object(place.clone())?,
            _ => Vec::new(),
        };
        if let Some((_, place)) = of("geometry") {
            found.push((Cow::Borrowed(GEOMETRY), place.clone()));
        }
        Ok(found)
    }

    fn object(&self, place: Range<usize>) -> Result<Vec<Entry<'r>>, ReadError> {
        let text = self.at(&place);
        let mut scanner = Scanner::new(text);
        scanner.open_object().map_err(|fault| self.syntax(fault))?;
        let mut entries = Vec::new();
        while let Some((key, value)) = scanner.entry().map_err(|fault| self.syntax(fault))? {
            entries.push((key.text(text), value.start + place.start..value.end + place.start));
        }
        scanner.end().map_err(|fault| self.syntax(fault))?;
        Ok(entries)
    }

    fn at(&self, place: &Range<usize>) -> &'r str {
        self.text.get(place.clone()).unwrap_or_default()
    }

    /// What Python's `str` makes of each value.
    pub(super) fn texts(&self, places: &[Option<Range<usize>>]) -> Vec<Option<String>> {
        places.iter().map(|place| cell_text(self.at(place.as_ref()?))).collect()
    }

    /// Whether a rule leaves out this row.
    pub(super) fn is_skipped(&self, places: &[Option<Range<usize>>]) -> bool {
        let rules = &self.options.grid.skip_rows;
        let number = usize::try_from(self.number).unwrap_or(usize::MAX);
        !rules.is_idle() && rules.skips(number, &self.texts(places))
    }

    /// Adds the value at `place` to the column called `name`.
    pub(super) fn push(
        &self,
        builder: &mut ColumnBuilder,
        name: &str,
        place: Option<&Range<usize>>,
    ) -> Result<(), ReadError> {
        let json = place.map(|place| self.at(place));
        if self.options.layout == Layout::Features && name == GEOMETRY {
            let geometry = compact(json.unwrap_or("null"), Form::Python);
            builder.push(Kind::Text, &geometry.map_err(|fault| self.syntax(fault))?);
            return Ok(());
        }
        let Some(json) = json else {
            builder.push_null();
            return Ok(());
        };
        if json.len() > limits::CELL_BYTES_MAX {
            let format = self.options.layout.format();
            let max = limits::CELL_BYTES_MAX;
            return Err(ReadError::CellTooLarge { format, row: self.number, max });
        }
        let value = self.value(json).map_err(|fault| self.syntax(fault))?;
        builder.push_value(value.as_ref());
        Ok(())
    }

    /// The value that a JSON text says.
    fn value(&self, json: &'r str) -> Result<Option<Value<'r>>, Fault> {
        Ok(match json.as_bytes().first() {
            None | Some(b'n') => None,
            Some(b't' | b'f') => Some(Value::new(Kind::Boolean, json)),
            Some(b'"') => {
                // A lone surrogate has no text: it stays as it is written.
                let text = unquote(json).unwrap_or(Cow::Borrowed(json.trim_matches('"')));
                Some(Value::new(Kind::Text, self.stripped(text)))
            }
            Some(b'{' | b'[') => Some(Value::new(Kind::Json, compact(json, Form::Wire)?)),
            Some(_) => Some(number(json, self.options.numbers)),
        })
    }

    fn stripped(&self, text: Cow<'r, str>) -> Cow<'r, str> {
        let is_space = |b: Option<&u8>| matches!(b, Some(b' ' | b'\t' | b'\n' | b'\r'));
        let bytes = text.as_bytes();
        if !self.options.grid.strip || !(is_space(bytes.first()) || is_space(bytes.last())) {
            return text;
        }
        match text {
            Cow::Borrowed(text) => Cow::Borrowed(grid::trim(text)),
            Cow::Owned(text) => Cow::Owned(grid::trim(&text).to_owned()),
        }
    }

    fn syntax(&self, fault: Fault) -> ReadError {
        let problem = format!("{} at byte {} of the row", fault.problem, fault.at);
        ReadError::Row { format: self.options.layout.format(), row: self.number, problem }
    }
}

/// What Python's `str` makes of a value; `None` for null.
fn cell_text(json: &str) -> Option<String> {
    Some(match Value::from_wire(json)? {
        Value { kind: Kind::Boolean, text } if text == "true" => "True".into(),
        Value { kind: Kind::Boolean, .. } => "False".into(),
        Value { kind: Kind::Json, text } => match serde_json::from_str(&text) {
            Ok(json) => python::literal(&json),
            Err(_) => text.into_owned(),
        },
        value => value.text.into_owned(),
    })
}

fn number(json: &str, numbers: Numbers) -> Value<'_> {
    let digits = json.strip_prefix('-').unwrap_or(json);
    if digits.bytes().all(|b| b.is_ascii_digit()) {
        // Python knows one zero.
        return Value::new(Kind::Integer, if digits == "0" { digits } else { json });
    }
    match (numbers, cast::canonical_number(json)) {
        (Numbers::Decimal, Some(text)) => Value::new(Kind::Number, text),
        _ => Value::new(Kind::Float, crate::written::float(json)),
    }
}
