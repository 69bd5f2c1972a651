//! `validate`: holds the rows of resources against their schemas, keys included.

use std::collections::BTreeMap;

use model::Map;
use model::package::{Package, is_streaming, name};
use tabular::schema::Schema;
use tabular::{Batch, Column, Kind, Value};

use crate::casting::{Casting, OnError, declare_collected, schema_of, write_collected};
use crate::context::{Context, Level, Stats};
use crate::definition::{Definition, RESOURCES, Role};
use crate::error::{RowError, StepError};
use crate::keys::{self, PackageKeys, Rows, Violation};
use crate::matcher::Matcher;
use crate::parameters::Parameters;
use crate::processor::{Output, Processor};

pub(super) const DEFINITION: Definition = Definition {
    name: "validate",
    aliases: &[],
    summary: "Holds the rows of resources against their schemas, keys included",
    role: Role::Transform,
    parameters: &[RESOURCES, crate::definition::ON_ERROR],
    build,
};

fn build(parameters: &Map, _: &Context) -> Result<Box<dyn Processor>, StepError> {
    let parameters = Parameters(parameters);
    Ok(Box::new(Validate {
        matcher: Matcher::parse("resources", parameters.get("resources"))?,
        on_error: OnError::parse(parameters.text("on_error")?)?,
        castings: BTreeMap::new(),
        keys: PackageKeys::default(),
        open: String::new(),
        rows: 0,
    }))
}

/// What a step with `validate: true` runs its rows through first: types and constraints alone.
pub(crate) fn step_check() -> Box<dyn Processor> {
    super::set_types::check_all()
}

#[derive(Debug)]
struct Validate {
    matcher: Matcher,
    on_error: OnError,
    castings: BTreeMap<String, Casting>,
    keys: PackageKeys,
    open: String,
    /// Rows of the open resource so far.
    rows: u64,
}

impl Validate {
    fn keys(&self, package: &Package, ctx: &Context) -> Result<PackageKeys, StepError> {
        if self.on_error == OnError::Ignore {
            return Ok(PackageKeys::default());
        }
        let mut schemas: Vec<(String, Schema)> = Vec::new();
        for resource in package.resources().filter(|resource| is_streaming(resource)) {
            let mut schema = schema_of(resource)?;
            if !self.castings.contains_key(name(resource)) {
                without_keys(&mut schema);
            }
            schemas.push((name(resource).to_owned(), schema));
        }
        for (resource, schema) in &schemas {
            if let Some(text) = keys::reference_outside(schema) {
                let problem = format!("{text}; {}", keys::OUTSIDE_FIX);
                return Err(StepError::resource(resource, problem));
            }
            for other in schema.foreign_keys.iter().filter_map(|key| key.resource.as_ref()) {
                if !schemas.iter().any(|(name, _)| name == other) {
                    let text = format!(
                        "resource `{resource}` refers to `{other}`, whose rows do not pass here; \
                         the reference is not checked"
                    );
                    ctx.log(Level::Warning, &text);
                }
            }
        }
        Ok(PackageKeys::new(&schemas, ctx.memory_bytes))
    }
}

impl Processor for Validate {
    fn describe(&mut self, mut package: Package, ctx: &Context) -> Result<Package, StepError> {
        for resource in self.matcher.names(&package) {
            let descriptor = package.resource(&resource).filter(|found| is_streaming(found));
            let Some(descriptor) = descriptor else { continue };
            let casting = Casting::new(descriptor, self.on_error, ctx, |_| true)?;
            self.castings.insert(resource, casting);
        }
        self.keys = self.keys(&package, ctx)?;
        declare_collected(&mut package, &self.castings, self.on_error);
        crate::defaults::apply_defaults(&mut package);
        Ok(package)
    }

    fn open(&mut self, resource: &str, out: &mut dyn Output) -> Result<(), StepError> {
        resource.clone_into(&mut self.open);
        self.rows = 0;
        out.open(resource)
    }

    fn rows(&mut self, batch: Batch, out: &mut dyn Output) -> Result<(), StepError> {
        let first = self.rows + 1;
        let incoming = batch.rows();
        self.rows += u64::try_from(incoming).expect("fewer than 2^64 rows");
        let casting = self.castings.get_mut(&self.open);
        let (batch, kept) = match casting {
            Some(casting) => (casting.apply(batch)?, casting.kept.take()),
            None => (batch, None),
        };
        if self.keys.concern(&self.open) {
            let numbers: Column = (first..)
                .take(incoming)
                .map(|number| Some(Value::new(Kind::Integer, number.to_string())))
                .collect();
            let numbers = kept.map_or_else(|| numbers.clone(), |kept| numbers.filter(&kept));
            self.keys.push(&self.open, &Rows::numbered(&batch, numbers, &[]))?;
        }
        if batch.rows() == 0 { Ok(()) } else { out.rows(batch) }
    }

    fn close(&mut self, out: &mut dyn Output) -> Result<(), StepError> {
        let mut found = Found { on_error: self.on_error, first: None };
        let castings = &mut self.castings;
        self.keys.close(&self.open, &mut |violation| found.take(violation, castings))?;
        found.end()?;
        out.close()
    }

    fn finish(&mut self, _: &mut Stats, out: &mut dyn Output) -> Result<(), StepError> {
        let mut found = Found { on_error: self.on_error, first: None };
        let castings = &mut self.castings;
        let keys = std::mem::take(&mut self.keys);
        keys.finish(&mut |violation| found.take(violation, castings))?;
        found.end()?;
        write_collected(&mut self.castings, out)
    }
}

/// What happens to rows whose keys are wrong. They have passed already, so that they can be
/// collected but not left out.
#[derive(Debug)]
struct Found {
    on_error: OnError,
    /// The first of them, unless they are collected.
    first: Option<Violation>,
}

impl Found {
    fn take(
        &mut self,
        violation: Violation,
        castings: &mut BTreeMap<String, Casting>,
    ) -> Result<(), StepError> {
        let spool = castings.get_mut(&violation.resource).and_then(|c| c.collected.as_mut());
        match spool.filter(|_| self.on_error == OnError::Collect) {
            Some(spool) => spool.push(&error_row(&violation)),
            None => {
                if self.first.as_ref().is_none_or(|first| violation.row < first.row) {
                    self.first = Some(violation);
                }
                Ok(())
            }
        }
    }

    fn end(self) -> Result<(), StepError> {
        let Some(Violation { resource, row, fields, value, rule, text }) = self.first else {
            return Ok(());
        };
        let (field, rule) = (fields.join(", "), rule.name().to_owned());
        Err(RowError { resource, row, field, value, rule, text }.into())
    }
}

/// A row of a resource of errors.
fn error_row(violation: &Violation) -> Batch {
    let row = violation.row.to_string();
    let fields = violation.fields.join(", ");
    let cells = [
        ("row", Kind::Integer, row.as_str()),
        ("field", Kind::Text, &fields),
        ("value", Kind::Text, &violation.value),
        ("rule", Kind::Text, violation.rule.name()),
        ("text", Kind::Text, &violation.text),
    ];
    let columns = cells
        .map(|(name, kind, text)| (name.into(), Column::repeat(Some(&Value::new(kind, text)), 1)));
    let mut row = Batch::new(1, columns);
    row.set("raw", Column::nulls(1));
    row
}

/// Takes the keys out of the schema of a resource that is only referred to.
fn without_keys(schema: &mut Schema) {
    schema.primary_key.clear();
    schema.unique_keys.clear();
    schema.foreign_keys.clear();
    for field in &mut schema.fields {
        field.constraints.unique = false;
    }
}

#[cfg(test)]
mod tests;
