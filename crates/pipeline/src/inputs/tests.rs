use std::sync::Arc;

use model::Map;
use serde_json::{Value, json};
use store::fingerprint::Fingerprint;
use tempfile::TempDir;

use super::of_step;
use crate::context::Context;
use crate::testing::Still;

fn folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let write = |path: &str, text: &str| {
        let path = folder.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    };
    let descriptor = json!({"name": "p", "resources": [
        {"name": "one", "path": "data/one.csv", "schema": "schema.json"},
        {"name": "two", "path": ["data/two-1.csv", "data/two-2.csv"], "dialect": "#/dialect"},
        {"name": "inline", "data": [{"a": 1}]},
    ]});
    write("package/datapackage.json", &descriptor.to_string());
    write("package/schema.json", r#"{"fields": [{"name": "a"}]}"#);
    for name in ["one", "two-1", "two-2"] {
        write(&format!("package/data/{name}.csv"), "a\n1\n");
    }
    write("plain.csv", "a\n1\n");
    write("base.db", "");
    folder
}

/// The labels of what is read, and whether it is there.
fn read(processor: &str, parameters: &Value) -> Vec<(String, bool)> {
    let folder = folder();
    let mut ctx = Context::new(folder.path(), Arc::new(Still));
    let environment = [("PLACE", "plain.csv"), ("BASE", "sqlite:///base.db")];
    let environment = environment.map(|(name, value)| (name.to_owned(), value.to_owned()));
    ctx.environment = Arc::new(environment.into());
    let parameters: Map = parameters.as_object().unwrap().clone();
    of_step(processor, &parameters, &ctx)
        .into_iter()
        .map(|(label, state)| (label, matches!(state, Fingerprint::File { .. })))
        .collect()
}

fn there(labels: &[&str]) -> Vec<(String, bool)> {
    labels.iter().map(|label| ((*label).to_owned(), true)).collect()
}

#[test]
fn a_package_is_its_descriptor_and_the_files_of_the_chosen_resources() {
    let descriptor = "package/datapackage.json";
    let one = [descriptor, "package/datapackage.json one 0", "package/datapackage.json one 1"];
    let two = [descriptor, "package/datapackage.json two 0", "package/datapackage.json two 1"];
    let all = [&one[..], &two[1..]].concat();
    let load = |parameters: Value| read("load", &parameters);
    assert_eq!(load(json!({"from": descriptor})), there(&all));
    assert_eq!(load(json!({"from": descriptor, "resources": "o.*"})), there(&one));
    let from_folder = load(json!({"from": "package", "resources": ["two"]}));
    assert_eq!(from_folder.len(), 3);

    let resource = |parameters: Value| read("load_resource", &parameters);
    assert_eq!(resource(json!({"url": descriptor, "resource": 1})), there(&two));
    assert_eq!(resource(json!({"url": descriptor, "resources": {"one": {}}})), there(&one));
    assert_eq!(read("load_metadata", &json!({"url": descriptor})), there(&[descriptor]));
}

#[test]
fn places_and_databases_are_looked_at_behind_their_variables() {
    assert_eq!(read("load", &json!({"from": "plain.csv"})), there(&["plain.csv"]));
    assert_eq!(read("load", &json!({"from": "env://PLACE"})), there(&["env://PLACE"]));
    assert_eq!(read("add_resource", &json!({"url": "env://PLACE"})), there(&["env://PLACE"]));
    let database = json!({"from": "env://BASE", "table": "t"});
    assert_eq!(read("load", &database), there(&["env://BASE"]));
    let metadata = json!({"metadata": {"dpp:streamedFrom": "plain.csv"}});
    assert_eq!(read("update_resource", &metadata), there(&["plain.csv"]));
    assert_eq!(read("", &json!({"url": "plain.csv"})), there(&["plain.csv"]));
}

#[test]
fn what_is_not_there_or_cannot_tell_is_no_file() {
    let gone = |label: &str| vec![(label.to_owned(), false)];
    assert_eq!(read("load", &json!({"from": "gone.csv"})), gone("gone.csv"));
    assert_eq!(read("load", &json!({"from": "env://NOT_SET"})), gone("env://NOT_SET"));
    let package = json!({"url": "gone/datapackage.json", "resource": 0});
    assert_eq!(read("load_resource", &package), gone("gone/datapackage.json"));
    let database = json!({"from": "postgresql://host/db", "table": "t"});
    assert_eq!(read("load", &database), gone("postgresql://host/db"));
}

#[test]
fn rows_in_the_specification_and_packages_of_other_pipelines_are_no_inputs() {
    assert_eq!(read("load", &json!({"from": "text://a\n1\n", "format": "csv"})), []);
    assert_eq!(read("load_resource", &json!({"url": "dependency://./a", "resource": 0})), []);
    assert_eq!(read("filter", &json!({"in": [{"a": 1}]})), []);
}
