//! One field of a schema: its type, how its cells are written, what they must fulfil.

use std::str::FromStr;

use model::{Json, Map};

use super::{Constraints, SchemaError, Version};

/// A field of a table.
#[derive(Debug, Clone, PartialEq)]
pub struct Field {
    pub name: String,
    pub field_type: FieldType,
    /// `default`, or one of the type's own formats, or a date pattern.
    pub format: String,
    pub options: Options,
    pub constraints: Constraints,
    /// Texts that mean null in this field; `None` when those of the schema count.
    pub missing_values: Option<Vec<MissingValue>>,
    /// The only values that the field may have; empty when it may have any.
    pub categories: Vec<Category>,
    pub categories_ordered: bool,
}

/// The type of a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum FieldType {
    Any,
    Array,
    Boolean,
    Date,
    DateTime,
    Duration,
    GeoJson,
    GeoPoint,
    Integer,
    List,
    Number,
    Object,
    String,
    Time,
    Year,
    YearMonth,
}

/// How the cells of a field are written.
#[derive(Debug, Clone, PartialEq)]
pub struct Options {
    pub decimal_char: String,
    /// What separates thousands; empty when nothing does.
    pub group_char: String,
    /// False when signs like `%` or `€` around a number are to be taken off.
    pub bare_number: bool,
    /// Cells that mean true, when the field lists its own.
    pub true_values: Option<Vec<Json>>,
    /// Cells that mean false, when the field lists its own.
    pub false_values: Option<Vec<Json>>,
    /// What separates the items of a list.
    pub delimiter: String,
    /// The type of the items of a list.
    pub item_type: FieldType,
}

/// A text that means null, and perhaps why.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MissingValue {
    pub value: String,
    pub label: Option<String>,
}

/// One of the values that a field may have.
#[derive(Debug, Clone, PartialEq)]
pub struct Category {
    pub value: Json,
    pub label: Option<String>,
}

impl Field {
    /// Reads a field of a version 1 schema, whose default type is `string`.
    ///
    /// # Errors
    ///
    /// [`SchemaError`] when the type is unknown or a property has no meaning.
    pub fn parse(descriptor: &Map) -> Result<Self, SchemaError> {
        Self::parse_as(descriptor, Version::One)
    }

    pub(super) fn parse_as(descriptor: &Map, version: Version) -> Result<Self, SchemaError> {
        let name = text(descriptor, "name").unwrap_or_default().to_owned();
        let field_type = match descriptor.get("type") {
            None | Some(Json::Null) if version == Version::Two => FieldType::Any,
            None | Some(Json::Null) => FieldType::String,
            Some(written) => {
                written.as_str().and_then(|text| text.parse().ok()).ok_or_else(|| {
                    let field_type =
                        written.as_str().map_or_else(|| written.to_string(), str::to_owned);
                    SchemaError::UnknownType { field: name.clone(), field_type }
                })?
            }
        };
        let property =
            |property, problem| SchemaError::Property { field: name.clone(), property, problem };
        let missing_values = MissingValue::list(descriptor.get("missingValues"))
            .map_err(|problem| property("missingValues", problem.into()))?;
        let categories = Category::list(descriptor.get("categories"))
            .map_err(|problem| property("categories", problem.into()))?;
        let options =
            Options::parse(descriptor).map_err(|(key, problem)| property(key, problem))?;
        let constraints = Constraints::parse(descriptor.get("constraints"))
            .map_err(|(key, problem)| property(key, problem))?;
        Ok(Self {
            field_type,
            format: text(descriptor, "format").unwrap_or("default").to_owned(),
            options,
            constraints,
            missing_values,
            categories,
            categories_ordered: descriptor.get("categoriesOrdered") == Some(&Json::Bool(true)),
            name,
        })
    }

    /// A field of `field_type` in its default format, without options or constraints.
    pub fn plain(name: &str, field_type: FieldType) -> Self {
        Self {
            name: name.to_owned(),
            field_type,
            format: "default".into(),
            options: Options::default(),
            constraints: Constraints::default(),
            missing_values: None,
            categories: Vec::new(),
            categories_ordered: false,
        }
    }
}

impl FieldType {
    /// The names of all types, for error texts.
    pub(crate) const LIST: &'static str = "any, array, boolean, date, datetime, duration, \
        geojson, geopoint, integer, list, number, object, string, time, year, yearmonth";

    /// The name as schemas write it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Any => "any",
            Self::Array => "array",
            Self::Boolean => "boolean",
            Self::Date => "date",
            Self::DateTime => "datetime",
            Self::Duration => "duration",
            Self::GeoJson => "geojson",
            Self::GeoPoint => "geopoint",
            Self::Integer => "integer",
            Self::List => "list",
            Self::Number => "number",
            Self::Object => "object",
            Self::String => "string",
            Self::Time => "time",
            Self::Year => "year",
            Self::YearMonth => "yearmonth",
        }
    }
}

