//! The table of processors: one file each, found by name.

use std::fmt::Debug;

use model::Map;

use crate::context::Context;
use crate::error::StepError;
use crate::processor::Processor;

/// One kind of step, as users meet it.
#[derive(Debug, Clone, Copy)]
pub struct Definition {
    /// The name that specs use.
    pub name: &'static str,
    /// Other names of the same processor, older ones included.
    pub aliases: &'static [&'static str],
    /// One line for lists.
    pub summary: &'static str,
    pub parameters: &'static [Parameter],
    pub build: fn(&Map, &Context) -> Result<Box<dyn Processor>, StepError>,
}

/// One parameter of a processor, for help and for warnings about unknown keys.
#[derive(Debug, Clone, Copy)]
pub struct Parameter {
    pub name: &'static str,
    /// `text`, `list`, `mapping`, `flag`, `count`, `resources`, ...
    pub form: &'static str,
    /// The default as written in a spec, or `required`.
    pub default: &'static str,
    pub text: &'static str,
}

/// The matcher parameter that most processors share.
pub const RESOURCES: Parameter = Parameter {
    name: "resources",
    form: "resources",
    default: "all",
    text: "Which resources: a pattern for the whole name, a list of names, or an index.",
};

/// All processors, sorted by name.
pub const PROCESSORS: &[Definition] = &[];

/// The processor that `name` or one of its older names means.
pub fn find(name: &str) -> Option<&'static Definition> {
    PROCESSORS
        .iter()
        .find(|definition| definition.name == name || definition.aliases.contains(&name))
}
