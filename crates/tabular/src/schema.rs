//! The typed view of a Table Schema, version 1 and 2.
//!
//! Descriptors stay JSON where they travel (see `model::package`); this view is made where rows
//! are checked. It reads leniently, as datapackage-pipelines does: unknown properties and broken
//! keys do not stop a pipeline. [`Schema::problems`] is the strict reading, for validation.

mod constraints;
mod field;

use model::fault::{self, Fault};
use model::{Json, Map};

pub use constraints::{Constraints, Rule};
pub use field::{Category, Field, FieldType, MissingValue, Options};

/// The fields of a table, and what holds between them.
#[derive(Debug, Clone, PartialEq)]
pub struct Schema {
    pub fields: Vec<Field>,
    /// Texts that mean null; a field may have its own.
    pub missing_values: Vec<MissingValue>,
    /// Names of the fields that together identify a row; empty when there is no primary key.
    pub primary_key: Vec<String>,
    pub unique_keys: Vec<Vec<String>>,
    pub foreign_keys: Vec<ForeignKey>,
    pub fields_match: FieldsMatch,
}

/// Fields whose values must occur in the fields of another resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ForeignKey {
    pub fields: Vec<String>,
    /// Where the data package of the other resource is, when it is not the same.
    pub package: Option<String>,
    /// The name of the other resource; `None` for the resource itself.
    pub resource: Option<String>,
    pub reference_fields: Vec<String>,
}

/// How the fields of the schema relate to the columns of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum FieldsMatch {
    /// The same fields in the same order.
    #[default]
    Exact,
    /// The same fields in any order.
    Equal,
    /// The table has all fields of the schema and may have more.
    Subset,
    /// The table has only fields of the schema and may have fewer.
    Superset,
    /// The table and the schema share at least one field.
    Partial,
}

