//! `thorp run`: outputs, what it prints, exit codes, order.

use serde_json::Value;

use crate::project::{Project, stderr, stdout};

const SIMPLE: &str = "
cities:
  pipeline:
    - run: load
      parameters: {from: cities.csv}
    - run: set_types
      parameters: {types: {people: {type: integer}}}
    - run: sort
      parameters: {sort-by: '{people}', reverse: true}
    - run: dump_to_path
      parameters: {out-path: out}
";

const CITIES: &str = "name,people\nBern,134591\nRome,2748109\n\"Saint-Denis, Reunion\",153810\n";

fn cities() -> Project {
    let project = Project::new(SIMPLE);
    project.write("cities.csv", CITIES);
    project
}

#[test]
fn a_pipeline_writes_rows_and_descriptor_and_prints_what_dpp_prints() {
    let project = cities();
    let output = project.run(&["run", "./cities"]);
    assert!(output.status.success(), "{}", stderr(&output));
    assert_eq!(
        project.read("out/cities.csv"),
        "name,people\r\nRome,2748109\r\n\"Saint-Denis, Reunion\",153810\r\nBern,134591\r\n"
    );
    let text = stdout(&output);
    let mut lines = text.lines();
    assert_eq!(lines.next(), Some("./cities: SUCCESS, processed 3 rows"));
    assert_eq!(lines.next(), Some("INFO    :RESULTS:"));
    let last = lines.next().unwrap();
    let start = "INFO    :SUCCESS: ./cities {'bytes': ";
    assert!(
        last.starts_with(start) && last.contains("'count_of_rows': 3, 'dataset_name': '_'"),
        "{last}"
    );
    let descriptor: Value = serde_json::from_str(&project.read("out/datapackage.json")).unwrap();
    assert_eq!(descriptor["count_of_rows"], 3);
    assert_eq!(descriptor["resources"][0]["bytes"], project.read("out/cities.csv").len());
}

#[test]
fn json_output_is_one_object_per_pipeline() {
    let project = cities();
    let output = project.run(&["--output", "json", "run", "all"]);
    let object: Value = serde_json::from_str(stdout(&output).trim()).unwrap();
    assert_eq!(object["pipeline"], "./cities");
    assert_eq!(object["success"], true);
    assert_eq!(object["rows"], 3);
    assert_eq!(object["stats"]["count_of_rows"], 3);
}

