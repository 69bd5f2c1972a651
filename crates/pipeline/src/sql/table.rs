//! A table that a resource is written to, in words that all databases share.

use std::collections::BTreeMap;

use model::package::{fields, name};
use model::{Json, Map};
use tabular::cast::Caster;
use tabular::schema::{Field, FieldType, Schema};
use tabular::typed::plan::TypedField;
use tabular::{Kind, Value};

use crate::casting::schema_of;
use crate::error::StepError;
use crate::parameters::Parameters;

/// What happens to the rows that a table has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mode {
    /// The table is made anew.
    #[default]
    Rewrite,
    /// Rows are added.
    Append,
    /// A row with the same keys is changed, others are added.
    Update,
}

/// A table with what its resource declares about it.
#[derive(Debug, Clone)]
pub struct Table {
    pub name: String,
    pub resource: String,
    pub mode: Mode,
    pub columns: Vec<Column>,
    pub primary_key: Vec<String>,
    pub unique_keys: Vec<Vec<String>>,
    pub foreign_keys: Vec<Reference>,
    /// The columns that tell rows apart in [`Mode::Update`].
    pub update_keys: Vec<String>,
    /// The columns of each further index.
    pub indexes: Vec<Vec<String>>,
    pub comment: Option<String>,
}

/// A column of a table.
#[derive(Debug, Clone)]
pub struct Column {
    pub name: String,
    pub form: Form,
    /// Digits after the point of a number, when the field says how many.
    pub scale: Option<u8>,
    pub required: bool,
    pub unique: bool,
    pub rules: Vec<ColumnRule>,
    pub comment: Option<String>,
}

/// Columns whose values occur in the columns of another table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    pub columns: Vec<String>,
    pub table: String,
    pub table_columns: Vec<String>,
}

/// What a column holds; each database has a type for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    Text,
    Integer,
    Number,
    Double,
    Boolean,
    Date,
    Time,
    DateTime,
    /// Lists and objects.
    Json,
    /// Two numbers, written `lon, lat`.
    Point,
    /// A year and a month, written `2020-12`.
    Month,
}

