//! Steps in Python run in a chain with thorp.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use model::Json;
use runtime::process::{RunError, run};
use runtime::python::{Description, Script, Step};
use serde_json::json;

use crate::support::{python, stopped_clock};

const INPUT: &str = concat!(
    r#"{"./up": "up/datapackage.json"}"#,
    "\n",
    r#"{"name": "_", "resources": [{"name": "r", "path": "r.csv", "dpp:streaming": true, "#,
    r#""schema": {"fields": [{"name": "a", "type": "integer"}]}}]}"#,
    "\n\n{\"a\": 1}\n{\"a\": 2}\n\n{\"count\": 2}\n",
);

fn run_step(script: &str, parameters: &Json, validate: bool) -> Result<String, RunError> {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("step.py"), script).unwrap();
    let python = python(folder.path());
    let request = python.step(&Step {
        name: "step",
        script: Script::File(Path::new("step.py")),
        index: 1,
        parameters,
        validate,
        cache_hash: "",
        folder: folder.path(),
        environment: &BTreeMap::new(),
        timeout_ms: None,
    });
    let output = run(&request, stopped_clock(), INPUT.into(), 1_000_000)?;
    Ok(String::from_utf8(output).unwrap())
}

#[test]
fn a_processor_changes_rows_and_adds_to_the_statistics() {
    let script = "
from datapackage_pipelines.wrapper import process

def process_row(row, row_index, spec, resource_index, parameters, stats):
    print('not for stdout')
    row['a'] *= parameters['factor']
    stats['last'] = row['a']
    return row

process(process_row=process_row)
";
    let output = run_step(script, &json!({"factor": 10}), true).unwrap();
    let (head, rows) = output.split_once("\n\n").unwrap();
    assert!(head.starts_with("{\"./up\": \"up/datapackage.json\"}\n{"));
    assert_eq!(rows, "{\"a\": 10}\n{\"a\": 20}\n\n{\"count\": 2, \"last\": 20}\n");
}

#[test]
fn a_processor_that_raises_names_the_row_and_ends_with_an_error() {
    let script = "
from datapackage_pipelines.wrapper import process

def process_row(row, *_):
    return {'a': 1 // (row['a'] - 2)}

process(process_row=process_row)
";
    let Err(RunError::Exit(error)) = run_step(script, &json!({}), false) else { panic!() };
    let log = error.stderr.join("\n");
    assert!(log.contains("row 2 of resource `r` failed: ZeroDivisionError"), "{log}");
}

#[test]
fn a_flow_without_its_library_says_what_to_install() {
    let folder = tempfile::tempdir().unwrap();
    // A module of this name that fails to load stands for a library that is not installed.
    fs::write(folder.path().join("dataflows.py"), "raise ImportError('absent')").unwrap();
    let environment = BTreeMap::from([("PYTHONPATH".into(), ".".into())]);
    let python = python(folder.path());
    let request = python.step(&Step {
        name: "flow",
        script: Script::Flow { module: "my_flow" },
        index: 1,
        parameters: &json!({}),
        validate: false,
        cache_hash: "",
        folder: folder.path(),
        environment: &environment,
        timeout_ms: None,
    });
    let Err(RunError::Exit(error)) = run(&request, stopped_clock(), INPUT.into(), 1000) else {
        panic!()
    };
    assert!(error.to_string().contains("run `pip install dataflows` for it"), "{error}");
}

#[test]
fn a_plug_in_turns_a_description_into_pipelines_with_one_argument_or_two() {
    let folder = tempfile::tempdir().unwrap();
    let generator = "
from datapackage_pipelines.generators import GeneratorBase, slugify, steps

class Generator(GeneratorBase):

    @classmethod
    def get_schema(cls):
        return {'type': 'object', 'required': ['names']}

    @classmethod
    def generate_pipeline(cls, SIGNATURE):
        print('not for stdout')
        for name in source['names']:
            yield './' + slugify(name), {'pipeline': steps('load', ('sort', {'by': name}))}
";
    for (module, signature) in [("old", "source"), ("new", "source, base")] {
        let package = folder.path().join(format!("datapackage_pipelines_{module}"));
        fs::create_dir(&package).unwrap();
        let text = generator.replace("SIGNATURE", signature);
        fs::write(package.join("__init__.py"), text).unwrap();
    }
    let python = python(folder.path());
    let generate = |module, source: Json| {
        let description = Description { module, source: &source, base: ".", folder: folder.path() };
        python.generate(&description, stopped_clock()).unwrap()
    };

    for module in ["old", "new"] {
        let made = generate(module, json!({"names": ["It's One", "two"]}));
        let ids: Vec<_> = made.iter().map(|pipeline| pipeline.id.as_str()).collect();
        assert_eq!(ids, ["./Its-One", "./two"]);
        let steps = json!([{"run": "load"}, {"run": "sort", "parameters": {"by": "two"}}]);
        assert_eq!(made[1].details["pipeline"], steps);
        assert!(made[1].errors.is_empty());
    }
    assert_eq!(generate("new", json!({}))[0].errors[0].title, "Invalid Source");
    assert_eq!(generate("new", json!({"names": 1}))[0].errors[0].title, "Error converting source");
    let unknown = generate("absent", json!({}));
    assert_eq!((unknown[0].id.as_str(), unknown[0].errors.len()), ("./absent", 1));
    assert_eq!(unknown[0].errors[0].title, "Unknown source kind");
}
