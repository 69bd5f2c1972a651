//! `update_schema`: sets properties of the schemas of resources.

use std::collections::BTreeMap;

use model::package::Package;
use model::{Json, Map};

use crate::context::Context;
use crate::definition::{ANY_OTHER, Definition, Parameter, RESOURCES, Role};
use crate::error::StepError;
use crate::matcher::Matcher;
use crate::parameters::Parameters;
use crate::processor::{EachResource, ResourceStep, Transform};

pub(super) const DEFINITION: Definition = Definition {
    name: "update_schema",
    aliases: &[],
    summary: "Sets properties of the schemas of resources",
    role: Role::Transform,
    parameters: &[
        RESOURCES,
        Parameter {
            name: ANY_OTHER,
            form: "any",
            default: "-",
            text: "Every other key is a property of the schema to set, such as `missingValues`.",
        },
    ],
    build: |parameters, _| {
        let resources = Matcher::parse("resources", Parameters(parameters).get("resources"))?;
        let mut properties = parameters.clone();
        properties.shift_remove("resources");
        Ok(Box::new(EachResource::new(UpdateSchema { resources, properties })))
    },
};

#[derive(Debug)]
struct UpdateSchema {
    resources: Matcher,
    properties: Map,
}

impl ResourceStep for UpdateSchema {
    fn prepare(
        &mut self,
        package: &mut Package,
        _: &Context,
    ) -> Result<BTreeMap<String, Box<dyn Transform>>, StepError> {
        for name in self.resources.names(package) {
            let Some(resource) = package.resource_mut(&name) else { continue };
            let schema = resource.entry("schema").or_insert_with(|| Json::Object(Map::new()));
            let schema = schema.as_object_mut().ok_or_else(|| {
                StepError::resource(&name, "its `schema` is a reference and cannot be changed")
            })?;
            schema.extend(self.properties.clone());
        }
        Ok(BTreeMap::new())
    }
}
