//! Steps in Python, by the modules inside the binary.

use crate::project::{Project, stderr, stdout};

const SPEC: &str = "
p:
  pipeline:
    - run: load
      parameters: {from: numbers.csv, validate: true}
    - run: double
    - run: dump_to_path
      parameters: {out-path: out}
";

fn project(step: &str) -> Project {
    let project = Project::new(SPEC);
    project.write("numbers.csv", "n\n1\n2\n3\n");
    project.write("double.py", step);
    project
}

#[test]
fn a_python_step_changes_rows_and_stats() {
    let project = project(
        "
from datapackage_pipelines.wrapper import process

def process_row(row, row_index, spec, resource_index, parameters, stats):
    row['n'] = row['n'] * 2
    stats['seen'] = stats.get('seen', 0) + 1
    return None if row['n'] == 4 else row

process(process_row=process_row)
",
    );
    let output = project.run(&["run", "all"]);
    assert!(output.status.success(), "{}\n{}", stdout(&output), stderr(&output));
    assert_eq!(project.read("out/numbers.csv"), "n\r\n2\r\n6\r\n");
    assert!(stdout(&output).contains("'seen': 3"), "{}", stdout(&output));
}

#[test]
fn a_step_that_dies_after_its_stats_leaves_no_output() {
    let project = project(
        "
import sys
from datapackage_pipelines.wrapper import ingest, spew

parameters, datapackage, resources = ingest()
spew(datapackage, resources)
sys.stdout.flush()
sys.exit(3)
",
    );
    let output = project.run(&["run", "all"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(!project.path("out/numbers.csv").exists());
    assert!(stdout(&output).contains("step 2 (double)"), "{}", stdout(&output));
}

#[test]
fn garbage_on_standard_output_is_named() {
    let project = project("print('hello')\n");
    let output = project.run(&["run", "all"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(!project.path("out/numbers.csv").exists());
}

#[test]
fn a_step_that_hangs_ends_with_its_time_limit() {
    let project = Project::new(&SPEC.replace("- run: double", "- run: double\n      timeout: 1"));
    project.write("numbers.csv", "n\n1\n");
    project.write("double.py", "import time\ntime.sleep(600)\n");
    let output = project.run(&["run", "all"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(stdout(&output).contains("double"), "{}", stdout(&output));
}
