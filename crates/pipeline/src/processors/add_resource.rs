//! `add_resource`: adds the descriptor of a resource whose rows come from elsewhere, later.

use model::package::{Package, STREAMED_FROM};
use model::{Json, Map};

use crate::context::Context;
use crate::definition::{ANY_OTHER, Definition, Parameter, Role};
use crate::error::StepError;
use crate::parameters::Parameters;
use crate::processor::Processor;

pub(super) const DEFINITION: Definition = Definition {
    name: "add_resource",
    aliases: &[],
    summary: "Adds the descriptor of a resource, for `stream_remote_resources`; `load` does both",
    role: Role::Transform,
    parameters: &[
        Parameter {
            name: "name",
            form: "text",
            default: "required",
            text: "The name of the resource.",
        },
        Parameter {
            name: "url",
            form: "text",
            default: "required",
            text: "Where its rows are: path, address or `env://NAME`.",
        },
        Parameter {
            name: ANY_OTHER,
            form: "any",
            default: "none",
            text: "Properties of the resource; how it is read is said by `format`, `headers`, `encoding`, `sheet`, `constants`, `http_headers` and others.",
        },
    ],
    build,
};

/// The path of a resource that has no rows yet.
pub(super) const PATH_PLACEHOLDER: &str = "_";

fn build(parameters: &Map, _: &Context) -> Result<Box<dyn Processor>, StepError> {
    let given = Parameters(parameters);
    given.required_text("name")?;
    let url = given.required_text("url")?.to_owned();
    let mut resource = parameters.clone();
    resource.shift_remove("url");
    resource.entry("path").or_insert_with(|| PATH_PLACEHOLDER.into());
    Ok(Box::new(AddResource { url, resource }))
}

#[derive(Debug)]
struct AddResource {
    url: String,
    resource: Map,
}

impl Processor for AddResource {
    fn describe(&mut self, mut package: Package, ctx: &Context) -> Result<Package, StepError> {
        // Steps that follow need the address itself; sinks write the name of the variable.
        let url = ctx.reveal("url", &self.url)?;
        let mut resource = self.resource.clone();
        resource.insert(STREAMED_FROM.into(), url.into());
        package.resource_list_mut().push(Json::Object(resource));
        Ok(package)
    }
}
