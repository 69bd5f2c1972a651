//! The descriptors: of the package, of its resources, and those that they refer to.

use model::fault::Chain;
use model::package::name;
use model::{Json, Map};
use tabular::profile::{self, Problem, Version};
use tabular::schema::Schema;

use super::{Collector, Described, Finding};
use crate::package_source::PackageSource;

/// The profile of version 2, for schemas inside a package that declares it.
const SCHEMA_2: &str = "https://datapackage.org/profiles/2.0/tableschema.json";

pub(super) fn package(collector: &mut Collector, source: &PackageSource) {
    let descriptor = Json::Object(source.package.descriptor.clone());
    add(collector, &source.package.descriptor, profile::check_package(&descriptor));
    custom(collector, source, &source.package.descriptor);
}

pub(super) fn resource(collector: &mut Collector, descriptor: &Json) {
    let problems = profile::check_resource(descriptor, Version::One);
    problems.into_iter().for_each(|problem| collector.add(0, problem.into()));
}

pub(super) fn schema(collector: &mut Collector, descriptor: &Json) {
    let problems = profile::check_schema(descriptor, Version::One);
    problems.into_iter().for_each(|problem| collector.add(0, problem.into()));
}

pub(super) fn dialect(collector: &mut Collector, descriptor: &Json) {
    let problems = profile::check_dialect(descriptor, Version::One);
    problems.into_iter().for_each(|problem| collector.add(0, problem.into()));
}

fn add(collector: &mut Collector, package: &Map, problems: Vec<Problem>) {
    let resources = package.get("resources").and_then(Json::as_array);
    for problem in problems {
        let order = problem.resource.as_deref().and_then(|wanted| {
            let mut resources = resources?.iter();
            resources.position(|r| r.get("name").and_then(Json::as_str) == Some(wanted))
        });
        collector.add(order.unwrap_or_default(), problem.into());
    }
}

/// A profile of somebody's own, when it is a file beside the descriptor. One from elsewhere is
/// not fetched: a descriptor does not decide what thorp asks for.
fn custom(collector: &mut Collector, source: &PackageSource, descriptor: &Map) {
    let Some(at) = profile::custom_profile(descriptor).filter(|at| !at.contains("://")) else {
        return;
    };
    let property = if descriptor.contains_key("$schema") { "$schema" } else { "profile" };
    let failed = |text: String| Finding {
        property: Some(property.to_owned()),
        ..Finding::descriptor("profile", text)
    };
    let found = match source.reference(at) {
        Err(error) => return collector.add(0, failed(Chain(&error).to_string())),
        Ok(found) => found,
    };
    match profile::check_custom(&Json::Object(descriptor.clone()), &found) {
        Ok(problems) => add(collector, descriptor, problems),
        Err(error) => collector.add(0, failed(error.to_string())),
    }
}

/// The resource with its schema and dialect, which are checked when they stand elsewhere.
pub(super) fn resolve(
    collector: &mut Collector,
    source: &PackageSource,
    (order, resource, version): (usize, &Map, Version),
) -> Described {
    let label = name(resource);
    let version = Version::of(resource, version);
    let mut descriptor = resource.clone();
    let mut is_usable = true;
    for key in ["schema", "dialect"] {
        let Some(at) = resource.get(key).and_then(Json::as_str) else { continue };
        match source.reference(at) {
            Err(error) => {
                is_usable = false;
                let text = Chain(&error).to_string();
                let finding = Finding::resource(label, "reference", text);
                collector.add(order, Finding { property: Some(key.to_owned()), ..finding });
            }
            Ok(found) => {
                let problems = match key {
                    "schema" => profile::check_schema(&found, version),
                    _ => profile::check_dialect(&found, version),
                };
                for problem in problems {
                    let property = format!("{key}.{}", problem.property);
                    let resource = Some(label.to_owned());
                    collector.add(order, Problem { resource, property, ..problem }.into());
                }
                descriptor.insert(key.to_owned(), found);
            }
        }
    }
    let schema = match descriptor.get_mut("schema") {
        Some(Json::Object(schema)) => {
            if version == Version::Two {
                schema.entry("$schema").or_insert_with(|| SCHEMA_2.into());
            }
            let parsed = Schema::parse(schema).ok();
            // What is wrong with it was reported; its rows cannot be judged.
            is_usable &= parsed.is_some();
            parsed
        }
        None | Some(Json::Null) => None,
        Some(_) => {
            is_usable = false;
            None
        }
    };
    is_usable &= matches!(descriptor.get("dialect"), None | Some(Json::Null | Json::Object(_)));
    Described { descriptor, schema, is_usable }
}
