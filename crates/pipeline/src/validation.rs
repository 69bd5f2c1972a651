//! Holds a data package, a resource or a table against its descriptor and its schema, and reports
//! everything that is wrong.

mod collector;
mod descriptor;
mod digest;
mod header;
mod rows;
mod target;

use model::fault::{Fault, Kind};
use model::package::{Package, name};
use model::{Json, Map};
use tabular::profile::Version;
use tabular::schema::{Rule, Schema};

use crate::context::Context;
use crate::error::StepError;
use crate::keys::{self, PackageKeys};
use crate::package_source::{PackageError, PackageSource};

use collector::Collector;
pub use collector::{Finding, Report, TableStats};
use target::Target;

/// How to validate.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Where the Table Schema of a single table is; without one its types are guessed.
    pub schema: Option<String>,
    /// How many errors are kept; the others are counted.
    pub errors_max: usize,
}

/// Why nothing could be validated.
#[derive(Debug, thiserror::Error)]
pub enum ValidateError {
    #[error("`{path}` does not exist")]
    NotFound { path: String },
    #[error("folder `{folder}` has no `datapackage.json`")]
    NoDescriptor { folder: String },
    #[error("failed to open `{path}`")]
    Open { path: String, source: Box<PackageError> },
    #[error(transparent)]
    Step(#[from] StepError),
}

impl Fault for ValidateError {
    fn code(&self) -> &'static str {
        match self {
            Self::NotFound { .. } | Self::NoDescriptor { .. } => "FETCH_NOT_FOUND",
            Self::Open { source, .. } => source.code(),
            Self::Step(error) => error.code(),
        }
    }

    fn kind(&self) -> Kind {
        match self {
            Self::NotFound { .. } | Self::NoDescriptor { .. } => Kind::NotFound,
            Self::Open { source, .. } => source.kind(),
            Self::Step(error) => error.kind(),
        }
    }

    fn help(&self) -> Option<String> {
        match self {
            Self::NoDescriptor { .. } => Some("name a table or a descriptor in the folder".into()),
            Self::Open { source, .. } => source.help(),
            Self::NotFound { .. } | Self::Step(_) => None,
        }
    }
}

impl ValidateError {
    /// Whether there is nothing at the path or address.
    pub fn is_not_found(&self) -> bool {
        self.kind() == Kind::NotFound
    }
}

/// Validates what is at `path`: a `datapackage.json`, a folder or zip archive with one, the
/// descriptor of a resource, a Table Schema, a dialect, or a file with a table.
///
/// # Errors
///
/// [`ValidateError`] when there is nothing at the path, or when a temporary file fails. What is
/// wrong with the package is in the report.
pub fn validate(path: &str, options: &Options, ctx: &Context) -> Result<Report, ValidateError> {
    let mut collector = Collector::new(options.errors_max);
    match target::find(path, options, ctx)? {
        Target::Package(source) => {
            descriptor::package(&mut collector, &source);
            tables(&mut collector, &source, ctx)?;
        }
        Target::Resource(source, descriptor) => {
            descriptor::resource(&mut collector, &descriptor);
            tables(&mut collector, &source, ctx)?;
        }
        Target::Table(source) => tables(&mut collector, &source, ctx)?,
        Target::Schema(schema) => descriptor::schema(&mut collector, &schema),
        Target::Dialect(dialect) => descriptor::dialect(&mut collector, &dialect),
        Target::NotJson(problem) => collector.add(0, Finding::descriptor("json", problem)),
    }
    Ok(collector.finish())
}

/// A resource whose schema and dialect are at hand.
#[derive(Debug)]
struct Described {
    descriptor: Map,
    /// `None` when there is none, or it cannot be understood.
    schema: Option<Schema>,
    /// Whether its rows can be looked at.
    is_usable: bool,
}

fn tables(
    collector: &mut Collector,
    source: &PackageSource,
    ctx: &Context,
) -> Result<(), StepError> {
    let version = Version::of(&source.package.descriptor, Version::One);
    let described: Vec<Described> = source
        .package
        .resources()
        .enumerate()
        .map(|(order, resource)| descriptor::resolve(collector, source, (order, resource, version)))
        .collect();
    let schemas: Vec<(String, Schema)> = described
        .iter()
        .filter_map(|one| Some((name(&one.descriptor).to_owned(), one.schema.clone()?)))
        .collect();
    for (order, one) in described.iter().enumerate() {
        if let Some(text) = one.schema.as_ref().and_then(keys::reference_outside) {
            let finding = Finding::resource(name(&one.descriptor), Rule::ForeignKeys.name(), text);
            collector.add(order, Finding { fix: Some(keys::OUTSIDE_FIX.into()), ..finding });
        }
    }
    let mut keys = PackageKeys::new(&schemas, ctx.memory_bytes);
    for (order, one) in described.iter().enumerate() {
        ctx.check_stop()?;
        let label = name(&one.descriptor).to_owned();
        collector.begin(order, &label);
        let is_read = digest::check(collector, source, (order, one))
            && rows::check(collector, source, rows::Work { order, one, keys: &mut keys, ctx })?;
        if is_read {
            keys.close(&label, &mut |violation| collector.violation(order, violation))?;
        } else {
            keys.forget(&label);
        }
    }
    let order = |resource: &str| {
        described.iter().position(|one| name(&one.descriptor) == resource).unwrap_or_default()
    };
    keys.finish(&mut |violation| {
        let order = order(&violation.resource);
        collector.violation(order, violation)
    })
}

/// A package with one resource.
fn single(resource: Map) -> Package {
    let mut package = Package::default();
    package.resource_list_mut().push(Json::Object(resource));
    package
}

#[cfg(test)]
mod tests;
