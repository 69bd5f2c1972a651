//! `checkpoint`: keeps what has come so far; the next run starts from there.

use std::path::{Path, PathBuf};

use model::Map;

use crate::context::Context;
use crate::definition::{Definition, Parameter, Role};
use crate::error::StepError;
use crate::parameters::Parameters;
use crate::processor::Processor;
use crate::step_cache::Keep;

pub(super) const DEFINITION: Definition = Definition {
    name: "checkpoint",
    aliases: &[],
    summary: "Keeps what has come so far; the next run starts from there",
    role: Role::Transform,
    parameters: &[
        Parameter {
            name: "checkpoint_name",
            form: "text",
            default: "required",
            text: "The name of the checkpoint.",
        },
        Parameter {
            name: "checkpoint_path",
            form: "text",
            default: ".checkpoints",
            text: "The folder of checkpoints; delete it to start from the beginning.",
        },
    ],
    build,
};

fn build(parameters: &Map, _: &Context) -> Result<Box<dyn Processor>, StepError> {
    Ok(Box::new(Keep::new(path(parameters)?)))
}

/// The file of a checkpoint, relative to the folder of the pipeline.
///
/// # Errors
///
/// A parameter error when it has no name.
pub(crate) fn path(parameters: &Map) -> Result<PathBuf, StepError> {
    let parameters = Parameters(parameters);
    let folder = parameters.text("checkpoint_path")?.unwrap_or(".checkpoints");
    let name = parameters.required_text("checkpoint_name")?;
    store::location::check_relative(name)
        .map_err(|error| StepError::parameter("checkpoint_name", error.to_string()))?;
    Ok(Path::new(folder).join(format!("{name}.zst")))
}
