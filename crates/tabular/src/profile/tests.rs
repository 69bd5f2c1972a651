use model::Json;
use serde_json::json;

use super::{
    Problem, Version, check_custom, check_dialect, check_package, check_resource, check_schema,
    custom_profile,
};

const V2: &str = "https://datapackage.org/profiles/2.0/datapackage.json";

fn found(problems: &[Problem]) -> Vec<(&str, &str)> {
    problems.iter().map(|problem| (problem.property.as_str(), problem.rule)).collect()
}

/// A package with one resource of the given properties.
fn package(resource: &Json) -> Json {
    json!({ "resources": [resource] })
}

#[test]
fn packages_that_break_a_rule_are_found_out() {
    let good = json!({"name": "a", "path": "a.csv"});
    let cases = [
        (json!([]), ("/", "type")),
        (json!({}), ("resources", "required")),
        (json!({"resources": []}), ("resources", "required")),
        (json!({"resources": {}}), ("resources", "type")),
        (json!({"resources": [good], "name": "Large Name"}), ("name", "format")),
        (json!({"resources": [good], "title": 1}), ("title", "type")),
        (json!({"resources": [good], "created": "yesterday"}), ("created", "format")),
        (json!({"resources": [good], "homepage": "here"}), ("homepage", "format")),
        (json!({"resources": [good], "keywords": [1]}), ("keywords", "items")),
        (json!({"resources": [good], "licenses": []}), ("licenses", "items")),
        (json!({"resources": [good], "licenses": [1]}), ("licenses[0]", "type")),
        (json!({"resources": [good], "contributors": [{}]}), ("contributors[0]", "required")),
        (json!({"resources": [good], "sources": [{}]}), ("sources[0]", "required")),
        (
            json!({"resources": [good], "contributors": [{"title": "x", "role": "king"}]}),
            ("contributors[0].role", "enum"),
        ),
        (json!({"resources": [good, good]}), ("name", "unique")),
    ];
    for (descriptor, expected) in cases {
        assert_eq!(found(&check_package(&descriptor)), [expected], "{descriptor}");
    }
}

#[test]
fn resources_that_break_a_rule_are_found_out() {
    let cases = [
        (json!(1), ("/", "type")),
        (json!({"path": "a.csv"}), ("name", "required")),
        (json!({"name": "a"}), ("path", "required")),
        (json!({"name": "a", "path": "a", "data": []}), ("data", "exclusive")),
        (json!({"name": "a", "path": "../a"}), ("path", "safe-path")),
        (json!({"name": "a", "path": "/etc/passwd"}), ("path", "safe-path")),
        (json!({"name": "a", "path": "~/a"}), ("path", "safe-path")),
        (json!({"name": "a", "path": "file:///a"}), ("path", "safe-path")),
        (json!({"name": "a", "path": ["a", "b/../../c"]}), ("path[1]", "safe-path")),
        (json!({"name": "a", "path": []}), ("path", "type")),
        (json!({"name": "a", "path": "a", "bytes": -1}), ("bytes", "minimum")),
        (json!({"name": "a", "path": "a", "bytes": "1"}), ("bytes", "type")),
        (json!({"name": "a", "path": "a", "hash": "xyz"}), ("hash", "format")),
        (json!({"name": "a", "path": "a", "mediatype": "csv"}), ("mediatype", "format")),
        (json!({"name": "a", "path": "a", "schema": "../s.json"}), ("schema", "safe-path")),
        (json!({"name": "a", "path": "a", "dialect": 1}), ("dialect", "type")),
        (
            json!({"name": "a", "path": "a", "profile": "tabular-data-resource"}),
            ("schema", "required"),
        ),
        (
            json!({"name": "a", "path": "a", "schema": {"fields": [{"name": "x", "type": "int"}]}}),
            ("schema.fields[0].type", "enum"),
        ),
    ];
    for (descriptor, expected) in cases {
        assert_eq!(found(&check_resource(&descriptor, Version::One)), [expected], "{descriptor}");
        let problems = check_package(&package(&descriptor));
        assert!(problems.iter().all(|problem| problem.resource.is_some()), "{descriptor}");
    }
}

