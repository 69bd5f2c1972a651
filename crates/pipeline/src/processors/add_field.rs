//! `add_field`: adds a field with the same value in every row.

use std::collections::BTreeMap;

use model::package::{Package, field_list_mut};
use model::python::{Style, dumps};
use model::{Json, Map};
use tabular::{Batch, Column, Value};

use crate::context::Context;
use crate::definition::{ANY_OTHER, Definition, Parameter, RESOURCES, Role};
use crate::error::StepError;
use crate::matcher::Matcher;
use crate::parameters::Parameters;
use crate::processor::{EachResource, ResourceStep, Transform, set_field};

pub(super) const DEFINITION: Definition = Definition {
    name: "add_field",
    aliases: &[],
    summary: "Adds a field with the same value in every row",
    role: Role::Transform,
    parameters: &[
        RESOURCES,
        Parameter { name: "name", form: "text", default: "required", text: "Name of the field." },
        Parameter { name: "type", form: "text", default: "string", text: "Type of the field." },
        Parameter {
            name: "default",
            form: "any",
            default: "null",
            text: "The value that every row gets.",
        },
        Parameter {
            name: ANY_OTHER,
            form: "any",
            default: "-",
            text: "Every other key is a property of the field, such as `title`.",
        },
    ],
    build: |parameters, _| {
        let resources = Matcher::parse("resources", Parameters(parameters).get("resources"))?;
        let name = Parameters(parameters).required_text("name")?.to_owned();
        let kind = Parameters(parameters).text("type")?.unwrap_or("string");
        let mut field = Map::new();
        field.insert("name".into(), name.into());
        field.insert("type".into(), kind.into());
        let own = ["resources", "name", "type", "default"];
        let others = parameters.iter().filter(|(key, _)| !own.contains(&key.as_str()));
        field.extend(others.map(|(key, value)| (key.clone(), value.clone())));
        let value = parameters.get("default").cloned().unwrap_or_default();
        Ok(Box::new(EachResource::new(AddField { resources, field, value })))
    },
};

#[derive(Debug)]
struct AddField {
    resources: Matcher,
    field: Map,
    value: Json,
}

impl ResourceStep for AddField {
    fn prepare(
        &mut self,
        package: &mut Package,
        _: &Context,
    ) -> Result<BTreeMap<String, Box<dyn Transform>>, StepError> {
        let mut transforms: BTreeMap<String, Box<dyn Transform>> = BTreeMap::new();
        for name in self.resources.names(package) {
            let Some(resource) = package.resource_mut(&name) else { continue };
            set_field(field_list_mut(resource), self.field.clone());
            let field = model::package::name(&self.field).to_owned();
            let wire = dumps(&self.value, Style::WIRE);
            let value = Value::from_wire(&wire).map(Value::into_owned);
            transforms.insert(name, Box::new(Constant { field, value }));
        }
        Ok(transforms)
    }
}

#[derive(Debug)]
struct Constant {
    field: String,
    value: Option<Value<'static>>,
}

impl Transform for Constant {
    fn apply(&mut self, mut batch: Batch) -> Result<Batch, StepError> {
        let column = Column::repeat(self.value.as_ref(), batch.rows());
        batch.set(&self.field, column);
        Ok(batch)
    }
}
