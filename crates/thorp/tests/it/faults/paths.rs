//! Paths that lead out of their place, and specifications that only serve to fill the memory.

use super::case::{Case, failure, load, steps};
use crate::project::{Project, stdout};

/// A case with a data package whose only resource is at `path`.
fn package(path: &str) -> Case {
    let case = Case::new();
    case.project.write("secret.csv", "a\n1\n");
    let schema = r#"{"fields": [{"name": "a", "type": "string"}]}"#;
    let resource = format!(r#"{{"name": "rows", "path": "{path}", "schema": {schema}}}"#);
    let descriptor = format!(r#"{{"name": "p", "resources": [{resource}]}}"#);
    case.project.write("package/datapackage.json", &descriptor);
    case
}

#[test]
fn a_descriptor_cannot_read_what_is_outside_of_its_package() {
    for path in ["../secret.csv", "/etc/passwd", "x/../../secret.csv", "file:///etc/passwd", "~/x"]
    {
        let case = package(path);
        for processor in ["load_resource", "load"] {
            let address = if processor == "load" { "from" } else { "url" };
            let parameters = format!("{{{address}: package/datapackage.json, resource: rows}}");
            let step = format!("    - run: {processor}\n      parameters: {parameters}\n");
            case.fails(&steps(&step), ("PATH_UNSAFE", &[path, "use a path below the folder"]));
        }
    }
}

#[test]
fn a_resource_cannot_be_written_outside_of_its_output() {
    for path in ["../evil.csv", "/tmp/evil.csv", "x/../../evil.csv"] {
        let case = Case::new();
        let spec = steps(&format!(
            "    - run: load\n      parameters: {{from: good.csv, name: rows}}\n    \
             - run: update_resource\n      parameters: {{metadata: {{path: {path}}}}}\n"
        ));
        case.fails(&spec, ("PATH_UNSAFE", &[path]));
        assert!(!case.project.path("evil.csv").exists());
    }
}

#[test]
fn the_place_of_an_output_is_that_of_the_user() {
    let project = Project::new("");
    let spec = load("{from: ../rows.csv, name: rows}").replace("out-path: out", "out-path: ../out");
    project.write("inner/pipeline-spec.yaml", &spec);
    project.write("rows.csv", "a\n1\n");
    let output = project.run(&["run", "all", "--dir", "inner"]);
    assert!(output.status.success(), "{}", stdout(&output));
    assert_eq!(project.read("out/rows.csv"), "a\r\n1\r\n");
}

#[test]
fn a_file_where_the_output_should_be_is_named() {
    let case = Case::new();
    case.project.write("taken", "mine");
    let spec = load("{from: good.csv, name: rows}").replace("out-path: out", "out-path: taken");
    case.fails(&spec, ("STAGING_FAILED", &["taken` is a file", "choose another `out_path`"]));
    assert_eq!(case.project.read("taken"), "mine");
}

/// What the run of a project with this specification beside a good one says of it.
fn refused(spec: &str, expected: (&str, &[&str])) {
    let project = Project::new(spec);
    project.write("good/pipeline-spec.yaml", &load("{from: rows.csv, name: rows}"));
    project.write("good/rows.csv", "a\n1\n");
    let output = project.run(&["--output", "json", "run", "all"]);
    failure(&output, expected);
    assert_eq!(project.read("good/out/rows.csv"), "a\r\n1\r\n", "the others run");
}

#[test]
fn a_yaml_bomb_is_refused_and_the_other_pipelines_run() {
    let mut laughs = String::from("a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol, lol]\n");
    for level in 1..12 {
        let before = format!("*a{}, ", level - 1).repeat(10);
        laughs.push_str(&format!("a{level}: &a{level} [{}]\n", before.trim_end_matches(", ")));
    }
    refused(&laughs, ("YAML_LIMIT", &["aliases make more of the text than"]));
    let deep = format!("p: {}{}", "[".repeat(100_000), "]".repeat(100_000));
    refused(&deep, ("YAML_LIMIT", &["nested deeper than 100 levels"]));
    refused(&"#".repeat(9 << 20), ("YAML_LIMIT", &["at most 8388608 are read"]));
    refused(&format!("p: {}", "9".repeat(5_000)), ("YAML_LIMIT", &["5000 figures"]));
    refused("p: &p [*p]", ("YAML_INVALID", &["alias"]));
    refused("p: !!python/object/apply:os.system [exit]", ("YAML_INVALID", &["tag"]));
}
