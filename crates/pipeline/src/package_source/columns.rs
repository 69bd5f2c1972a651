//! Whether the columns of a table are the fields of its schema.

use std::sync::Arc;

use model::package::{fields, name};
use model::{Json, Map};
use tabular::Batch;
use tabular::dialect::Dialect;
use tabular::format::{ReadError, RowReader};

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

/// The table with the names that the schema of `resource` writes, when its dialect says that case
/// in the header means nothing.
pub(super) fn without_case(table: Table, resource: &Map) -> Table {
    let dialect = resource.get("dialect").and_then(Json::as_object);
    let dialect = dialect.and_then(|dialect| Dialect::parse(dialect).ok());
    if dialect.is_none_or(|dialect| dialect.case_sensitive_header) {
        return table;
    }
    let found = table.reader.names();
    let field_of = |column: &Arc<str>| {
        let folded = column.to_lowercase();
        let field = fields(resource).map(name).find(|field| field.to_lowercase() == folded)?;
        let is_free = !found.iter().any(|other| **other == *field);
        is_free.then(|| Arc::from(field))
    };
    let names: Vec<Arc<str>> =
        found.iter().map(|column| field_of(column).unwrap_or_else(|| Arc::clone(column))).collect();
    let mut unique = names.clone();
    unique.sort();
    unique.dedup();
    // Two columns that differ in case alone are told apart by it.
    if names == found || unique.len() < names.len() {
        return table;
    }
    let before = found.to_vec();
    Table { reader: Box::new(Renamed { reader: table.reader, before, names }), ..table }
}

/// Another reader, whose columns have other names.
#[derive(Debug)]
struct Renamed {
    reader: Box<dyn RowReader>,
    before: Vec<Arc<str>>,
    names: Vec<Arc<str>>,
}

impl RowReader for Renamed {
    fn names(&self) -> &[Arc<str>] {
        &self.names
    }

    fn next_batch(&mut self) -> Result<Option<Batch>, ReadError> {
        let batch = self.reader.next_batch()?;
        Ok(batch.map(|batch| {
            batch.project(|name| {
                let at = self.before.iter().position(|before| **before == *name)?;
                self.names.get(at).cloned()
            })
        }))
    }
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
