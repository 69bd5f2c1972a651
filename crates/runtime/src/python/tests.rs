//! The interpreter is found, the modules are unpacked, calls are built.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use serde_json::json;

use super::*;

fn program(folder: &Path, name: &str) -> PathBuf {
    let path = folder.join(name);
    fs::write(&path, "#!/bin/sh\n").unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    path
}

fn places(folder: &Path) -> Places {
    program(folder, "python3");
    Places { path: Some(folder.into()), cache: folder.join("cache"), ..Places::default() }
}

#[test]
fn the_interpreter_is_the_one_asked_for_or_python3_of_the_path() {
    let folder = tempfile::tempdir().unwrap();
    let mut places = places(folder.path());
    assert_eq!(Python::locate(&places).unwrap().program(), folder.path().join("python3"));

    places.thorp_python = Some(program(folder.path(), "python3.9"));
    assert_eq!(Python::locate(&places).unwrap().program(), folder.path().join("python3.9"));
    places.thorp_python = Some("python3.9".into());
    assert_eq!(Python::locate(&places).unwrap().program(), folder.path().join("python3.9"));
}

#[test]
fn a_missing_interpreter_is_an_error_with_a_fix() {
    let folder = tempfile::tempdir().unwrap();
    let places = Places {
        path: Some(folder.path().into()),
        cache: folder.path().into(),
        ..Places::default()
    };
    let error = Python::locate(&places).unwrap_err();
    assert_eq!(error.code(), "PYTHON_NOT_FOUND");
    assert!(error.help().unwrap().contains("THORP_PYTHON"));

    // A file that cannot be run is not a program.
    let file = folder.path().join("python");
    fs::write(&file, "").unwrap();
    let named = Places { thorp_python: Some(file), ..places };
    assert!(matches!(Python::locate(&named), Err(LocateError::NotAProgram { .. })));
}

#[test]
fn modules_that_were_damaged_come_back() {
    let folder = tempfile::tempdir().unwrap();
    let places = places(folder.path());
    let python = Python::locate(&places).unwrap();
    let module = python.shim().join("datapackage_pipelines/wrapper/wrapper.py");
    let content = fs::read(&module).unwrap();
    fs::write(&module, "broken").unwrap();
    fs::remove_file(python.shim().join("run/flow.py")).unwrap();

    assert_eq!(Python::locate(&places).unwrap(), python);
    assert_eq!(fs::read(&module).unwrap(), content);
    assert!(python.shim().join("run/flow.py").is_file());
    assert!(!module.with_extension("part").exists());
}

#[test]
fn a_cache_that_cannot_be_written_is_an_error_that_names_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let mut places = places(folder.path());
    places.cache = folder.path().join("python3");
    let error = Python::locate(&places).unwrap_err();
    assert_eq!(error.code(), "PYTHON_CACHE_NOT_WRITTEN");
    assert!(error.to_string().contains("python3/python-"));
}

#[test]
fn a_step_is_called_as_the_protocol_says() {
    let folder = tempfile::tempdir().unwrap();
    let mut places = places(folder.path());
    places.python_path = Some("/site".into());
    let python = Python::locate(&places).unwrap();
    let parameters = json!({"b": "é", "a": 1.50});
    let environment = BTreeMap::from([("KEY".to_owned(), "True".to_owned())]);
    let mut step = Step {
        name: "add",
        script: Script::File(Path::new("/spec/add.py")),
        index: 2,
        parameters: &parameters,
        validate: true,
        cache_hash: "",
        folder: Path::new("/spec"),
        environment: &environment,
        timeout_ms: Some(5),
    };

    let request = python.step(&step);
    let expected: Vec<OsString> = vec![
        python.program().into(),
        "/spec/add.py".into(),
        "2".into(),
        r#"{"b": "\u00e9", "a": 1.5}"#.into(),
        "True".into(),
        "".into(),
    ];
    assert_eq!(request.argv, expected);
    assert_eq!(request.environment[OsStr::new("KEY")], "True");
    let python_path = format!("{}:/site", python.shim().display());
    assert_eq!(request.environment[OsStr::new("PYTHONPATH")], python_path.as_str());

    step.script = Script::Flow { module: "my_flow" };
    let request = python.step(&step);
    assert_eq!(request.argv[1], python.shim().join("run/flow.py"));
    let sent: Json = serde_json::from_str(request.argv[3].to_str().unwrap()).unwrap();
    assert_eq!(sent["__flow"], "my_flow");
}
