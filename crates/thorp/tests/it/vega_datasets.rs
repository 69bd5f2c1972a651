//! A large package that others made: what is wrong with it is found, and all else loads.
//!
//! `examples/vega-datasets/README.md` tells why each of these is wrong.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::project::{Project, stderr, stdout};

/// Resource, field, rule, how often.
const WRONG: [(&str, &str, &str, u64); 10] = [
    ("cars", "Miles_per_Gallon", "type", 139),
    ("flights_10k", "date", "type", 10_000),
    ("flights_20k", "date", "type", 20_000),
    ("flights_2k", "date", "type", 2_000),
    ("flights_5k", "date", "type", 5_000),
    ("movies", "Release Date", "type", 3_201),
    ("movies", "Title", "type", 9),
    ("political_contributions", "Coverage_End_Date", "type", 58),
    ("sp500", "date", "type", 123),
    ("stocks", "date", "type", 560),
];

/// The package, with its descriptor beside the data, or nothing when it is not installed.
fn package() -> Option<Project> {
    let Some(source) = std::env::var_os("THORP_VEGA").map(PathBuf::from) else {
        eprintln!("!!! SKIPPED: THORP_VEGA is not set; `cargo xtask test` sets it");
        return None;
    };
    let project = Project::new("");
    std::fs::copy(source.join("datapackage.json"), project.path("datapackage.json")).unwrap();
    for entry in std::fs::read_dir(source.join("data")).unwrap() {
        let entry = entry.unwrap();
        let link = project.path(entry.file_name().to_str().unwrap());
        std::os::unix::fs::symlink(entry.path(), link).unwrap();
    }
    Some(project)
}

fn json(path: &Path) -> Value {
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

#[test]
fn all_that_is_wrong_is_found() {
    let Some(project) = package() else { return };
    let arguments =
        ["validate", "datapackage.json", "--limit-errors", "100000", "--output", "json"];
    let output = project.run(&arguments);
    assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));

    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let mut counts: BTreeMap<(&str, &str, &str), u64> = BTreeMap::new();
    let mut hashes = 0;
    for error in report["errors"].as_array().unwrap() {
        let word = |key: &str| error[key].as_str().unwrap_or_default();
        match word("rule") {
            "hash" => hashes += 1,
            rule => *counts.entry((word("resource"), word("field"), rule)).or_default() += 1,
        }
    }
    assert_eq!(hashes, 73);
    let counts: Vec<_> = counts.into_iter().map(|((r, f, rule), n)| (r, f, rule, n)).collect();
    assert_eq!(counts, WRONG);
}

#[test]
fn every_table_that_fits_its_schema_loads() {
    let Some(project) = package() else { return };
    let descriptor = json(&project.path("datapackage.json"));
    let mut spec = String::new();
    let mut tables = Vec::new();
    for resource in descriptor["resources"].as_array().unwrap() {
        let name = resource["name"].as_str().unwrap();
        if resource["type"] == "table" {
            tables.push(format!("./{name}"));
            spec.push_str(&format!(
                "{name}:\n  pipeline:\n  - run: load_resource\n    \
                 parameters: {{url: datapackage.json, resource: {name}}}\n"
            ));
        }
    }
    project.write("pipeline-spec.yaml", &spec);

    let output = project.run(&["run", "all", "--output", "json"]);
    let results: Vec<Value> =
        stdout(&output).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(results.len(), tables.len(), "{}", stderr(&output));
    let failed: Vec<&str> = results
        .iter()
        .filter(|result| result["success"] == false)
        .map(|result| result["pipeline"].as_str().unwrap().trim_start_matches("./"))
        .collect();
    let mut refused: Vec<&str> = WRONG.iter().map(|(resource, ..)| *resource).collect();
    refused.dedup();
    assert_eq!(sorted(failed), refused);
    assert!(results.iter().all(|result| result["success"] == false || rows(result) > 0));
}

fn rows(result: &Value) -> u64 {
    result["rows"].as_u64().unwrap()
}

fn sorted(mut names: Vec<&str>) -> Vec<&str> {
    names.sort_unstable();
    names
}
