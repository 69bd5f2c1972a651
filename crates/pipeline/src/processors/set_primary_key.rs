//! `set_primary_key`: says which fields identify a row.

use std::collections::BTreeMap;

use model::package::Package;
use model::{Json, Map};

use crate::context::Context;
use crate::definition::{Definition, Parameter, RESOURCES, Role};
use crate::error::StepError;
use crate::matcher::Matcher;
use crate::parameters::Parameters;
use crate::processor::{EachResource, ResourceStep, Transform, field_names};

pub(super) const DEFINITION: Definition = Definition {
    name: "set_primary_key",
    aliases: &[],
    summary: "Says which fields identify a row",
    role: Role::Transform,
    parameters: &[
        RESOURCES,
        Parameter {
            name: "primary_key",
            form: "list",
            default: "[]",
            text: "Names of fields; an empty list takes the primary key away.",
        },
    ],
    build: |parameters, _| {
        let parameters = Parameters(parameters);
        let resources = Matcher::parse("resources", parameters.get("resources"))?;
        let key = parameters.texts("primary_key")?.unwrap_or_default();
        Ok(Box::new(EachResource::new(SetPrimaryKey { resources, key })))
    },
};

#[derive(Debug)]
struct SetPrimaryKey {
    resources: Matcher,
    key: Vec<String>,
}

impl ResourceStep for SetPrimaryKey {
    fn prepare(
        &mut self,
        package: &mut Package,
        _: &Context,
    ) -> Result<BTreeMap<String, Box<dyn Transform>>, StepError> {
        for name in self.resources.names(package) {
            let Some(resource) = package.resource_mut(&name) else { continue };
            let fields = field_names(resource);
            if let Some(field) = self.key.iter().find(|field| !fields.contains(field)) {
                return Err(StepError::resource(name, format!("has no field `{field}`")));
            }
            let schema = resource.entry("schema").or_insert_with(|| Json::Object(Map::new()));
            let Some(schema) = schema.as_object_mut() else { continue };
            if self.key.is_empty() {
                schema.shift_remove("primaryKey");
            } else {
                schema.insert("primaryKey".into(), self.key.clone().into());
            }
        }
        Ok(BTreeMap::new())
    }
}
