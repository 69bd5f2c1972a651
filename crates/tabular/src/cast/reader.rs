//! One cell: from what was written to the canonical text of the field's type.

use std::borrow::Cow;

use model::Json;
use model::python;

use super::digits;
use super::duration::Duration;
use super::lenient;
use super::moment;
use super::strptime::{self, DatePattern};
use super::structure::{self, PointFormat};
use super::text::TextFormat;
use crate::form;
use crate::schema::{Field, FieldType, Options, SchemaError};
use crate::value::{Kind, Value};

const TRUE_VALUES: [&str; 4] = ["true", "True", "TRUE", "1"];
const FALSE_VALUES: [&str; 4] = ["false", "False", "FALSE", "0"];

/// How the cells of a field are read.
#[derive(Debug, Clone)]
pub(crate) enum Reader {
    Any,
    Text(TextFormat),
    Integer(NumberStyle),
    Number(NumberStyle),
    Boolean(BooleanWords),
    Date(MomentFormat),
    Time(MomentFormat),
    DateTime(MomentFormat),
    Duration,
    Year,
    YearMonth,
    Object,
    Array,
    GeoPoint(PointFormat),
    GeoJson,
    List { delimiter: String, item: Box<Reader> },
}

/// The signs in and around numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NumberStyle {
    decimal_char: String,
    group_char: String,
    bare: bool,
    /// Whether a text in the canonical form of integers means the same in this style.
    pub(super) keeps_integers: bool,
    /// Whether a text in the canonical form of numbers means the same in this style.
    pub(super) keeps_numbers: bool,
}

/// The values that mean true and false.
#[derive(Debug, Clone)]
pub(crate) struct BooleanWords {
    truths: Vec<Value<'static>>,
    lies: Vec<Value<'static>>,
    /// Whether the field lists none of its own.
    pub(super) are_default: bool,
}

/// How a date or time is written.
#[derive(Debug, Clone)]
pub(crate) enum MomentFormat {
    /// ISO 8601.
    Default,
    /// Any way that can be understood.
    Any,
    /// `%Y-%m-%dT%H:%M:%S`: the default without the `Z`, as sinks write it.
    Bare(DatePattern),
    Pattern(DatePattern),
}

impl Reader {
    /// The reader of `field`.
    ///
    /// # Errors
    ///
    /// [`SchemaError::Property`] when its date pattern is malformed.
    pub(crate) fn new(field: &Field) -> Result<Self, SchemaError> {
        Self::of_type(field.field_type, &field.format, &field.options).map_err(|problem| {
            SchemaError::Property { field: field.name.clone(), property: "format", problem }
        })
    }

    fn of_type(field_type: FieldType, format: &str, options: &Options) -> Result<Self, String> {
        Ok(match field_type {
            FieldType::Any => Self::Any,
            FieldType::String => Self::Text(TextFormat::named(format)),
            FieldType::Integer => Self::Integer(NumberStyle::new(options)),
            FieldType::Number => Self::Number(NumberStyle::new(options)),
            FieldType::Boolean => Self::Boolean(BooleanWords::new(options)),
            FieldType::Date => Self::Date(MomentFormat::new(format, "%Y-%m-%d")?),
            FieldType::Time => Self::Time(MomentFormat::new(format, "default")?),
            FieldType::DateTime => Self::DateTime(MomentFormat::new(format, "default")?),
            FieldType::Duration => Self::Duration,
            FieldType::Year => Self::Year,
            FieldType::YearMonth => Self::YearMonth,
            FieldType::Object => Self::Object,
            FieldType::Array => Self::Array,
            FieldType::GeoPoint => Self::GeoPoint(PointFormat::named(format)),
            // TopoJSON is not looked into: any object may be some.
            FieldType::GeoJson if format == "topojson" => Self::Object,
            FieldType::GeoJson => Self::GeoJson,
            FieldType::List => Self::List {
                delimiter: options.delimiter.clone(),
                item: Box::new(Self::of_type(options.item_type, "default", options)?),
            },
        })
    }

    /// The kind of what is read; `None` for `any`, which leaves values as they are.
    pub(super) fn kind(&self) -> Option<Kind> {
        Some(match self {
            Self::Any => return None,
            Self::Text(_) => Kind::Text,
            Self::Integer(_) | Self::Year => Kind::Integer,
            Self::Number(_) => Kind::Number,
            Self::Boolean(_) => Kind::Boolean,
            Self::Date(_) => Kind::Date,
            Self::Time(_) => Kind::Time,
            Self::DateTime(_) => Kind::DateTime,
            Self::Duration => Kind::Duration,
            Self::YearMonth
            | Self::Object
            | Self::Array
            | Self::GeoPoint(_)
            | Self::GeoJson
            | Self::List { .. } => Kind::Json,
        })
    }

