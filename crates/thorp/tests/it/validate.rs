//! `thorp validate`, as users call it.

use serde_json::Value;

use crate::project::{Project, stderr, stdout};

const PACKAGE: &str = r#"{"resources": [
    {"name": "trips", "path": "trips.csv", "schema": {
        "fields": [{"name": "id", "type": "integer"}, {"name": "city", "type": "string"}],
        "primaryKey": "id",
        "foreignKeys": [{"fields": "city", "reference": {"resource": "cities", "fields": "name"}}]
    }},
    {"name": "cities", "path": "cities.csv", "schema": {"fields": [{"name": "name"}]}}
]}"#;

fn project(trips: &str) -> Project {
    let project = Project::new("{}");
    project.write("data/datapackage.json", PACKAGE);
    project.write("data/trips.csv", trips);
    project.write("data/cities.csv", "name\nUlm\nRom\n");
    project
}

#[test]
fn a_valid_package_says_so() {
    let output = project("id,city\n1,Ulm\n2,Rom\n").run(&["validate", "data"]);
    assert_eq!(stdout(&output), "valid: 4 rows in 2 resources\n", "{}", stderr(&output));
    assert_eq!(output.status.code(), Some(0));
}

#[test]
fn every_error_has_a_line() {
    let project = project("id,city\n1,Ulm\nx,Rom\n1,Bonn\n");
    let output = project.run(&["validate", "data/datapackage.json"]);
    assert_eq!(
        stdout(&output),
        "resource `trips`, row 2, field `id`: `x` is not an integer (type)\n\
         resource `trips`, row 3, field `id`: `1` is there already in row 1 (primaryKey)\n\
         resource `trips`, row 3, field `city`: `Bonn` is not in field `name` of `cities` \
         (foreignKeys)\n\
         3 errors in 1 resource: 5 rows in 2 resources\n"
    );
    assert_eq!(output.status.code(), Some(1));

    let limited = project.run(&["validate", "data", "--limit-errors", "1"]);
    assert!(stdout(&limited).contains("and 2 more\n3 errors"), "{}", stdout(&limited));

    let output = project.run(&["validate", "data", "--output", "json"]);
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["valid"], Value::Bool(false));
    assert_eq!(report["errors"][0]["row"], 2);
    assert_eq!(report["errors"][0]["value"], "x");
    assert_eq!(report["stats"]["errors"], 3);
}

#[test]
fn a_table_is_held_against_a_schema_that_is_given() {
    let project = Project::new("{}");
    project.write("a.csv", "id\n1\nx\n");
    project.write("schema.json", r#"{"fields": [{"name": "id", "type": "integer"}]}"#);
    assert_eq!(project.run(&["validate", "a.csv"]).status.code(), Some(0));
    let output = project.run(&["validate", "a.csv", "--schema", "schema.json"]);
    assert!(stdout(&output).contains("`x` is not an integer"), "{}", stdout(&output));
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn nothing_at_the_path_is_no_validation() {
    let project = Project::new("{}");
    for arguments in
        [&["validate", "none.csv"][..], &["validate", "."], &["validate", ".", "--schema", "none"]]
    {
        let output = project.run(arguments);
        assert_eq!(output.status.code(), Some(2), "{}", stderr(&output));
        assert_eq!(stdout(&output), "");
        assert!(stderr(&output).starts_with("error: "), "{}", stderr(&output));
    }
}
