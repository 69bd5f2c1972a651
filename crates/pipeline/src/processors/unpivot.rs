//! `unpivot`: turns columns into rows, a row for each value that leaves its column.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::UInt64Array;
use model::package::{Package, field_list_mut, name};
use model::python::{Style, dumps};
use model::{Json, Map};
use tabular::limits::BATCH_ROWS_MAX;
use tabular::pattern::Template;
use tabular::{Batch, Column, Kind, Value};

use crate::context::Context;
use crate::declared::Declared;
use crate::defaults::apply_defaults;
use crate::definition::{Definition, Parameter, RESOURCES, Role};
use crate::error::StepError;
use crate::field_pattern::{FieldPattern, REGEX};
use crate::matcher::Matcher;
use crate::parameters::Parameters;
use crate::processor::{Output, Processor, field_names};

pub(super) const DEFINITION: Definition = Definition {
    name: "unpivot",
    aliases: &[],
    summary: "Turns columns into rows",
    role: Role::Transform,
    parameters: &[
        RESOURCES,
        Parameter {
            name: "unpivot",
            form: "list",
            default: "required",
            text: "Mappings of `name`, a pattern for whole names of fields, and `keys`, a mapping \
                   of key field to value; `\\1` in a text stands for the first group of the name.",
        },
        Parameter {
            name: "extraKeyFields",
            form: "list",
            default: "required",
            text: "Descriptors of the key fields.",
        },
        Parameter {
            name: "extraValueField",
            form: "mapping",
            default: "required",
            text: "Descriptor of the field that takes the values.",
        },
        REGEX,
    ],
    build: |parameters, _| {
        let parameters = Parameters(parameters);
        let required = |key: &str| StepError::parameter(key, "is required");
        let key_fields = parameters.list("extraKeyFields")?;
        let value_field = parameters.map("extraValueField")?;
        let specs = parameters.list("unpivot")?.ok_or_else(|| required("unpivot"))?;
        let regex = parameters.flag("regex", true)?;
        Ok(Box::new(Unpivot {
            resources: Matcher::parse("resources", parameters.get("resources"))?,
            specs: specs.iter().map(|spec| Spec::parse(spec, regex)).collect::<Result<_, _>>()?,
            key_fields: key_fields.ok_or_else(|| required("extraKeyFields"))?.clone(),
            value_field: value_field.ok_or_else(|| required("extraValueField"))?.clone(),
            plans: BTreeMap::new(),
            open: None,
        }))
    },
};

#[derive(Debug)]
struct Unpivot {
    resources: Matcher,
    specs: Vec<Spec>,
    key_fields: Vec<Json>,
    value_field: Map,
    plans: BTreeMap<String, Plan>,
    open: Option<String>,
}

/// Which fields to turn into rows, and which keys they get.
#[derive(Debug)]
struct Spec {
    fields: FieldPattern,
    keys: Map,
}

impl Spec {
    fn parse(json: &Json, regex: bool) -> Result<Self, StepError> {
        let malformed =
            |what: &str| StepError::parameter("unpivot", format!("no {what} in `{json}`"));
        let fields = json.get("name").and_then(Json::as_str);
        let keys = json.get("keys").and_then(Json::as_object);
        Ok(Self {
            fields: FieldPattern::new(
                "unpivot",
                fields.ok_or_else(|| malformed("text `name`"))?,
                regex,
            )?,
            keys: keys.ok_or_else(|| malformed("mapping `keys`"))?.clone(),
        })
    }

    /// The value of a key for `field`. It is not cast to the type of its field.
    fn key(&self, key: &str, field: &str) -> Option<Value<'static>> {
        match (self.keys.get(key)?, &self.fields) {
            (Json::String(text), FieldPattern::Pattern(pattern)) => {
                let replaced = pattern.replace_all(field, &Template::new(text)).into_owned();
                Some(Value::new(Kind::Text, replaced))
            }
            (json, _) => Value::from_wire(&dumps(json, Style::WIRE)).map(Value::into_owned),
        }
    }
}

/// What to do with the rows of one resource.
#[derive(Debug)]
struct Plan {
    declared: Declared,
    kept: Vec<Arc<str>>,
    /// The fields that become rows, in the order of these rows.
    fields: Vec<String>,
    /// The keys; a column has a value for each field that becomes a row.
    keys: Vec<(Arc<str>, Column)>,
    value: Arc<str>,
}

