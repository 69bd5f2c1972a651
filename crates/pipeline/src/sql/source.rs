//! Reading: the rows of a table or a query, with the fields that the types of its columns mean.
//!
//! Nothing is held but the batch at hand and a few that wait.

mod postgres;
pub(crate) mod shape;
mod sqlite;

use model::Map;
use tabular::format::RowReader;

use super::engine::{Address, Engine};
use super::error::SqlError;

/// What is read from a database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Selection {
    /// All rows of a table; in the order of a column (`name` or `name desc`) when there is one.
    Table {
        name: String,
        order_by: Option<String>,
    },
    Query(String),
}

/// Rows of a database.
#[derive(Debug)]
pub struct Source {
    /// A Table Schema field for each column, in order.
    pub fields: Vec<Map>,
    pub rows: Box<dyn RowReader>,
}

/// Opens the rows that `selection` means. They are read as the database was at this moment.
///
/// # Errors
///
/// When the database cannot be reached, or has no such table, or refuses the query.
pub fn open(address: &Address, selection: &Selection) -> Result<Source, SqlError> {
    match &address.engine {
        Engine::Sqlite(path) => sqlite::open(address, path.as_deref(), selection),
        Engine::Postgres(server) => postgres::open(address, server, selection),
    }
}

impl Selection {
    /// The statement of this selection.
    fn sql(&self) -> String {
        match self {
            Self::Query(query) => query.trim().trim_end_matches(';').to_owned(),
            Self::Table { name, order_by: None } => format!("SELECT * FROM {}", quoted(name)),
            Self::Table { name, order_by: Some(order) } => {
                let (column, direction) = direction(order);
                format!("SELECT * FROM {} ORDER BY {}{direction}", quoted(name), quoted(column))
            }
        }
    }
}

fn direction(order: &str) -> (&str, &'static str) {
    let order = order.trim();
    match order.rsplit_once(' ') {
        Some((column, word)) if word.eq_ignore_ascii_case("desc") => (column.trim(), " DESC"),
        Some((column, word)) if word.eq_ignore_ascii_case("asc") => (column.trim(), ""),
        _ => (order, ""),
    }
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

#[cfg(test)]
mod tests;
