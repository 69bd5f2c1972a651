//! A project that has run well once, and what must hold when a later run goes wrong.

use std::path::PathBuf;
use std::process::Output;

use serde_json::Value;

use crate::project::{Project, stderr, stdout};

/// What the run that went well reads.
const GOOD: &str = "{from: good.csv, name: rows}";

/// A project with the output of a run that went well.
pub(crate) struct Case {
    pub(crate) project: Project,
    before: Vec<(PathBuf, Vec<u8>)>,
}

impl Case {
    pub(crate) fn new() -> Self {
        let project = Project::new(&load(GOOD));
        project.write("good.csv", "id,name\n1,old\n");
        project.write("tmp/keep", "");
        let case = Self { project, before: Vec::new() };
        let output = case.run(&[]);
        assert!(output.status.success(), "{}", stdout(&output));
        let before = case.project.snapshot("out");
        assert_eq!(before.len(), 2);
        Self { before, ..case }
    }

    /// A case with the file `name` to read.
    pub(crate) fn with_file(name: &str, bytes: &[u8]) -> Self {
        let case = Self::new();
        std::fs::write(case.project.path(name), bytes).unwrap();
        case
    }

    /// Runs all pipelines; its output is JSON.
    pub(crate) fn run(&self, flags: &[&str]) -> Output {
        let arguments = [&["--output", "json", "run", "all"], flags].concat();
        let mut command = self.project.command(&arguments);
        command.env("TMPDIR", self.project.path("tmp")).output().unwrap()
    }

    /// Runs `spec`, which fails with `code` and says all of `parts`. The output of before is there
    /// byte for byte, nothing else is left behind, and the next run works.
    pub(crate) fn fails(&self, spec: &str, (code, parts): (&str, &[&str])) -> Value {
        self.project.write("pipeline-spec.yaml", spec);
        let error = failure(&self.run(&[]), (code, parts));
        assert!(self.project.snapshot("out") == self.before, "the output of before has changed");
        self.assert_clean();
        self.project.write("pipeline-spec.yaml", &load(GOOD));
        let output = self.run(&[]);
        assert!(output.status.success(), "the next run: {}", stdout(&output));
        assert!(self.project.snapshot("out") == self.before);
        error
    }

    /// Runs `spec`, which works.
    pub(crate) fn works(&self, spec: &str, flags: &[&str]) {
        self.project.write("pipeline-spec.yaml", spec);
        let output = self.run(flags);
        assert!(output.status.success(), "{}\n{}", stdout(&output), stderr(&output));
        self.assert_clean();
    }

    /// No staged and no temporary file is left.
    fn assert_clean(&self) {
        let left: Vec<PathBuf> = self
            .project
            .snapshot(".")
            .into_iter()
            .map(|(path, _)| path)
            .filter(|path| {
                let path = path.to_string_lossy();
                path.contains(".thorp-stage-")
                    || path.contains(".thorp/journal")
                    || (path.contains("/tmp/")
                        && path.contains("./tmp/")
                        && !path.ends_with("keep"))
            })
            .collect();
        assert!(left.is_empty(), "left behind: {left:?}");
    }
}

/// A pipeline that loads with `parameters` and writes to `out`.
pub(crate) fn load(parameters: &str) -> String {
    steps(&format!("    - run: load\n      parameters: {parameters}\n"))
}

/// A pipeline of `steps` that writes to `out`.
pub(crate) fn steps(steps: &str) -> String {
    format!(
        "p:\n  pipeline:\n{steps}    - run: dump_to_path\n      parameters: {{out-path: out}}\n"
    )
}

/// The first error of a run that failed with `code`, and said all of `parts` in text or help.
pub(crate) fn failure(output: &Output, (code, parts): (&str, &[&str])) -> Value {
    let text = format!("{}\n{}", stdout(output), stderr(output));
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert!(!text.contains("panicked"), "{text}");
    let line = stdout(output);
    let done: Value = serde_json::from_str(line.lines().next().unwrap_or_default()).unwrap();
    assert_eq!(done["success"], false);
    let error = done["errors"][0].clone();
    assert_eq!(error["code"], code, "{error}");
    let said = format!("{} {}", error["text"], error["help"]);
    for part in parts {
        assert!(said.contains(part), "`{part}` is missing in {said}");
    }
    error
}
