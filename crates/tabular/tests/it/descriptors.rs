//! The descriptors of the reference implementations and their verdicts about them.
//!
//! They are third-party test data, read from the folder `THORP_FIXTURES`.

use std::path::PathBuf;

use model::Json;
use tabular::profile::{Version, check_package, check_schema};

#[test]
#[expect(clippy::print_stderr, reason = "a skipped test says so")]
fn descriptors_are_judged_as_by_the_references() {
    let Some(verdicts) = read("acceptance/descriptor_validity.json") else {
        return eprintln!(
            "SKIPPED: the folder THORP_FIXTURES with third-party test data is absent"
        );
    };
    let mut wrong = Vec::new();
    let verdicts = verdicts["results"].as_object().unwrap();
    assert_eq!(verdicts.len(), 26);
    for (path, verdict) in verdicts {
        let descriptor = read(path);
        if verdict["json"] == Json::Bool(false) {
            assert_eq!(descriptor, None, "{path}");
            continue;
        }
        let descriptor = descriptor.unwrap();
        let problems = match verdict.get("valid") {
            Some(_) => check_schema(&descriptor, Version::One),
            None => check_package(&descriptor),
        };
        let expected = verdict.get("valid").unwrap_or(&verdict["valid_v1"]);
        if *expected != Json::Bool(problems.is_empty()) {
            wrong.push(format!("{path}: {problems:?}"));
        }
        if verdict.get("v2_profile_errors").is_some() {
            // The one error that the published profile finds is a defect of it: a dialect may be
            // given by reference.
            let mut descriptor = descriptor;
            descriptor["$schema"] = "https://datapackage.org/profiles/2.0/datapackage.json".into();
            let problems = check_package(&descriptor);
            if !problems.is_empty() {
                wrong.push(format!("{path} as version 2: {problems:?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{} differ:\n{}", wrong.len(), wrong.join("\n"));
}

/// A file of the fixtures, when it is there and JSON.
fn read(path: &str) -> Option<Json> {
    let workspace = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/fixtures");
    let folder = std::env::var_os("THORP_FIXTURES").map_or(workspace, PathBuf::from);
    serde_json::from_slice(&std::fs::read(folder.join("dpp").join(path)).ok()?).ok()
}
