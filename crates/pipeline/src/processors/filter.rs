//! `filter`: keeps rows that fulfil at least one condition.
//!
//! All conditions are alternatives, those of one mapping too: that is how existing pipelines
//! behave.

use std::collections::BTreeMap;

use arrow::array::BooleanArray;
use arrow::buffer::BooleanBuffer;
use model::package::Package;
use model::{Json, Map};
use tabular::{Batch, Column};

use crate::context::{Context, Level};
use crate::declared::Declared;
use crate::definition::{Definition, Parameter, RESOURCES, Role};
use crate::equality::Wanted;
use crate::error::StepError;
use crate::matcher::Matcher;
use crate::parameters::Parameters;
use crate::processor::{EachResource, ResourceStep, Transform};

pub(super) const DEFINITION: Definition = Definition {
    name: "filter",
    aliases: &[],
    summary: "Keeps rows that fulfil at least one condition",
    role: Role::Transform,
    parameters: &[
        RESOURCES,
        Parameter {
            name: "in",
            form: "list",
            default: "[]",
            text: "Mappings of field to value; a row that has one of the values stays.",
        },
        Parameter {
            name: "out",
            form: "list",
            default: "[]",
            text: "Mappings of field to value; a row that lacks one of the values stays.",
        },
    ],
    build: |parameters, ctx| {
        let parameters = Parameters(parameters);
        let resources = Matcher::parse("resources", parameters.get("resources"))?;
        let mut conditions = Condition::parse_list(parameters, "in", true)?;
        conditions.extend(Condition::parse_list(parameters, "out", false)?);
        if conditions.is_empty() {
            ctx.log(Level::Warning, "`filter` without conditions drops every row");
        }
        Ok(Box::new(EachResource::new(Filter { resources, conditions })))
    },
};

#[derive(Debug)]
struct Filter {
    resources: Matcher,
    conditions: Vec<Condition>,
}

/// A field has a value, or has it not.
#[derive(Debug, Clone)]
struct Condition {
    field: String,
    wanted: Wanted,
    equal: bool,
}

impl Condition {
    fn parse_list(
        parameters: Parameters<'_>,
        parameter: &str,
        equal: bool,
    ) -> Result<Vec<Self>, StepError> {
        let mut conditions = Vec::new();
        for item in parameters.list(parameter)?.into_iter().flatten() {
            let mapping: &Map = item.as_object().ok_or_else(|| {
                let problem = format!("expected mappings of field to value, found `{item}`");
                StepError::parameter(parameter, problem)
            })?;
            conditions.extend(mapping.iter().map(|(field, value): (&String, &Json)| Self {
                field: field.clone(),
                wanted: Wanted::new(value),
                equal,
            }));
        }
        Ok(conditions)
    }

    fn mask(&self, column: &Column) -> BooleanBuffer {
        let equal = self.wanted.mask(column);
        if self.equal { equal } else { !&equal }
    }
}

impl ResourceStep for Filter {
    fn prepare(
        &mut self,
        package: &mut Package,
        _: &Context,
    ) -> Result<BTreeMap<String, Box<dyn Transform>>, StepError> {
        let mut transforms: BTreeMap<String, Box<dyn Transform>> = BTreeMap::new();
        for name in self.resources.names(package) {
            let Some(resource) = package.resource(&name) else { continue };
            let keep =
                Keep { declared: Declared::new(resource), conditions: self.conditions.clone() };
            transforms.insert(name, Box::new(keep));
        }
        Ok(transforms)
    }
}

#[derive(Debug)]
struct Keep {
    declared: Declared,
    conditions: Vec<Condition>,
}

impl Transform for Keep {
    fn apply(&mut self, batch: Batch) -> Result<Batch, StepError> {
        let mut keep = BooleanBuffer::new_unset(batch.rows());
        for condition in &self.conditions {
            // As in Python, a field is not looked at once every row is sure to stay.
            if keep.count_set_bits() == batch.rows() {
                break;
            }
            let column = self.declared.column(&batch, &condition.field)?;
            keep = &keep | &condition.mask(&column);
        }
        if keep.count_set_bits() == batch.rows() {
            return Ok(batch);
        }
        Ok(batch.filter(&BooleanArray::new(keep, None)))
    }
}
