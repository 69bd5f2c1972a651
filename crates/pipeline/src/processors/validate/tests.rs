use std::sync::Arc;

use model::package::Package;
use model::{Json, Map};
use serde_json::json;
use tabular::Batch;
use tabular::wire::{Decoder, Encoder};

use super::DEFINITION;
use crate::context::{Context, Stats};
use crate::error::{Cause, StepError};
use crate::processor::Output;
use crate::testing::Still;

/// Every row with the name of its resource before it.
#[derive(Debug, Default)]
struct Lines {
    open: String,
    lines: Vec<String>,
}

impl Output for Lines {
    fn open(&mut self, resource: &str) -> Result<(), StepError> {
        resource.clone_into(&mut self.open);
        Ok(())
    }

    fn rows(&mut self, batch: Batch) -> Result<(), StepError> {
        let mut text = String::new();
        Encoder::default().encode(&batch, &mut text);
        self.lines.extend(text.lines().map(|line| format!("{} {line}", self.open)));
        Ok(())
    }

    fn close(&mut self) -> Result<(), StepError> {
        Ok(())
    }
}

/// Two resources: `trips`, whose `city` refers to `cities`.
fn package() -> Package {
    let package = json!({"resources": [
        {"name": "trips", "path": "t.csv", "dpp:streaming": true, "schema": {
            "fields": [
                {"name": "id", "type": "integer", "constraints": {"minimum": 1}},
                {"name": "city", "type": "string"},
            ],
            "primaryKey": "id",
            "foreignKeys": [{"fields": "city", "reference": {"resource": "cities", "fields": "name"}}],
        }},
        {"name": "cities", "path": "c.csv", "dpp:streaming": true, "schema": {
            "fields": [{"name": "name", "type": "string"}],
        }},
    ]});
    Package { descriptor: package.as_object().unwrap().clone() }
}

fn run(parameters: &Json, trips: &[Json]) -> Result<Vec<String>, StepError> {
    let ctx = Context::new("", Arc::new(Still));
    let mut step = (DEFINITION.build)(parameters.as_object().unwrap_or(&Map::new()), &ctx)?;
    step.describe(package(), &ctx)?;
    let mut out = Lines::default();
    let cities = [json!({"name": "Ulm"}), json!({"name": "Rom"})];
    for (resource, names, rows) in
        [("trips", vec!["id", "city"], trips), ("cities", vec!["name"], &cities[..])]
    {
        step.open(resource, &mut out)?;
        for row in rows {
            let mut decoder = Decoder::new(names.iter().map(|name| Arc::from(*name)));
            decoder.push(row.to_string().as_bytes()).unwrap();
            step.rows(decoder.finish(), &mut out)?;
        }
        step.close(&mut out)?;
    }
    step.finish(&mut Stats::new(), &mut out)?;
    Ok(out.lines)
}

fn trip(id: impl Into<Json>, city: &str) -> Json {
    json!({"id": id.into(), "city": city})
}

#[test]
fn the_first_row_that_breaks_a_rule_fails_the_step() {
    let cases = [
        (vec![trip(1, "Ulm"), trip("x", "Ulm")], Some((2, "id", "x", "type"))),
        (vec![trip(0, "Ulm")], Some((1, "id", "0", "minimum"))),
        (vec![trip(1, "Ulm"), trip(1, "Rom")], Some((2, "id", "1", "primaryKey"))),
        (vec![trip(2, "Ulm"), trip(Json::Null, "Rom")], Some((2, "id", "", "primaryKey"))),
        (vec![trip(1, "Rom"), trip(2, "Bonn")], Some((2, "city", "Bonn", "foreignKeys"))),
        (vec![trip(1, "Rom"), trip(2, "Ulm")], None),
    ];
    for (rows, expected) in cases {
        let Err(error) = run(&json!({}), &rows) else {
            assert_eq!(expected, None, "{rows:?}");
            continue;
        };
        let Cause::Row(row) = &*error.cause else { panic!("{error}") };
        assert_eq!(row.resource, "trips");
        let found = (row.row, row.field.as_str(), row.value.as_str(), row.rule.as_str());
        assert_eq!(Some(found), expected);
    }
}

#[test]
fn bad_rows_are_collected_with_those_of_bad_keys() {
    let rows = [trip(1, "Ulm"), trip("x", "Ulm"), trip(1, "Rom"), trip(3, "Bonn")];
    let lines = run(&json!({"on_error": "collect"}), &rows).unwrap();
    let (errors, passed): (Vec<String>, Vec<String>) =
        lines.into_iter().partition(|line| line.starts_with("trips-errors"));
    assert_eq!(passed.len(), 5);
    let found: Vec<(Json, Json)> = errors
        .iter()
        .map(|line| serde_json::from_str::<Json>(line.split_once(' ').unwrap().1).unwrap())
        .map(|error| (error["row"].clone(), error["rule"].clone()))
        .collect();
    // Rows keep the numbers that they came with.
    assert_eq!(
        found,
        [
            (json!(2), json!("type")),
            (json!(3), json!("primaryKey")),
            (json!(4), json!("foreignKeys")),
        ]
    );
}

#[test]
fn dropped_rows_have_no_say_about_keys() {
    let rows = [trip(1, "Ulm"), trip(-1, "Bonn"), trip(2, "Rom")];
    let lines = run(&json!({"on_error": "drop"}), &rows).unwrap();
    assert_eq!(lines.len(), 4);
    let ignored = run(&json!({"on_error": "ignore"}), &[trip(1, "Ulm"), trip(1, "Bonn")]);
    assert_eq!(ignored.unwrap().len(), 4);
}
