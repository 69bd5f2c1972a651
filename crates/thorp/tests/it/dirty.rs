//! Which pipelines have changed since their last run, and which may run at all.

use crate::project::{Project, stderr, stdout};
use crate::server::Server;

/// Runs all pipelines, with the variables that the specifications name.
fn run(project: &Project, arguments: &[&str], environment: &[(&str, &str)]) -> String {
    let mut command = project.command(&["run", "all"]);
    let output = command.args(arguments).envs(environment.iter().copied()).output().unwrap();
    stdout(&output) + &stderr(&output)
}

/// What a listing says of the only pipeline: nothing, ` (*)` or ` (E)`.
fn mark(project: &Project, environment: &[(&str, &str)]) -> String {
    let output =
        project.command(&["pipelines"]).envs(environment.iter().copied()).output().unwrap();
    let text = stdout(&output);
    text.lines().nth(1).unwrap().trim_start_matches("- ./p").to_owned()
}

/// What is changed, and how.
type Change<'c> = (&'c str, &'c dyn Fn(&Project));

/// Holds that the pipeline is clean after a run, and dirty after `change`, each time.
fn dirty_after(project: &Project, environment: &[(&str, &str)], changes: &[Change<'_>]) {
    let first = run(project, &[], environment);
    assert!(first.contains("SUCCESS"), "{first}");
    for (what, change) in changes {
        assert_eq!(mark(project, environment), "", "before {what}");
        let text = run(project, &["--dirty"], environment);
        assert!(!text.contains("processed"), "before {what}: {text}");
        change(project);
        assert_eq!(mark(project, environment), " (*)", "after {what}");
        let text = run(project, &["--dirty"], environment);
        assert!(text.contains("./p: SUCCESS"), "after {what}: {text}");
    }
}

const SCHEMA: &str = r#"{"fields": [{"name": "n", "type": "integer"}]}"#;

fn package(project: &Project) {
    project.write(
        "in/datapackage.json",
        r#"{"name": "in", "resources": [
            {"name": "one", "path": ["one-1.csv", "one-2.csv"], "schema": "schema.json"},
            {"name": "other", "path": "other.csv", "schema": "schema.json"}]}"#,
    );
    project.write("in/schema.json", SCHEMA);
    project.write("in/one-1.csv", "n\n1\n");
    project.write("in/one-2.csv", "2\n");
    project.write("in/other.csv", "n\n9\n");
}

#[test]
fn a_file_behind_a_package_makes_it_dirty() {
    for step in [
        "run: load_resource\n      parameters: {url: in/datapackage.json, resource: one}",
        "run: load\n      parameters: {from: in/datapackage.json, resources: one}",
    ] {
        let project = Project::new(&format!("p:\n  pipeline:\n    - {step}\n"));
        package(&project);
        dirty_after(
            &project,
            &[],
            &[
                ("its second part", &|project| project.write("in/one-2.csv", "22\n")),
                ("its schema", &|project| project.write("in/schema.json", &format!("{SCHEMA}\n"))),
            ],
        );
        project.write("in/other.csv", "n\n99\n");
        assert_eq!(mark(&project, &[]), "", "another resource");
    }
}

#[test]
fn the_place_that_a_variable_names_makes_it_dirty() {
    let project = Project::new(
        "
p:
  pipeline:
    - run: add_resource
      parameters: {name: numbers, url: env://NUMBERS}
    - run: stream_remote_resources
",
    );
    project.write("numbers.csv", "n\n1\n");
    let environment = [("NUMBERS", "numbers.csv")];
    dirty_after(
        &project,
        &environment,
        &[("the file", &|project| project.write("numbers.csv", "n\n1\n2\n"))],
    );
    project.write("more.csv", "n\n1\n");
    assert_eq!(mark(&project, &[("NUMBERS", "more.csv")]), " (*)");
}

#[test]
fn a_remote_package_is_asked_for_its_files() {
    let server = Server::start();
    server.put(
        "/datapackage.json",
        r#"{"name": "in", "resources": [{"name": "one", "path": "one.csv",
            "schema": {"fields": [{"name": "n", "type": "integer"}]}}]}"#,
    );
    server.put("/one.csv", "n\n1\n");
    let project = Project::new(&format!(
        "p:\n  pipeline:\n    - run: load_resource\n      parameters: {{url: '{}', resource: 0}}\n",
        server.url("/datapackage.json")
    ));
    dirty_after(&project, &[], &[("the table", &|_| server.put("/one.csv", "n\n1\n2\n"))]);
}

