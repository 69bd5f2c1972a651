//! Random small pipelines, run by datapackage-pipelines and by thorp: both give the same.
//!
//! Each seed is a pipeline. `THORP_SEED` chooses the first one and `THORP_PIPELINES` how many
//! follow; a failure prints the seed, the steps and the data.

mod known;
mod pipelines;
mod random;
mod steps;
mod tables;
mod whole;

use std::path::PathBuf;
use std::process::Command;

use serde_json::{Map, Value};

use crate::project::{Project, stderr, stdout};
use known::Verdict;
use pipelines::Pipeline;

/// Takes a few seconds; more are for the desk.
const PIPELINES_DEFAULT: u64 = 120;

/// What one side did with a pipeline.
struct Outcome {
    success: bool,
    rows: Value,
    stats: Value,
    error: String,
    /// Path below the folder of outputs, and content.
    files: Vec<(PathBuf, Vec<u8>)>,
}

#[test]
fn random_pipelines_give_what_the_reference_gives() {
    let Some(python) = std::env::var_os("THORP_DPP_PYTHON") else {
        eprintln!("!!! SKIPPED: THORP_DPP_PYTHON is not set; `cargo xtask test` sets it");
        return;
    };
    let first = number("THORP_SEED").unwrap_or(1);
    let count = number("THORP_PIPELINES").unwrap_or(PIPELINES_DEFAULT);
    println!("seeds {first} to {}", first + count - 1);
    let pipelines: Vec<Pipeline> = (first..first + count).map(pipelines::pipeline).collect();
    // Both run in the same folder: some descriptors hold its absolute path.
    let project = project(&pipelines);
    let reference = run_by_the_reference(&python, &project, &pipelines);
    std::fs::remove_dir_all(project.path("out")).unwrap();
    let thorp = run_by_thorp(&project, &pipelines);

    let mut failures = String::new();
    let (mut same, mut refused, mut known) = (0, 0, 0);
    for ((pipeline, expected), actual) in pipelines.iter().zip(&reference).zip(&thorp) {
        let theirs = (expected.success, expected.error.as_str());
        let ours = (actual.success, actual.error.as_str());
        match known::judge(&pipeline.text(), theirs, ours) {
            Verdict::Compare => match difference(expected, actual) {
                None => same += 1,
                Some(text) => failures.push_str(&format!("{}{text}\n", pipeline.text())),
            },
            Verdict::BothFail => refused += 1,
            Verdict::Known => known += 1,
            Verdict::Unknown => {
                let text = format!("the reference:\n{}\nthorp:\n{}\n", theirs.1, ours.1);
                failures.push_str(&format!("{}{text}\n", pipeline.text()));
            }
        }
    }
    println!(
        "of {count}: {same} the same, {refused} fail on both sides, {known} known differences"
    );
    assert!(failures.is_empty(), "{failures}");
    assert!(count < 20 || same > count / 2, "most random pipelines fail: nothing is compared");
}

fn number(variable: &str) -> Option<u64> {
    let text = std::env::var(variable).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("{variable} is no number: {text}")))
}

/// A project with all pipelines and their data.
fn project(pipelines: &[Pipeline]) -> Project {
    let mut spec = Map::new();
    for pipeline in pipelines {
        let details = serde_json::json!({ "pipeline": pipeline.steps });
        spec.insert(pipeline.name(), details);
    }
    let project = Project::new(&Value::Object(spec).to_string());
    for (path, text) in pipelines.iter().flat_map(|pipeline| &pipeline.files) {
        project.write(path, text);
    }
    project
}

fn run_by_the_reference(
    python: &std::ffi::OsStr,
    project: &Project,
    pipelines: &[Pipeline],
) -> Vec<Outcome> {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/differential/reference.py");
    let results = project.path("results.json");
    let mut command = Command::new(python);
    let output = command.arg(script).arg(project.path("")).arg(&results).output().unwrap();
    assert!(output.status.success(), "{}", stderr(&output));
    let results: Value = serde_json::from_str(&project.read("results.json")).unwrap();
    let outcome = |pipeline: &Pipeline| {
        let result = &results[&pipeline.name()];
        let mut stats = result["stats"].clone();
        if let Some(stats) = stats.as_object_mut() {
            stats.remove(".dpp");
        }
        Outcome {
            success: result["success"] == true,
            rows: result["rows"].clone(),
            stats,
            error: result["error"].as_str().unwrap().to_owned(),
            files: outputs(project, pipeline),
        }
    };
    pipelines.iter().map(outcome).collect()
}

fn run_by_thorp(project: &Project, pipelines: &[Pipeline]) -> Vec<Outcome> {
    let output = project.run(&["run", "all", "--output", "json", "--concurrency", "2"]);
    let lines: Vec<Value> =
        stdout(&output).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let outcome = |pipeline: &Pipeline| {
        let id = format!("./{}", pipeline.name());
        let result = lines.iter().find(|line| line["pipeline"] == *id);
        let result = result.unwrap_or_else(|| panic!("no result of {id}: {}", stderr(&output)));
        Outcome {
            success: result["success"] == true,
            rows: result["rows"].clone(),
            stats: result["stats"].clone(),
            error: result["errors"].to_string(),
            files: outputs(project, pipeline),
        }
    };
    pipelines.iter().map(outcome).collect()
}

fn outputs(project: &Project, pipeline: &Pipeline) -> Vec<(PathBuf, Vec<u8>)> {
    let folder = format!("out/{}", pipeline.seed);
    let base = project.path(&folder);
    let files = project.snapshot(&folder).into_iter();
    files.map(|(path, bytes)| (path.strip_prefix(&base).unwrap().to_owned(), bytes)).collect()
}

/// The first thing in which two outcomes differ.
fn difference(expected: &Outcome, actual: &Outcome) -> Option<String> {
    let paths = |outcome: &Outcome| -> Vec<PathBuf> {
        outcome.files.iter().map(|(path, _)| path.clone()).collect()
    };
    if paths(expected) != paths(actual) {
        return Some(format!("files {:?}, thorp: {:?}", paths(expected), paths(actual)));
    }
    // Data first: the descriptor holds its hash and says less.
    let (data, descriptors): (Vec<_>, Vec<_>) =
        expected.files.iter().zip(&actual.files).partition(|(file, _)| !is_descriptor(&file.0));
    for ((path, theirs), (_, ours)) in data.into_iter().chain(descriptors) {
        if theirs != ours {
            let (theirs, ours) = (String::from_utf8_lossy(theirs), String::from_utf8_lossy(ours));
            return Some(format!("{}:\n{theirs}\nthorp:\n{ours}", path.display()));
        }
    }
    if expected.rows != actual.rows {
        return Some(format!("{} rows, thorp: {}", expected.rows, actual.rows));
    }
    (expected.stats != actual.stats)
        .then(|| format!("stats {}\nthorp: {}", expected.stats, actual.stats))
}

fn is_descriptor(path: &std::path::Path) -> bool {
    path.file_name().is_some_and(|name| name == "datapackage.json")
}
