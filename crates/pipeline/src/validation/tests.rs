use std::path::Path;
use std::sync::Arc;

use model::Json;
use serde_json::json;
use tempfile::TempDir;

use super::{Options, Report, ValidateError, validate};
use crate::context::Context;
use crate::testing::Still;

fn write(folder: &Path, files: &[(&str, &str)]) {
    for (name, text) in files {
        std::fs::write(folder.join(name), text).unwrap();
    }
}

fn check(folder: &Path, path: &str, options: &Options) -> Result<Report, ValidateError> {
    validate(path, options, &Context::new(folder, Arc::new(Still)))
}

fn many() -> Options {
    Options { schema: None, errors_max: 100 }
}

/// Row, field and rule of what is found in a package of one CSV resource, `t`.
fn found(resource: &Json, csv: &str) -> Vec<(u64, String, String)> {
    let folder = TempDir::new().unwrap();
    let mut descriptor = json!({"name": "t", "path": "t.csv"});
    descriptor.as_object_mut().unwrap().extend(resource.as_object().unwrap().clone());
    let package = json!({"resources": [descriptor]}).to_string();
    write(folder.path(), &[("datapackage.json", &package), ("t.csv", csv)]);
    let report = check(folder.path(), ".", &many()).unwrap();
    let rows = report.findings.into_iter().map(|finding| {
        assert_eq!(finding.resource.as_deref(), Some("t"), "{finding}");
        (finding.row.unwrap_or(0), finding.field.unwrap_or_default(), finding.rule)
    });
    rows.collect()
}

/// A resource whose schema has integer fields of these names.
fn integers(names: &[&str], more: &Json) -> Json {
    let fields: Vec<Json> =
        names.iter().map(|name| json!({"name": name, "type": "integer"})).collect();
    let mut schema = json!({ "fields": fields });
    schema.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    json!({ "schema": schema })
}

#[test]
fn columns_are_compared_as_fields_match_asks() {
    // The rule, the columns, the fields, what is wrong.
    let cases: [(&str, &str, &[&str], &[&str]); 14] = [
        ("exact", "a,b", &["a", "b"], &[]),
        ("exact", "b,a", &["a", "b"], &[""]),
        ("exact", "a", &["a", "b"], &["b"]),
        ("exact", "a,c", &["a", "b"], &["b", "c"]),
        ("equal", "b,a", &["a", "b"], &[]),
        ("equal", "a,b,c", &["a", "b"], &["c"]),
        ("subset", "c,b,a", &["a", "b"], &[]),
        ("subset", "c,b", &["a", "b"], &["a"]),
        ("superset", "b", &["a", "b"], &[]),
        ("superset", "b,c", &["a", "b"], &["c"]),
        ("partial", "b,c", &["a", "b"], &[]),
        ("partial", "c,d", &["a", "b"], &[""]),
        ("partial", "a", &["a"], &[]),
        ("subset", "a", &["a"], &[]),
    ];
    for (rule, columns, fields, expected) in cases {
        let schema = json!({
            "$schema": "https://datapackage.org/profiles/2.0/tableschema.json",
            "fieldsMatch": rule,
        });
        let row = columns.split(',').map(|_| "1").collect::<Vec<_>>().join(",");
        let found = found(&integers(fields, &schema), &format!("{columns}\n{row}\n"));
        let named: Vec<&str> = found.iter().map(|(_, field, _)| field.as_str()).collect();
        assert_eq!(named, expected, "{rule} {columns}");
        assert!(found.iter().all(|(_, _, rule)| rule == "fieldsMatch"));
    }
}

