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

/// A virtual environment without pip, and with a plug-in whose code would leave a mark when a
/// listing ran it.
fn environment(project: &Project) -> std::path::PathBuf {
    let made = std::process::Command::new("python3")
        .args(["-m", "venv", "--without-pip"])
        .arg(project.path("venv"))
        .status()
        .unwrap();
    assert!(made.success());
    let lib = std::fs::read_dir(project.path("venv/lib")).unwrap().next().unwrap().unwrap();
    let packages = format!("venv/lib/{}/site-packages", lib.file_name().to_string_lossy());
    let mark = "import pathlib\npathlib.Path('ran').touch()\n";
    project.write(&format!("{packages}/datapackage_pipelines_zoo/__init__.py"), mark);
    project.write(&format!("{packages}/sitecustomize.py"), mark);
    project.write(&format!("{packages}/code.pth"), "import pathlib; pathlib.Path('ran').touch()\n");
    project.write(&format!("{packages}/elsewhere.pth"), "../../../../editable\n");
    project.write(
        &format!("{packages}/datapackage_pipelines_zoo/processors/feed/twice.py"),
        "
from datapackage_pipelines.wrapper import process

def process_row(row, row_index, spec, resource_index, parameters, stats):
    row['n'] = row['n'] * 2
    return row

process(process_row=process_row)
",
    );
    project.write("editable/datapackage_pipelines_garden/__init__.py", mark);
    project.write(
        "editable/datapackage_pipelines_garden/processors/pass_on.py",
        "from datapackage_pipelines.wrapper import process\nprocess()\n",
    );
    project.path("venv/bin/python")
}

#[test]
fn processors_of_installed_plug_ins_are_found_and_a_listing_runs_nothing_of_them() {
    let project = Project::new(
        &SPEC.replace("- run: double", "- run: zoo.feed.twice\n    - run: garden.pass_on"),
    );
    project.write("numbers.csv", "n\n1\n2\n");
    let python = environment(&project);
    let without = project.run(&["pipelines"]);
    assert!(stdout(&without).contains("Couldn't resolve zoo.feed.twice"), "{}", stdout(&without));

    let with = project.command(&["pipelines"]).env("THORP_PYTHON", &python).output().unwrap();
    assert_eq!(stdout(&with), "Available Pipelines:\n- ./p (*)\n", "{}", stderr(&with));
    assert!(!project.path("ran").exists());
    let run = project.command(&["run", "all"]).env("THORP_PYTHON", &python).output().unwrap();
    assert!(run.status.success(), "{}\n{}", stdout(&run), stderr(&run));
    assert_eq!(project.read("out/numbers.csv"), "n\r\n2\r\n4\r\n");
}

#[test]
fn python_is_not_started_for_names_that_are_found_without_it() {
    let project = Project::new(&SPEC.replace("- run: double", "- run: lib.double"));
    project.write("numbers.csv", "n\n1\n");
    project.write("lib/double.py", "");
    project.write("no-python.sh", "#!/bin/sh\ntouch started\n");
    let script = project.path("no-python.sh");
    std::fs::set_permissions(&script, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let list = project.command(&["pipelines"]).env("THORP_PYTHON", &script).output().unwrap();
    assert_eq!(stdout(&list), "Available Pipelines:\n- ./p (*)\n");
    assert!(!project.path("started").exists());
}

const SHOUT: &str = "
from datapackage_pipelines.lib.dump.file_formats import CSVFormat

class Shout(CSVFormat):

    def prepare_resource(self, resource):
        super().prepare_resource(resource)
        resource['path'] = 'data/loud.txt'
        resource['format'] = 'shout'

    def initialize_file(self, file, headers):
        file.write('!'.join(headers) + '\\n')
        return file

    def write_transformed_row(self, writer, transformed_row, fields):
        writer.write('!'.join(transformed_row[name] for name in fields) + '\\n')

    def finalize_file(self, writer):
        pass
";

/// A package in a format of the user, then `step`.
fn shouted(step: &str) -> Project {
    let project = Project::new(&format!(
        "
p:
  pipeline:
    - run: load
      parameters: {{from: env://NUMBERS, name: numbers, validate: true}}
    - run: dump.to_path
      parameters: &shout
        out-path: out
        out-file: out.zip
        format: shout
        file-formatters: {{shout: formats.Shout}}
    - run: dump.to_zip
      parameters: *shout
    - run: {step}
"
    ));
    project.write("numbers-are-here.csv", "n,m\n1,2\n3,4\n");
    project.write("formats.py", SHOUT);
    project
}

fn run_shouted(project: &Project) -> std::process::Output {
    project.command(&["run", "all"]).env("NUMBERS", "numbers-are-here.csv").output().unwrap()
}

#[test]
fn legacy_dumps_write_in_a_format_of_the_user() {
    let project = shouted("filter\n      parameters: {in: [{n: 3}]}");
    let output = run_shouted(&project);
    assert!(output.status.success(), "{}\n{}", stdout(&output), stderr(&output));
    assert!(stdout(&output).contains("./p: SUCCESS, processed 1 rows"), "{}", stdout(&output));
    assert_eq!(project.read("out/data/loud.txt"), "n!m\n1!2\n3!4\n");
    let descriptor: serde_json::Value =
        serde_json::from_str(&project.read("out/datapackage.json")).unwrap();
    assert_eq!(descriptor["resources"][0]["path"], "data/loud.txt");
    assert_eq!(descriptor["resources"][0]["count_of_rows"], 2);
    assert_eq!(descriptor["resources"][0]["dpp:streamedFrom"], "env://NUMBERS");

    let archive = std::fs::File::open(project.path("out.zip")).unwrap();
    let mut archive = zip::ZipArchive::new(archive).unwrap();
    let names: Vec<String> = archive.file_names().map(|name| name.unwrap().into_owned()).collect();
    assert_eq!(names, ["data/loud.txt", "datapackage.json"]);
    let mut text = String::new();
    std::io::Read::read_to_string(&mut archive.by_index(0).unwrap(), &mut text).unwrap();
    assert_eq!(text, "n!m\n1!2\n3!4\n");
}

#[test]
fn files_in_a_format_of_the_user_appear_only_when_all_steps_succeed() {
    let project = shouted("assert\n      parameters: {rows: 5}");
    let output = run_shouted(&project);
    assert_eq!(output.status.code(), Some(1), "{}", stdout(&output));
    assert!(stdout(&output).contains("has 2 rows"), "{}", stdout(&output));
    assert!(!project.path("out/datapackage.json").exists() && !project.path("out.zip").exists());
    assert_eq!(project.snapshot("out"), []);
}

#[test]
fn an_unknown_class_of_a_format_is_named() {
    let project = shouted("printer");
    project.write("formats.py", "");
    let output = run_shouted(&project);
    assert_eq!(output.status.code(), Some(1));
    assert!(stdout(&output).contains("Shout"), "{}", stdout(&output));
}
