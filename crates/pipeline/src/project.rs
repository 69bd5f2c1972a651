//! A folder with specifications: what is in it, and what is wrong with it.

mod dependencies;
mod select;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use model::fault::{Fault, Kind};
use model::pipeline_id::PipelineId;

pub use dependencies::{DependencyState, datapackage_hash, run_order, unready, urls};
pub use select::{SelectError, Selection};

use crate::nearest::hint;
use crate::spec::discover::{self, SpecFile};
use crate::spec::generator::SourceSpec;
use crate::spec::runners::{RUNNERS_FILE, Runners};
use crate::spec::{self, PipelineSpec, SpecError, limits};
use crate::yaml;

/// Everything that the specifications below a folder say.
#[derive(Debug, Clone)]
pub struct Project {
    /// Absolute.
    pub root: PathBuf,
    /// Files in order of their folders, pipelines in order of their files.
    pub pipelines: Vec<PipelineSpec>,
    /// Files that hold no pipelines, though they should.
    pub problems: Vec<Problem>,
    /// Descriptions that a generator makes pipelines from, when asked.
    pub sources: Vec<SourceSpec>,
    pub runners: Runners,
    /// Why there are none, when their file could not be read.
    runners_error: Option<SpecError>,
}

/// A file that was not understood. The others go on.
#[derive(Debug, Clone, PartialEq)]
pub struct Problem {
    /// The folder whose pipelines are missing for it, as ids begin: `.`, `./a`.
    pub folder: Option<String>,
    pub error: SpecError,
}

/// Reads the project in `root`. Runs no code.
///
/// `runners` is the value of `DPP_RUNNER_CONFIG`.
///
/// # Errors
///
/// [`ProjectError`] when `root` is no folder. What is wrong inside is in the [`Project`].
pub fn load(root: &Path, runners: Option<&str>) -> Result<Project, ProjectError> {
    let absolute = root
        .canonicalize()
        .and_then(|path| if path.is_dir() { Ok(path) } else { Err(not_a_folder()) })
        .map_err(|source| ProjectError { path: root.to_owned(), source })?;
    let (files, errors) = discover::find(&absolute);
    let problems = errors.into_iter().map(|error| Problem { folder: None, error }).collect();
    let mut project = Project {
        root: absolute,
        pipelines: Vec::new(),
        problems,
        sources: Vec::new(),
        runners: Runners::default(),
        runners_error: None,
    };
    project.read_runners(runners.unwrap_or(RUNNERS_FILE));
    for file in &files {
        project.read(file);
    }
    project.check();
    Ok(project)
}

fn not_a_folder() -> std::io::Error {
    std::io::Error::from(std::io::ErrorKind::NotADirectory)
}

impl Project {
    /// The pipeline called `id`.
    pub fn pipeline(&self, id: &PipelineId) -> Option<&PipelineSpec> {
        self.pipelines.iter().find(|pipeline| pipeline.id == *id)
    }

    /// Whether the folder describes no pipelines at all, not even wrong ones.
    pub fn is_empty(&self) -> bool {
        self.pipelines.is_empty() && self.problems.is_empty() && self.sources.is_empty()
    }

    /// Takes in what a generator made, and checks the whole again.
    pub fn add(&mut self, pipelines: Vec<PipelineSpec>) {
        self.pipelines.extend(pipelines);
        self.check();
    }

    fn read_runners(&mut self, file: &str) {
        match Runners::read(&self.root.join(file)) {
            Ok(runners) => self.runners = runners,
            Err(error) => {
                self.runners_error = Some(error.clone());
                self.problems.push(Problem { folder: None, error });
            }
        }
    }

    fn read(&mut self, file: &SpecFile) {
        if let Err(error) = self.try_read(file) {
            self.problems.push(Problem { folder: Some(file.folder.clone()), error });
        }
    }

    fn try_read(&mut self, file: &SpecFile) -> Result<(), SpecError> {
        let bytes = read_bounded(file)?;
        let document =
            yaml::load(&bytes).map_err(|reason| SpecError::Yaml { file: file.label(), reason })?;
        if let Some(module) = &file.generator {
            self.sources.push(SourceSpec::new(file.clone(), module, document.value));
            return Ok(());
        }
        let mut pipelines = spec::pipelines(document.value, file)?;
        if let Some(first) = pipelines.first_mut() {
            let texts = document.warnings.iter();
            first.warnings.extend(texts.map(|w| format!("{}: {}: {}", file.label(), w.at, w.text)));
        }
        for pipeline in &mut pipelines {
            self.check_runners(pipeline);
        }
        self.pipelines.append(&mut pipelines);
        Ok(())
    }

    fn check_runners(&self, pipeline: &mut PipelineSpec) {
        for (index, step) in pipeline.steps.iter().enumerate() {
            if let Some(name) = step.runner.as_deref().filter(|name| !self.runners.has(name)) {
                if let Some(error) = &self.runners_error {
                    pipeline.errors.push(error.clone());
                    return;
                }
                let near = hint(name, self.runners.names());
                pipeline.warnings.push(format!(
                    "step {}: no runner `{name}` is described, the step runs without one{near}",
                    index + 1
                ));
            }
        }
    }

    /// Holds the pipelines against each other.
    fn check(&mut self) {
        if self.pipelines.len() > limits::PIPELINES_MAX {
            self.pipelines.truncate(limits::PIPELINES_MAX);
            let error = SpecError::TooMany {
                folder: ".".to_owned(),
                what: "pipelines",
                max: limits::PIPELINES_MAX,
            };
            self.problems.push(Problem { folder: None, error });
        }
        let mut seen: BTreeMap<PipelineId, ()> = BTreeMap::new();
        for pipeline in &mut self.pipelines {
            if seen.insert(pipeline.id.clone(), ()).is_some() {
                let file = pipeline.file.display().to_string();
                push_once(pipeline, SpecError::Duplicate { id: pipeline.id.clone(), file });
            }
        }
        dependencies::check(&mut self.pipelines);
    }
}

fn push_once(pipeline: &mut PipelineSpec, error: SpecError) {
    if !pipeline.errors.contains(&error) {
        pipeline.errors.push(error);
    }
}

/// Reads a file, but not one that the loader would refuse for its size.
fn read_bounded(file: &SpecFile) -> Result<Vec<u8>, SpecError> {
    use std::io::Read;

    let unreadable = |error: std::io::Error| SpecError::Unreadable {
        file: file.label(),
        reason: error.to_string(),
    };
    let mut bytes = Vec::new();
    let most = u64::try_from(yaml::limits::TEXT_BYTES_MAX).unwrap_or(u64::MAX).saturating_add(1);
    std::fs::File::open(&file.path)
        .map_err(unreadable)?
        .take(most)
        .read_to_end(&mut bytes)
        .map_err(unreadable)?;
    Ok(bytes)
}

/// There is no such project.
#[derive(Debug, thiserror::Error)]
#[error("`{}` is not a folder that can be read", path.display())]
pub struct ProjectError {
    pub path: PathBuf,
    #[source]
    pub source: std::io::Error,
}

impl Fault for ProjectError {
    fn code(&self) -> &'static str {
        "PROJECT_NOT_FOUND"
    }

    fn kind(&self) -> Kind {
        Kind::NotFound
    }

    fn help(&self) -> Option<String> {
        Some("name the folder of the project with --dir".into())
    }
}

#[cfg(test)]
mod tests;