    /// The canonical text of `value`, or `None` when it is not of the type.
    pub(crate) fn read<'v>(&self, value: Value<'v>) -> Option<Cow<'v, str>> {
        match self {
            Self::Any => Some(value.text),
            Self::Text(format) => {
                (value.kind == Kind::Text && format.accepts(&value.text)).then_some(value.text)
            }
            Self::Integer(style) => integer(value, style),
            Self::Number(style) => number(value, style),
            Self::Boolean(words) => words.read(value),
            Self::Date(format) => date(value, format),
            Self::Time(format) => time(value, format),
            Self::DateTime(format) => date_time(value, format),
            Self::Duration => match value.kind {
                Kind::Duration => Some(value.text),
                Kind::Text => Some(Cow::Owned(Duration::parse(&value.text)?.to_string())),
                _ => None,
            },
            Self::Year => year(value),
            Self::YearMonth => structure::year_month(&value).map(Cow::Owned),
            Self::Object => structure::object(value),
            Self::Array => structure::array(value),
            Self::GeoPoint(format) => structure::geo_point(&value, *format).map(Cow::Owned),
            Self::GeoJson => structure::geo_json(value),
            Self::List { delimiter, item } => list(&value, delimiter, item).map(Cow::Owned),
        }
    }
}

impl NumberStyle {
    fn new(options: &Options) -> Self {
        let (point, group) = (&options.decimal_char, &options.group_char);
        let in_integers = |sign: &str| sign.contains(|c: char| c.is_ascii_digit() || c == '-');
        let keeps_integers = !in_integers(point) && !in_integers(group);
        Self {
            decimal_char: point.clone(),
            group_char: group.clone(),
            bare: options.bare_number,
            keeps_integers,
            keeps_numbers: keeps_integers && point == "." && !group.contains('.'),
        }
    }

    /// The numeral in Python's notation.
    fn plain<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let mut text = Cow::Borrowed(text);
        if self.decimal_char == "." && !self.group_char.is_empty() {
            text = Cow::Owned(text.replace(&self.group_char, ""));
        } else if self.decimal_char != "." {
            // The two signs may be each other's default: 1.000,50.
            let parts = text.split(&self.decimal_char);
            let parts: Vec<String> = if self.group_char.is_empty() {
                parts.map(str::to_owned).collect()
            } else {
                parts.map(|part| part.replace(&self.group_char, "")).collect()
            };
            text = Cow::Owned(parts.join("."));
        }
        if self.bare { text } else { Cow::Owned(stripped(&text)) }
    }
}

/// The number within `text`, without what stands around it: `-$ 5.00 USD` is `-5.00`. A minus in
/// front of the signs or of the digits stays, and so does a point before the first digit unless
/// it ends a word (`No.5`).
fn stripped(text: &str) -> String {
    let digits = digits::ascii_digits(text);
    let (Some(start), Some(end)) =
        (digits.find(|c: char| c.is_ascii_digit()), digits.rfind(|c: char| c.is_ascii_digit()))
    else {
        return String::new();
    };
    let before = digits.get(..start).unwrap_or_default().trim();
    let number = digits.get(start..=end).unwrap_or_default();
    let (before, point) = match before.strip_suffix('.') {
        Some(rest) if !rest.ends_with(char::is_alphabetic) => (rest, "0."),
        _ => (before, ""),
    };
    let negative = before.starts_with(['-', '\u{2212}']) || before.ends_with(['-', '\u{2212}']);
    format!("{}{point}{number}", if negative { "-" } else { "" })
}

fn integer<'v>(value: Value<'v>, style: &NumberStyle) -> Option<Cow<'v, str>> {
    match value.kind {
        Kind::Integer => Some(value.text),
        Kind::Number => digits::integer_of_number(&value.text).map(Cow::Owned),
        Kind::Float => digits::integer_of_float(&value.text).map(Cow::Owned),
        Kind::Text if style.keeps_integers && form::is_integer(&*value.text) => Some(value.text),
        Kind::Text => {
            let groups = NumberStyle { decimal_char: ".".into(), ..style.clone() };
            let plain = groups.plain(&value.text);
            digits::integer(&plain).map(|text| Cow::Owned(text.into_owned()))
        }
        _ => None,
    }
}

fn number<'v>(value: Value<'v>, style: &NumberStyle) -> Option<Cow<'v, str>> {
    match value.kind {
        Kind::Integer | Kind::Number => Some(value.text),
        Kind::Float => digits::number(&value.text).map(|text| Cow::Owned(text.into_owned())),
        Kind::Text if style.keeps_numbers && form::is_plain_number(&*value.text) => {
            Some(value.text)
        }
        Kind::Text => {
            let spaced = value.text.contains(char::is_whitespace);
            let text = if spaced {
                Cow::Owned(value.text.split_whitespace().collect::<String>())
            } else {
                value.text
            };
            digits::number(&style.plain(&text)).map(|text| Cow::Owned(text.into_owned()))
        }
        _ => None,
    }
}

