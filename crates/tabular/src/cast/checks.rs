//! The constraints of a field, compiled: each looks at one canonical value.

use std::cmp::Ordering;
use std::collections::{BTreeMap, HashSet};

use model::Json;
use model::python::{self, Style};

use super::decimal::Decimal;
use super::duration::Duration;
use super::reader::{Reader, value_of};
use crate::pattern::Pattern;
use crate::schema::{Field, FieldType, Rule, SchemaError};
use crate::typed::digits;
use crate::value::Kind;

/// What the values of a field must fulfil, besides being there and being unique.
#[derive(Debug, Default)]
pub(super) struct Checks {
    checks: Vec<(Rule, Check)>,
}

#[derive(Debug)]
enum Check {
    MinLength(u64),
    MaxLength(u64),
    Bound { measure: Measure, bound: Bound, text: String },
    Pattern(Pattern),
    Member(Members),
    JsonSchema(Box<jsonschema::Validator>),
}

/// How the values of a type are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Measure {
    Decimal,
    Days,
    Clock,
    Instant,
    Length,
    Months,
}

#[derive(Debug, Clone, PartialEq)]
enum Bound {
    Decimal(Decimal),
    Whole(i128),
}

/// Values by kind, each as a text that equal values share.
#[derive(Debug, Default)]
struct Members {
    texts: BTreeMap<Kind, HashSet<String>>,
    listed: String,
}

impl Checks {
    /// Compiles the constraints of `field` that its type knows; others mean nothing.
    ///
    /// # Errors
    ///
    /// [`SchemaError::Property`] when a bound, a listed value, a pattern or a schema is malformed.
    pub(super) fn new(field: &Field, reader: &Reader) -> Result<Self, SchemaError> {
        let constraints = &field.constraints;
        let property = |rule: Rule, problem: String| SchemaError::Property {
            field: field.name.clone(),
            property: rule.name(),
            problem,
        };
        let mut checks = Vec::new();
        if has_length(field.field_type) {
            checks.extend(constraints.min_length.map(|n| (Rule::MinLength, Check::MinLength(n))));
            checks.extend(constraints.max_length.map(|n| (Rule::MaxLength, Check::MaxLength(n))));
        }
        if let Some(measure) = Measure::of(field.field_type) {
            let bounds = [
                (Rule::Minimum, &constraints.minimum),
                (Rule::Maximum, &constraints.maximum),
                (Rule::ExclusiveMinimum, &constraints.exclusive_minimum),
                (Rule::ExclusiveMaximum, &constraints.exclusive_maximum),
            ];
            for (rule, written) in bounds {
                let Some(written) = written else { continue };
                let text = value_of(written).and_then(|value| reader.read(value));
                let bound = text.as_deref().and_then(|text| measure.of_text(text));
                let bound = bound.ok_or_else(|| property(rule, wrong_value(written, field)))?;
                let text = text.unwrap_or_default().into_owned();
                checks.push((rule, Check::Bound { measure, bound, text }));
            }
        }
        if let (FieldType::String, Some(text)) = (field.field_type, &constraints.pattern) {
            let pattern =
                Pattern::new(text).map_err(|error| property(Rule::Pattern, error.to_string()))?;
            checks.push((Rule::Pattern, Check::Pattern(pattern)));
        }
        if let Some(values) = &constraints.allowed {
            let members = Members::new(values.iter(), reader)
                .map_err(|value| property(Rule::Enum, wrong_value(&value, field)))?;
            checks.push((Rule::Enum, Check::Member(members)));
        }
        let has_categories = matches!(field.field_type, FieldType::String | FieldType::Integer);
        if has_categories && !field.categories.is_empty() {
            let values = field.categories.iter().map(|category| &category.value);
            let members = Members::new(values, reader)
                .map_err(|value| property(Rule::Categories, wrong_value(&value, field)))?;
            checks.push((Rule::Categories, Check::Member(members)));
        }
        if let (FieldType::Object | FieldType::Array, Some(schema)) =
            (field.field_type, &constraints.json_schema)
        {
            let validator = jsonschema::validator_for(schema)
                .map_err(|error| property(Rule::JsonSchema, error.to_string()))?;
            checks.push((Rule::JsonSchema, Check::JsonSchema(Box::new(validator))));
        }
        Ok(Self { checks })
    }

    pub(super) fn is_empty(&self) -> bool {
        self.checks.is_empty()
    }

    /// The first constraint that the value breaks, and how.
    pub(super) fn broken_by(&self, kind: Kind, text: &str) -> Option<(Rule, String)> {
        self.checks.iter().find_map(|(rule, check)| {
            check.problem(*rule, kind, text).map(|problem| (*rule, problem))
        })
    }
}