/// A rule that a database can hold values against.
#[derive(Debug, Clone, PartialEq)]
pub enum ColumnRule {
    LengthAtLeast(u64),
    LengthAtMost(u64),
    AtLeast(Value<'static>),
    AtMost(Value<'static>),
    Above(Value<'static>),
    Below(Value<'static>),
    OneOf(Vec<Value<'static>>),
    Matches(String),
}

impl Table {
    /// The tables that the parameter `tables` asks for, by the name of their resource.
    ///
    /// # Errors
    ///
    /// A parameter error for a value of the wrong form.
    pub fn requests(parameters: Parameters<'_>) -> Result<BTreeMap<String, Request>, StepError> {
        let tables = parameters
            .map("tables")?
            .ok_or_else(|| StepError::parameter("tables", "is required"))?;
        let mut requests: BTreeMap<String, Request> = BTreeMap::new();
        for (table, options) in tables {
            let Some(options) = options.as_object() else {
                let problem = format!("`{table}`: expected a mapping with `resource-name`");
                return Err(StepError::parameter("tables", problem));
            };
            let request = Request::parse(table, Parameters(options))?;
            let resource = request.resource.clone();
            if let Some(other) = requests.insert(resource.clone(), request) {
                let problem = format!(
                    "`{}` and `{table}` both take resource `{resource}`; use two steps",
                    other.table
                );
                return Err(StepError::parameter("tables", problem));
            }
        }
        Ok(requests)
    }
}

/// One entry of the parameter `tables`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    pub table: String,
    pub resource: String,
    pub mode: Mode,
    update_keys: Option<Vec<String>>,
    indexes: Vec<Vec<String>>,
}

impl Request {
    fn parse(table: &str, options: Parameters<'_>) -> Result<Self, StepError> {
        let resource = options.text("resource_name")?.ok_or_else(|| {
            StepError::parameter("tables", format!("`{table}`: `resource-name` is required"))
        })?;
        let mode = match options.text("mode")? {
            None | Some("rewrite") => Mode::Rewrite,
            Some("append") => Mode::Append,
            Some("update") => Mode::Update,
            Some(other) => {
                let problem = format!("`{table}`: mode `{other}` is not rewrite, append or update");
                return Err(StepError::parameter("tables", problem));
            }
        };
        let mut indexes = Vec::new();
        for entry in options.list("indexes_fields")?.into_iter().flatten() {
            indexes.push(names(entry).ok_or_else(|| {
                let problem = format!("`{table}`: `indexes_fields` is no list of lists of names");
                StepError::parameter("tables", problem)
            })?);
        }
        Ok(Self {
            table: table.to_owned(),
            resource: resource.to_owned(),
            mode,
            update_keys: options.texts("update_keys")?,
            indexes,
        })
    }

    /// The table that this request makes of `resource`; `tables` tells the tables of the other
    /// resources, for foreign keys.
    ///
    /// # Errors
    ///
    /// When the schema cannot be understood, or names that are used are not among its fields.
    pub fn table(
        &self,
        resource: &Map,
        tables: &BTreeMap<String, Self>,
    ) -> Result<Table, StepError> {
        let schema = schema_of(resource)?;
        let wrong = |problem: String| StepError::resource(&self.resource, problem);
        if schema.fields.is_empty() {
            return Err(wrong("has no fields; a table needs at least one".into()));
        }
        let update_keys = match (&self.update_keys, self.mode) {
            (Some(keys), _) => keys.clone(),
            (None, Mode::Update) if schema.primary_key.is_empty() => {
                return Err(wrong(format!(
                    "table `{}` in mode update needs `update_keys` or a primary key",
                    self.table
                )));
            }
            (None, _) => schema.primary_key.clone(),
        };
        for used in update_keys.iter().chain(self.indexes.iter().flatten()) {
            if schema.field(used).is_none() {
                return Err(wrong(format!(
                    "has no field `{used}`, which table `{}` needs",
                    self.table
                )));
            }
        }
        let known = |names: &[String]| {
            !names.is_empty() && names.iter().all(|name| schema.field(name).is_some())
        };
        let primary_key =
            if known(&schema.primary_key) { schema.primary_key.clone() } else { Vec::new() };
        let unique_keys = schema.unique_keys.iter().filter(|names| known(names)).cloned().collect();
        Ok(Table {
            name: self.table.clone(),
            resource: self.resource.clone(),
            mode: self.mode,
            columns: columns(&schema, resource),
            primary_key,
            unique_keys,
            foreign_keys: self.references(&schema, tables),
            update_keys,
            indexes: self.indexes.clone(),
            comment: comment(resource),
        })
    }

    fn references(&self, schema: &Schema, tables: &BTreeMap<String, Self>) -> Vec<Reference> {
        let table = |resource: &Option<String>| match resource {
            None => Some(self.table.clone()),
            Some(resource) => tables.get(resource).map(|other| other.table.clone()),
        };
        let keys = schema.foreign_keys.iter().filter(|key| {
            key.package.is_none()
                && !key.fields.is_empty()
                && key.fields.len() == key.reference_fields.len()
        });
        keys.filter_map(|key| {
            Some(Reference {
                columns: key.fields.clone(),
                table: table(&key.resource)?,
                table_columns: key.reference_fields.clone(),
            })
        })
        .collect()
    }
}

fn names(entry: &Json) -> Option<Vec<String>> {
    match entry {
        Json::String(name) => Some(vec![name.clone()]),
        Json::Array(names) if !names.is_empty() => {
            names.iter().map(|name| name.as_str().map(str::to_owned)).collect()
        }
        _ => None,
    }
}

fn columns(schema: &Schema, resource: &Map) -> Vec<Column> {
    let descriptors: BTreeMap<&str, &Map> =
        fields(resource).map(|field| (name(field), field)).collect();
    let column = |field: &Field| {
        let descriptor = descriptors.get(field.name.as_str()).copied();
        let typed = descriptor.map(TypedField::from_descriptor);
        let is_double = typed.as_ref().is_some_and(|typed| typed.is_double);
        let form = form(field.field_type, is_double);
        Column {
            name: field.name.clone(),
            scale: typed.and_then(|typed| typed.scale).filter(|_| form == Form::Number),
            form,
            required: field.constraints.required || schema.primary_key.contains(&field.name),
            unique: field.constraints.unique,
            rules: rules(field),
            comment: descriptor.and_then(comment),
        }
    };
    schema.fields.iter().map(column).collect()
}

fn form(field_type: FieldType, is_double: bool) -> Form {
    match field_type {
        FieldType::Any | FieldType::String | FieldType::Duration => Form::Text,
        FieldType::Integer | FieldType::Year => Form::Integer,
        FieldType::Number if is_double => Form::Double,
        FieldType::Number => Form::Number,
        FieldType::Boolean => Form::Boolean,
        FieldType::Date => Form::Date,
        FieldType::Time => Form::Time,
        FieldType::DateTime => Form::DateTime,
        FieldType::Array | FieldType::Object | FieldType::GeoJson | FieldType::List => Form::Json,
        FieldType::GeoPoint => Form::Point,
        FieldType::YearMonth => Form::Month,
    }
}

/// Title and description, as they are shown beside a column.
fn comment(descriptor: &Map) -> Option<String> {
    let parts: Vec<&str> = ["title", "description"]
        .iter()
        .filter_map(|key| descriptor.get(*key).and_then(Json::as_str))
        .filter(|text| !text.is_empty())
        .collect();
    (!parts.is_empty()).then(|| parts.join(" - "))
}

/// The rules that a database can check; the cast has checked all of them already, so that a rule
/// which cannot be written for a database may be left out.
fn rules(field: &Field) -> Vec<ColumnRule> {
    let constraints = &field.constraints;
    let is_text = field.field_type == FieldType::String;
    let mut rules = Vec::new();
    if is_text {
        rules.extend(constraints.min_length.map(ColumnRule::LengthAtLeast));
        rules.extend(constraints.max_length.map(ColumnRule::LengthAtMost));
        rules.extend(constraints.pattern.clone().map(ColumnRule::Matches));
    }
    let ordered = matches!(
        field.field_type,
        FieldType::Integer
            | FieldType::Number
            | FieldType::Year
            | FieldType::Date
            | FieldType::Time
            | FieldType::DateTime
    );
    let literal = |json: &Option<Json>| json.as_ref().and_then(|json| literal(field, json));
    if ordered {
        rules.extend(literal(&constraints.minimum).map(ColumnRule::AtLeast));
        rules.extend(literal(&constraints.maximum).map(ColumnRule::AtMost));
        rules.extend(literal(&constraints.exclusive_minimum).map(ColumnRule::Above));
        rules.extend(literal(&constraints.exclusive_maximum).map(ColumnRule::Below));
    }
    if (ordered || is_text)
        && let Some(allowed) = &constraints.allowed
        && let Some(values) = allowed.iter().map(|json| self::literal(field, json)).collect()
    {
        rules.push(ColumnRule::OneOf(values));
    }
    rules
}

/// The value that `json` means as a cell of `field`.
fn literal(field: &Field, json: &Json) -> Option<Value<'static>> {
    let mut bare = Field::plain(&field.name, field.field_type);
    bare.format.clone_from(&field.format);
    bare.options = field.options.clone();
    let written = match json {
        Json::String(text) => Value::new(Kind::Text, text.as_str()),
        other => Value::new(Kind::Json, other.to_string()),
    };
    let cell = tabular::Column::repeat(Some(&written), 1);
    let cast = Caster::new(&bare, &[]).ok()?.cast(&cell);
    if !cast.errors.is_empty() {
        return None;
    }
    cast.column.value(0).map(Value::into_owned)
}

#[cfg(test)]
mod tests;
