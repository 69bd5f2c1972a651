//! Whether a descriptor is one: the rules of Data Package, Data Resource, Table Dialect and Table
//! Schema, version 1 and 2.
//!
//! The rules are written out here, because the published JSON Schemas of version 2 contradict
//! their own standard: they know no `list` fields, want a list for `fieldsMatch` and refuse a
//! dialect that is given by reference.

mod custom;
mod dialect;
mod forms;
mod package;
mod resource;
mod schema;

use model::fault::{Fault, Kind};
use model::{Json, Map};

pub use custom::{CustomError, check_custom};

/// The version of the standards that a descriptor follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Version {
    One,
    Two,
}

/// Something in a descriptor that breaks the standard.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}`{property}`: {text}; {fix}", of_resource(.resource.as_deref()))]
pub struct Problem {
    /// The name of the resource that it is in, or its place when it has no name.
    pub resource: Option<String>,
    /// The way to the property from the descriptor: `schema.fields[2].type`.
    pub property: String,
    /// The kind of rule: `required`, `type`, `enum`, `format`, `unique`, `reference`, ...
    pub rule: &'static str,
    /// What is wrong.
    pub text: String,
    /// What to write instead.
    pub fix: String,
}

fn of_resource(resource: Option<&str>) -> String {
    resource.map(|name| format!("resource `{name}`, ")).unwrap_or_default()
}

impl Fault for Problem {
    fn code(&self) -> &'static str {
        "DESCRIPTOR_INVALID"
    }

    fn kind(&self) -> Kind {
        Kind::Invalid
    }

    fn help(&self) -> Option<String> {
        Some(self.fix.clone())
    }
}

impl Version {
    /// The version that `descriptor` declares by `$schema`; without one that of the descriptor
    /// which it is a part of.
    ///
    /// A `$schema` of somebody's own extends version 2: version 1 has no such property.
    pub fn of(descriptor: &Map, inherited: Self) -> Self {
        match descriptor.get("$schema").and_then(Json::as_str) {
            None => inherited,
            Some(profile) if profile.contains("/profiles/1") => Self::One,
            Some(_) => Self::Two,
        }
    }
}

/// The profile of somebody's own that `descriptor` must fulfil too: a path or an address.
pub fn custom_profile(descriptor: &Map) -> Option<&str> {
    const KNOWN: [&str; 6] = [
        "data-package",
        "tabular-data-package",
        "fiscal-data-package",
        "data-resource",
        "tabular-data-resource",
        "table-schema",
    ];
    let own = descriptor.get("$schema").and_then(Json::as_str).filter(|at| !is_standard(at));
    own.or_else(|| {
        let profile = descriptor.get("profile").and_then(Json::as_str)?;
        (!KNOWN.contains(&profile) && !is_standard(profile)).then_some(profile)
    })
}

/// Whether `address` is that of a published profile of the standards, whose rules are here.
fn is_standard(address: &str) -> bool {
    ["datapackage.org/profiles/", "specs.frictionlessdata.io/schemas/", "json-schema.org/"]
        .iter()
        .any(|known| address.contains(known))
}

/// Everything in which a Data Package descriptor breaks the standard, its resources included.
pub fn check_package(descriptor: &Json) -> Vec<Problem> {
    let mut check = Check::default();
    package::check(&mut check, descriptor);
    check.problems
}

/// Everything in which a Data Resource descriptor breaks the standard.
pub fn check_resource(descriptor: &Json, version: Version) -> Vec<Problem> {
    let mut check = Check::default();
    resource::check(&mut check, descriptor, (0, version));
    check.problems
}

/// Everything in which a Table Schema breaks the standard.
pub fn check_schema(descriptor: &Json, version: Version) -> Vec<Problem> {
    let mut check = Check::default();
    schema::check(&mut check, "", descriptor, version);
    check.problems
}

/// Everything in which a dialect breaks the standard.
pub fn check_dialect(descriptor: &Json, version: Version) -> Vec<Problem> {
    let mut check = Check::default();
    dialect::check(&mut check, "", descriptor, version);
    check.problems
}

/// Collects problems.
#[derive(Debug, Default)]
struct Check {
    problems: Vec<Problem>,
    /// The resource that is being looked at.
    resource: Option<String>,
}

impl Check {
    fn report(&mut self, property: String, rule: &'static str, text: String, fix: &str) {
        let resource = self.resource.clone();
        self.problems.push(Problem { resource, property, rule, text, fix: fix.to_owned() });
    }

    /// The object that `value` must be.
    fn object<'j>(&mut self, property: &str, value: &'j Json) -> Option<&'j Map> {
        let object = value.as_object();
        if object.is_none() {
            let property = if property.is_empty() { "/" } else { property };
            let text = format!("is {}, not an object", forms::found(value));
            self.report(property.to_owned(), "type", text, "write `{...}`");
        }
        object
    }
}

/// `name` below `parent`.
fn below(parent: &str, name: &str) -> String {
    if parent.is_empty() { name.to_owned() } else { format!("{parent}.{name}") }
}

#[cfg(test)]
mod tests;
