use model::{Json, Map};
use serde_json::json;

use super::{Field, FieldType, FieldsMatch, Schema};

fn map(json: Json) -> Map {
    serde_json::from_value(json).unwrap()
}

#[test]
fn all_of_a_schema_is_read() {
    let schema = Schema::parse(&map(json!({
        "fields": [
            {"name": "id", "type": "integer", "constraints": {"required": true, "minimum": 1}},
            {"name": "grade", "categories": ["a", {"value": "b", "label": "B"}],
             "categoriesOrdered": true, "missingValues": ["-"]},
            {"name": "tags", "type": "list", "delimiter": ";", "itemType": "integer"}
        ],
        "missingValues": ["", {"value": "NA", "label": "not asked"}],
        "primaryKey": "id",
        "uniqueKeys": [["id", "grade"]],
        "foreignKeys": [
            {"fields": "id", "reference": {"resource": "", "fields": "id"}},
            {"fields": ["id"], "reference": {"resource": "other", "fields": ["key"]}}
        ],
        "fieldsMatch": "subset"
    })))
    .unwrap();

    assert_eq!(schema.primary_key, ["id"]);
    assert_eq!(schema.unique_keys, [["id", "grade"]]);
    assert_eq!(schema.foreign_keys[0].resource, None);
    assert_eq!(schema.foreign_keys[1].resource.as_deref(), Some("other"));
    assert_eq!(schema.fields_match, FieldsMatch::Subset);
    assert_eq!(schema.missing_values[1].label.as_deref(), Some("not asked"));
    assert_eq!(schema.fields[0].constraints.minimum, Some(json!(1)));
    assert_eq!(schema.fields[1].categories[1].value, json!("b"));
    assert_eq!(schema.fields[2].options.item_type, FieldType::Integer);
    assert_eq!(schema.missing_texts(&schema.fields[0]), ["", "NA"]);
    assert_eq!(schema.missing_texts(&schema.fields[1]), ["-"]);
}

#[test]
fn a_field_without_a_type_is_a_string_in_version_1_and_anything_in_version_2() {
    let fields = json!([{"name": "a"}]);
    let one = Schema::parse(&map(json!({"fields": fields}))).unwrap();
    assert_eq!(one.fields[0].field_type, FieldType::String);
    let profile = "https://datapackage.org/profiles/2.0/tableschema.json";
    let two = Schema::parse(&map(json!({"$schema": profile, "fields": fields}))).unwrap();
    assert_eq!(two.fields[0].field_type, FieldType::Any);
}

#[test]
fn broken_keys_are_tolerated_but_reported() {
    let descriptor = map(json!({
        "fields": [{"name": "a"}, {"name": "a"}],
        "primaryKey": "b",
        "foreignKeys": [{"fields": "a"}],
        "fieldsMatch": "some"
    }));
    assert!(Schema::parse(&descriptor).is_ok());
    let problems: Vec<String> =
        Schema::problems(&descriptor).iter().map(ToString::to_string).collect();
    assert_eq!(
        problems,
        [
            "`foreignKeys` of the schema: an entry has no `reference`; add it as an object",
            "`fieldsMatch` of the schema: `some` is not known; use exact, equal, subset, superset \
             or partial",
            "`primaryKey` of the schema: there is no field `b`; add it or correct the name",
            "`fields` of the schema: `a` is there twice; rename one of them",
        ]
    );
}

#[test]
fn fields_that_cannot_be_read_are_errors() {
    let error = |field: Json| Field::parse(&map(field)).unwrap_err().to_string();
    assert_eq!(
        error(json!({"name": "a", "type": "text"})),
        "field `a` has the unknown type `text`; use one of any, array, boolean, date, datetime, \
         duration, geojson, geopoint, integer, list, number, object, string, time, year, yearmonth"
    );
    assert_eq!(
        error(json!({"name": "a", "constraints": {"minLength": -1}})),
        "property `minLength` of field `a`: `-1` is not a whole number from 0 up"
    );
    assert_eq!(
        error(json!({"name": "a", "type": "list", "itemType": "object"})),
        "property `itemType` of field `a`: items of type `object` are not allowed"
    );
}
