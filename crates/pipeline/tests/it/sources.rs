//! Resources from data packages and from elsewhere.
#![expect(
    clippy::indexing_slicing,
    clippy::needless_pass_by_value,
    reason = "helpers of tests take what `json!` gives, and fail by panic"
)]

use std::fs;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;

use model::{Json, Map};
use pipeline::error::StepError;
use serde_json::json;

use crate::harness::{Stream, context, run};
use crate::server::Server;

fn map(json: Json) -> Map {
    json.as_object().unwrap().clone()
}

/// Runs `processor` as the first step in `folder`.
fn first(processor: &str, parameters: Json, folder: &Path) -> Result<Stream, StepError> {
    let input = Stream { package: json!({"name": "_", "resources": []}), ..Stream::default() };
    run(processor, &map(parameters), &input, &context(folder))
}

fn text_of(error: &StepError) -> String {
    error.to_json()["text"].as_str().unwrap().to_owned()
}

/// Two fields, an integer and a text.
fn schema() -> Json {
    json!({"fields": [{"name": "a", "type": "integer"}, {"name": "b", "type": "string"}]})
}

fn write_package(folder: &Path, resources: Json) {
    let package = json!({"name": "p", "resources": resources});
    fs::write(folder.join("datapackage.json"), package.to_string()).unwrap();
}

fn rows() -> Json {
    json!([{"a": 1, "b": "x"}, {"a": 2, "b": "y"}])
}

#[test]
fn types_are_guessed_left_out_or_of_any_kind() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("r.csv"), "a\n1\n").unwrap();
    for (strategy, expected) in [("full", "integer"), ("strings", "string"), ("pytypes", "any")] {
        let parameters = json!({"from": "r.csv", "infer_strategy": strategy});
        let found = first("load", parameters, folder.path()).unwrap();
        let fields = &found.package["resources"][0]["schema"]["fields"];
        assert_eq!(fields[0]["type"], expected);
        assert_eq!(found.resources[0], [json!({"a": "1"})]);
    }
}

#[test]
fn a_counter_with_an_empty_name_is_left_out() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("r.csv"), "a\n1\n").unwrap();
    let input = first("load", json!({"from": "r.csv"}), folder.path()).unwrap();
    let parameters = json!({"out-path": "out", "counters": {"resource-bytes": ""}});
    let found =
        run("dump_to_path", &map(parameters), &input, &context(folder.path())).unwrap().package;
    let resource = &found["resources"][0];
    assert!(resource.get("").is_none() && resource.get("bytes").is_none(), "{resource}");
}

#[test]
fn parts_of_a_resource_are_one_table_below_one_header() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("1.csv"), "a,b\n1,x\n").unwrap();
    fs::write(folder.path().join("2.csv"), "2,y\n").unwrap();
    let resource = json!({"name": "r", "path": ["1.csv", "2.csv"], "schema": schema()});
    write_package(folder.path(), json!([resource]));
    let parameters = json!({"url": "datapackage.json", "resource": "r"});
    let found = first("load_resource", parameters, folder.path()).unwrap();
    assert_eq!(Json::from(found.resources[0].clone()), rows());
}

#[test]
fn inline_rows_are_objects_lists_or_a_text() {
    let folder = tempfile::tempdir().unwrap();
    let inline = |name: &str, data: Json| json!({"name": name, "data": data, "schema": schema()});
    write_package(
        folder.path(),
        json!([
            inline("objects", rows()),
            inline("lists", json!([["a", "b"], [1, "x"], ["2", "y"]])),
            inline("text", json!("a,b\n1,x\n2,y\n")),
        ]),
    );
    let parameters = json!({"url": "datapackage.json", "resource": ".*"});
    let found = first("load_resource", parameters, folder.path()).unwrap();
    for (index, have) in found.resources.iter().enumerate() {
        assert_eq!(Json::from(have.clone()), rows(), "resource {index}");
    }
    let described = &found.package["resources"][0];
    assert_eq!(described["path"], "objects.csv");
    assert_eq!(described.get("data"), None);
}

