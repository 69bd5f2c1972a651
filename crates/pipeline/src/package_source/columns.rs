//! Whether the columns of a table are the fields of its schema.

use std::sync::Arc;

use model::package::{fields, name};
use model::{Json, Map};

use super::PackageError;
use crate::table_source::{Projected, Table};

/// The table with the columns that the schema of `resource` has, as its `fieldsMatch` asks.
///
/// # Errors
///
/// [`PackageError::Columns`] when the columns are not those that the schema needs.
pub(super) fn conform(table: Table, resource: &Map) -> Result<Table, PackageError> {
    let expected: Vec<&str> = fields(resource).map(name).collect();
    if expected.is_empty() {
        return Ok(table);
    }
    let found: Vec<Arc<str>> = table.reader.names().to_vec();
    let has_all = || expected.iter().all(|field| found.iter().any(|column| **column == **field));
    let knows_all = || found.iter().all(|column| expected.contains(&&**column));
    let rule = resource.get("schema").and_then(|schema| schema.get("fieldsMatch"));
    // The published profile of version 2 asks for a list of one where the text asks for a word.
    let rule = rule.and_then(|rule| rule.as_array().map_or(Some(rule), |list| list.first()));
    // Objects have no order and may lack keys.
    let is_keyed =
        matches!(table.format.as_str(), "json" | "jsonl" | "ndjson" | "geojson" | "inline");
    let fits = match rule.and_then(Json::as_str) {
        Some("equal") => has_all() && knows_all(),
        Some("subset") => has_all(),
        Some("superset") => knows_all(),
        Some("partial") => found.iter().any(|column| expected.contains(&&**column)),
        _ if is_keyed => knows_all(),
        _ => found.iter().map(|column| &**column).eq(expected.iter().copied()),
    };
    if !fits {
        return Err(PackageError::Columns {
            resource: name(resource).to_owned(),
            found: listed(found.iter().map(|column| &**column)),
            expected: listed(expected.into_iter()),
        });
    }
    if knows_all() {
        return Ok(table);
    }
    let names = found.iter().filter(|column| expected.contains(&&***column)).cloned().collect();
    Ok(Table { reader: Box::new(Projected { reader: table.reader, names }), ..table })
}

/// Names shown in an error; more would hide what matters.
const LISTED_MAX: usize = 20;

fn listed<'a>(names: impl ExactSizeIterator<Item = &'a str>) -> String {
    let count = names.len();
    let mut texts: Vec<String> = names.take(LISTED_MAX).map(|name| format!("`{name}`")).collect();
    if count > LISTED_MAX {
        texts.push(format!("{} more", count - LISTED_MAX));
    }
    if texts.is_empty() { "(none)".into() } else { texts.join(", ") }
}
