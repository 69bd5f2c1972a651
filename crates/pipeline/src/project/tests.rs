use std::fs;
use std::path::Path;

use model::fault::Fault;
use tempfile::TempDir;

use super::{Project, load};

const ONE_STEP: &str = "{pipeline: [{run: load}]}";

fn folder(files: &[(&str, &str)]) -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    for (path, text) in files {
        let path = dir.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    dir
}

fn project(files: &[(&str, &str)]) -> (TempDir, Project) {
    let dir = folder(files);
    let project = load(dir.path(), None).unwrap();
    (dir, project)
}

fn ids(project: &Project) -> Vec<&str> {
    project.pipelines.iter().map(|pipeline| pipeline.id.as_str()).collect()
}

fn problems(project: &Project) -> Vec<String> {
    project.problems.iter().map(|problem| problem.error.to_string()).collect()
}

#[test]
fn pipelines_are_found_in_the_order_of_folders_and_files() {
    let two = format!("z: {ONE_STEP}\na: {ONE_STEP}\n");
    let (_dir, project) = project(&[
        ("b/pipeline-spec.yaml", &format!("p: {ONE_STEP}")),
        ("a/c/pipeline-spec.yaml", &format!("p: {ONE_STEP}")),
        ("pipeline-spec.yaml", &two),
        ("a/other.yaml", "x: ["),
    ]);
    assert_eq!(ids(&project), ["./z", "./a", "./a/c/p", "./b/p"]);
    assert_eq!(problems(&project), [""; 0]);
    assert_eq!(project.pipelines[2].dir, project.root.join("a/c"));
}

#[test]
fn one_bad_file_does_not_hide_the_others() {
    let (_dir, project) = project(&[
        ("bad/pipeline-spec.yaml", "a: [\n"),
        ("empty/pipeline-spec.yaml", ""),
        ("good/pipeline-spec.yaml", &format!("p: {ONE_STEP}")),
        ("list/pipeline-spec.yaml", "- a\n"),
        ("tag/pipeline-spec.yaml", "a: !!python/name:os.system x\n"),
    ]);
    assert_eq!(ids(&project), ["./good/p"]);
    let problems = problems(&project);
    assert_eq!(problems.len(), 4, "{problems:?}");
    assert!(
        problems[0].starts_with("Invalid Spec File: ./bad/pipeline-spec.yaml: line "),
        "{problems:?}"
    );
    assert_eq!(problems[1], "Invalid Spec File: ./empty/pipeline-spec.yaml is empty");
    assert_eq!(
        problems[2],
        "Invalid Spec File: ./list/pipeline-spec.yaml holds a list, \
         a mapping of names to pipelines is expected"
    );
    assert!(problems[3].contains("line 1, column 4: unknown tag"), "{problems:?}");
}

#[test]
fn hidden_and_ignored_folders_and_links_are_left_out() {
    let spec = format!("p: {ONE_STEP}");
    let dir = folder(&[
        (".dpp_spec_ignore", "test*\n\n/docs\n"),
        (".hidden/pipeline-spec.yaml", &spec),
        ("a/.hidden/pipeline-spec.yaml", &spec),
        ("test1/pipeline-spec.yaml", &spec),
        ("a/test2/pipeline-spec.yaml", &spec),
        ("docs/pipeline-spec.yaml", &spec),
        ("a/docs/pipeline-spec.yaml", &spec),
    ]);
    std::os::unix::fs::symlink(dir.path().join("a"), dir.path().join("link")).unwrap();
    let target = dir.path().join("a/docs/pipeline-spec.yaml");
    std::os::unix::fs::symlink(target, dir.path().join("pipeline-spec.yaml")).unwrap();
    assert_eq!(ids(&load(dir.path(), None).unwrap()), ["./a/docs/p"]);
}

#[test]
fn descriptions_for_generators_are_listed_and_not_run() {
    let (_dir, mut project) = project(&[("a/ckan.source-spec.yaml", "url: x\n")]);
    assert_eq!(ids(&project), [""; 0]);
    let source = project.sources[0].clone();
    assert_eq!((source.module.as_str(), source.id.as_str()), ("ckan", "./a/ckan"));

    let output = serde_json::json!([
        ["./a/made", {"pipeline": [{"run": "load"}]}],
        [":github:", {"repository": "x"}],
    ]);
    let (pipelines, more) = source.pipelines(&output).unwrap();
    assert_eq!(more[0].module, "github");
    project.add(pipelines);
    assert_eq!(ids(&project), ["./a/made"]);
    assert_eq!(project.pipelines[0].source, Some(serde_json::json!({"url": "x"})));

    let error = source.pipelines(&serde_json::json!([["id"]])).unwrap_err();
    let failed = source.failed(error);
    assert_eq!(failed.id.as_str(), "./a/ckan");
    assert_eq!(failed.errors.len(), 1);
}

