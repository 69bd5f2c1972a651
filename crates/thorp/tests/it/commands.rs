//! The other commands.

use std::io::Write;
use std::process::Stdio;

use crate::project::{Project, program, stderr, stdout};

#[test]
fn demo_runs_from_the_binary_alone() {
    let folder = tempfile::tempdir().unwrap();
    let keep = folder.path().join("demo");
    let output = program().args(["demo", "--keep"]).arg(&keep).output().unwrap();
    assert!(output.status.success(), "{}\n{}", stdout(&output), stderr(&output));
    for file in ["routes/routes.csv", "airports/airports.csv", "report.html", "flights.db"] {
        assert!(keep.join("out").join(file).is_file(), "{file} is missing");
    }
    assert!(stdout(&output).contains("origin_city"));
}

#[test]
fn processors_explain_themselves() {
    let list = program().args(["processor", "list"]).output().unwrap();
    assert!(stdout(&list).contains("set_types"));
    let show = program().args(["processor", "show", "add_metadata"]).output().unwrap();
    assert!(stdout(&show).starts_with("update_package: "), "{}", stdout(&show));
    let unknown = program().args(["processor", "show", "nothing"]).output().unwrap();
    assert_eq!(unknown.status.code(), Some(2));
}

#[test]
fn a_processor_speaks_the_wire_protocol() {
    let input = concat!(
        "{}\n",
        r#"{"name": "x", "resources": [{"name": "r", "path": "r.csv", "dpp:streaming": true, "#,
        r#""schema": {"fields": [{"name": "a", "type": "string"}]}}]}"#,
        "\n\n{\"a\": \"2\"}\n{\"a\": \"1\"}\n\n{\"before\": 7}\n"
    );
    let parameters = r#"{"sort-by": "{a}", "resources": "r"}"#;
    let mut child = program()
        .args(["processor", "run", "sort", "--parameters", parameters])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    let text = stdout(&output);
    assert!(text.starts_with("{}\n"));
    assert!(text.ends_with("\n\n{\"a\": \"1\"}\n{\"a\": \"2\"}\n\n{\"before\": 7}\n"), "{text}");
}

#[test]
fn a_processor_that_fails_gives_no_stats() {
    let mut child = program()
        .args(["processor", "run", "sort", "--parameters", "{}"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child
        .stdin
        .take()
        .unwrap()
        .write_all(b"{}\n{\"name\": \"x\", \"resources\": []}\n\n{}\n")
        .unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(output.stdout.is_empty());
    assert!(stderr(&output).contains("sort-by"), "{}", stderr(&output));
}

#[test]
fn error_codes_and_completions_are_built_in() {
    let page = program().args(["explain", "row_invalid"]).output().unwrap();
    assert!(stdout(&page).starts_with("# ROW_INVALID"));
    let bash = program().args(["completions", "bash"]).output().unwrap();
    assert!(stdout(&bash).contains("_thorp"));
}

#[test]
fn a_listing_shows_errors_and_runs_no_code() {
    let project = Project::new("a:\n  pipeline:\n    - run: missing_step\n");
    project.write("evil.source-spec.yaml", "x: 1\n");
    let output = project.run(&["pipelines"]);
    assert!(output.status.success());
    let text = stdout(&output);
    assert!(text.starts_with("Available Pipelines:\n- ./a (E)\n\t"), "{text}");
    assert!(text.contains("evil"), "{text}");
}