impl BooleanWords {
    fn new(options: &Options) -> Self {
        Self {
            truths: values(options.true_values.as_deref(), TRUE_VALUES),
            lies: values(options.false_values.as_deref(), FALSE_VALUES),
            are_default: options.true_values.is_none() && options.false_values.is_none(),
        }
    }

    fn read<'v>(&self, value: Value<'v>) -> Option<Cow<'v, str>> {
        if value.kind == Kind::Boolean {
            return Some(value.text);
        }
        let text = if value.kind == Kind::Text { value.text.trim() } else { &value.text };
        let listed = |list: &[Value<'static>]| {
            list.iter().any(|listed| listed.kind == value.kind && listed.text == text)
        };
        if listed(&self.truths) {
            Some(Cow::Borrowed("true"))
        } else {
            listed(&self.lies).then_some(Cow::Borrowed("false"))
        }
    }
}

/// The canonical text of a default word; `true` and `false` are given as they are.
pub(super) fn default_boolean(text: &str) -> Option<&str> {
    match text {
        "true" | "false" => Some(text),
        word if TRUE_VALUES.contains(&word) => Some("true"),
        word if FALSE_VALUES.contains(&word) => Some("false"),
        _ => None,
    }
}

/// The values that mean true or false.
fn values(listed: Option<&[Json]>, default: [&'static str; 4]) -> Vec<Value<'static>> {
    match listed {
        None => default.into_iter().map(|text| Value::new(Kind::Text, text)).collect(),
        Some(values) => values.iter().filter_map(value_of).collect(),
    }
}

/// A value from a descriptor; `None` for null.
pub(super) fn value_of(json: &Json) -> Option<Value<'static>> {
    Some(match json {
        Json::Null => return None,
        Json::Bool(value) => Value::new(Kind::Boolean, value.to_string()),
        Json::String(text) => Value::new(Kind::Text, text.clone()),
        Json::Number(number) => {
            let text = number.to_string();
            let whole = !text.contains(['.', 'e', 'E']);
            Value::new(if whole { Kind::Integer } else { Kind::Float }, text)
        }
        Json::Array(_) | Json::Object(_) => {
            Value::new(Kind::Json, python::dumps(json, python::Style::WIRE))
        }
    })
}

impl MomentFormat {
    /// `same` is the pattern that means the same as the default format.
    fn new(format: &str, same: &str) -> Result<Self, String> {
        let pattern = format.replace("fmt:", "");
        Ok(match pattern.as_str() {
            "default" => Self::Default,
            "any" => Self::Any,
            pattern if pattern == same => Self::Default,
            pattern @ "%Y-%m-%dT%H:%M:%S" => Self::Bare(DatePattern::new(pattern)?),
            pattern => Self::Pattern(DatePattern::new(pattern)?),
        })
    }
}

fn date<'v>(value: Value<'v>, format: &MomentFormat) -> Option<Cow<'v, str>> {
    let text = match value.kind {
        Kind::Date => return Some(value.text),
        Kind::DateTime => {
            let (date, time) = value.text.split_once('T')?;
            let (time, _) = moment::split_offset(time);
            return time.starts_with("00:00:00").then(|| Cow::Owned(date.to_owned()));
        }
        Kind::Text => &value.text,
        _ => return None,
    };
    match format {
        MomentFormat::Default if form::is_date(&**text) => Some(value.text),
        MomentFormat::Default => iso_date(text).map(Cow::Owned),
        MomentFormat::Any => lenient::date_time(text)?.date_text().map(Cow::Owned),
        MomentFormat::Bare(pattern) | MomentFormat::Pattern(pattern) => {
            pattern.read(text)?.date_text().map(Cow::Owned)
        }
    }
}

fn time<'v>(value: Value<'v>, format: &MomentFormat) -> Option<Cow<'v, str>> {
    let text = match value.kind {
        Kind::Time => return Some(value.text),
        Kind::Text => &value.text,
        _ => return None,
    };
    match format {
        MomentFormat::Default if form::is_time(&**text) => Some(value.text),
        MomentFormat::Default => iso_time(text).map(Cow::Owned),
        MomentFormat::Any => Some(Cow::Owned(lenient::time(text)?.time_text())),
        MomentFormat::Bare(pattern) | MomentFormat::Pattern(pattern) => {
            Some(Cow::Owned(pattern.read(text)?.time_text()))
        }
    }
}

