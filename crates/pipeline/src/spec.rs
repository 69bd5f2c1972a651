//! What a `pipeline-spec.yaml` says, in types: pipelines, their steps, and what is wrong with them.
//!
//! Reading never runs code. Names of processors stay as they are written; `resolve` says what they
//! stand for.

pub mod discover;
pub mod error;
pub mod generator;
pub mod limits;
mod parse;
pub mod runners;
mod step;

use std::path::PathBuf;
use std::time::Duration;

use model::pipeline_id::PipelineId;
use model::{Json, Map};

pub use error::SpecError;
pub use parse::{pipeline, pipelines};

use crate::schedule::Schedule;

/// One pipeline as its author wrote it.
#[derive(Debug, Clone, PartialEq)]
pub struct PipelineSpec {
    pub id: PipelineId,
    /// The folder in which its steps run: that of the file, or what `__path` says.
    pub dir: PathBuf,
    /// The file that holds it.
    pub file: PathBuf,
    pub title: Option<String>,
    /// Markdown.
    pub description: Option<String>,
    pub steps: Vec<StepSpec>,
    pub schedule: Option<Schedule>,
    /// What the processes of the run find in their environment, in the order written.
    pub environment: Vec<(String, String)>,
    pub dependencies: Vec<Dependency>,
    /// Where the events of a run are sent.
    pub hooks: Vec<String>,
    /// What the events are signed with; usually `env://NAME`.
    pub hook_secret: Option<String>,
    /// Why it cannot run; empty when it can.
    pub errors: Vec<SpecError>,
    /// What is odd about it, in sentences.
    pub warnings: Vec<String>,
    /// All of it, word for word.
    pub details: Map,
    /// What a generator made it from.
    pub source: Option<Json>,
}

/// One step of a pipeline.
#[derive(Debug, Clone, PartialEq)]
pub struct StepSpec {
    pub action: Action,
    pub parameters: Map,
    /// Whether the output of the step is kept for the next run.
    pub cache: bool,
    /// Whether rows are held against their schema before the step sees them.
    pub validate: bool,
    /// Python text that is the processor; the action is then only a label.
    pub code: Option<String>,
    /// The name of a runner in `dpp-runners.yaml`.
    pub runner: Option<String>,
    /// The script of the processor, where a generator has found it.
    pub executor: Option<PathBuf>,
    pub timeout: Option<Duration>,
    pub on_error: Option<OnError>,
}

impl StepSpec {
    /// The name under which users know the step.
    pub fn name(&self) -> &str {
        match &self.action {
            Action::Run(name) | Action::Flow(name) => name,
        }
    }
}

/// What a step does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// A processor, by name.
    Run(String),
    /// A Python module beside the specification, with a function `flow`.
    Flow(String),
}

/// What happens to a row or a value that breaks its schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnError {
    /// The run fails.
    Raise,
    /// The row is left out.
    Drop,
    /// The value becomes null.
    Clear,
    /// The row goes to a resource of its own.
    Collect,
}

impl OnError {
    /// The word for the policy.
    pub fn word(self) -> &'static str {
        match self {
            Self::Raise => "raise",
            Self::Drop => "drop",
            Self::Clear => "clear",
            Self::Collect => "collect",
        }
    }

    /// The policy that `word` names.
    pub fn named(word: &str) -> Option<Self> {
        Some(match word {
            "raise" => Self::Raise,
            "drop" => Self::Drop,
            "clear" => Self::Clear,
            "collect" => Self::Collect,
            _ => return None,
        })
    }
}

/// What has to be there before a pipeline runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Dependency {
    /// Another pipeline, run with success.
    Pipeline(PipelineId),
    /// A data package, by path or address.
    Datapackage(String),
}

#[cfg(test)]
mod tests;
