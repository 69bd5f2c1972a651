//! The rules of a Table Schema.

use std::collections::BTreeSet;

use model::{Json, Map};

use super::forms::{Form, found, shown};
use super::{Check, Version, below};
use crate::cast::Caster;
use crate::schema::{Field, FieldType, Schema, SchemaError};

const FIELD: [(&str, Form); 8] = [
    ("title", Form::Text),
    ("description", Form::Text),
    ("type", Form::Text),
    ("format", Form::Text),
    ("rdfType", Form::Text),
    ("bareNumber", Form::Flag),
    ("decimalChar", Form::Text),
    ("groupChar", Form::Text),
];

const FIELD_2: [(&str, Form); 3] =
    [("categories", Form::List), ("categoriesOrdered", Form::Flag), ("delimiter", Form::Text)];

const CONSTRAINTS: [(&str, Form); 6] = [
    ("required", Form::Flag),
    ("unique", Form::Flag),
    ("pattern", Form::Text),
    ("enum", Form::List),
    ("minLength", Form::Count),
    ("maxLength", Form::Count),
];

pub(super) fn check(check: &mut Check, at: &str, descriptor: &Json, version: Version) {
    let Some(descriptor) = check.object(at, descriptor) else { return };
    let version = Version::of(descriptor, version);
    for problem in Schema::problems(descriptor) {
        schema_problem(check, at, (descriptor, &problem));
    }
    let missing = missing_values(check, at, (descriptor, version));
    let fields = descriptor.get("fields").and_then(Json::as_array);
    for (index, field) in fields.into_iter().flatten().enumerate() {
        let at = below(at, &format!("fields[{index}]"));
        if let Some(field) = field.as_object() {
            field_rules(check, &at, (field, version));
            cast_rules(check, &at, (field, &missing));
        }
    }
    key_rules(check, at, (descriptor, version));
}

/// What the lenient reader of schemas found.
fn schema_problem(check: &mut Check, at: &str, (descriptor, problem): (&Map, &SchemaError)) {
    let fields = || descriptor.get("fields").and_then(Json::as_array).into_iter().flatten();
    let place = |name: &str| {
        fields().position(|field| field.get("name").and_then(Json::as_str) == Some(name))
    };
    let of_field = |name: &str| match place(name) {
        Some(index) => below(at, &format!("fields[{index}]")),
        None => below(at, "fields"),
    };
    match problem {
        SchemaError::NoFields => {
            let text = "there are no fields".to_owned();
            check.report(below(at, "fields"), "required", text, "list at least one");
        }
        SchemaError::NotAField { index, found } => {
            let text = format!("is {found}");
            let property = below(at, &format!("fields[{index}]"));
            check.report(property, "type", text, "write an object with a `name`");
        }
        SchemaError::UnknownType { field, field_type } => {
            let fix = format!("use one of {}", FieldType::LIST);
            let text = format!("`{field_type}` is not a type");
            check.report(format!("{}.type", of_field(field)), "enum", text, &fix);
        }
        SchemaError::Property { field, property, problem } => {
            let at = format!("{}.{property}", of_field(field));
            let (text, fix) = halves(problem);
            check.report(at, "format", text, fix);
        }
        SchemaError::Key { key, problem } => {
            let (text, fix) = halves(problem);
            check.report(below(at, key), "key", text, fix);
        }
    }
}

/// Cuts a message at its semicolon, behind which it says what to do.
fn halves(problem: &str) -> (String, &str) {
    match problem.split_once("; ") {
        Some((text, fix)) => (text.to_owned(), fix),
        None => (problem.to_owned(), "correct it"),
    }
}

/// The texts that mean null; those of version 2 may have labels.
fn missing_values(check: &mut Check, at: &str, (holder, version): (&Map, Version)) -> Vec<String> {
    let entries = match holder.get("missingValues") {
        Some(Json::Array(entries)) => entries,
        _ => return vec![String::new()],
    };
    let at = below(at, "missingValues");
    if version == Version::One && entries.iter().any(Json::is_object) {
        let text = "labels came with version 2".to_owned();
        check.report(at.clone(), "version", text, NEW);
    }
    let texts: Vec<String> = entries
        .iter()
        .filter_map(|entry| entry.get("value").unwrap_or(entry).as_str().map(str::to_owned))
        .collect();
    let distinct: BTreeSet<&String> = texts.iter().collect();
    if distinct.len() < texts.len() {
        check.report(at, "unique", "a text is there twice".into(), "leave one of them out");
    }
    texts
}

/// What to do with a property that version 1 does not have.
const NEW: &str =
    "declare `\"$schema\": \"https://datapackage.org/profiles/2.0/tableschema.json\"`";

