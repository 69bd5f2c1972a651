//! `validate`: holds the rows of resources against their schemas.

use model::Map;

use super::{Definition, RESOURCES, Role};
use crate::context::Context;
use crate::error::StepError;
use crate::processor::Processor;

pub(super) const DEFINITION: Definition = Definition {
    name: "validate",
    aliases: &[],
    summary: "Holds the rows of resources against their schemas",
    role: Role::Transform,
    parameters: &[RESOURCES, super::ON_ERROR],
    build,
};

fn build(parameters: &Map, ctx: &Context) -> Result<Box<dyn Processor>, StepError> {
    // Checking all fields is what `set_types` does when it is given no types.
    (super::set_types::DEFINITION.build)(parameters, ctx)
}

/// What a step with `validate: true` runs its rows through first.
pub(crate) fn step_check() -> Box<dyn Processor> {
    super::set_types::check_all()
}