#[test]
fn an_unknown_pipeline_starts_nothing_and_exits_with_2() {
    let output = cities().run(&["run", "./citis"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("./citis"), "{}", stderr(&output));
}

#[test]
fn a_bad_row_is_named_and_the_output_of_before_stays_byte_for_byte() {
    let project = cities();
    assert!(project.run(&["run", "all"]).status.success());
    let before = project.snapshot("out");
    project.write("cities.csv", "name,people\nBern,134591\nOslo,many\n");
    let output = project.run(&["run", "all"]);
    assert_eq!(output.status.code(), Some(1));
    let text = stdout(&output);
    for part in ["step 2 (set_types)", "resource `cities`", "row 2", "field `people`", "many"] {
        assert!(text.contains(part), "`{part}` is missing in {text}");
    }
    assert_eq!(project.snapshot("out"), before);
}

#[test]
fn dirty_runs_only_what_has_changed() {
    let project = cities();
    assert!(project.run(&["run", "all"]).status.success());
    assert_eq!(stdout(&project.run(&["run", "all", "--dirty"])), "INFO    :RESULTS:\n");
    project.write("cities.csv", "name,people\nOslo,717710\n");
    let output = project.run(&["run", "all", "--dirty"]);
    assert!(stdout(&output).starts_with("./cities: SUCCESS, processed 1 rows"));
    assert!(stdout(&project.run(&["pipelines"])).contains("- ./cities\n"));
}

#[test]
fn pipelines_run_after_those_they_depend_on() {
    let project = Project::new(&format!(
        "{SIMPLE}
first:
  dependencies: [{{pipeline: ./cities}}]
  pipeline:
    - run: load
      parameters: {{from: out/cities.csv, name: again}}
    - run: dump_to_path
      parameters: {{out-path: second}}
"
    ));
    project.write("cities.csv", CITIES);
    let output = project.run(&["run", "all", "--concurrency", "4"]);
    assert!(output.status.success(), "{}", stdout(&output));
    assert!(project.read("second/again.csv").contains("Bern"));
}

#[test]
fn a_bad_spec_fails_alone_and_the_others_run() {
    let project = cities();
    project.write("broken/pipeline-spec.yaml", "a: [");
    project.write("odd/pipeline-spec.yaml", "x:\n  pipeline:\n    - run: no_such_step\n");
    let output = project.run(&["run", "all"]);
    assert_eq!(output.status.code(), Some(1));
    let text = stdout(&output);
    assert!(text.contains("./cities: SUCCESS, processed 3 rows"), "{text}");
    assert!(text.contains("no_such_step"), "{text}");
}

#[test]
fn a_secret_is_used_but_never_written() {
    let project = Project::new(
        "
p:
  pipeline:
    - run: load
      parameters: {from: env://WHERE_THE_DATA_IS, name: cities}
    - run: dump_to_path
      parameters: {out-path: out}
",
    );
    project.write("hidden-place.csv", CITIES);
    let output = project
        .command(&["run", "all"])
        .env("WHERE_THE_DATA_IS", "hidden-place.csv")
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", stdout(&output));
    assert!(project.read("out/datapackage.json").contains("env://WHERE_THE_DATA_IS"));
    for (path, content) in project.snapshot(".thorp").into_iter().chain(project.snapshot("out")) {
        let text = String::from_utf8_lossy(&content).into_owned();
        assert!(!text.contains("hidden-place"), "{} tells the secret", path.display());
    }
}

#[test]
fn collected_errors_become_a_resource() {
    let project = Project::new(
        "
p:
  pipeline:
    - run: load
      parameters: {from: cities.csv}
    - run: set_types
      parameters: {types: {people: {type: integer}}, on_error: collect}
    - run: dump_to_path
      parameters: {out-path: out}
",
    );
    project.write("cities.csv", "name,people\nBern,134591\nOslo,many\n");
    assert!(project.run(&["run", "all"]).status.success());
    assert_eq!(project.read("out/cities.csv"), "name,people\r\nBern,134591\r\n");
    let errors = project.read("out/cities-errors.csv");
    assert!(errors.starts_with("row,field,value,rule,text,raw\r\n2,people,many,type,"), "{errors}");
}

#[test]
fn a_kept_step_is_not_run_again_until_its_input_changes() {
    let project = Project::new(
        "
p:
  pipeline:
    - run: load
      cache: true
      parameters: {from: cities.csv}
    - run: dump_to_path
      parameters: {out-path: out}
",
    );
    project.write("cities.csv", CITIES);
    assert!(project.run(&["run", "all"]).status.success());
    let kept = project.snapshot(".thorp/cache");
    assert_eq!(kept.len(), 1);
    let first = project.snapshot("out");
    assert!(project.run(&["run", "all"]).status.success());
    assert_eq!(project.snapshot("out"), first);
    project.write("cities.csv", "name,people\nOslo,717710\n");
    assert!(project.run(&["run", "all"]).status.success());
    assert!(project.read("out/cities.csv").contains("Oslo"));
}

#[test]
fn assertions_name_the_row_that_breaks_them() {
    let run = |parameters: &str| {
        let project = Project::new(&format!(
            "
p:
  pipeline:
    - run: load
      parameters: {{from: cities.csv, validate: true}}
    - run: assert
      parameters: {parameters}
"
        ));
        project.write("cities.csv", CITIES);
        stdout(&project.run(&["run", "all"]))
    };
    assert!(run("{rows: 3, unique: [name], check: people > 0}").contains("SUCCESS"));
    assert!(run("{rows: {max: 2}}").contains("has 3 rows, more than 2"));
    let broken = run("{check: people < 1000000}");
    assert!(broken.contains("row 2") && broken.contains("breaks `people < 1000000`"), "{broken}");
}

#[test]
fn a_folder_without_pipelines_is_said_to_have_none() {
    let project = Project::empty();
    let output = project.run(&["run", "all"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("there are no pipelines below"), "{}", stderr(&output));
    let output = project.run(&["pipelines"]);
    assert_eq!((output.status.code(), stdout(&output)), (Some(0), "Available Pipelines:\n".into()));
    assert!(stderr(&output).contains("no pipeline-spec.yaml"), "{}", stderr(&output));
}

#[test]
fn steps_take_white_space_from_the_ends_of_texts() {
    let project = Project::new(
        "
p:
  pipeline:
    - run: load
      parameters: {from: a.csv}
    - run: find_replace
      parameters: {fields: [{name: t, patterns: [{find: '[(].*', replace: ''}]}]}
    - run: dump_to_path
      parameters: {out-path: out}
",
    );
    project.write("a.csv", "t\nBern (capital)\nRome\n");
    assert!(project.run(&["run", "all"]).status.success());
    assert_eq!(project.read("out/a.csv"), "t\r\nBern\r\nRome\r\n");
}

#[test]
fn the_first_generation_of_dumps_writes_values_as_they_came() {
    let project = Project::new(
        "
p:
  pipeline:
    - run: load
      parameters: {from: a.csv}
    - run: dump.to_path
      parameters: {out-path: out}
",
    );
    project.write("a.csv", "n,i,d\n1e3,007,20200131\n.50,1,20240229\n");
    assert!(project.run(&["run", "all"]).status.success());
    let expected = "n,i,d\r\n1e3,007,2020-01-31\r\n.50,1,2024-02-29\r\n";
    assert_eq!(project.read("out/a.csv"), expected);
}

#[test]
fn a_date_that_became_a_text_is_taken_in_the_format_that_is_written() {
    let project = Project::new(
        "
p:
  pipeline:
    - run: load
      parameters: {from: a.csv}
    - run: set_types
      parameters: {types: {d: {type: date, format: '%d.%m.%Y'}}}
    - run: find_replace
      parameters: {fields: [{name: d, patterns: [{find: '-01-', replace: '-02-'}]}]}
    - run: dump_to_path
      parameters: {out-path: out}
",
    );
    project.write("a.csv", "d\n30.12.2020\n02.01.2021\n");
    assert!(project.run(&["run", "all"]).status.success());
    assert_eq!(project.read("out/a.csv"), "d\r\n2020-12-30\r\n2021-02-02\r\n");
}
