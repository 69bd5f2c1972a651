//! What the cells of a field must fulfil, as it is written; the cast gives it its meaning.

use std::fmt;

use model::Json;

/// The constraints of a field.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Constraints {
    pub required: bool,
    pub unique: bool,
    pub min_length: Option<u64>,
    pub max_length: Option<u64>,
    pub minimum: Option<Json>,
    pub maximum: Option<Json>,
    pub exclusive_minimum: Option<Json>,
    pub exclusive_maximum: Option<Json>,
    pub pattern: Option<String>,
    pub allowed: Option<Vec<Json>>,
    pub json_schema: Option<Json>,
}

/// What a cell or a row can break, by the name that a schema gives it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Rule {
    Type,
    Required,
    Unique,
    MinLength,
    MaxLength,
    Minimum,
    Maximum,
    ExclusiveMinimum,
    ExclusiveMaximum,
    Pattern,
    Enum,
    Categories,
    JsonSchema,
    PrimaryKey,
    UniqueKeys,
    ForeignKeys,
    FieldsMatch,
}

impl Rule {
    /// The name as schemas write it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Type => "type",
            Self::Required => "required",
            Self::Unique => "unique",
            Self::MinLength => "minLength",
            Self::MaxLength => "maxLength",
            Self::Minimum => "minimum",
            Self::Maximum => "maximum",
            Self::ExclusiveMinimum => "exclusiveMinimum",
            Self::ExclusiveMaximum => "exclusiveMaximum",
            Self::Pattern => "pattern",
            Self::Enum => "enum",
            Self::Categories => "categories",
            Self::JsonSchema => "jsonSchema",
            Self::PrimaryKey => "primaryKey",
            Self::UniqueKeys => "uniqueKeys",
            Self::ForeignKeys => "foreignKeys",
            Self::FieldsMatch => "fieldsMatch",
        }
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Constraints {
    pub(super) fn parse(written: Option<&Json>) -> Result<Self, (&'static str, String)> {
        let constraints = match written {
            None | Some(Json::Null) => return Ok(Self::default()),
            Some(Json::Object(constraints)) => constraints,
            Some(_) => return Err(("constraints", "not an object; write `{...}`".into())),
        };
        let given = |key: &str| constraints.get(key).filter(|value| !value.is_null());
        Ok(Self {
            required: given("required").is_some_and(truth),
            unique: given("unique").is_some_and(truth),
            min_length: length("minLength", given("minLength"))?,
            max_length: length("maxLength", given("maxLength"))?,
            minimum: given("minimum").cloned(),
            maximum: given("maximum").cloned(),
            exclusive_minimum: given("exclusiveMinimum").cloned(),
            exclusive_maximum: given("exclusiveMaximum").cloned(),
            pattern: match given("pattern") {
                None => None,
                Some(Json::String(pattern)) => Some(pattern.clone()),
                Some(_) => return Err(("pattern", "not a text".into())),
            },
            allowed: match given("enum") {
                None => None,
                Some(Json::Array(values)) => Some(values.clone()),
                Some(_) => return Err(("enum", "not a list; write `[...]`".into())),
            },
            json_schema: given("jsonSchema").cloned(),
        })
    }
}

/// `true`, also when it came as a text from a spreadsheet of fields.
fn truth(written: &Json) -> bool {
    match written {
        Json::Bool(value) => *value,
        Json::String(text) => text.eq_ignore_ascii_case("true"),
        _ => false,
    }
}

fn length(
    key: &'static str,
    written: Option<&Json>,
) -> Result<Option<u64>, (&'static str, String)> {
    let Some(written) = written else { return Ok(None) };
    let number = match written {
        Json::Number(number) => number.as_u64(),
        Json::String(text) => text.parse().ok(),
        _ => None,
    };
    match number {
        Some(number) => Ok(Some(number)),
        None => Err((key, format!("`{written}` is not a whole number from 0 up"))),
    }
}