#[test]
fn a_dialect_an_encoding_and_a_reference_to_a_schema_are_heeded() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("t.dat"), b"1;caf\xe9\n2;\"y\"\n").unwrap();
    fs::write(folder.path().join("schema.json"), schema().to_string()).unwrap();
    let resource = json!({
        "name": "r", "path": "t.dat", "format": ".CSV", "encoding": "cp1252", "schema": "schema.json",
        "dialect": {"delimiter": ";", "header": false},
    });
    write_package(folder.path(), json!([resource]));
    let parameters = json!({"url": "datapackage.json", "resource": 0});
    let found = first("load_resource", parameters, folder.path()).unwrap();
    let expected = json!([{"a": 1, "b": "café"}, {"a": 2, "b": "y"}]);
    assert_eq!(Json::from(found.resources[0].clone()), expected);
    assert_eq!(found.package["resources"][0]["schema"], schema());
}

#[test]
fn json_rows_are_read_by_the_fields_of_the_schema() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("t.json"), r#"[{"a": 1}, {"b": "y", "a": 2}]"#).unwrap();
    write_package(folder.path(), json!([{"name": "r", "path": "t.json", "schema": schema()}]));
    let parameters = json!({"url": "datapackage.json", "resource": "r"});
    let found = first("load_resource", parameters, folder.path()).unwrap();
    let expected = json!([{"a": 1, "b": null}, {"a": 2, "b": "y"}]);
    assert_eq!(Json::from(found.resources[0].clone()), expected);
}

#[test]
fn columns_other_than_the_fields_are_an_error_unless_the_schema_allows_them() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("t.csv"), "b,c,a\nx,1,1\n").unwrap();
    let write = |rule: Option<&str>| {
        let mut schema = schema();
        if let Some(rule) = rule {
            schema["fieldsMatch"] = rule.into();
        }
        let resource = json!({"name": "r", "path": "t.csv", "schema": schema});
        write_package(folder.path(), json!([resource]));
        let parameters = json!({"url": "datapackage.json", "resource": "r"});
        first("load_resource", parameters, folder.path())
    };
    let text = text_of(&write(None).unwrap_err());
    assert!(text.contains("`b`, `c`, `a`") && text.contains("fieldsMatch"), "{text}");
    let found = write(Some("subset")).unwrap();
    assert_eq!(found.resources[0], [json!({"a": 1, "b": "x"})]);
}

#[test]
fn paths_that_lead_out_of_a_package_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    for path in ["../secret.csv", "/etc/passwd", "file:///etc/passwd", "~/x.csv"] {
        write_package(folder.path(), json!([{"name": "r", "path": path, "schema": schema()}]));
        let parameters = json!({"url": "datapackage.json", "resource": "r"});
        let text = text_of(&first("load_resource", parameters, folder.path()).unwrap_err());
        assert!(text.contains("is not safe"), "{path}: {text}");
    }
}

#[test]
fn a_zipped_package_is_loaded_with_its_types_and_parts() {
    let folder = tempfile::tempdir().unwrap();
    let file = fs::File::create(folder.path().join("p.zip")).unwrap();
    let mut zip = zip::ZipWriter::new(file);
    let package = json!({"name": "p", "resources": [
        {"name": "r", "path": ["data/1.csv", "data/2.csv"], "schema": schema()},
        {"name": "other", "data": [], "schema": schema()},
    ]});
    for (name, text) in [
        ("p/data/1.csv", "a,b\n1,x \n"),
        ("p/data/2.csv", "2,y\n"),
        ("p/datapackage.json", &package.to_string()),
    ] {
        zip.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
        zip.write_all(text.as_bytes()).unwrap();
    }
    zip.finish().unwrap();
    let parameters = json!({"from": "p.zip", "format": "datapackage", "resources": "r"});
    let found = first("load", parameters, folder.path()).unwrap();
    assert_eq!(Json::from(found.resources[0].clone()), rows());
    let resources = found.package["resources"].as_array().unwrap();
    assert_eq!(resources.len(), 1);
    assert_eq!(resources[0]["dpp:streamedFrom"], "p.zip");
}

#[test]
fn load_limits_rows_but_guesses_types_from_more() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("t.csv"), "a\n1\n2\nx\n").unwrap();
    let parameters = json!({"from": "t.csv", "limit_rows": 2});
    let found = first("load", parameters, folder.path()).unwrap();
    assert_eq!(found.resources[0].len(), 2);
    assert_eq!(found.package["resources"][0]["schema"]["fields"][0]["type"], "string");
}

