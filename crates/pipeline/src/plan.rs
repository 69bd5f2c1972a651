//! A plan: the steps of one pipeline, each bound to what will run it.

use std::path::PathBuf;

use model::Map;
use runtime::process::Request;

use crate::definition::Definition;
use crate::error::{StepError, StepPlace};
use crate::processor::Processor;
use crate::processors::find;

/// The steps of a pipeline, ready to run.
#[derive(Debug, Default)]
pub struct Plan {
    pub steps: Vec<PlannedStep>,
}

/// One step.
#[derive(Debug)]
pub struct PlannedStep {
    pub place: StepPlace,
    pub work: Work,
    /// Whether rows are held against their schema before the step sees them.
    pub validate: bool,
    /// The run fails when a native step is not done after so long; processes watch themselves.
    pub timeout_ms: Option<u64>,
}

/// What runs a step.
#[derive(Debug)]
pub enum Work {
    /// A processor of thorp with its parameters.
    Native { definition: &'static Definition, parameters: Map },
    /// A process that speaks the wire protocol.
    Process(Request),
    /// What thorp has to do itself for the process before it.
    Adopt(Box<dyn Processor>),
    /// What a step made in an earlier run, from this file, in its place and that of all before it.
    Replay(PathBuf),
    /// Keeps what the step before it made, in this file.
    Keep(PathBuf),
}

impl Plan {
    /// A plan without steps; [`Plan::step`] adds them.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds the native processor `name` with `parameters`.
    ///
    /// # Errors
    ///
    /// A parameter error when there is no such processor.
    pub fn step(mut self, name: &str, parameters: Map) -> Result<Self, StepError> {
        let definition = find(name).ok_or_else(|| {
            StepError::parameter("run", format!("no processor is called `{name}`"))
        })?;
        let place = StepPlace { index: self.steps.len(), name: name.to_owned() };
        let work = Work::Native { definition, parameters };
        self.steps.push(PlannedStep { place, work, validate: false, timeout_ms: None });
        Ok(self)
    }
}