impl Check {
    /// What is wrong with the value, or `None` when it passes.
    fn problem(&self, rule: Rule, kind: Kind, text: &str) -> Option<String> {
        match self {
            Self::MinLength(least) => {
                let length = length(kind, text);
                (length < *least).then(|| format!("has length {length}, less than {least}"))
            }
            Self::MaxLength(most) => {
                let length = length(kind, text);
                (length > *most).then(|| format!("has length {length}, more than {most}"))
            }
            Self::Bound { measure, bound, text: limit } => {
                let order = measure.of_text(text).and_then(|value| value.compare(bound));
                let holds = match (rule, order) {
                    (_, None) => false,
                    (Rule::Minimum, Some(order)) => order != Ordering::Less,
                    (Rule::Maximum, Some(order)) => order != Ordering::Greater,
                    (Rule::ExclusiveMinimum, Some(order)) => order == Ordering::Greater,
                    (_, Some(order)) => order == Ordering::Less,
                };
                (!holds).then(|| match rule {
                    Rule::Minimum => format!("is below the minimum `{limit}`"),
                    Rule::Maximum => format!("is above the maximum `{limit}`"),
                    Rule::ExclusiveMinimum => format!("is not above `{limit}`"),
                    _ => format!("is not below `{limit}`"),
                })
            }
            Self::Pattern(pattern) => (!pattern.matches_whole(text))
                .then(|| format!("does not match the pattern `{}`", pattern.as_str())),
            Self::Member(members) => {
                (!members.contains(kind, text)).then(|| format!("is none of {}", members.listed))
            }
            Self::JsonSchema(validator) => {
                let json: Json = serde_json::from_str(text).ok()?;
                let error = validator.validate(&json).err()?;
                Some(format!("breaks the field's JSON schema: {error}"))
            }
        }
    }
}

impl Measure {
    fn of(field_type: FieldType) -> Option<Self> {
        Some(match field_type {
            FieldType::Integer | FieldType::Number | FieldType::Year => Self::Decimal,
            FieldType::Date => Self::Days,
            FieldType::Time => Self::Clock,
            FieldType::DateTime => Self::Instant,
            FieldType::Duration => Self::Length,
            FieldType::YearMonth => Self::Months,
            _ => return None,
        })
    }

    /// The place of a canonical text on the scale; `None` beyond what can be computed.
    fn of_text(self, text: &str) -> Option<Bound> {
        Some(match self {
            Self::Decimal => Bound::Decimal(Decimal::parse(text)?),
            Self::Days => Bound::Whole(digits::date(text).ok()?.into()),
            Self::Clock => Bound::Whole(digits::time(text).ok()?.into()),
            Self::Instant => Bound::Whole(digits::date_time(text).ok()?.into()),
            Self::Length => Bound::Whole(Duration::parse(text)?.nominal_micros()),
            Self::Months => {
                let (year, month): (i128, i128) = serde_json::from_str(text).ok()?;
                Bound::Whole(year * 12 + month)
            }
        })
    }
}

impl Bound {
    fn compare(&self, other: &Self) -> Option<Ordering> {
        match (self, other) {
            (Self::Decimal(a), Self::Decimal(b)) => a.compare(b),
            (Self::Whole(a), Self::Whole(b)) => Some(a.cmp(b)),
            _ => None,
        }
    }
}

impl Members {
    /// Reads the listed values; gives back the first that is not of the type.
    fn new<'j>(values: impl Iterator<Item = &'j Json>, reader: &Reader) -> Result<Self, Json> {
        let mut members = Self::default();
        for json in values {
            let Some(value) = value_of(json) else { continue };
            let kind = reader.kind().unwrap_or(value.kind);
            let text = reader.read(value).ok_or_else(|| json.clone())?;
            if !members.listed.is_empty() {
                members.listed.push_str(", ");
            }
            members.listed.push_str(&format!("`{text}`"));
            let (kind, key) = key(kind, &text);
            members.texts.entry(kind).or_default().insert(key);
        }
        Ok(members)
    }

    fn contains(&self, kind: Kind, text: &str) -> bool {
        if kind == Kind::Text {
            return self.texts.get(&kind).is_some_and(|texts| texts.contains(text));
        }
        let (kind, key) = key(kind, text);
        self.texts.get(&kind).is_some_and(|texts| texts.contains(&key))
    }
}

/// A kind and a text that equal values share: `1.50` and `1.5`, two writings of one moment.
fn key(kind: Kind, text: &str) -> (Kind, String) {
    match kind {
        Kind::Integer | Kind::Number | Kind::Float => {
            let reduced = Decimal::parse(text).map(|number| number.reduced().to_string());
            (Kind::Number, reduced.unwrap_or_else(|| text.to_owned()))
        }
        Kind::DateTime => {
            let instant = digits::date_time(text).map(|micros| micros.to_string());
            (kind, instant.unwrap_or_else(|_| text.to_owned()))
        }
        Kind::Json => {
            let json = serde_json::from_str::<Json>(text).ok();
            let sorted = json.map(|json| python::dumps(&json, Style::WIRE));
            (kind, sorted.unwrap_or_else(|| text.to_owned()))
        }
        _ => (kind, text.to_owned()),
    }
}

fn has_length(field_type: FieldType) -> bool {
    use FieldType::{Array, GeoJson, List, Object, String};
    matches!(field_type, String | Array | Object | GeoJson | List)
}

/// Letters of a text, items of an array, entries of an object.
fn length(kind: Kind, text: &str) -> u64 {
    let count = match kind {
        Kind::Json => match serde_json::from_str(text) {
            Ok(Json::Array(items)) => items.len(),
            Ok(Json::Object(entries)) => entries.len(),
            _ => 0,
        },
        _ => text.chars().count(),
    };
    u64::try_from(count).unwrap_or(u64::MAX)
}

fn wrong_value(value: &Json, field: &Field) -> String {
    format!("`{value}` is not a value of type `{}`", field.field_type.name())
}