#[test]
fn schemas_that_break_a_rule_are_found_out() {
    let field = |properties: Json| json!({"fields": [properties]});
    let cases = [
        (json!({"fields": []}), ("fields", "required")),
        (json!({"fields": ["a"]}), ("fields[0]", "type")),
        (field(json!({"type": "string"})), ("fields[0]", "type")),
        (field(json!({"name": "a", "title": 1})), ("fields[0].title", "type")),
        (field(json!({"name": "a", "format": "phone"})), ("fields[0].format", "enum")),
        (
            field(json!({"name": "a", "type": "integer", "format": "any"})),
            ("fields[0].format", "enum"),
        ),
        (
            field(json!({"name": "a", "constraints": {"required": "yes"}})),
            ("fields[0].constraints.required", "type"),
        ),
        (
            field(json!({"name": "a", "constraints": {"enum": []}})),
            ("fields[0].constraints.enum", "items"),
        ),
        (
            field(json!({"name": "a", "constraints": {"enum": ["x", "x"]}})),
            ("fields[0].constraints.enum", "unique"),
        ),
        (
            field(json!({"name": "a", "constraints": {"pattern": "("}})),
            ("fields[0].constraints.pattern", "format"),
        ),
        (
            field(json!({"name": "a", "type": "integer", "constraints": {"minimum": "x"}})),
            ("fields[0].constraints.minimum", "format"),
        ),
        (
            field(json!({"name": "a", "constraints": {"minLength": 3, "maxLength": 2}})),
            ("fields[0].constraints.maxLength", "range"),
        ),
        (
            field(json!({"name": "a", "type": "boolean", "trueValues": []})),
            ("fields[0].trueValues", "items"),
        ),
        (json!({"fields": [{"name": "a"}, {"name": "a"}]}), ("fields", "key")),
        (json!({"fields": [{"name": "a"}], "primaryKey": "b"}), ("primaryKey", "key")),
        (json!({"fields": [{"name": "a"}], "uniqueKeys": [["b"]]}), ("uniqueKeys", "key")),
        (
            json!({"fields": [{"name": "a"}], "missingValues": ["-", "-"]}),
            ("missingValues", "unique"),
        ),
        (
            json!({"fields": [{"name": "a"}], "foreignKeys": [{
                "fields": "a", "reference": {"fields": "b"},
            }]}),
            ("foreignKeys", "key"),
        ),
    ];
    for (descriptor, expected) in cases {
        let problems = check_schema(&descriptor, Version::One);
        let found = found(&problems);
        assert!(found.contains(&expected), "{descriptor} gave {problems:?}");
    }
}

#[test]
fn version_two_knows_more_than_version_one() {
    let schema = json!({
        "fields": [
            {"name": "a", "type": "list", "itemType": "integer"},
            {"name": "b", "type": "string", "categories": [{"value": "x", "label": "X"}]},
            {"name": "c", "missingValues": ["-"]},
        ],
        "missingValues": [{"value": "", "label": "nothing said"}],
        "fieldsMatch": "subset",
        "uniqueKeys": [["a", "b"]],
        "foreignKeys": [{"fields": ["a"], "reference": {"fields": ["c"]}}],
    });
    assert_eq!(check_schema(&schema, Version::Two), []);
    assert_eq!(
        found(&check_schema(&schema, Version::One)),
        [
            ("missingValues", "version"),
            ("fields[0].type", "version"),
            ("fieldsMatch", "version"),
            ("foreignKeys[0].reference.resource", "required"),
        ]
    );
    let wrong = json!({"fields": [{"name": "a", "type": "number", "categories": [1, 1]}]});
    let expected = [("fields[0].categories", "type"), ("fields[0].categories", "unique")];
    assert_eq!(found(&check_schema(&wrong, Version::Two)), expected);
}