/// A name that is no field type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnknownType;

impl FromStr for FieldType {
    type Err = UnknownType;

    fn from_str(name: &str) -> Result<Self, UnknownType> {
        Ok(match name {
            "any" => Self::Any,
            "array" => Self::Array,
            "boolean" => Self::Boolean,
            "date" => Self::Date,
            "datetime" => Self::DateTime,
            "duration" => Self::Duration,
            "geojson" => Self::GeoJson,
            "geopoint" => Self::GeoPoint,
            "integer" => Self::Integer,
            "list" => Self::List,
            "number" => Self::Number,
            "object" => Self::Object,
            "string" => Self::String,
            "time" => Self::Time,
            "year" => Self::Year,
            "yearmonth" => Self::YearMonth,
            _ => return Err(UnknownType),
        })
    }
}

impl Default for Options {
    fn default() -> Self {
        Self {
            decimal_char: ".".into(),
            group_char: String::new(),
            bare_number: true,
            true_values: None,
            false_values: None,
            delimiter: ",".into(),
            item_type: FieldType::String,
        }
    }
}

impl Options {
    fn parse(descriptor: &Map) -> Result<Self, (&'static str, String)> {
        let plain = Self::default();
        // An empty text separates nothing, so that the default is meant.
        let separator = |key| text(descriptor, key).filter(|text| !text.is_empty());
        let item_type = match text(descriptor, "itemType") {
            None => plain.item_type,
            Some(name) => name
                .parse()
                .ok()
                .filter(|item_type| {
                    use FieldType::{Boolean, Date, DateTime, Integer, Number, String, Time};
                    matches!(
                        item_type,
                        String | Integer | Boolean | Number | DateTime | Date | Time
                    )
                })
                .ok_or_else(|| ("itemType", format!("items of type `{name}` are not allowed")))?,
        };
        Ok(Self {
            decimal_char: separator("decimalChar").unwrap_or(&plain.decimal_char).to_owned(),
            group_char: separator("groupChar").unwrap_or_default().to_owned(),
            bare_number: descriptor.get("bareNumber").and_then(Json::as_bool).unwrap_or(true),
            true_values: list(descriptor, "trueValues")?,
            false_values: list(descriptor, "falseValues")?,
            delimiter: separator("delimiter").unwrap_or(&plain.delimiter).to_owned(),
            item_type,
        })
    }
}

impl MissingValue {
    /// Texts, or objects with `value` and `label`; `None` when nothing is written.
    pub(super) fn list(written: Option<&Json>) -> Result<Option<Vec<Self>>, &'static str> {
        const PROBLEM: &str = "write a list of texts, or of objects with `value` and `label`";
        let entries = match written {
            None | Some(Json::Null) => return Ok(None),
            Some(Json::Array(entries)) => entries,
            Some(_) => return Err(PROBLEM),
        };
        let values = entries.iter().map(|entry| {
            let (value, label) = match entry {
                Json::String(value) => (value.as_str(), None),
                Json::Object(entry) => (text(entry, "value").ok_or(PROBLEM)?, text(entry, "label")),
                _ => return Err(PROBLEM),
            };
            Ok(Self { value: value.to_owned(), label: label.map(str::to_owned) })
        });
        values.collect::<Result<_, _>>().map(Some)
    }
}

impl Category {
    fn list(written: Option<&Json>) -> Result<Vec<Self>, &'static str> {
        const PROBLEM: &str = "write a list of values, or of objects with `value` and `label`";
        let entries = match written {
            None | Some(Json::Null) => return Ok(Vec::new()),
            Some(Json::Array(entries)) => entries,
            Some(_) => return Err(PROBLEM),
        };
        let values = entries.iter().map(|entry| match entry {
            Json::Object(entry) => {
                let value = entry.get("value").ok_or(PROBLEM)?.clone();
                Ok(Self { value, label: text(entry, "label").map(str::to_owned) })
            }
            Json::Array(_) | Json::Null => Err(PROBLEM),
            value => Ok(Self { value: value.clone(), label: None }),
        });
        values.collect()
    }
}

fn text<'a>(descriptor: &'a Map, key: &str) -> Option<&'a str> {
    descriptor.get(key).and_then(Json::as_str)
}

fn list(descriptor: &Map, key: &'static str) -> Result<Option<Vec<Json>>, (&'static str, String)> {
    match descriptor.get(key) {
        None | Some(Json::Null) => Ok(None),
        Some(Json::Array(values)) => Ok(Some(values.clone())),
        Some(_) => Err((key, "not a list; write `[...]`".into())),
    }
}
