//! The type and constraint tables of the reference implementations.
//!
//! They are third-party test data, read from the folder `THORP_FIXTURES`.

use std::cmp::Ordering;
use std::path::PathBuf;

use model::{Json, Map};
use serde_json::json;
use tabular::cast::decimal::Decimal;
use tabular::cast::duration::Duration;
use tabular::{Caster, CellError, Column, Field, Kind, Schema, Value};

/// Cases that are left out, by the word that marks them, each with the reason.
const DIFFERENCES: [(&str, &str); 2] = [
    ("unique", "compares rows, so it is checked where all rows are seen and not by a cast"),
    ("test_validation", "puts a stub in the place of the GeoJSON schema and looks at its calls"),
];

fn is_left_out(mark: &Json) -> bool {
    DIFFERENCES.iter().any(|(name, _)| mark == name)
}

#[test]
fn cells_are_cast_as_tableschema_py_casts_them() {
    let Some(table) = table("tableschema_py_1.21_types.json") else { return };
    let mut wrong = Vec::new();
    for case in cases(&table).iter().filter(|case| !is_left_out(&case["test"])) {
        let mut field = json!({ "name": "f", "type": case["type"], "format": case["format"] });
        if let Some(options) = case.get("options").and_then(Json::as_object) {
            field.as_object_mut().unwrap().extend(options.clone());
        }
        let outcome = cast(field.as_object().unwrap(), &case["value"], &[]);
        if !ends_as(&outcome, &case["result"]) {
            wrong.push(format!("{case}\n  gave {outcome:?}"));
        }
    }
    assert!(wrong.is_empty(), "{} cases differ:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn constraints_hold_as_in_tableschema_py() {
    let Some(table) = table("tableschema_py_1.21_constraints.json") else { return };
    let mut wrong = Vec::new();
    for case in cases(&table).iter().filter(|case| !is_left_out(&case["type"])) {
        let rule = case["type"].as_str().unwrap();
        // The table calls the checks without a type; these have the constraint and the values.
        let field_type = match rule {
            "minLength" | "maxLength" => "array",
            "pattern" => "string",
            _ => "integer",
        };
        let constraint = case["constraint"]
            .get("$repr")
            .map_or_else(|| case["constraint"].clone(), |_| json!("^test$"));
        let field = json!({ "name": "f", "type": field_type, "constraints": { rule: constraint } });
        let outcome = cast(field.as_object().unwrap(), &case["value"], &[]);
        if outcome.is_ok() != case["result"].as_bool().unwrap() {
            wrong.push(format!("{case}\n  gave {outcome:?}"));
        }
    }
    assert!(wrong.is_empty(), "{} cases differ:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn fields_behave_as_in_the_common_test_suite() {
    let Some(table) = table("testsuite_basic_tableschema.json") else { return };
    let mut wrong = Vec::new();
    for case in cases(&table) {
        let skipped = case["langs"].as_str().is_some_and(|langs| !langs.contains("py"));
        if skipped {
            continue;
        }
        let descriptor = case["field"].as_object().unwrap();
        let passes = match case.get("attribute").and_then(Json::as_str) {
            Some(attribute) => {
                let field = Field::parse(descriptor).unwrap();
                attribute_of(&field, attribute) == case["expected"]
            }
            None => {
                let outcome = cast(descriptor, &case["value"], &[String::new()]);
                ends_as(&outcome, &case["expected"])
            }
        };
        if !passes {
            wrong.push(case.to_string());
        }
    }
    assert!(wrong.is_empty(), "{} cases differ:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn schemas_are_judged_as_the_reference_judges_them() {
    let Some(verdicts) = table("descriptor_validity.json") else { return };
    for (path, verdict) in verdicts["results"].as_object().unwrap() {
        if !path.contains("/schema_") {
            continue;
        }
        let text = std::fs::read_to_string(fixtures().join("dpp").join(path)).unwrap();
        let descriptor: Json = serde_json::from_str(&text).unwrap();
        let valid = descriptor.as_object().is_some_and(|map| Schema::problems(map).is_empty());
        assert_eq!(Some(valid), verdict["valid"].as_bool(), "{path}");
    }
}

fn fixtures() -> PathBuf {
    match std::env::var_os("THORP_FIXTURES") {
        Some(folder) => folder.into(),
        None => PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/fixtures"),
    }
}

#[expect(clippy::print_stderr, reason = "a skipped test says so")]
fn table(name: &str) -> Option<Json> {
    let path = fixtures().join("dpp/acceptance").join(name);
    match std::fs::read_to_string(&path) {
        Ok(text) => Some(serde_json::from_str(&text).unwrap()),
        Err(error) => {
            eprintln!("SKIPPED: no fixture {}: {error}; set THORP_FIXTURES", path.display());
            None
        }
    }
}

fn cases(table: &Json) -> &[Json] {
    let cases = table["cases"].as_array().unwrap();
    assert_eq!(Some(u64::try_from(cases.len()).unwrap()), table["count"].as_u64());
    cases
}

/// The one value that a cast of the one value gives, or its error.
fn cast(
    field: &Map,
    value: &Json,
    missing: &[String],
) -> Result<Option<Value<'static>>, CellError> {
    let field = Field::parse(field).unwrap();
    let column: Column = [untagged(value)].into_iter().collect();
    let mut cast = Caster::new(&field, missing).unwrap().cast(&column);
    match cast.errors.pop() {
        Some(error) => Err(error),
        None => Ok(cast.column.value(0).map(Value::into_owned)),
    }
}

/// The value that a tagged value of the fixtures stands for.
fn untagged(json: &Json) -> Option<Value<'static>> {
    let value = |kind, text: &str| Some(Value::new(kind, text.to_owned()));
    let tagged = json.as_object().and_then(|map| map.iter().next());
    match (json, tagged.map(|(tag, inner)| (tag.as_str(), inner))) {
        (Json::Null, _) => None,
        (Json::String(text), _) => value(Kind::Text, text),
        (Json::Bool(truth), _) => value(Kind::Boolean, &truth.to_string()),
        (Json::Number(number), _) => {
            let text = number.to_string();
            let kind = if text.contains('.') { Kind::Float } else { Kind::Integer };
            value(kind, &text)
        }
        (_, Some(("$int", text))) => value(Kind::Integer, text.as_str().unwrap()),
        (_, Some(("$float", text))) => value(Kind::Float, text.as_str().unwrap()),
        (_, Some(("$decimal", text))) => value(Kind::Number, text.as_str().unwrap()),
        (_, Some(("$date", text))) => value(Kind::Date, text.as_str().unwrap()),
        (_, Some(("$time", text))) => value(Kind::Time, text.as_str().unwrap()),
        (_, Some(("$datetime", text))) => value(Kind::DateTime, text.as_str().unwrap()),
        (_, Some(("$duration_iso", text))) => value(Kind::Duration, text.as_str().unwrap()),
        (_, Some(("$duration_seconds", text))) => {
            let text = format!("PT{}S", text.as_str().unwrap());
            value(Kind::Duration, &Duration::parse(&text).unwrap().to_string())
        }
        (_, Some(("$duration", parts))) => {
            let part = |key: &str| parts[key].as_u64().unwrap_or(0);
            let text = format!(
                "P{}Y{}M{}DT{}H{}M{}S",
                part("years"),
                part("months"),
                part("days"),
                part("hours"),
                part("minutes"),
                part("seconds")
            );
            value(Kind::Duration, &Duration::parse(&text).unwrap().to_string())
        }
        (_, Some(("$tuple", items))) => value(Kind::Json, &items.to_string()),
        _ => value(Kind::Json, &json.to_string()),
    }
}

fn ends_as(outcome: &Result<Option<Value<'_>>, CellError>, expected: &Json) -> bool {
    match outcome {
        Err(_) => expected.get("$error").is_some(),
        Ok(_) if expected.get("$error").is_some() => false,
        Ok(value) => same(value.as_ref(), untagged(expected).as_ref()),
    }
}

/// Whether two values are equal; numbers of any kind by their size.
fn same(a: Option<&Value<'_>>, b: Option<&Value<'_>>) -> bool {
    let (Some(a), Some(b)) = (a, b) else { return a.is_none() && b.is_none() };
    let numeric = |value: &Value<'_>| {
        let is_number = matches!(value.kind, Kind::Integer | Kind::Number | Kind::Float);
        is_number.then(|| Decimal::parse(&value.text).unwrap())
    };
    if let (Some(a), Some(b)) = (numeric(a), numeric(b)) {
        return a.compare(&b) == Some(Ordering::Equal);
    }
    if (a.kind, b.kind) != (Kind::Json, Kind::Json) {
        return a == b;
    }
    let (a, b): (Json, Json) =
        (serde_json::from_str(&a.text).unwrap(), serde_json::from_str(&b.text).unwrap());
    match (&a, &b) {
        (Json::Array(a), Json::Array(b)) => {
            a.len() == b.len()
                && a.iter().zip(b).all(|(a, b)| {
                    let (a, b) = (a.to_string(), b.to_string());
                    same(Value::from_wire(&a).as_ref(), Value::from_wire(&b).as_ref())
                })
        }
        _ => a == b,
    }
}

fn attribute_of(field: &Field, attribute: &str) -> Json {
    match attribute {
        "name" | "descriptor.name" => json!(field.name),
        "type" | "descriptor.type" => json!(field.field_type.name()),
        "format" | "descriptor.format" => json!(field.format),
        "required" => json!(field.constraints.required),
        "constraints" if field.constraints == Default::default() => json!({}),
        other => panic!("attribute {other} has no counterpart"),
    }
}