#[test]
fn the_same_id_twice_is_an_error_of_the_second() {
    let (_dir, project) = project(&[
        ("a/pipeline-spec.yaml", &format!("b/p: {ONE_STEP}")),
        ("a/b/pipeline-spec.yaml", &format!("p: {ONE_STEP}")),
    ]);
    assert_eq!(ids(&project), ["./a/b/p", "./a/b/p"]);
    assert!(project.pipelines[0].errors.is_empty());
    assert!(project.pipelines[1].errors[0].to_string().starts_with("Duplicate Pipeline Id"));
}

#[test]
fn warnings_of_a_file_reach_its_first_pipeline() {
    let (_dir, project) =
        project(&[("pipeline-spec.yaml", &format!("a: {ONE_STEP}\na: {ONE_STEP}\n"))]);
    assert_eq!(
        project.pipelines[0].warnings,
        ["./pipeline-spec.yaml: line 2, column 1: key `a` is repeated: the last one counts"]
    );
}

#[test]
fn runners_that_nobody_described_are_a_warning() {
    let (_dir, project) = project(&[
        ("dpp-runners.yaml", "docker: {kind: wrapped-python, parameters: {wrapper: 'sh {cmd}'}}"),
        (
            "pipeline-spec.yaml",
            "a: {pipeline: [{run: x, runner: docker}, {run: y, runner: doker}]}",
        ),
    ]);
    assert_eq!(
        project.pipelines[0].warnings,
        [
            "step 2: no runner `doker` is described, the step runs without one: did you mean `docker`?"
        ]
    );
}

#[test]
fn a_folder_that_is_none_is_refused() {
    let error = load(Path::new("/no/such/folder"), None).unwrap_err();
    assert_eq!(error.code(), "PROJECT_NOT_FOUND");
    let dir = folder(&[("file", "")]);
    assert!(load(&dir.path().join("file"), None).is_err());
}

mod selecting {
    use super::{ONE_STEP, folder, load};
    use crate::project::{Project, SelectError};
    use tempfile::TempDir;

    fn project() -> (TempDir, Project) {
        let spec = format!("p: {ONE_STEP}\nq: {ONE_STEP}\n");
        let dir = folder(&[
            ("pipeline-spec.yaml", &format!("x: {ONE_STEP}\nflights: {ONE_STEP}\n")),
            ("a/pipeline-spec.yaml", &spec),
            ("a/b/pipeline-spec.yaml", &spec),
            ("ab/pipeline-spec.yaml", &spec),
            ("bad/pipeline-spec.yaml", "x: ["),
        ]);
        let project = load(dir.path(), None).unwrap();
        (dir, project)
    }

    fn chosen(arguments: &[&str]) -> Result<(Vec<String>, usize), SelectError> {
        let (_dir, project) = project();
        let arguments: Vec<String> = arguments.iter().map(ToString::to_string).collect();
        let selection = project.select(&arguments, &project.root)?;
        let ids = selection.pipelines.iter().map(|at| project.pipelines[*at].id.to_string());
        Ok((ids.collect(), selection.problems.len()))
    }

    #[test]
    fn by_id_with_or_without_its_beginning() {
        for argument in ["./a/p", "a/p"] {
            assert_eq!(chosen(&[argument]).unwrap(), (vec!["./a/p".to_owned()], 0));
        }
    }

    #[test]
    fn by_beginning() {
        let (ids, problems) = chosen(&["./a%"]).unwrap();
        assert_eq!(ids, ["./a/p", "./a/q", "./a/b/p", "./a/b/q", "./ab/p", "./ab/q"]);
        assert_eq!(problems, 0);
        assert_eq!(chosen(&["bad/%"]).unwrap(), (vec![], 1));
    }

    #[test]
    fn all_includes_what_could_not_be_read() {
        for argument in ["all", "%"] {
            let (ids, problems) = chosen(&[argument]).unwrap();
            assert_eq!((ids.len(), problems), (8, 1));
        }
    }

    #[test]
    fn by_folder() {
        for argument in ["a", "./a", "a/"] {
            assert_eq!(
                chosen(&[argument]).unwrap().0,
                ["./a/p", "./a/q", "./a/b/p", "./a/b/q"],
                "{argument}"
            );
        }
        assert_eq!(chosen(&["."]).unwrap().0.len(), 8);
    }

    #[test]
    fn by_list_without_repeating() {
        assert_eq!(chosen(&["./ab/q,./x, a/p", "./x"]).unwrap().0, ["./x", "./a/p", "./ab/q"]);
    }

    #[test]
    fn unknown_ids_name_the_nearest() {
        let error = chosen(&["./flihgts"]).unwrap_err();
        let SelectError::Unknown { id, similar } = error else { panic!("{error}") };
        assert_eq!((id.as_str(), similar.as_slice()), ("./flihgts", &["./flights".to_owned()][..]));
        for argument in ["./zz%", "./a/zz", "nothing"] {
            assert!(matches!(chosen(&[argument]), Err(SelectError::Unknown { .. })), "{argument}");
        }
    }

    #[test]
    fn ids_of_a_file_that_was_not_read_say_so() {
        assert!(matches!(chosen(&["./bad/x"]), Err(SelectError::Broken { .. })));
    }
}