#[test]
fn a_table_of_a_database_makes_it_dirty() {
    let project = Project::new(
        "
p:
  pipeline:
    - run: load
      parameters: {from: 'sqlite:///in.db', table: numbers}
",
    );
    let fill = |project: &Project, rows: &str| {
        let filler = Project::new(
            "
p:
  pipeline:
    - run: load
      parameters: {from: numbers.csv}
    - run: dump_to_sql
      parameters: {engine: env://BASE, tables: {numbers: {resource-name: numbers}}}
",
        );
        filler.write("numbers.csv", rows);
        let base = format!("sqlite:///{}", project.path("in.db").display());
        assert!(run(&filler, &[], &[("BASE", &base)]).contains("SUCCESS"));
    };
    fill(&project, "n\n1\n");
    dirty_after(&project, &[], &[("its rows", &|project| fill(project, "n\n1\n2\n"))]);
}

#[test]
fn the_code_of_a_step_makes_it_dirty_and_its_kept_output_old() {
    let project = Project::new(
        "
p:
  pipeline:
    - run: load
      parameters: {from: numbers.csv, validate: true}
    - run: scale
      cache: true
    - run: dump_to_path
      parameters: {out-path: out}
",
    );
    project.write("numbers.csv", "n\n1\n");
    project.write("tools/__init__.py", "");
    let scale = |factor: u8| {
        format!(
            "
from datapackage_pipelines.wrapper import process
from tools import numbers

def process_row(row, *_):
    row['n'] = row['n'] * {factor} + numbers.PLUS
    return row

process(process_row=process_row)
"
        )
    };
    project.write("tools/numbers.py", "PLUS = 0\n");
    project.write("scale.py", &scale(2));
    dirty_after(
        &project,
        &[],
        &[
            ("its file", &|project| project.write("scale.py", &scale(3))),
            ("a module that it imports", &|project| {
                assert_eq!(project.read("out/numbers.csv"), "n\r\n3\r\n");
                project.write("tools/numbers.py", "PLUS = 4\n");
            }),
        ],
    );
    assert_eq!(project.read("out/numbers.csv"), "n\r\n7\r\n");
    // Nothing has changed: what is kept stands in for the step, which would fail.
    let kept = project.snapshot(".thorp/cache");
    assert_eq!(kept.len(), 3);
    assert!(run(&project, &[], &[]).contains("SUCCESS"));
    assert_eq!(project.snapshot(".thorp/cache"), kept);
}

#[test]
fn what_a_step_does_with_bad_rows_makes_it_dirty() {
    let spec = |policy: &str| {
        format!(
            "
p:
  pipeline:
    - run: load
      parameters: {{from: numbers.csv}}
    - run: set_types
      on_error: {policy}
      parameters: {{types: {{n: {{type: integer}}}}}}
"
        )
    };
    let project = Project::new(&spec("drop"));
    project.write("numbers.csv", "n\n1\nx\n");
    dirty_after(
        &project,
        &[],
        &[("the policy", &|project| project.write("pipeline-spec.yaml", &spec("clear")))],
    );
}

const AFTER: &str = "
p:
  dependencies:
    - datapackage: in/datapackage.json
  pipeline:
    - run: load
      parameters: {from: 'text://n\\n1', format: csv, name: numbers}
";

#[test]
fn a_pipeline_whose_data_package_is_missing_does_not_run() {
    let project = Project::new(AFTER);
    let text = run(&project, &[], &[]);
    let error = "Missing dependency: Couldn't open datapackage in/datapackage.json";
    assert!(text.contains("./p: FAILURE, processed 0 rows") && text.contains(error), "{text}");
    let list = stdout(&project.run(&["pipelines"]));
    assert!(list.contains("- ./p (E)\n\tMissing dependency: Couldn't open"), "{list}");
    let json = stdout(&project.run(&["--output", "json", "pipelines"]));
    assert!(json.contains(r#""state":"INVALID""#), "{json}");

    project.write("in/datapackage.json", r#"{"name": "in", "resources": []}"#);
    let text = run(&project, &[], &[]);
    assert!(text.contains("Couldn't get data from datapackage in/datapackage.json"), "{text}");
    assert!(run(&project, &["--force"], &[]).contains("./p: SUCCESS"));
}

#[test]
fn a_data_package_that_changes_makes_its_dependents_dirty() {
    let project = Project::new(AFTER);
    let put = |project: &Project, hash: &str, title: &str| {
        let text =
            format!(r#"{{"name": "in", "hash": "{hash}", "title": "{title}", "resources": []}}"#);
        project.write("in/datapackage.json", &text);
    };
    put(&project, "1", "a");
    dirty_after(&project, &[], &[("its hash", &|project| put(project, "2", "a"))]);
    put(&project, "2", "b");
    assert_eq!(mark(&project, &[]), "", "the hash says that it is the same");
}

#[test]
fn a_data_package_at_an_address_or_beside_a_nested_specification_is_found() {
    let server = Server::start();
    let project = Project::new(&AFTER.replace("in/datapackage.json", &server.url("/in.json")));
    assert!(run(&project, &[], &[]).contains("Couldn't open datapackage http://"));
    server.put("/in.json", r#"{"name": "in", "hash": "1", "resources": []}"#);
    assert!(run(&project, &[], &[]).contains("./p: SUCCESS"));

    let project = Project::new("");
    project.write("nested/pipeline-spec.yaml", AFTER);
    let package = r#"{"name": "in", "hash": "1", "resources": []}"#;
    project.write("nested/in/datapackage.json", package);
    assert!(run(&project, &[], &[]).contains("./nested/p: SUCCESS"));
}

#[test]
fn a_pipeline_may_follow_one_whose_inputs_cannot_tell_whether_they_changed() {
    let server = Server::start();
    server.put("/untold.csv", "n\n1\n");
    let project = Project::new(&format!(
        "
first:
  pipeline:
    - run: load
      parameters: {{from: '{}', name: numbers}}
    - run: dump_to_path
      parameters: {{out-path: out}}
second:
  dependencies: [{{pipeline: ./first}}]
  pipeline:
    - run: load
      parameters: {{from: 'text://n\\n1', format: csv, name: numbers}}
",
        server.url("/untold.csv")
    ));
    let text = run(&project, &[], &[]);
    assert!(text.contains("./second: SUCCESS"), "{text}");
    // The first one always runs anew, and so does the second.
    let text = run(&project, &["--dirty"], &[]);
    assert!(text.contains("./first: SUCCESS"), "{text}");
}
