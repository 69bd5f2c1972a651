//! `add_computed_field`: adds fields that are computed from others of the same row.

mod number;
mod operation;

use std::collections::BTreeMap;

use model::package::{Package, field_list_mut, fields, name};
use model::python::{Style, dumps};
use model::{Json, Map};
use tabular::{Batch, Column, Value};

use crate::context::Context;
use crate::declared::Declared;
use crate::definition::{Definition, Parameter, RESOURCES, Role};
use crate::error::{RowError, StepError};
use crate::format_string::FormatString;
use crate::matcher::Matcher;
use crate::parameters::Parameters;
use crate::processor::{EachResource, ResourceStep, Transform, set_field};
use crate::python_text::python_text;
use operation::{Operation, RowProblem};

pub(super) const DEFINITION: Definition = Definition {
    name: "add_computed_field",
    aliases: &[],
    summary: "Adds fields that are computed from others of the same row",
    role: Role::Transform,
    parameters: &[
        RESOURCES,
        Parameter {
            name: "fields",
            form: "list",
            default: "required",
            text: "Mappings of `operation` (sum, avg, min, max, multiply, constant, join, \
                   format), `target` (a name or a field descriptor), `source` (a list of fields) \
                   and `with` (the constant, the separator of join, the format string). They \
                   are computed in order, so that later ones may use earlier targets.",
        },
    ],
    build: |parameters, _| {
        let parameters = Parameters(parameters);
        let resources = Matcher::parse("resources", parameters.get("resources"))?;
        let fields = parameters.list("fields")?;
        let fields = fields.ok_or_else(|| StepError::parameter("fields", "is required"))?;
        let fields = fields.iter().map(Computed::parse).collect::<Result<_, _>>()?;
        Ok(Box::new(EachResource::new(AddComputedField { resources, fields })))
    },
};

#[derive(Debug)]
struct AddComputedField {
    resources: Matcher,
    fields: Vec<Computed>,
}

/// One field that is computed.
#[derive(Debug, Clone)]
struct Computed {
    /// A descriptor; without `type` when only a name was given.
    target: Map,
    named_only: bool,
    source: Vec<String>,
    operation: Operation,
}

impl Computed {
    fn parse(json: &Json) -> Result<Self, StepError> {
        let wrong = |problem: String| StepError::parameter("fields", problem);
        let spec = json.as_object().ok_or_else(|| wrong(format!("`{json}` is no mapping")))?;
        let (target, named_only) = match spec.get("target") {
            Some(Json::String(name)) => {
                ([("name".into(), name.clone().into())].into_iter().collect(), true)
            }
            Some(Json::Object(field)) if !name(field).is_empty() => (field.clone(), false),
            _ => return Err(wrong(format!("no `target` with a name in `{json}`"))),
        };
        let with = spec.get("with");
        let text = || with.map(|with| python_text(wire_value(with).as_ref()).into_owned());
        let operation = match spec.get("operation").and_then(Json::as_str) {
            Some("sum") => Operation::Sum,
            Some("avg") => Operation::Average,
            Some("min") => Operation::Min,
            Some("max") => Operation::Max,
            Some("multiply") => Operation::Multiply,
            Some("constant") => Operation::Constant(match with {
                Some(with) => wire_value(with),
                None => wire_value(&Json::from("")),
            }),
            Some("join") => Operation::Join(text().unwrap_or_default()),
            Some("format") => {
                let format = FormatString::parse(&text().unwrap_or_default());
                Operation::Format(format.map_err(|error| wrong(error.to_string()))?)
            }
            _ => {
                let known = "sum, avg, min, max, multiply, constant, join or format";
                return Err(wrong(format!("the `operation` is not {known} in `{json}`")));
            }
        };
        let source = Parameters(spec).texts("source")?.unwrap_or_default();
        Ok(Self { target, named_only, source, operation })
    }

    fn name(&self) -> &str {
        name(&self.target)
    }

    /// The descriptor of the new field among those of `resource`.
    fn field(&self, resource: &Map) -> Map {
        let mut field = self.target.clone();
        if self.named_only {
            field.insert("type".into(), self.result_type(resource).into());
        }
        field
    }

    fn result_type(&self, resource: &Map) -> String {
        let is_source = |field: &&Map| self.source.iter().any(|source| source == name(field));
        let kind =
            |field: &Map| field.get("type").and_then(Json::as_str).unwrap_or("string").to_owned();
        let kinds: Vec<String> = fields(resource).filter(is_source).map(kind).collect();
        let has = |wanted: &str| kinds.iter().any(|kind| kind == wanted);
        match (&self.operation, kinds.first()) {
            (Operation::Constant(_), _) => "any".into(),
            (_, Some(_)) if has("any") => "any".into(),
            (Operation::Join(_) | Operation::Format(_), _) => "string".into(),
            (_, None) => "any".into(),
            (Operation::Average, _) => "number".into(),
            (_, Some(_)) if has("number") => "number".into(),
            (_, Some(first)) => first.clone(),
        }
    }
}

/// The value that a parameter gives.
fn wire_value(json: &Json) -> Option<Value<'static>> {
    Value::from_wire(&dumps(json, Style::WIRE)).map(Value::into_owned)
}

impl ResourceStep for AddComputedField {
    fn prepare(
        &mut self,
        package: &mut Package,
        _: &Context,
    ) -> Result<BTreeMap<String, Box<dyn Transform>>, StepError> {
        let mut transforms: BTreeMap<String, Box<dyn Transform>> = BTreeMap::new();
        for resource in self.resources.names(package) {
            let Some(descriptor) = package.resource_mut(&resource) else { continue };
            if !descriptor.contains_key("schema") {
                continue;
            }
            for computed in &self.fields {
                let field = computed.field(descriptor);
                set_field(field_list_mut(descriptor), field);
            }
            let declared = Declared::new(descriptor);
            let compute = Compute { declared, fields: self.fields.clone(), rows: 0 };
            transforms.insert(resource, Box::new(compute));
        }
        Ok(transforms)
    }
}

#[derive(Debug)]
struct Compute {
    declared: Declared,
    fields: Vec<Computed>,
    /// Rows that went through before.
    rows: u64,
}

impl Transform for Compute {
    fn apply(&mut self, mut batch: Batch) -> Result<Batch, StepError> {
        for field in self.declared.absent(&batch) {
            // The fields to be computed come when it is their turn.
            if !self.fields.iter().any(|computed| computed.name() == field) {
                batch.set(field, Column::nulls(batch.rows()));
            }
        }
        for computed in &self.fields {
            // A source that neither the rows nor the schema know counts as null.
            let sources: Vec<&Column> =
                computed.source.iter().filter_map(|source| batch.column(source)).collect();
            let column = computed
                .operation
                .column(&batch, &sources)
                .map_err(|problem| self.failure(computed, problem))?;
            batch.set(computed.name(), column);
        }
        self.rows += u64::try_from(batch.rows()).unwrap_or(u64::MAX);
        Ok(batch)
    }
}

impl Compute {
    fn failure(&self, computed: &Computed, problem: RowProblem) -> StepError {
        let row = self.rows + u64::try_from(problem.row).unwrap_or(u64::MAX).saturating_add(1);
        StepError::from(RowError {
            resource: self.declared.resource().to_owned(),
            row,
            field: computed.name().to_owned(),
            value: problem.value,
            rule: computed.operation.name().to_owned(),
            text: format!("cannot be computed: {}", problem.text),
        })
    }
}

#[cfg(test)]
mod tests;
