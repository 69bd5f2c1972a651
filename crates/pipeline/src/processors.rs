//! The table of processors: one file each, found by name.

mod add_computed_field;
mod add_field;
mod add_resource;
mod assert;
pub(crate) mod checkpoint;
mod concatenate;
mod deduplicate;
mod delete_fields;
mod delete_resource;
mod dump;
mod dump_to_sql;
mod duplicate;
mod filter;
mod find_replace;
mod join;
mod load;
mod load_metadata;
mod load_resource;
mod printer;
mod rename_fields;
mod sample;
mod select_fields;
mod set_primary_key;
mod set_types;
mod sort;
mod sql;
mod stream_remote_resources;
mod unpivot;
mod update_package;
mod update_resource;
mod update_schema;
pub(crate) mod validate;

use std::fmt::Debug;

use model::Map;

use crate::context::Context;
use crate::error::StepError;
use crate::parameters;
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
        parameters::warn_of_unknown(self, parameters, ctx);
        (self.build)(&ctx.reveal_all(parameters)?, ctx)
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

/// What happens to rows that do not fit their schema.
pub const ON_ERROR: Parameter = Parameter {
    name: "on_error",
    form: "text",
    default: "raise",
    text: "raise (the step fails), drop (leave the row out), clear (make the value null), collect (write the row to `<resource>-errors`) or ignore.",
};

/// Stands for every key that has no parameter of its own.
pub const ANY_OTHER: &str = "*";

/// All processors, sorted by name.
pub const PROCESSORS: &[Definition] = &[
    add_computed_field::DEFINITION,
    add_field::DEFINITION,
    add_resource::DEFINITION,
    assert::DEFINITION,
    checkpoint::DEFINITION,
    concatenate::DEFINITION,
    deduplicate::DEFINITION,
    delete_fields::DEFINITION,
    delete_resource::DEFINITION,
    dump::DOT_TO_PATH,
    dump::DOT_TO_ZIP,
    dump::TO_PATH,
    dump::TO_ZIP,
    dump_to_sql::DEFINITION,
    duplicate::DEFINITION,
    filter::DEFINITION,
    find_replace::DEFINITION,
    join::DEFINITION,
    join::WITH_SELF,
    load::DEFINITION,
    load_metadata::DEFINITION,
    load_resource::DEFINITION,
    printer::DEFINITION,
    rename_fields::DEFINITION,
    sample::DEFINITION,
    select_fields::DEFINITION,
    set_primary_key::DEFINITION,
    set_types::DEFINITION,
    sort::DEFINITION,
    sql::DEFINITION,
    stream_remote_resources::DEFINITION,
    unpivot::DEFINITION,
    update_package::DEFINITION,
    update_resource::DEFINITION,
    update_schema::DEFINITION,
    validate::DEFINITION,
];

/// The processor that `name` or one of its older names means.
pub fn find(name: &str) -> Option<&'static Definition> {
    PROCESSORS
        .iter()
        .find(|definition| definition.name == name || definition.aliases.contains(&name))
}
