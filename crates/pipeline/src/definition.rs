//! What a kind of step says about itself: its names, its parameters, how it is made.

use std::fmt::Debug;

use model::Map;

use crate::context::{Context, Level};
use crate::error::StepError;
use crate::nearest::nearest;
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
    pub role: Role,
    pub parameters: &'static [Parameter],
    pub build: Build,
}

/// Makes a processor out of its parameters.
pub type Build = fn(&Map, &Context) -> Result<Box<dyn Processor>, StepError>;

/// Where in a pipeline a processor stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    Source,
    Transform,
    Sink,
}

impl Definition {
    /// A step of this kind; `parameters` that it does not know are warned about and ignored, and
    /// `env://NAME` in them is the value of the variable.
    ///
    /// # Errors
    ///
    /// A parameter error when one is missing or has no usable value; when a variable is not set.
    pub fn create(&self, parameters: &Map, ctx: &Context) -> Result<Box<dyn Processor>, StepError> {
        self.warn_of_unknown(parameters, ctx);
        (self.build)(&ctx.reveal_all(parameters)?, ctx)
    }

    /// Warns about each key of `parameters` that this does not know, with the nearest one that it
    /// knows.
    fn warn_of_unknown(&self, parameters: &Map, ctx: &Context) {
        let known = self.parameters;
        if known.iter().any(|parameter| parameter.name == ANY_OTHER) {
            return;
        }
        for key in parameters.keys() {
            let spelled = key.replace('-', "_");
            if known.iter().any(|parameter| parameter.name.replace('-', "_") == spelled) {
                continue;
            }
            let names = known.iter().map(|parameter| parameter.name);
            let nearest = nearest(&spelled, names);
            let fix = nearest.map_or_else(String::new, |name| format!("; did you mean `{name}`?"));
            let text = format!("`{}` has no parameter `{key}`, it is ignored{fix}", self.name);
            ctx.log(Level::Warning, &text);
        }
    }
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

/// Where a data package is.
pub const PACKAGE_URL: Parameter = Parameter {
    name: "url",
    form: "text",
    default: "required",
    text: "Path or address of a `datapackage.json` or of a zip archive with one, or `dependency://<pipeline id>`.",
};

/// What happens to rows that do not fit their schema.
pub const ON_ERROR: Parameter = Parameter {
    name: "on_error",
    form: "text",
    default: "raise",
    text: "raise (the step fails), drop (leave the row out), clear (make the value null), collect (write the row to `<resource>-errors`) or ignore.",
};

/// Stands for every key that has no parameter of its own.
pub const ANY_OTHER: &str = "*";

#[cfg(test)]
mod tests;