impl Unpivot {
    fn plan(&self, resource: &Map) -> Plan {
        let mut kept = field_names(resource);
        let mut fields: Vec<(String, &Spec)> = Vec::new();
        for spec in &self.specs {
            let (taken, rest) = kept.into_iter().partition(|field| spec.fields.matches(field));
            let taken: Vec<String> = taken;
            fields.extend(taken.into_iter().map(|field| (field, spec)));
            kept = rest;
        }
        let mut names: Vec<&String> = Vec::new();
        for key in self.specs.iter().flat_map(|spec| spec.keys.keys()) {
            if !names.contains(&key) {
                names.push(key);
            }
        }
        let key_column = |key: &String| {
            let values = fields.iter().map(|(field, spec)| spec.key(key, field));
            (Arc::from(key.as_str()), values.collect::<Column>())
        };
        Plan {
            declared: Declared::new(resource),
            keys: names.into_iter().map(key_column).collect(),
            kept: kept.iter().map(|field| Arc::from(field.as_str())).collect(),
            fields: fields.into_iter().map(|(field, _)| field).collect(),
            value: Arc::from(name(&self.value_field)),
        }
    }
}

impl Plan {
    /// A row for each field of each row of `batch`.
    fn apply(&self, batch: &Batch) -> Result<Batch, StepError> {
        let (rows, width) = (batch.rows(), self.fields.len());
        let index = |make: fn(usize, usize, usize) -> usize| {
            let indices = (0..rows).flat_map(|row| (0..width).map(move |at| make(row, at, rows)));
            indices.map(|index| u64::try_from(index).unwrap_or(u64::MAX)).collect::<UInt64Array>()
        };
        let mut out = Batch::empty(rows * width);
        let of_row = index(|row, _, _| row);
        for field in &self.kept {
            out.set(field, self.declared.column(batch, field)?.take(&of_row));
        }
        let of_field = index(|_, at, _| at);
        // A field that stays goes before a key of its name.
        for (key, values) in self.keys.iter().filter(|(key, _)| !self.kept.contains(key)) {
            out.set(key, values.take(&of_field));
        }
        let mut columns = Vec::with_capacity(width);
        for field in &self.fields {
            columns.push(self.declared.column(batch, field)?);
        }
        let columns: Vec<&Column> = columns.iter().map(AsRef::as_ref).collect();
        let values = Column::concat(&columns).take(&index(|row, at, rows| at * rows + row));
        out.set(&self.value, values);
        Ok(out)
    }
}

impl Processor for Unpivot {
    fn describe(&mut self, mut package: Package, _: &Context) -> Result<Package, StepError> {
        for resource in self.resources.names(&package) {
            let Some(descriptor) = package.resource_mut(&resource) else { continue };
            if !descriptor.contains_key("schema") {
                continue;
            }
            let plan = self.plan(descriptor);
            let list = field_list_mut(descriptor);
            list.retain(|field| {
                let field = field.get("name").and_then(Json::as_str).unwrap_or_default();
                !plan.fields.iter().any(|unpivoted| unpivoted == field)
            });
            list.extend(self.key_fields.iter().cloned());
            list.push(Json::Object(self.value_field.clone()));
            self.plans.insert(resource, plan);
        }
        apply_defaults(&mut package);
        Ok(package)
    }

    fn open(&mut self, resource: &str, out: &mut dyn Output) -> Result<(), StepError> {
        self.open = Some(resource.to_owned());
        out.open(resource)
    }

    fn rows(&mut self, batch: Batch, out: &mut dyn Output) -> Result<(), StepError> {
        let plan = self.open.as_ref().and_then(|resource| self.plans.get(resource));
        let Some(plan) = plan else { return out.rows(batch) };
        if plan.fields.is_empty() {
            return Ok(());
        }
        let rows_max = (BATCH_ROWS_MAX / plan.fields.len()).max(1);
        for from in (0..batch.rows()).step_by(rows_max) {
            let rows = rows_max.min(batch.rows() - from);
            out.rows(plan.apply(&batch.slice(from, rows))?)?;
        }
        Ok(())
    }
}
