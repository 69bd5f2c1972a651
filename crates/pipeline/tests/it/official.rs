//! The fixtures of datapackage-pipelines' own standard library.

use model::{Json, Map};

use crate::differences::judge;
use crate::harness::{Stream, context, difference, fixtures, read_json, run, working_folder};
use crate::server::Server;

/// The server that one fixture loads a file from; a local one stands in for it.
const REMOTE: &str = "https://raw.githubusercontent.com";
const REMOTE_SAMPLE: &str = "/frictionlessdata/datapackage-pipelines/master/tests/data/sample.csv";

#[test]
fn official_fixtures_come_out_as_published() {
    let Some(fixtures) = fixtures() else { return };
    let mut failures = Vec::new();
    let mut ran = 0;
    let sample = std::fs::read_to_string(fixtures.join("tests/data/sample.csv")).unwrap();
    let server = Server::start(&[(REMOTE_SAMPLE, &sample)]);
    let index = read_json(&fixtures.join("index.json"));
    for entry in index["fixtures"].as_array().unwrap() {
        let case = entry["name"].as_str().unwrap();
        let processor = entry["processor"].as_str().unwrap();
        ran += 1;
        let folder = working_folder(&fixtures);
        let fixture = read_json(&fixtures.join(entry["files"]["json"].as_str().unwrap()));
        let base = folder.path().to_str().unwrap();
        let fixture =
            fixture.to_string().replace("%(base)s", base).replace(REMOTE, &server.url(""));
        let fixture: Json = serde_json::from_str(&fixture).unwrap();
        let parameters = fixture["parameters"].as_object().unwrap();
        let input = stream(&fixture["input"]);
        let outcome = run(processor, parameters, &input, &context(folder.path()));
        let difference = match outcome {
            Ok(found) => difference(&stream(&fixture["expected"]), &found),
            Err(error) => Some(error.to_json().to_string()),
        };
        judge(case, difference, &mut failures);
    }
    eprintln!("{ran} official fixtures ran, {} differ", failures.len());
    assert!(failures.is_empty(), "\n{}", failures.join("\n"));
}

fn stream(json: &Json) -> Stream {
    let rows = |rows: &Json| rows.as_array().unwrap().clone();
    Stream {
        package: json["datapackage"].clone(),
        resources: json["resources"].as_array().unwrap().iter().map(rows).collect(),
        stats: json.get("stats").and_then(Json::as_object).cloned().unwrap_or_else(Map::new),
    }
}
