use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use serde_json::json;
use tabular::schema::Schema;
use tabular::{Batch, Column, Kind, Value};

use super::{PackageKeys, Rows};
use crate::error::StepError;

fn schema(descriptor: &model::Json) -> Schema {
    Schema::parse(descriptor.as_object().unwrap()).unwrap()
}

fn batch(rows: &[(Option<i64>, Option<&str>)]) -> Batch {
    let a: Column =
        rows.iter().map(|(a, _)| a.map(|a| Value::new(Kind::Integer, a.to_string()))).collect();
    let b: Column = rows.iter().map(|(_, b)| b.map(|b| Value::new(Kind::Text, b))).collect();
    Batch::new(rows.len(), [("a".into(), a), ("b".into(), b)])
}

/// What is found in `resources`, as `resource row rule: text`, sorted.
fn violations(
    schemas: &[(String, Schema)],
    resources: &[(&str, Vec<Batch>)],
    memory_bytes: usize,
) -> Vec<String> {
    let mut keys = PackageKeys::new(schemas, memory_bytes);
    let mut found = Vec::new();
    let mut report = |violation: super::Violation| -> Result<(), StepError> {
        let super::Violation { resource, row, rule, text, .. } = violation;
        found.push(format!("{resource} {row} {rule}: {text}"));
        Ok(())
    };
    for (resource, batches) in resources {
        let mut first = 1;
        for batch in batches {
            keys.push(resource, &Rows::new(batch, first, &[])).unwrap();
            first += u64::try_from(batch.rows()).unwrap();
        }
        keys.close(resource, &mut report).unwrap();
    }
    keys.finish(&mut report).unwrap();
    found.sort();
    found
}

#[test]
fn each_kind_of_key_finds_its_violations() {
    let fields = json!([{"name": "a", "type": "integer"}, {"name": "b"}]);
    let unique = json!([
        {"name": "a", "type": "integer", "constraints": {"unique": true}}, {"name": "b"},
    ]);
    let rows = [
        (Some(1), Some("x")),
        (Some(1), Some("y")),
        (None, Some("x")),
        (None, None),
        (Some(1), Some("x")),
    ];
    let reference = |resource: &str| {
        json!([{
            "fields": "b", "reference": {"resource": resource, "fields": "b"},
        }])
    };
    let cases = [
        (
            json!({"fields": fields, "primaryKey": "a"}),
            vec![
                "t 2 primaryKey: `1` is there already in row 1",
                "t 3 primaryKey: a primary key needs a value",
                "t 4 primaryKey: a primary key needs a value",
                "t 5 primaryKey: `1` is there already in row 1",
            ],
        ),
        (
            json!({"fields": fields, "uniqueKeys": [["a", "b"]]}),
            vec!["t 5 uniqueKeys: `1, x` is there already in row 1"],
        ),
        (
            json!({"fields": unique}),
            vec![
                "t 2 unique: `1` is there already in row 1",
                "t 5 unique: `1` is there already in row 1",
            ],
        ),
        (json!({"fields": fields, "foreignKeys": reference("")}), vec![]),
        (json!({"fields": fields, "foreignKeys": reference("elsewhere")}), vec![]),
        (
            json!({"fields": fields, "foreignKeys": reference("u")}),
            vec!["t 2 foreignKeys: `y` is not in field `b` of `u`"],
        ),
    ];
    for (descriptor, expected) in cases {
        let schemas = [
            ("t".to_owned(), schema(&descriptor)),
            ("u".to_owned(), schema(&json!({"fields": fields}))),
        ];
        let other = batch(&[(None, Some("x")), (None, Some("z"))]);
        let resources = [("t", vec![batch(&rows)]), ("u", vec![other])];
        assert_eq!(violations(&schemas, &resources, usize::MAX), expected, "{descriptor}");
    }
}

