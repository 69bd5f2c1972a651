//! One value of a table: what kind it is, and its text.

use std::borrow::Cow;

use model::python;

/// What a text is known to be. The text of each kind has exactly one form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// Any text.
    Text,
    /// Python's `str(int)`: an optional `-`, then digits without leading zeros; no bound.
    Integer,
    /// Python's `str(Decimal)`: `1.50`, `1E+3`, `NaN`, `Infinity`; digits are kept.
    Number,
    /// A double as JSON writes it: `1.5`, `1e+16`, `NaN`, `Infinity`.
    Float,
    /// `true` or `false`.
    Boolean,
    /// `2020-12-31`, four-digit year.
    Date,
    /// `10:11:12`, then an optional fraction of one to six digits.
    Time,
    /// `2020-12-31T10:11:12`, optional fraction, optional offset (`+02:00`); UTC is written bare.
    DateTime,
    /// ISO 8601, normalised: `P1Y2M3DT4H5M6S`.
    Duration,
    /// One JSON text in the wire encoding. A column of mixed kinds is of this kind, each cell
    /// the wire encoding of its value.
    Json,
}

/// One value that is not null.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Value<'a> {
    pub kind: Kind,
    pub text: Cow<'a, str>,
}

impl<'a> Value<'a> {
    /// A value of `kind` whose text has the form that the kind promises.
    pub fn new(kind: Kind, text: impl Into<Cow<'a, str>>) -> Self {
        Self { kind, text: text.into() }
    }

    /// The value of its own, with no borrow.
    pub fn into_owned(self) -> Value<'static> {
        Value { kind: self.kind, text: Cow::Owned(self.text.into_owned()) }
    }

    /// Appends the wire encoding (datapackage-pipelines, see [`crate::wire`]) to `out`.
    pub fn write_wire(&self, out: &mut String) {
        write_wire(out, self.kind, &self.text);
    }

    /// Reads one JSON text in the wire encoding; `None` for null.
    ///
    /// Objects with a type tag become their kind; a tag whose text is malformed stays JSON, as
    /// the Python reader leaves it a dictionary.
    pub fn from_wire(json: &'a str) -> Option<Self> {
        let text = json.trim_ascii();
        match text.as_bytes().first()? {
            b'n' if text == "null" => None,
            b't' | b'f' => Some(Self::new(Kind::Boolean, text)),
            b'"' => Some(Self::new(Kind::Text, unquote(text))),
            b'-' | b'0'..=b'9' | b'N' | b'I' => Some(Self::new(number_kind(text), text)),
            b'{' => Some(tagged(text).unwrap_or_else(|| Self::new(Kind::Json, text))),
            _ => Some(Self::new(Kind::Json, text)),
        }
    }
}

/// Appends the wire encoding of a value that is not null.
pub fn write_wire(out: &mut String, kind: Kind, text: &str) {
    let tag = match kind {
        Kind::Integer | Kind::Float | Kind::Boolean | Kind::Json => return out.push_str(text),
        Kind::Text => return python::write_string(out, text, true),
        Kind::Number => "decimal",
        Kind::Date => "date",
        Kind::Time => "time",
        Kind::DateTime => "datetime",
        Kind::Duration => "duration",
    };
    out.push_str("{\"type{");
    out.push_str(tag);
    out.push_str("}\": \"");
    if kind == Kind::DateTime {
        let (date, time) = text.split_once('T').unwrap_or((text, "00:00:00"));
        out.push_str(date);
        out.push(' ');
        out.push_str(time);
    } else {
        out.push_str(text);
    }
    out.push_str("\"}");
}

fn number_kind(text: &str) -> Kind {
    let digits = text.strip_prefix('-').unwrap_or(text);
    if digits.bytes().all(|b| b.is_ascii_digit()) { Kind::Integer } else { Kind::Float }
}

fn unquote(text: &str) -> Cow<'_, str> {
    let inner = text.strip_prefix('"').and_then(|t| t.strip_suffix('"')).unwrap_or_default();
    if !inner.contains('\\') {
        return Cow::Borrowed(inner);
    }
    // A lone surrogate, which Python can write, has no text in Unicode: it stays escaped.
    Cow::Owned(serde_json::from_str(text).unwrap_or_else(|_| inner.to_owned()))
}

fn tagged(text: &str) -> Option<Value<'_>> {
    let inner = text.strip_prefix('{')?.strip_suffix('}')?.trim_ascii();
    let (tag, rest) = inner.strip_prefix("\"type{")?.split_once("}\"")?;
    let quoted = rest.trim_ascii_start().strip_prefix(':')?.trim_ascii();
    let body = quoted.strip_prefix('"')?.strip_suffix('"')?;
    if body.contains(['"', '\\']) {
        return None;
    }
    let kind = match tag {
        "decimal" => Kind::Number,
        "date" => Kind::Date,
        "time" => Kind::Time,
        "duration" => Kind::Duration,
        "datetime" => {
            let (date, time) = body.split_once(' ')?;
            return crate::form::is_date_time(format!("{date}T{time}"))
                .then(|| Value::new(Kind::DateTime, format!("{date}T{time}")));
        }
        _ => return None,
    };
    crate::form::has_form(kind, body).then(|| Value::new(kind, body))
}

#[cfg(test)]
mod tests;