#[test]
fn cells_are_held_against_their_fields() {
    let with = |properties: Json| {
        let mut field = json!({"name": "a"});
        field.as_object_mut().unwrap().extend(properties.as_object().unwrap().clone());
        json!({"schema": {"fields": [field, {"name": "b"}]}})
    };
    let limits = |constraints: Json| with(json!({"type": "integer", "constraints": constraints}));
    let v2 = |mut resource: Json| {
        resource["schema"]["$schema"] =
            "https://datapackage.org/profiles/2.0/tableschema.json".into();
        resource
    };
    let cases = [
        (with(json!({"type": "integer"})), "1,x\nz,x\n", Some((2, "a", "type"))),
        (limits(json!({"required": true})), "1,x\n,x\n", Some((2, "a", "required"))),
        (limits(json!({"minimum": 2})), "1,x\n", Some((1, "a", "minimum"))),
        (limits(json!({"enum": [1, 2]})), "1,x\n3,x\n", Some((2, "a", "enum"))),
        (limits(json!({"unique": true})), "1,x\n2,x\n1,x\n", Some((3, "a", "unique"))),
        (
            with(json!({"constraints": {"pattern": "[ab]+"}})),
            "ab,x\nac,x\n",
            Some((2, "a", "pattern")),
        ),
        (with(json!({})), "1,x\n2\n", Some((2, "b", "missing-cell"))),
        (with(json!({})), "1,x,3\n", Some((1, "", "extra-cell"))),
        (with(json!({})), "1,\n,x\n", None),
        (
            v2(with(json!({"type": "string", "categories": ["x", {"value": "y", "label": "Y"}]}))),
            "x,1\ny,1\nz,1\n",
            Some((3, "a", "categories")),
        ),
        (
            v2(with(json!({"type": "integer", "missingValues": [{"value": "-", "label": "no"}]}))),
            "1,x\n-,x\n+,x\n",
            Some((3, "a", "type")),
        ),
    ];
    for (resource, rows, expected) in cases {
        let found = found(&resource, &format!("a,b\n{rows}"));
        let found: Vec<_> =
            found.iter().map(|(r, f, rule)| (*r, f.as_str(), rule.as_str())).collect();
        assert_eq!(found, Vec::from_iter(expected), "{resource} {rows}");
    }
}

#[test]
fn keys_hold_over_all_rows() {
    let keys = |more: Json| integers(&["a", "b"], &more);
    let itself = json!([{"fields": "b", "reference": {"resource": "", "fields": "a"}}]);
    let cases = [
        (
            keys(json!({"primaryKey": ["a", "b"]})),
            vec![(2, "a, b", "primaryKey"), (3, "a, b", "primaryKey")],
        ),
        (keys(json!({"primaryKey": "b"})), vec![(2, "b", "primaryKey"), (3, "b", "primaryKey")]),
        (keys(json!({"uniqueKeys": [["b"]]})), vec![(2, "b", "uniqueKeys")]),
        (keys(json!({"foreignKeys": itself})), vec![(4, "b", "foreignKeys")]),
    ];
    for (resource, expected) in cases {
        let found = found(&resource, "a,b\n1,2\n1,2\n2,\n3,4\n");
        let found: Vec<_> =
            found.iter().map(|(r, f, rule)| (*r, f.as_str(), rule.as_str())).collect();
        assert_eq!(found, expected, "{resource}");
    }
}

#[test]
fn a_wrong_cell_is_reported_once() {
    let resource = integers(&["a"], &json!({"primaryKey": "a"}));
    assert_eq!(found(&resource, "a\nx\ny\n").len(), 2);
}

#[test]
fn bytes_and_hashes_are_counted_again() {
    let cases = [
        (json!({"bytes": 6}), None),
        (json!({"bytes": 7}), Some("bytes")),
        (json!({"hash": "d70ee9faad35aaedf3d64a67fba4fb22"}), Some("hash")),
        (json!({"hash": "sha1:0000"}), Some("hash")),
        (json!({"hash": "crc:0000"}), Some("hash")),
    ];
    for (resource, expected) in cases {
        let rules = found(&resource, "a\n1\n2\n").into_iter().map(|(_, _, rule)| rule);
        assert_eq!(rules.collect::<Vec<_>>(), Vec::from_iter(expected), "{resource}");
    }
    for hash in
        ["d41d8cd98f00b204e9800998ecf8427e", "sha1:DA39A3EE5E6B4B0D3255BFEF95601890AFD80709"]
    {
        let resource = json!({"hash": hash, "path": "empty.bin"});
        let folder = TempDir::new().unwrap();
        let mut resource = resource;
        resource["name"] = "t".into();
        let package = json!({"resources": [resource]}).to_string();
        write(folder.path(), &[("datapackage.json", &package), ("empty.bin", "")]);
        let report = check(folder.path(), "datapackage.json", &many()).unwrap();
        assert_eq!(report.findings, [], "{hash}");
    }
}

/// Two resources, the first of which refers to the second.
const PACKAGE: &str = r##"{
    "resources": [
        {"name": "trips", "path": ["t1.csv", "t2.csv"], "schema": "trips.json"},
        {"name": "cities", "data": [["name", "size"], ["Ulm", 1], ["Rom", 2]], "schema": "#/schemas/cities"}
    ],
    "schemas": {"cities": {"fields": [{"name": "name", "type": "string"}, {"name": "size", "type": "integer"}]}}
}"##;

const TRIPS: &str = r#"{
    "fields": [{"name": "id", "type": "integer"}, {"name": "city"}],
    "foreignKeys": [{"fields": "city", "reference": {"resource": "cities", "fields": "name"}}]
}"#;