fn date_time<'v>(value: Value<'v>, format: &MomentFormat) -> Option<Cow<'v, str>> {
    let text = match value.kind {
        Kind::DateTime => return Some(value.text),
        Kind::Text => &value.text,
        _ => return None,
    };
    match format {
        MomentFormat::Default => match plain_date_time(text) {
            Some(plain) => Some(Cow::Owned(plain.to_owned())),
            None => iso_date_time(text).map(Cow::Owned),
        },
        MomentFormat::Bare(_) if is_bare_date_time(text) => Some(value.text),
        MomentFormat::Any => lenient::date_time(text)?.date_time_text().map(Cow::Owned),
        MomentFormat::Bare(pattern) | MomentFormat::Pattern(pattern) => {
            pattern.read(text)?.date_time_text().map(Cow::Owned)
        }
    }
}

/// A canonical datetime without fraction and offset.
pub(super) fn is_bare_date_time(text: &str) -> bool {
    text.len() == 19 && form::is_date_time(text)
}

/// A canonical datetime, or one in the form of version 1 without its `Z`.
pub(super) fn plain_date_time(text: &str) -> Option<&str> {
    match text.strip_suffix('Z') {
        Some(bare) => is_bare_date_time(bare).then_some(bare),
        None => form::is_date_time(text).then_some(text),
    }
}

/// A date like `2020-1-5`, whose parts may have one digit.
fn iso_date(text: &str) -> Option<String> {
    let text = digits::ascii_digits(text);
    let mut parts = text.split('-');
    let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
    let day = day.trim_start_matches(' ');
    let date = format!("{year}-{month:0>2}-{day:0>2}");
    (parts.next().is_none() && form::is_date(&date)).then_some(date)
}

/// A time like `6:5:4`, with an optional fraction of any length.
fn iso_time(text: &str) -> Option<String> {
    let text = digits::ascii_digits(text);
    let (clock, fraction) = match text.split_once('.') {
        Some((clock, fraction)) if fraction.bytes().all(|b| b.is_ascii_digit()) => {
            // Six digits is what a time holds; finer ones are cut off.
            (clock, fraction.get(..6).unwrap_or(fraction))
        }
        Some(_) => return None,
        None => (&*text, ""),
    };
    let mut parts = clock.split(':');
    let (hour, minute, second) = (parts.next()?, parts.next()?, parts.next()?);
    if [hour, minute, second].contains(&"") {
        return None;
    }
    let point = if text.contains('.') { "." } else { "" };
    let time = format!("{hour:0>2}:{minute:0>2}:{second:0>2}{point}{fraction}");
    (parts.next().is_none() && form::is_time(&time)).then_some(time)
}

/// Date, `T`, time, and perhaps `Z` or an offset: version 1 wants the `Z`, version 2 does not.
fn iso_date_time(text: &str) -> Option<String> {
    let (date, time) = text.split_once(['T', 't'])?;
    let (time, offset) = match time.strip_suffix(['Z', 'z']) {
        Some(time) => (time, ""),
        None => moment::split_offset(time),
    };
    let offset = match offset {
        "" | "+00:00" | "-00:00" => "",
        offset if offset.len() == 6 && strptime::offset(offset)?.1.is_empty() => offset,
        _ => return None,
    };
    Some(format!("{}T{}{offset}", iso_date(date)?, iso_time(time)?))
}

/// Four digits, or an integer from 0 to 9999.
fn year(value: Value<'_>) -> Option<Cow<'_, str>> {
    let text = match value.kind {
        Kind::Integer => value.text,
        Kind::Text if value.text.chars().count() == 4 => {
            Cow::Owned(digits::integer(&value.text)?.into_owned())
        }
        _ => return None,
    };
    is_year(&text).then_some(text)
}

/// Whether a canonical integer is a year from 0 to 9999.
pub(super) fn is_year(text: &str) -> bool {
    text.len() <= 4 && !text.starts_with('-')
}

/// The items of a JSON array, or of a text cut at the delimiter, each read by `item`.
fn list(value: &Value<'_>, delimiter: &str, item: &Reader) -> Option<String> {
    let items: Vec<Value<'_>> = match value.kind {
        Kind::Text if value.text.is_empty() => Vec::new(),
        Kind::Text => {
            value.text.split(delimiter).map(|text| Value::new(Kind::Text, text)).collect()
        }
        Kind::Json => {
            let Json::Array(items) = serde_json::from_str(&value.text).ok()? else { return None };
            let wire = |item: &Json| python::dumps(item, python::Style::WIRE);
            let values = items.iter().map(|item| {
                let json = wire(item);
                Value::from_wire(&json).map(Value::into_owned)
            });
            values.collect::<Option<_>>()?
        }
        _ => return None,
    };
    let mut text = String::from("[");
    for (index, value) in items.into_iter().enumerate() {
        if index > 0 {
            text.push_str(", ");
        }
        let kind = item.kind().unwrap_or(value.kind);
        Value::new(kind, item.read(value)?).write_wire(&mut text);
    }
    text.push(']');
    Some(text)
}