#[test]
fn load_collects_the_rows_that_do_not_fit() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("t.csv"), "a\n1\nx\n3\n").unwrap();
    let parameters = json!({
        "from": "t.csv", "cast_strategy": "schema", "on_error": "collect",
        "override_fields": {"a": {"type": "integer"}},
    });
    let found = first("load", parameters, folder.path()).unwrap();
    assert_eq!(found.resources[0], [json!({"a": 1}), json!({"a": 3})]);
    assert_eq!(found.resources[1][0]["value"], "x");
    assert_eq!(found.package["resources"][1]["name"], "t-errors");
}

#[test]
fn load_reads_json_under_a_property_and_chosen_columns() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("t.json"), r#"{"x": {"rows": [{"a": 1, "b": 2.50}]}}"#).unwrap();
    let parameters = json!({"from": "t.json", "property": "x.rows"});
    let found = first("load", parameters, folder.path()).unwrap();
    assert_eq!(found.resources[0], [json!({"a": 1, "b": {"type{decimal}": "2.50"}})]);
    fs::write(folder.path().join("t.csv"), "a,b,c\n1,2,3\n").unwrap();
    let parameters = json!({"from": "t.csv", "skip_columns": ["b"]});
    let found = first("load", parameters, folder.path()).unwrap();
    assert_eq!(found.resources[0], [json!({"a": "1", "c": "3"})]);
}

#[test]
fn a_package_on_the_web_is_read_with_the_headers_of_its_own_host_alone() {
    let other = Server::start(&[("/t.csv", "a,b\n2,y\n")]);
    let package = json!({"name": "p", "version": "1", "resources": [
        {"name": "near", "path": "data/t.csv", "schema": schema()},
        {"name": "far", "path": other.url("/t.csv"), "schema": schema()},
    ]});
    let package = package.to_string();
    let server =
        Server::start(&[("/p/datapackage.json", &package), ("/p/data/t.csv", "a,b\n1,x\n")]);
    let url = server.url("/p/datapackage.json");
    let folder = tempfile::tempdir().unwrap();
    let parameters = json!({"url": url, "resource": ".*", "http_headers": {"x-token": "secret"}});
    let found = first("load_resource", parameters, folder.path()).unwrap();
    assert_eq!(found.resources, [[json!({"a": 1, "b": "x"})], [json!({"a": 2, "b": "y"})]]);
    let from = &found.package["resources"][0]["dpp:streamedFrom"];
    assert_eq!(*from, server.url("/p/data/t.csv"));
    assert!(server.requests().iter().all(|request| request.contains("x-token: secret")));
    assert!(!other.requests().iter().any(|request| request.contains("secret")));
    let found = first("load_metadata", json!({"url": url}), folder.path()).unwrap();
    assert_eq!(found.package["version"], "1");
}

#[test]
fn a_dependency_that_has_not_run_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let parameters = json!({"url": "dependency://./other", "resource": 0});
    let text = text_of(&first("load_resource", parameters.clone(), folder.path()).unwrap_err());
    assert!(text.contains("pipeline `./other` has left no data package"), "{text}");
    write_package(folder.path(), json!([{"name": "r", "data": rows(), "schema": schema()}]));
    let mut ctx = context(folder.path());
    let known = [("./other".to_owned(), "datapackage.json".to_owned())];
    ctx.dependencies = Arc::new(known.into_iter().collect());
    let input = Stream { package: json!({"resources": []}), ..Stream::default() };
    let found = run("load_resource", &map(parameters), &input, &ctx).unwrap();
    assert_eq!(Json::from(found.resources[0].clone()), rows());
}

#[test]
fn a_missing_resource_is_an_error_only_when_it_is_required() {
    let folder = tempfile::tempdir().unwrap();
    write_package(folder.path(), json!([{"name": "r", "data": rows(), "schema": schema()}]));
    let parameters = |required: bool| json!({"url": "datapackage.json", "resource": "nothing", "required": required});
    let error = first("load_resource", parameters(true), folder.path()).unwrap_err();
    assert!(text_of(&error).contains("it has `r`"), "{}", text_of(&error));
    let found = first("load_resource", parameters(false), folder.path()).unwrap();
    assert_eq!(found.package["resources"], json!([]));
}

