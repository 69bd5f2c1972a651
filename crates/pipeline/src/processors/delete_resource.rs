//! `delete_resource`: takes resources, with their rows, out of the package.

use std::collections::BTreeSet;

use model::Json;
use model::package::Package;
use tabular::Batch;

use crate::context::Context;
use crate::defaults::apply_defaults;
use crate::definition::{Definition, Parameter, Role};
use crate::error::StepError;
use crate::matcher::Matcher;
use crate::parameters::Parameters;
use crate::processor::{Output, Processor};

pub(super) const DEFINITION: Definition = Definition {
    name: "delete_resource",
    aliases: &[],
    summary: "Takes resources, with their rows, out of the package",
    role: Role::Transform,
    parameters: &[Parameter {
        name: "name",
        form: "resources",
        default: "required",
        text: "Which resources: a pattern for the whole name, a list of names, or an index.",
    }],
    build: |parameters, _| {
        let parameters = Parameters(parameters);
        let name = parameters.get("name");
        if name.is_none() {
            return Err(StepError::parameter("name", "is required"));
        }
        let resources = Matcher::parse("name", name)?;
        Ok(Box::new(DeleteResource { resources, deleted: BTreeSet::new(), is_open: false }))
    },
};

#[derive(Debug)]
struct DeleteResource {
    resources: Matcher,
    deleted: BTreeSet<String>,
    /// Whether the rows at hand belong to a resource that stays.
    is_open: bool,
}

impl Processor for DeleteResource {
    fn describe(&mut self, mut package: Package, _: &Context) -> Result<Package, StepError> {
        self.deleted = self.resources.names(&package).into_iter().collect();
        package.resource_list_mut().retain(|resource| {
            let name = resource.get("name").and_then(Json::as_str).unwrap_or_default();
            !self.deleted.contains(name)
        });
        apply_defaults(&mut package);
        Ok(package)
    }

    fn open(&mut self, resource: &str, out: &mut dyn Output) -> Result<(), StepError> {
        self.is_open = !self.deleted.contains(resource);
        if self.is_open { out.open(resource) } else { Ok(()) }
    }

    fn rows(&mut self, batch: Batch, out: &mut dyn Output) -> Result<(), StepError> {
        if self.is_open { out.rows(batch) } else { Ok(()) }
    }

    fn close(&mut self, out: &mut dyn Output) -> Result<(), StepError> {
        if self.is_open { out.close() } else { Ok(()) }
    }
}