#[test]
fn packages_of_parts_and_references_are_checked_as_a_whole() {
    let folder = TempDir::new().unwrap();
    let files = [
        ("datapackage.json", PACKAGE),
        ("trips.json", TRIPS),
        ("t1.csv", "id,city\n1,Ulm\n"),
        ("t2.csv", "x,Rom\n3,Bonn\n"),
    ];
    write(folder.path(), &files);
    let report = check(folder.path(), "datapackage.json", &many()).unwrap();
    let texts: Vec<String> = report.findings.iter().map(ToString::to_string).collect();
    assert_eq!(
        texts,
        [
            "resource `trips`, row 2, field `id`: `x` is not an integer (type)",
            "resource `trips`, row 3, field `city`: `Bonn` is not in field `name` of `cities` (foreignKeys)",
        ]
    );
    let json = report.to_json();
    assert_eq!(json["valid"], json!(false));
    assert_eq!(json["errors"][0]["value"], json!("x"));
    assert_eq!(json["stats"]["resources"][0], json!({"resource": "trips", "rows": 3, "errors": 2}));

    let limited = Options { errors_max: 1, ..many() };
    let report = check(folder.path(), "datapackage.json", &limited).unwrap();
    assert_eq!((report.findings.len(), report.total), (1, 2));

    std::fs::write(folder.path().join("trips.json"), "{}").unwrap();
    let report = check(folder.path(), "datapackage.json", &many()).unwrap();
    assert_eq!(report.findings[0].property.as_deref(), Some("schema.fields"));
}

#[test]
fn a_profile_beside_the_descriptor_counts() {
    let folder = TempDir::new().unwrap();
    let package = r#"{"$schema": "own.json", "resources": [{"name": "t", "data": []}]}"#;
    let files = [("datapackage.json", package), ("own.json", r#"{"required": ["temporal"]}"#)];
    write(folder.path(), &files);
    let report = check(folder.path(), ".", &many()).unwrap();
    assert_eq!(report.findings.len(), 1, "{report:?}");
    assert_eq!(report.findings[0].rule, "profile");
}

#[test]
fn resource_that_says_it_is_no_table_is_not_read_as_one() {
    let folder = TempDir::new().unwrap();
    let of_type = |word: &str| {
        let resource = json!({"name": "r", "path": "r.json", "type": word});
        let package = json!({"resources": [resource]}).to_string();
        write(folder.path(), &[("datapackage.json", &package), ("r.json", r#"{"a": 1}"#)]);
        let report = check(folder.path(), ".", &many()).unwrap();
        report.findings.into_iter().map(|finding| finding.rule).collect::<Vec<_>>()
    };
    assert_eq!(of_type("json"), [""; 0]);
    assert_eq!(of_type("table"), ["source"]);
}

#[test]
fn tables_and_descriptors_are_told_apart() {
    let folder = TempDir::new().unwrap();
    let files = [
        ("a.csv", "id,when\n1,2020-01-01\n2,2020-02-30\n"),
        (
            "schema.json",
            r#"{"fields": [{"name": "id", "type": "integer"}, {"name": "when", "type": "date"}]}"#,
        ),
        ("bad_schema.json", r#"{"fields": [{"name": "id", "type": "int"}]}"#),
        ("dialect.json", r#"{"delimiter": ";;"}"#),
        ("resource.json", r#"{"name": "r", "path": "a.csv"}"#),
        ("broken.json", "{\"resources\": ["),
        ("missing.json", r#"{"resources": [{"name": "r", "path": "none.csv"}]}"#),
        ("outside.json", r#"{"resources": [{"name": "r", "path": "../a.csv"}]}"#),
    ];
    write(folder.path(), &files);
    let rules = |path: &str, schema: Option<&str>| {
        let options = Options { schema: schema.map(str::to_owned), ..many() };
        let report = check(folder.path(), path, &options).unwrap();
        report.findings.into_iter().map(|finding| finding.rule).collect::<Vec<_>>()
    };
    assert_eq!(rules("a.csv", None), [""; 0]);
    assert_eq!(rules("a.csv", Some("schema.json")), ["type"]);
    assert_eq!(rules("schema.json", None), [""; 0]);
    assert_eq!(rules("bad_schema.json", None), ["enum"]);
    assert_eq!(rules("dialect.json", None), ["format"]);
    assert_eq!(rules("resource.json", None), [""; 0]);
    assert_eq!(rules("broken.json", None), ["json"]);
    assert_eq!(rules("missing.json", None), ["source"]);
    assert_eq!(rules("outside.json", None), ["safe-path"]);
    let none = check(folder.path(), "none", &many()).unwrap_err();
    assert!(none.is_not_found());
    std::fs::create_dir(folder.path().join("empty")).unwrap();
    let empty = check(folder.path(), "empty", &many()).unwrap_err();
    assert!(empty.is_not_found());
}
