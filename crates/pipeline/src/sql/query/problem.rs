//! What is wrong with a query, and where, in words of whoever wrote it.

use datafusion::common::SchemaError;
use datafusion::error::DataFusionError;
use datafusion::sql::sqlparser::parser::ParserError;

use super::QueryError;
use crate::sql::limits;

/// The refusal of a query by the planner; `tables` are those that it may read.
pub(super) fn invalid(error: &DataFusionError, query: &str, tables: &[String]) -> QueryError {
    let at = place(error);
    let text = match error.find_root() {
        DataFusionError::SQL(error, _) => {
            let text = match error.as_ref() {
                ParserError::ParserError(text) | ParserError::TokenizerError(text) => text.clone(),
                ParserError::RecursionLimitExceeded => "it is nested too deeply".into(),
            };
            format!("{text}{}", unquoted(query, tables).unwrap_or_default())
        }
        DataFusionError::Plan(text) => match missing_table(text) {
            Some(name) => {
                let known = listed(tables.iter().map(String::as_str));
                format!("there is no resource `{name}`{at}; {known}")
            }
            None => format!("{text}{at}"),
        },
        DataFusionError::SchemaError(error, _) => match error.as_ref() {
            SchemaError::FieldNotFound { field, valid_fields } => {
                let known = listed(valid_fields.iter().map(|field| field.name.as_str()));
                format!("there is no column `{}`{at}; {known}", field.name)
            }
            other => format!("{other}{at}"),
        },
        root => format!("{}{at}", told(root)),
    };
    QueryError::Invalid(text)
}

/// What the engine says, without the trace of its own places.
pub(super) fn told(error: &DataFusionError) -> String {
    error.strip_backtrace().replace('\n', " ")
}

/// ` at line 1, column 8`, where the engine knows.
fn place(error: &DataFusionError) -> String {
    let span = error.diagnostic().and_then(|diagnostic| diagnostic.span);
    span.map(|span| format!(" at line {}, column {}", span.start.line, span.start.column))
        .unwrap_or_default()
}

/// The name in `table 'datafusion.public.x' not found`.
fn missing_table(text: &str) -> Option<&str> {
    let name = text.strip_prefix("table '")?.split("' not found").next()?;
    Some(name.strip_prefix("datafusion.public.").unwrap_or(name))
}

/// A resource whose name needs quotes and stands in the query without them.
fn unquoted(query: &str, tables: &[String]) -> Option<String> {
    let is_word = |name: &str| name.chars().all(|c| c.is_alphanumeric() || c == '_');
    let bare = tables.iter().find(|name| {
        !is_word(name) && query.contains(*name) && !query.contains(&format!("\"{name}\""))
    });
    bare.map(|name| format!("; write \"{name}\" with its double quotes"))
}

fn listed<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let mut names: Vec<String> = names.map(|name| format!("`{name}`")).collect();
    let more = names.len().saturating_sub(limits::QUERY_NAMES_SHOWN);
    names.truncate(limits::QUERY_NAMES_SHOWN);
    match (names.is_empty(), more) {
        (true, _) => "none is known".into(),
        (false, 0) => format!("known are {}", names.join(", ")),
        (false, more) => format!("known are {} and {more} more", names.join(", ")),
    }
}
