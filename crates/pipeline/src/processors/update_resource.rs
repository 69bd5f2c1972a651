//! `update_resource`: sets properties of resources; a new `name` renames the resource.

use std::collections::BTreeMap;

use model::Map;
use model::package::Package;

use crate::context::Context;
use crate::definition::{Definition, Parameter, RESOURCES, Role};
use crate::error::StepError;
use crate::matcher::Matcher;
use crate::parameters::Parameters;
use crate::processor::{EachResource, ResourceStep, Transform};

pub(super) const DEFINITION: Definition = Definition {
    name: "update_resource",
    aliases: &[],
    summary: "Sets properties of resources",
    role: Role::Transform,
    parameters: &[
        RESOURCES,
        Parameter {
            name: "metadata",
            form: "mapping",
            default: "required",
            text: "Properties to set; each replaces the one of the same name.",
        },
    ],
    build: |parameters, _| {
        let parameters = Parameters(parameters);
        let metadata = parameters.map("metadata")?;
        let metadata = metadata.ok_or_else(|| StepError::parameter("metadata", "is required"))?;
        let resources = Matcher::parse("resources", parameters.get("resources"))?;
        Ok(Box::new(EachResource::new(UpdateResource { resources, metadata: metadata.clone() })))
    },
};

#[derive(Debug)]
struct UpdateResource {
    resources: Matcher,
    metadata: Map,
}

impl ResourceStep for UpdateResource {
    fn prepare(
        &mut self,
        package: &mut Package,
        _: &Context,
    ) -> Result<BTreeMap<String, Box<dyn Transform>>, StepError> {
        for name in self.resources.names(package) {
            if let Some(resource) = package.resource_mut(&name) {
                resource.extend(self.metadata.clone());
            }
        }
        Ok(BTreeMap::new())
    }
}