#[test]
fn a_tree_refers_to_itself() {
    let descriptor = json!({
        "fields": [{"name": "a", "type": "integer"}, {"name": "b", "type": "integer"}],
        "foreignKeys": [{"fields": ["b"], "reference": {"resource": "", "fields": ["a"]}}],
    });
    let ids: Column = [1, 2, 3]
        .map(|id: i32| Some(Value::new(Kind::Integer, id.to_string())))
        .into_iter()
        .collect();
    let parents: Column = [None, Some("3"), Some("4")]
        .map(|id| id.map(|id| Value::new(Kind::Integer, id)))
        .into_iter()
        .collect();
    let rows = Batch::new(3, [("a".into(), ids), ("b".into(), parents)]);
    let found = violations(&[("t".into(), schema(&descriptor))], &[("t", vec![rows])], 1);
    assert_eq!(found, ["t 3 foreignKeys: `4` is not in field `a`"]);
}

#[test]
fn keys_of_resources_that_were_cut_off_are_not_checked() {
    let descriptor = json!({
        "fields": [{"name": "b"}],
        "foreignKeys": [{"fields": "b", "reference": {"resource": "u", "fields": "b"}}],
    });
    let schemas = [
        ("t".to_owned(), schema(&descriptor)),
        ("u".to_owned(), schema(&json!({"fields": [{"name": "b"}]}))),
    ];
    let mut keys = PackageKeys::new(&schemas, 1000);
    keys.push("t", &Rows::new(&batch(&[(None, Some("x"))]), 1, &[])).unwrap();
    keys.forget("u");
    assert!(!keys.concern("u"));
    let mut report = |violation| -> Result<(), StepError> { panic!("{violation:?}") };
    keys.finish(&mut report).unwrap();
}

#[test]
fn rows_whose_key_was_wrong_are_left_out() {
    let descriptor = json!({"fields": [{"name": "a", "type": "integer"}], "primaryKey": "a"});
    let mut keys = PackageKeys::new(&[("t".into(), schema(&descriptor))], 1000);
    let broken = [("a".to_owned(), 0), ("b".to_owned(), 1)];
    let rows = batch(&[(None, None), (None, None)]);
    keys.push("t", &Rows::new(&rows, 1, &broken)).unwrap();
    let mut found = Vec::new();
    keys.close("t", &mut |violation| {
        found.push(violation.row);
        Ok(())
    })
    .unwrap();
    assert_eq!(found, [2]);
}

proptest! {
    #[test]
    fn any_memory_bound_finds_what_sets_find(
        rows in prop::collection::vec((prop::option::of(0..20_i64), "[ab]{0,2}"), 0..120),
        other in prop::collection::vec("[ab]{0,2}", 0..6),
        batch_rows in 1_usize..40,
        memory in prop_oneof![Just(1_usize), Just(3_000), Just(usize::MAX)],
    ) {
        let descriptor = json!({
            "fields": [{"name": "a", "type": "integer"}, {"name": "b"}],
            "uniqueKeys": [["a", "b"]],
            "foreignKeys": [{"fields": "b", "reference": {"resource": "u", "fields": "b"}}],
        });
        let schemas = [
            ("t".to_owned(), schema(&descriptor)),
            ("u".to_owned(), schema(&json!({"fields": [{"name": "b"}]}))),
        ];
        let cells: Vec<(Option<i64>, Option<&str>)> =
            rows.iter().map(|(a, b)| (*a, Some(b.as_str()))).collect();
        let others: Vec<(Option<i64>, Option<&str>)> =
            other.iter().map(|b| (None, Some(b.as_str()))).collect();
        let resources = [
            ("t", cells.chunks(batch_rows).map(batch).collect()),
            ("u", others.chunks(batch_rows).map(batch).collect()),
        ];
        let known: BTreeSet<&str> = other.iter().map(String::as_str).collect();
        let mut first: BTreeMap<(i64, &str), usize> = BTreeMap::new();
        let mut expected = Vec::new();
        for ((a, b), row) in rows.iter().zip(1..) {
            if !known.contains(b.as_str()) {
                expected.push(format!("t {row} foreignKeys: `{b}` is not in field `b` of `u`"));
            }
            let Some(a) = a else { continue };
            let before = *first.entry((*a, b)).or_insert(row);
            if before != row {
                expected.push(format!("t {row} uniqueKeys: `{a}, {b}` is there already in row {before}"));
            }
        }
        expected.sort();
        prop_assert_eq!(violations(&schemas, &resources, memory), expected);
    }
}
