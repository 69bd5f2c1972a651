use std::collections::BTreeMap;

use super::{Names, Runner, Runners, TemplateError};

fn command(template: &str) -> Result<Vec<String>, TemplateError> {
    let environment: BTreeMap<String, String> =
        [("OPTIONS".to_owned(), "-v --rm".to_owned()), ("TRICK".to_owned(), "{cmd}".to_owned())]
            .into();
    let command = ["python3", "/p/x.py", "0", r#"{"a": "it's $HOME"}"#].map(str::to_owned);
    Runner::Wrapped(template.to_owned()).command(&Names {
        path: "./a b",
        abspath: "/p/a b",
        command: &command,
        environment: &environment,
    })
}

#[test]
fn templates_become_words_without_a_shell() {
    let template = r#"docker run {env[OPTIONS]} -v {abspath}:/w -e X={path} image sh -c "{cmd}""#;
    let mut words = command(template).unwrap();
    let for_the_shell = words.pop().unwrap();
    assert_eq!(
        words,
        ["docker", "run", "-v", "--rm", "-v", "/p/a b:/w", "-e", "X=./a b", "image", "sh", "-c"]
    );
    let read_by_a_shell = std::process::Command::new("sh")
        .args(["-c", &format!("printf '%s\\n' {for_the_shell}")])
        .output()
        .unwrap();
    let expected = "python3\n/p/x.py\n0\n{\"a\": \"it's $HOME\"}\n";
    assert_eq!(String::from_utf8(read_by_a_shell.stdout).unwrap(), expected);
}

#[test]
fn braces_and_values_are_not_templates() {
    assert_eq!(command("echo {{x}} {env[TRICK]}").unwrap(), ["echo", "{x}", "{cmd}"]);
}

#[test]
fn wrong_templates_say_what_is_wrong() {
    assert!(matches!(command("x {what}"), Err(TemplateError::Name { .. })));
    assert!(matches!(command("x {env[NONE]}"), Err(TemplateError::Variable { .. })));
    assert!(matches!(command("x 'y"), Err(TemplateError::Words { .. })));
    assert!(matches!(command(""), Err(TemplateError::Words { .. })));
    assert!(matches!(command("x {cmd"), Err(TemplateError::Name { .. })));
    assert!(matches!(command("x }"), Err(TemplateError::Name { .. })));
}

#[test]
fn files_of_runners_are_held_against_their_form() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("dpp-runners.yaml");
    assert_eq!(Runners::read(&file).unwrap(), Runners::default());
    let read = |text: &str| {
        std::fs::write(&file, text).unwrap();
        Runners::read(&file)
    };
    let runners =
        read("a: {kind: wrapped-python, parameters: {wrapper: 'x {cmd}'}}\nb: {}").unwrap();
    assert_eq!(runners.get("a"), &Runner::Wrapped("x {cmd}".to_owned()));
    assert_eq!(runners.get("b"), &Runner::Local);
    assert_eq!(runners.get("nobody"), &Runner::Local);
    for text in ["a: {kind: docker}", "a: {kind: wrapped-python}", "[]", "a: ["] {
        assert!(read(text).is_err(), "{text}");
    }
}
