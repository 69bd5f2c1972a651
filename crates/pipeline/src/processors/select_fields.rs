//! `select_fields`: keeps some fields of resources, in the order in which they are asked for.

use std::collections::BTreeMap;
use std::sync::Arc;

use model::Json;
use model::package::{Package, field_list_mut};
use tabular::Batch;

use crate::context::Context;
use crate::declared::Declared;
use crate::definition::{Definition, Parameter, RESOURCES, Role};
use crate::error::StepError;
use crate::field_pattern::{FieldPattern, REGEX};
use crate::matcher::Matcher;
use crate::parameters::Parameters;
use crate::processor::{EachResource, ResourceStep, Transform, field_names};

pub(super) const DEFINITION: Definition = Definition {
    name: "select_fields",
    aliases: &[],
    summary: "Keeps some fields of resources, in the order asked for",
    role: Role::Transform,
    parameters: &[
        RESOURCES,
        Parameter {
            name: "fields",
            form: "list",
            default: "required",
            text: "Patterns for whole names of fields; a resource must have one that fits.",
        },
        REGEX,
    ],
    build: |parameters, _| {
        let parameters = Parameters(parameters);
        let resources = Matcher::parse("resources", parameters.get("resources"))?;
        let fields = FieldPattern::parse_list(parameters, "fields")?;
        Ok(Box::new(EachResource::new(SelectFields { resources, fields })))
    },
};

#[derive(Debug)]
struct SelectFields {
    resources: Matcher,
    fields: Vec<FieldPattern>,
}

impl SelectFields {
    /// The chosen ones of `fields`, each once.
    fn choose(&self, fields: &[String]) -> Vec<String> {
        let mut chosen: Vec<String> = Vec::new();
        for pattern in &self.fields {
            for field in fields {
                if pattern.matches(field) && !chosen.contains(field) {
                    chosen.push(field.clone());
                }
            }
        }
        chosen
    }
}

impl ResourceStep for SelectFields {
    fn prepare(
        &mut self,
        package: &mut Package,
        _: &Context,
    ) -> Result<BTreeMap<String, Box<dyn Transform>>, StepError> {
        let mut transforms: BTreeMap<String, Box<dyn Transform>> = BTreeMap::new();
        for name in self.resources.names(package) {
            let Some(resource) = package.resource_mut(&name) else { continue };
            if !resource.contains_key("schema") {
                continue;
            }
            let chosen = self.choose(&field_names(resource));
            if chosen.is_empty() {
                return Err(StepError::resource(name, "has none of the fields to select"));
            }
            let declared = Declared::new(resource);
            let list = field_list_mut(resource);
            let place = |field: &Json| {
                let name = field.get("name").and_then(Json::as_str);
                chosen.iter().position(|chosen| Some(chosen.as_str()) == name)
            };
            list.retain(|field| place(field).is_some());
            list.sort_by_key(place);
            let fields = chosen.iter().map(|field| Arc::from(field.as_str())).collect();
            transforms.insert(name, Box::new(Select { declared, fields }));
        }
        Ok(transforms)
    }
}

#[derive(Debug)]
struct Select {
    declared: Declared,
    fields: Vec<Arc<str>>,
}

impl Transform for Select {
    fn apply(&mut self, batch: Batch) -> Result<Batch, StepError> {
        let mut selected = Batch::empty(batch.rows());
        for field in &self.fields {
            selected.set(field, self.declared.column(&batch, field)?.into_owned());
        }
        Ok(selected)
    }
}
