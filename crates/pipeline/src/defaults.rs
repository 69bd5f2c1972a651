//! The properties that datapackage-pipelines adds to a descriptor that passes a step.
//!
//! Its steps read every descriptor through a library that fills in the defaults of Data Package
//! version 1. The hash of a package is taken over its descriptor, so these properties are part of
//! what existing users get.

use model::package::Package;
use model::{Json, Map};
use serde_json::json;

const TABULAR: &str = "tabular-data-resource";

/// Adds the defaults that `package` lacks: profiles; in tabular resources types and formats of
/// fields, missing values, and the rest of a dialect that is there.
pub fn apply_defaults(package: &mut Package) {
    set_default(&mut package.descriptor, "profile", "data-package");
    for resource in package.resources_mut() {
        set_default(resource, "profile", "data-resource");
        if resource.get("profile").and_then(Json::as_str) == Some(TABULAR) {
            complete_schema(resource);
            complete_dialect(resource);
        }
    }
}

fn complete_schema(resource: &mut Map) {
    let Some(schema) = resource.get_mut("schema").and_then(Json::as_object_mut) else { return };
    let fields = schema.get_mut("fields").and_then(Json::as_array_mut);
    for field in fields.into_iter().flatten().filter_map(Json::as_object_mut) {
        set_default(field, "type", "string");
        set_default(field, "format", "default");
    }
    set_default(schema, "missingValues", json!([""]));
}

fn complete_dialect(resource: &mut Map) {
    let Some(dialect) = resource.get_mut("dialect").and_then(Json::as_object_mut) else { return };
    set_default(dialect, "delimiter", ",");
    set_default(dialect, "doubleQuote", true);
    set_default(dialect, "lineTerminator", "\r\n");
    set_default(dialect, "quoteChar", "\"");
    set_default(dialect, "skipInitialSpace", true);
    set_default(dialect, "header", true);
    set_default(dialect, "caseSensitiveHeader", false);
}

fn set_default(map: &mut Map, key: &str, value: impl Into<Json>) {
    map.entry(key).or_insert_with(|| value.into());
}

#[cfg(test)]
mod tests;
