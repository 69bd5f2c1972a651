//! Cases captured from a run of the reference, errors included.

use model::Json;
use model::package::{Package, is_streaming};

use crate::differences::judge;
use crate::harness::{Stream, context, difference, fixtures, read_json, run, working_folder};

/// The folder that the cases were recorded in.
const RECORDED_IN: &str = "scratch/dpp/dpp_run";

#[test]
fn captured_cases_come_out_as_the_reference_does() {
    let Some(fixtures) = fixtures() else { return };
    let mut failures = Vec::new();
    let mut ran = 0;
    let index = read_json(&fixtures.join("extra_index.json"));
    for entry in index["cases"].as_array().unwrap() {
        let case = entry["name"].as_str().unwrap();
        let processor = entry["processor"].as_str().unwrap();
        ran += 1;
        let folder = working_folder(&fixtures);
        let captured = read_json(&fixtures.join(entry["file"].as_str().unwrap()));
        let captured: Json = serde_json::from_str(
            &captured.to_string().replace(RECORDED_IN, folder.path().to_str().unwrap()),
        )
        .unwrap();
        let parameters = captured["parameters"].as_object().unwrap();
        let input = stream(captured["stdin"].as_str().unwrap());
        let outcome = run(processor, parameters, &input, &context(folder.path()));
        let difference = match (captured["stdout"].as_str(), outcome) {
            (Some(expected), Ok(found)) => difference(&stream(expected), &found),
            (Some(_), Err(error)) => Some(error.to_json().to_string()),
            (None, Ok(found)) => Some(format!(
                "expected a failure ({}), found {found:?}",
                captured["error"].as_str().unwrap_or_default()
            )),
            (None, Err(_)) => None,
        };
        judge(case, difference, &mut failures);
    }
    eprintln!("{ran} captured cases ran, {} differ", failures.len());
    assert!(failures.is_empty(), "\n{}", failures.join("\n"));
}

/// Reads the text of a processor's standard input or output.
fn stream(text: &str) -> Stream {
    let json = |line: &str| serde_json::from_str::<Json>(line).unwrap();
    let mut lines = text.lines().skip(1);
    let package = json(lines.next().unwrap());
    let descriptor = package.as_object().unwrap().clone();
    let streaming = Package { descriptor }.resources().filter(|r| is_streaming(r)).count();
    let blocks: Vec<Vec<&str>> = lines
        .collect::<Vec<_>>()
        .split(|line| line.is_empty())
        .skip(1)
        .map(<[&str]>::to_vec)
        .collect();
    let (rows, stats) = blocks.split_at(streaming);
    let stats = stats.first().and_then(|lines| lines.first());
    Stream {
        package,
        resources: rows.iter().map(|block| block.iter().map(|line| json(line)).collect()).collect(),
        stats: stats.map(|line| json(line).as_object().unwrap().clone()).unwrap_or_default(),
    }
}