/// Why a schema cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SchemaError {
    #[error("the schema has no `fields`; list at least one")]
    NoFields,
    #[error("entry {index} of `fields` is {found}; write an object with a `name`")]
    NotAField { index: usize, found: &'static str },
    #[error("field `{field}` has the unknown type `{field_type}`; use one of {}", FieldType::LIST)]
    UnknownType { field: String, field_type: String },
    #[error("property `{property}` of field `{field}`: {problem}")]
    Property { field: String, property: &'static str, problem: String },
    #[error("`{key}` of the schema: {problem}")]
    Key { key: &'static str, problem: String },
}

impl Fault for SchemaError {
    fn code(&self) -> &'static str {
        "SCHEMA_INVALID"
    }

    fn kind(&self) -> fault::Kind {
        fault::Kind::Invalid
    }
}

impl Schema {
    /// Reads a schema leniently: broken keys are left out.
    ///
    /// # Errors
    ///
    /// [`SchemaError`] for the first field that cannot be understood.
    pub fn parse(descriptor: &Map) -> Result<Self, SchemaError> {
        let mut reading = Reading::default();
        let schema = reading.schema(descriptor);
        match reading.fatal.into_iter().next() {
            Some(error) => Err(error),
            None => Ok(schema),
        }
    }

    /// Everything in which `descriptor` differs from the standard.
    pub fn problems(descriptor: &Map) -> Vec<SchemaError> {
        let mut reading = Reading::default();
        let schema = reading.schema(descriptor);
        let mut problems = reading.fatal;
        problems.append(&mut reading.tolerated);
        problems.extend(schema.broken_keys());
        problems
    }

    /// The field called `name`.
    pub fn field(&self, name: &str) -> Option<&Field> {
        self.fields.iter().find(|field| field.name == name)
    }

    /// The texts that mean null in `field`.
    pub fn missing_texts(&self, field: &Field) -> Vec<String> {
        let values = field.missing_values.as_ref().unwrap_or(&self.missing_values);
        values.iter().map(|missing| missing.value.clone()).collect()
    }

    fn broken_keys(&self) -> Vec<SchemaError> {
        let mut broken = Vec::new();
        let mut expect = |key, names: &[String]| {
            for name in names.iter().filter(|name| self.field(name).is_none()) {
                let problem = format!("there is no field `{name}`; add it or correct the name");
                broken.push(SchemaError::Key { key, problem });
            }
        };
        expect("primaryKey", &self.primary_key);
        for names in &self.unique_keys {
            expect("uniqueKeys", names);
        }
        for key in &self.foreign_keys {
            expect("foreignKeys", &key.fields);
            if key.resource.is_none() && key.package.is_none() {
                expect("foreignKeys", &key.reference_fields);
            }
        }
        for key in self.foreign_keys.iter().filter(|k| k.fields.len() != k.reference_fields.len()) {
            let problem = format!(
                "{} fields refer to {} fields; give both lists the same length",
                key.fields.len(),
                key.reference_fields.len()
            );
            broken.push(SchemaError::Key { key: "foreignKeys", problem });
        }
        for (index, field) in self.fields.iter().enumerate() {
            if self.fields.iter().take(index).any(|other| other.name == field.name) {
                let problem = format!("`{}` is there twice; rename one of them", field.name);
                broken.push(SchemaError::Key { key: "fields", problem });
            }
        }
        broken
    }
}

/// What was found wrong while reading a schema.
#[derive(Debug, Default)]
struct Reading {
    /// What makes rows unreadable.
    fatal: Vec<SchemaError>,
    /// What a pipeline can do without.
    tolerated: Vec<SchemaError>,
}

impl Reading {
    fn schema(&mut self, descriptor: &Map) -> Schema {
        let version = Version::of(descriptor);
        Schema {
            fields: self.fields(descriptor, version),
            missing_values: self.missing_values(descriptor),
            primary_key: self.names("primaryKey", descriptor.get("primaryKey")),
            unique_keys: self.unique_keys(descriptor),
            foreign_keys: self.foreign_keys(descriptor),
            fields_match: self.fields_match(descriptor),
        }
    }

    fn fields(&mut self, descriptor: &Map, version: Version) -> Vec<Field> {
        let list = descriptor.get("fields").and_then(Json::as_array);
        let Some(list) = list.filter(|list| !list.is_empty()) else {
            self.tolerated.push(SchemaError::NoFields);
            return Vec::new();
        };
        let mut fields = Vec::with_capacity(list.len());
        for (index, entry) in list.iter().enumerate() {
            let Json::Object(entry) = entry else {
                self.fatal.push(SchemaError::NotAField { index, found: "not an object" });
                continue;
            };
            if entry.get("name").and_then(Json::as_str).is_none() {
                self.tolerated.push(SchemaError::NotAField { index, found: "without a name" });
            }
            match Field::parse_as(entry, version) {
                Ok(field) => fields.push(field),
                Err(error) => self.fatal.push(error),
            }
        }
        fields
    }

    fn missing_values(&mut self, descriptor: &Map) -> Vec<MissingValue> {
        match MissingValue::list(descriptor.get("missingValues")) {
            Ok(Some(values)) => values,
            Ok(None) => vec![MissingValue::default()],
            Err(problem) => {
                self.tolerate("missingValues", problem);
                vec![MissingValue::default()]
            }
        }
    }

    fn unique_keys(&mut self, descriptor: &Map) -> Vec<Vec<String>> {
        match descriptor.get("uniqueKeys") {
            None | Some(Json::Null) => Vec::new(),
            Some(Json::Array(keys)) => {
                keys.iter().map(|names| self.names("uniqueKeys", Some(names))).collect()
            }
            Some(_) => {
                self.tolerate("uniqueKeys", "not a list; write a list of lists of field names");
                Vec::new()
            }
        }
    }

    fn foreign_keys(&mut self, descriptor: &Map) -> Vec<ForeignKey> {
        let entries = match descriptor.get("foreignKeys") {
            None | Some(Json::Null) => return Vec::new(),
            Some(Json::Array(entries)) => entries,
            Some(_) => {
                self.tolerate("foreignKeys", "not a list; write a list of objects");
                return Vec::new();
            }
        };
        let mut keys = Vec::with_capacity(entries.len());
        for entry in entries {
            let Some(reference) = entry.get("reference").and_then(Json::as_object) else {
                self.tolerate("foreignKeys", "an entry has no `reference`; add it as an object");
                continue;
            };
            let own = entry.get("fields");
            let other = reference.get("fields");
            if own.is_some_and(Json::is_array) != other.is_some_and(Json::is_array) {
                let problem = "`fields` is a list on one side only; write both the same way";
                self.tolerate("foreignKeys", problem);
                continue;
            }
            let text = |key: &str| {
                let text = reference.get(key).and_then(Json::as_str);
                text.filter(|text| !text.is_empty()).map(str::to_owned)
            };
            keys.push(ForeignKey {
                fields: self.names("foreignKeys", own),
                // A pattern beside the standard, in two spellings.
                package: text("package").or_else(|| text("datapackage")),
                resource: text("resource"),
                reference_fields: self.names("foreignKeys", other),
            });
        }
        keys
    }

    fn fields_match(&mut self, descriptor: &Map) -> FieldsMatch {
        // The published profile of version 2 wants a list here, its text a string.
        let written = match descriptor.get("fieldsMatch") {
            Some(Json::Array(list)) => list.first(),
            other => other,
        };
        match written.and_then(Json::as_str) {
            None | Some("exact") => FieldsMatch::Exact,
            Some("equal") => FieldsMatch::Equal,
            Some("subset") => FieldsMatch::Subset,
            Some("superset") => FieldsMatch::Superset,
            Some("partial") => FieldsMatch::Partial,
            Some(other) => {
                let problem = format!(
                    "`{other}` is not known; use exact, equal, subset, superset or partial"
                );
                self.tolerate("fieldsMatch", problem);
                FieldsMatch::Exact
            }
        }
    }

    /// One name or a list of names.
    fn names(&mut self, key: &'static str, names: Option<&Json>) -> Vec<String> {
        match names {
            None | Some(Json::Null) => Vec::new(),
            Some(Json::String(name)) => vec![name.clone()],
            Some(Json::Array(list)) if list.iter().all(Json::is_string) => {
                list.iter().filter_map(Json::as_str).map(str::to_owned).collect()
            }
            Some(_) => {
                self.tolerate(key, "not a field name or a list of field names");
                Vec::new()
            }
        }
    }

    fn tolerate(&mut self, key: &'static str, problem: impl Into<String>) {
        self.tolerated.push(SchemaError::Key { key, problem: problem.into() });
    }
}

/// The version of the standard, which decides the type of a field that names none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Version {
    One,
    Two,
}

impl Version {
    fn of(descriptor: &Map) -> Self {
        let profile = descriptor.get("$schema").and_then(Json::as_str).unwrap_or_default();
        if profile.contains("/profiles/2") { Self::Two } else { Self::One }
    }
}

#[cfg(test)]
mod tests;