fn field_rules(check: &mut Check, at: &str, (field, version): (&Map, Version)) {
    check.forms(at, field, &FIELD);
    let default = if version == Version::One { "string" } else { "any" };
    let type_name = field.get("type").map_or(Some(default), Json::as_str);
    if version == Version::One && type_name == Some("list") {
        let text = "lists came with version 2".to_owned();
        check.report(below(at, "type"), "version", text, NEW);
    }
    if version == Version::Two {
        check.forms(at, field, &FIELD_2);
        missing_values(check, at, (field, version));
        categories(check, at, field);
    }
    let field_type = type_name.and_then(|name| name.parse::<FieldType>().ok());
    format(check, at, (field, field_type));
    for key in ["trueValues", "falseValues"] {
        if field_type == Some(FieldType::Boolean) {
            check.forms(at, field, &[(key, Form::Texts)]);
        }
    }
    if let Some(constraints) = field.get("constraints").and_then(Json::as_object) {
        let at = below(at, "constraints");
        check.forms(&at, constraints, &CONSTRAINTS);
        let listed = constraints.get("enum").and_then(Json::as_array);
        let mut seen = BTreeSet::new();
        if let Some(twice) = listed.into_iter().flatten().find(|v| !seen.insert(v.to_string())) {
            let text = format!("{} is there twice", shown(twice));
            check.report(below(&at, "enum"), "unique", text, "leave one of them out");
        }
        range(check, &at, constraints);
    }
}

fn format(check: &mut Check, at: &str, (field, field_type): (&Map, Option<FieldType>)) {
    let Some(format) = field.get("format").and_then(Json::as_str) else { return };
    let known: &[&str] = match field_type {
        Some(FieldType::String) => &["default", "email", "uri", "binary", "uuid"],
        Some(FieldType::GeoPoint) => &["default", "array", "object"],
        Some(FieldType::GeoJson) => &["default", "topojson"],
        Some(FieldType::Date | FieldType::Time | FieldType::DateTime) | None => return,
        Some(_) => &["default"],
    };
    if !known.contains(&format) {
        let text = format!("`{format}` is not a format of this type");
        let fix = format!("use one of {}", known.join(", "));
        check.report(below(at, "format"), "enum", text, &fix);
    }
}

fn categories(check: &mut Check, at: &str, field: &Map) {
    let Some(categories) = field.get("categories").and_then(Json::as_array) else { return };
    let at = below(at, "categories");
    if !matches!(field.get("type").and_then(Json::as_str), Some("string" | "integer")) {
        let text = "only fields of type string and integer have categories".to_owned();
        check.report(at.clone(), "type", text, "change the type, or use the constraint `enum`");
    }
    let mut seen = BTreeSet::new();
    for category in categories {
        let value = category.get("value").unwrap_or(category);
        if !seen.insert(value.to_string()) {
            let text = format!("{} is there twice", shown(value));
            check.report(at.clone(), "unique", text, "leave one of them out");
        }
    }
}

fn range(check: &mut Check, at: &str, constraints: &Map) {
    let length = |key: &str| constraints.get(key).and_then(Json::as_u64);
    if let (Some(least), Some(most)) = (length("minLength"), length("maxLength"))
        && least > most
    {
        let text = format!("{most} is less than `minLength` {least}");
        check.report(below(at, "maxLength"), "range", text, "exchange the two");
    }
}

/// What only shows when the field is made ready to cast: bounds of another type, broken patterns.
fn cast_rules(check: &mut Check, at: &str, (field, missing): (&Map, &[String])) {
    let Ok(field) = Field::parse(field) else { return };
    if let Err(SchemaError::Property { property, problem, .. }) = Caster::new(&field, missing) {
        let in_constraints = !matches!(property, "format" | "categories" | "missingValues");
        let at = if in_constraints { below(at, "constraints") } else { at.to_owned() };
        let (text, fix) = halves(&problem);
        check.report(below(&at, property), "format", text, fix);
    }
}

fn key_rules(check: &mut Check, at: &str, (descriptor, version): (&Map, Version)) {
    if let Some(text) = descriptor.get("fieldsMatch")
        && version == Version::One
    {
        let text = format!("{} came with version 2", shown(text));
        check.report(below(at, "fieldsMatch"), "version", text, NEW);
    }
    let Some(keys) = descriptor.get("foreignKeys").and_then(Json::as_array) else { return };
    for (index, key) in keys.iter().enumerate() {
        let at = below(at, &format!("foreignKeys[{index}]"));
        let Some(key) = check.object(&at, key) else { continue };
        required(check, &at, (key, "fields"));
        let Some(reference) = key.get("reference").and_then(Json::as_object) else { continue };
        let at = below(&at, "reference");
        required(check, &at, (reference, "fields"));
        if version == Version::One {
            required(check, &at, (reference, "resource"));
        }
        check.forms(&at, reference, &[("resource", Form::Text)]);
    }
}

fn required(check: &mut Check, at: &str, (holder, key): (&Map, &str)) {
    match holder.get(key) {
        None | Some(Json::Null) => {
            check.report(below(at, key), "required", "is missing".into(), "add it");
        }
        Some(value) if key == "fields" && !value.is_string() && !value.is_array() => {
            let text = format!("is {}", found(value));
            let fix = "write the name of a field or a list of them";
            check.report(below(at, key), "type", text, fix);
        }
        Some(_) => {}
    }
}