#[test]
fn the_declared_profile_decides_which_version_counts() {
    let mut package = json!({
        "name": "A Package",
        "contributors": [{"givenName": "Ada", "familyName": "L", "roles": ["author"]}],
        "sources": [{"path": "https://example.org/x"}],
        "resources": [{"name": "With Capitals", "path": "a.csv", "type": "table"}],
    });
    assert_eq!(
        found(&check_package(&package)),
        [
            ("name", "format"),
            ("contributors[0]", "required"),
            ("sources[0]", "required"),
            ("name", "format"),
        ]
    );
    package["$schema"] = V2.into();
    assert_eq!(check_package(&package), []);
    package["resources"][0]["path"] = ".hidden".into();
    assert_eq!(found(&check_package(&package)), [("path", "safe-path")]);
    package["resources"][0]["$schema"] =
        "https://datapackage.org/profiles/1.0/dataresource.json".into();
    assert_eq!(found(&check_package(&package)), [("name", "format")]);
}

#[test]
fn foreign_keys_must_lead_somewhere() {
    let resource = |reference: Json| {
        json!({"resources": [
            {"name": "a", "path": "a.csv", "schema": {
                "fields": [{"name": "x"}],
                "foreignKeys": [{"fields": "x", "reference": reference}],
            }},
            {"name": "b", "path": "b.csv", "schema": {"fields": [{"name": "y"}]}},
        ]})
    };
    let cases = [
        (json!({"resource": "b", "fields": "y"}), None),
        (json!({"resource": "", "fields": "x"}), None),
        (json!({"resource": "", "fields": "z"}), Some("schema.foreignKeys")),
        (json!({"resource": "c", "fields": "y"}), Some("schema.foreignKeys[0].reference.resource")),
        (json!({"resource": "b", "fields": "x"}), Some("schema.foreignKeys[0].reference.fields")),
        (json!({"package": "https://e.org/p.json", "resource": "c", "fields": "y"}), None),
    ];
    for (reference, expected) in cases {
        let problems = check_package(&resource(reference.clone()));
        let properties: Vec<&str> = problems.iter().map(|p| p.property.as_str()).collect();
        assert_eq!(properties, Vec::from_iter(expected), "{reference}");
    }
}

#[test]
fn dialects_that_break_a_rule_are_found_out() {
    let cases = [
        (json!({"delimiter": 1}), Version::One, Some(("delimiter", "type"))),
        (json!({"delimiter": ";;"}), Version::One, Some(("delimiter", "format"))),
        (json!({"header": "yes"}), Version::One, Some(("header", "type"))),
        (json!({"caseSensitiveHeader": 1}), Version::One, Some(("caseSensitiveHeader", "type"))),
        (json!({"headerRows": [0]}), Version::Two, Some(("headerRows", "items"))),
        (json!({"itemType": "row"}), Version::Two, Some(("itemType", "enum"))),
        (json!({"sheetNumber": 0}), Version::Two, Some(("sheetNumber", "minimum"))),
        (json!({"delimiter": "|", "headerRows": [1, 2], "itemKeys": ["a"]}), Version::Two, None),
    ];
    for (descriptor, version, expected) in cases {
        let problems = check_dialect(&descriptor, version);
        assert_eq!(found(&problems), Vec::from_iter(expected), "{descriptor}");
    }
}

#[test]
fn errors_name_resource_property_and_fix() {
    let problems =
        check_package(&package(&json!({"name": "trips", "path": "t.csv", "bytes": "9"})));
    assert_eq!(
        problems[0].to_string(),
        "resource `trips`, `bytes`: is a text; write a whole number from 0 up"
    );
}

#[test]
fn a_profile_of_ones_own_counts_too() {
    let profile = json!({
        "allOf": [
            {"$ref": V2},
            {"required": ["temporal"], "properties": {"resources": {"maxItems": 0}}},
        ],
    });
    let descriptor = json!({"$schema": "own.json", "resources": [{"name": "a"}]});
    assert_eq!(custom_profile(descriptor.as_object().unwrap()), Some("own.json"));
    let problems = check_custom(&descriptor, &profile).unwrap();
    let mut properties = found(&problems);
    properties.sort_unstable();
    assert_eq!(properties, [("/", "profile"), ("/resources", "profile")]);
    assert!(check_custom(&descriptor, &json!({"$ref": "https://example.org/x"})).is_err());
    for standard in [V2, "https://specs.frictionlessdata.io/schemas/data-package.json"] {
        let descriptor = json!({ "$schema": standard, "profile": "data-package" });
        assert_eq!(custom_profile(descriptor.as_object().unwrap()), None);
    }
}
