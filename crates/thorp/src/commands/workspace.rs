//! The project that a command works in: its specs, its environment, and what killed runs left.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use model::fault::Fault;
use pipeline::bind::Binder;
use pipeline::commit;
use pipeline::history::FOLDER;
use pipeline::project::{self, Project};
use pipeline::spec::SpecError;
use runtime::python::Places;

use crate::console::{Coded, NotStarted};
use thorp::clock::SystemClock;

/// A project with all that its runs need from outside.
#[derive(Debug)]
pub(crate) struct Workspace {
    pub(crate) project: Project,
    pub(crate) binder: Binder,
    pub(crate) environment: BTreeMap<String, String>,
}

impl Workspace {
    /// Opens the project in `dir`; finishes or undoes what killed runs left behind.
    pub(crate) fn open(dir: &Path) -> anyhow::Result<Self> {
        let environment: BTreeMap<String, String> = std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .collect();
        let runners = environment.get("DPP_RUNNER_CONFIG").map(String::as_str);
        let project = project::load(dir, runners).map_err(|error| NotStarted {
            text: model::fault::Chain(&error).to_string(),
            help: error.help(),
        })?;
        recover(&project.root, &environment)?;
        let processor_path = environment.get("DPP_PROCESSOR_PATH").map(String::as_str);
        let binder = Binder::new(
            &project.root,
            processor_path,
            places(&environment),
            Arc::new(SystemClock::new()),
        );
        let mut workspace = Self { project, binder, environment };
        workspace.resolve_steps();
        Ok(workspace)
    }

    /// Notes in each pipeline which of its steps nothing answers to.
    pub(crate) fn resolve_steps(&mut self) {
        let unresolved: Vec<Vec<SpecError>> = self
            .project
            .pipelines
            .iter()
            .map(|spec| {
                let steps = spec.steps.iter();
                steps.filter_map(|step| self.binder.resolve(spec, step).err()).collect()
            })
            .collect();
        for (spec, errors) in self.project.pipelines.iter_mut().zip(unresolved) {
            for error in errors {
                if !spec.errors.contains(&error) {
                    spec.errors.push(error);
                }
            }
        }
    }
}

fn recover(root: &Path, environment: &BTreeMap<String, String>) -> anyhow::Result<()> {
    for run in commit::recover(&root.join(FOLDER), environment).map_err(Coded::new)? {
        let what = if run.finished { "finished" } else { "undone" };
        eprintln!("{}: a run that had been killed was {what}", run.pipeline);
        if run.databases_behind > 0 {
            eprintln!(
                "{}: {} of its databases still hold the rows of before; run it again",
                run.pipeline, run.databases_behind
            );
        }
    }
    Ok(())
}

/// Where Python and its modules are.
fn places(environment: &BTreeMap<String, String>) -> Places {
    let cache = environment
        .get("XDG_CACHE_HOME")
        .map(PathBuf::from)
        .or_else(|| environment.get("HOME").map(|home| Path::new(home).join(".cache")))
        .unwrap_or_else(std::env::temp_dir)
        .join("thorp");
    Places {
        thorp_python: environment.get("THORP_PYTHON").map(PathBuf::from),
        path: std::env::var_os("PATH"),
        python_path: std::env::var_os("PYTHONPATH"),
        cache,
    }
}
