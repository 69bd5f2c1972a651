//! `delete_fields`: takes fields out of resources.

use std::collections::{BTreeMap, BTreeSet};

use model::Json;
use model::package::{Package, field_list_mut};
use tabular::Batch;

use crate::context::Context;
use crate::definition::{Definition, Parameter, RESOURCES, Role};
use crate::error::StepError;
use crate::field_pattern::{FieldPattern, REGEX};
use crate::matcher::Matcher;
use crate::parameters::Parameters;
use crate::processor::{EachResource, ResourceStep, Transform, field_names};

pub(super) const DEFINITION: Definition = Definition {
    name: "delete_fields",
    aliases: &[],
    summary: "Takes fields out of resources",
    role: Role::Transform,
    parameters: &[
        RESOURCES,
        Parameter {
            name: "fields",
            form: "list",
            default: "required",
            text: "Patterns for whole names of fields; each must fit a field of some resource.",
        },
        REGEX,
    ],
    build: |parameters, _| {
        let parameters = Parameters(parameters);
        let resources = Matcher::parse("resources", parameters.get("resources"))?;
        let fields = FieldPattern::parse_list(parameters, "fields")?;
        Ok(Box::new(EachResource::new(DeleteFields { resources, fields })))
    },
};

#[derive(Debug)]
struct DeleteFields {
    resources: Matcher,
    fields: Vec<FieldPattern>,
}

impl ResourceStep for DeleteFields {
    fn prepare(
        &mut self,
        package: &mut Package,
        _: &Context,
    ) -> Result<BTreeMap<String, Box<dyn Transform>>, StepError> {
        let mut transforms: BTreeMap<String, Box<dyn Transform>> = BTreeMap::new();
        let mut unused: Vec<&FieldPattern> = self.fields.iter().collect();
        let mut existing = BTreeSet::new();
        for name in self.resources.names(package) {
            let Some(resource) = package.resource_mut(&name) else { continue };
            if !resource.contains_key("schema") {
                continue;
            }
            existing.extend(field_names(resource));
            let mut deleted = BTreeSet::new();
            field_list_mut(resource).retain(|field| {
                let field = field.get("name").and_then(Json::as_str).unwrap_or_default();
                unused.retain(|pattern| !pattern.matches(field));
                let delete = self.fields.iter().any(|pattern| pattern.matches(field));
                if delete {
                    deleted.insert(field.to_owned());
                }
                !delete
            });
            transforms.insert(name, Box::new(Delete { fields: deleted }));
        }
        let Some(pattern) = unused.first() else { return Ok(transforms) };
        let existing: Vec<String> = existing.into_iter().collect();
        let problem = format!(
            "`{}` fits no field of the chosen resources; there are `{}`",
            pattern.as_str(),
            existing.join("`, `")
        );
        Err(StepError::parameter("fields", problem))
    }
}

#[derive(Debug)]
struct Delete {
    fields: BTreeSet<String>,
}

impl Transform for Delete {
    fn apply(&mut self, batch: Batch) -> Result<Batch, StepError> {
        Ok(batch.project(|name| (!self.fields.contains(name)).then(|| name.into())))
    }
}