/// Sends the rows of `resource` through `stream_remote_resources`.
fn remote(resource: Json, parameters: Json, folder: &Path) -> Result<Stream, StepError> {
    let package = json!({"name": "_", "resources": [resource]});
    let input = Stream { package, ..Stream::default() };
    run("stream_remote_resources", &map(parameters), &input, &context(folder))
}

#[test]
fn a_remote_table_ends_above_its_footnotes_and_has_distinct_names() {
    let table = "a,a,,b\n 1 ,2,gap,x\n,,,\n3,,gap, \nNote: estimated\n4,5,gap,y\n";
    let server = Server::start(&[("/t.csv", table)]);
    let folder = tempfile::tempdir().unwrap();
    let resource = json!({
        "name": "r", "path": "_", "dpp:streamedFrom": server.url("/t.csv"),
        "constants": {"source": "web", "year": 2020}, "http_headers": {"x-token": "env://EXISTENT_ENV"},
    });
    let found = remote(resource, json!({}), folder.path()).unwrap();
    let expected = [
        json!({"a": "1", "a_1": "2", "b": "x", "source": "web", "year": "2020"}),
        json!({"a": "3", "a_1": null, "b": null, "source": "web", "year": "2020"}),
    ];
    assert_eq!(found.resources[0], expected);
    let described = &found.package["resources"][0];
    assert_eq!(described["path"], "data/r.csv");
    assert_eq!(described.get("http_headers"), None);
    assert!(server.requests()[0].contains("x-token: tests/data/sample.csv"));
}

#[test]
fn a_remote_resource_that_is_missing_is_empty_when_that_is_ignored() {
    let server = Server::start(&[]);
    let folder = tempfile::tempdir().unwrap();
    let resource = json!({"name": "r", "dpp:streamedFrom": server.url("/none.csv")});
    assert!(remote(resource.clone(), json!({}), folder.path()).is_err());
    let found = remote(resource, json!({"ignore-missing": true}), folder.path()).unwrap();
    assert_eq!(found.resources, [Vec::<Json>::new()]);
    assert_eq!(found.package["resources"][0]["schema"], json!({"fields": []}));
}

#[test]
fn remote_resources_keep_their_place_between_streaming_ones() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("t.csv"), "a\n1\n").unwrap();
    let package = json!({"resources": [
        {"name": "before", "dpp:streamedFrom": "t.csv"},
        {"name": "here", "dpp:streaming": true, "schema": {"fields": [{"name": "a"}]}},
        {"name": "after", "dpp:streamedFrom": "t.csv", "skip_rows": 1, "headers": ["z"]},
        {"name": "not", "dpp:streamedFrom": "t.csv"},
    ]});
    let input = Stream { package, resources: vec![vec![json!({"a": "2"})]], ..Stream::default() };
    let parameters = map(json!({"resources": ["before", "after"]}));
    let ctx = context(folder.path());
    let found = run("stream_remote_resources", &parameters, &input, &ctx).unwrap();
    assert_eq!(found.resources, [[json!({"a": "1"})], [json!({"a": "2"})], [json!({"z": "1"})]]);
}

#[test]
fn load_reads_tables_and_queries_of_a_database() {
    let folder = tempfile::tempdir().unwrap();
    let database = rusqlite::Connection::open(folder.path().join("d.db")).unwrap();
    database
        .execute_batch(
            "create table t (a integer, b text); insert into t values (2, 'y'), (1, 'x')",
        )
        .unwrap();
    let parameters = json!({"from": "sqlite:///d.db", "table": "t", "order_by": "a"});
    let found = first("load", parameters, folder.path()).unwrap();
    assert_eq!(Json::from(found.resources[0].clone()), rows());
    assert_eq!(found.package["resources"][0]["name"], "t");
    let query = "select a + 1 as a from t where b = 'y'";
    let parameters = json!({"from": "sqlite:///d.db", "query": query, "name": "q"});
    let found = first("load", parameters, folder.path()).unwrap();
    assert_eq!(found.resources[0], [json!({"a": 3})]);
    let text =
        text_of(&first("load", json!({"from": "sqlite:///d.db"}), folder.path()).unwrap_err());
    assert!(text.contains("`table` or `query`"), "{text}");
}
