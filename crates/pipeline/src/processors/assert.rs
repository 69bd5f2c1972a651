//! `assert`: fails the run unless resources are as they should be.

use std::collections::BTreeMap;

use model::package::{Package, is_streaming, name};
use model::{Json, Map};
use tabular::Batch;
use tabular::schema::Schema;

use crate::casting::row_json;
use crate::context::Context;
use crate::definition::{Definition, Parameter, RESOURCES, Role};
use crate::error::{RowError, StepError};
use crate::expression::Expression;
use crate::keys::{PackageKeys, Rows, Violation};
use crate::matcher::Matcher;
use crate::parameters::Parameters;
use crate::processor::{Output, Processor, field_names};

pub(super) const DEFINITION: Definition = Definition {
    name: "assert",
    aliases: &[],
    summary: "Fails the run unless resources are as they should be",
    role: Role::Transform,
    parameters: &[
        RESOURCES,
        Parameter {
            name: "rows",
            form: "count or mapping",
            default: "none",
            text: "The exact number of rows, or `min` and `max` of it.",
        },
        Parameter {
            name: "unique",
            form: "list",
            default: "none",
            text: "Fields whose values together come only once; a list of lists for several keys.",
        },
        Parameter {
            name: "check",
            form: "text or list",
            default: "none",
            text: "Conditions that no row may break: `amount >= 0 and (name is not null or id = 7)`.",
        },
    ],
    build,
};

fn build(parameters: &Map, _: &Context) -> Result<Box<dyn Processor>, StepError> {
    let parameters = Parameters(parameters);
    let checks = parameters.texts("check")?.unwrap_or_default();
    let checks = checks
        .iter()
        .map(|text| Expression::parse(text))
        .collect::<Result<_, _>>()
        .map_err(|error| StepError::parameter("check", error.to_string()))?;
    Ok(Box::new(Assert {
        matcher: Matcher::parse("resources", parameters.get("resources"))?,
        rows: Bounds::parse(parameters)?,
        unique: unique(parameters)?,
        checks,
        keys: PackageKeys::default(),
        counts: BTreeMap::new(),
        open: String::new(),
    }))
}

#[derive(Debug)]
struct Assert {
    matcher: Matcher,
    rows: Bounds,
    unique: Vec<Vec<String>>,
    checks: Vec<Expression>,
    keys: PackageKeys,
    /// Rows so far of the resources that are looked at.
    counts: BTreeMap<String, u64>,
    open: String,
}

/// How many rows there may be.
#[derive(Debug, Default)]
struct Bounds {
    min: Option<u64>,
    max: Option<u64>,
}

impl Bounds {
    fn parse(parameters: Parameters<'_>) -> Result<Self, StepError> {
        match parameters.get("rows") {
            None => Ok(Self::default()),
            Some(Json::Object(map)) => {
                let own = Parameters(map);
                Ok(Self { min: own.count("min")?, max: own.count("max")? })
            }
            Some(_) => {
                let exact = parameters.count("rows")?;
                Ok(Self { min: exact, max: exact })
            }
        }
    }

    fn check(&self, resource: &str, rows: u64) -> Result<(), StepError> {
        let problem = match (self.min, self.max) {
            (Some(min), _) if rows < min => format!("has {rows} rows, fewer than {min}"),
            (_, Some(max)) if rows > max => format!("has {rows} rows, more than {max}"),
            _ => return Ok(()),
        };
        Err(StepError::resource(resource, problem))
    }
}

fn unique(parameters: Parameters<'_>) -> Result<Vec<Vec<String>>, StepError> {
    let Some(Json::Array(list)) = parameters.get("unique") else {
        return Ok(parameters.texts("unique")?.into_iter().collect());
    };
    if list.iter().all(Json::is_string) {
        return Ok(parameters.texts("unique")?.into_iter().collect());
    }
    let key = |item: &Json| {
        let fields = item.as_array()?.iter().map(|field| field.as_str().map(str::to_owned));
        fields.collect::<Option<Vec<String>>>()
    };
    list.iter().map(key).collect::<Option<_>>().ok_or_else(|| {
        StepError::parameter("unique", "expected a list of fields, or a list of such lists")
    })
}

impl Processor for Assert {
    fn describe(&mut self, mut package: Package, ctx: &Context) -> Result<Package, StepError> {
        let mut schemas = Vec::new();
        for label in self.matcher.names(&package) {
            let Some(resource) = package.resource(&label).filter(|found| is_streaming(found))
            else {
                continue;
            };
            let fields = field_names(resource);
            let wanted = self.checks.iter().flat_map(Expression::fields);
            let wanted = wanted.chain(self.unique.iter().flatten().map(String::as_str));
            for field in wanted {
                if !fields.iter().any(|known| known == field) {
                    return Err(StepError::resource(
                        name(resource),
                        format!("has no field `{field}`"),
                    ));
                }
            }
            let mut schema =
                Schema::parse(&Map::from_iter([("fields".into(), Json::Array(Vec::new()))]))
                    .map_err(|error| StepError::outside("make a schema", error))?;
            schema.unique_keys.clone_from(&self.unique);
            schemas.push((label.clone(), schema));
            self.counts.insert(label, 0);
        }
        self.keys = PackageKeys::new(&schemas, ctx.memory_bytes);
        crate::defaults::apply_defaults(&mut package);
        Ok(package)
    }

    fn open(&mut self, resource: &str, out: &mut dyn Output) -> Result<(), StepError> {
        resource.clone_into(&mut self.open);
        out.open(resource)
    }

    fn rows(&mut self, batch: Batch, out: &mut dyn Output) -> Result<(), StepError> {
        if let Some(count) = self.counts.get_mut(&self.open) {
            let before = *count;
            *count += u64::try_from(batch.rows()).expect("fewer than 2^64 rows");
            for check in &self.checks {
                if let Some(row) =
                    (0..batch.rows()).find(|row| check.holds(&batch, *row) == Some(false))
                {
                    return Err(broken(&self.open, before, check, &batch, row).into());
                }
            }
            if self.keys.concern(&self.open) {
                self.keys.push(&self.open, &Rows::new(&batch, before + 1, &[]))?;
            }
        }
        out.rows(batch)
    }

    fn close(&mut self, out: &mut dyn Output) -> Result<(), StepError> {
        if let Some(count) = self.counts.get(&self.open) {
            self.rows.check(&self.open, *count)?;
            let fail = &mut |violation| Err(StepError::from(repeated(violation)));
            self.keys.close(&self.open, fail)?;
        }
        out.close()
    }
}

fn broken(resource: &str, before: u64, check: &Expression, batch: &Batch, row: usize) -> RowError {
    RowError {
        resource: resource.to_owned(),
        row: before + u64::try_from(row).expect("fewer than 2^64 rows") + 1,
        field: check.fields().join(", "),
        value: row_json(batch, row),
        rule: "check".into(),
        text: format!("breaks `{}`", check.as_str()),
    }
}

fn repeated(violation: Violation) -> RowError {
    let Violation { resource, row, fields, value, rule, text } = violation;
    RowError { resource, row, field: fields.join(", "), value, rule: rule.name().into(), text }
}
