//! Tables and queries of databases as tables to be read.

use super::Table;
use crate::context::Context;
use crate::error::StepError;
use crate::parameters::Parameters;
use crate::sql::Address;
use crate::sql::source::{self, Selection};

/// Whether `location` is the address of a database, as SQLAlchemy writes them.
pub(super) fn is_address(location: &str) -> bool {
    let scheme = location.split_once("://").map(|(scheme, _)| scheme.to_ascii_lowercase());
    let engine = scheme.as_deref().map(|scheme| scheme.split_once('+').map_or(scheme, |s| s.0));
    matches!(engine, Some("sqlite" | "postgresql" | "postgres"))
}

/// Opens the `table`, in the order of `order_by` when that is given, or the `query` of the
/// database at `location`.
pub(super) fn open(
    location: &str,
    parameters: Parameters<'_>,
    ctx: &Context,
) -> Result<Table, StepError> {
    let address = Address::parse(location, ctx)?;
    let (selection, base) = match (parameters.text("query")?, parameters.text("table")?) {
        (Some(query), table) => (Selection::Query(query.to_owned()), table.unwrap_or("query")),
        (None, Some(table)) => {
            let order_by = parameters.text("order_by")?.map(str::to_owned);
            (Selection::Table { name: table.to_owned(), order_by }, table)
        }
        (None, None) => {
            let problem = "a database needs `table` or `query`";
            return Err(StepError::parameter("table", problem));
        }
    };
    let rows = source::open(&address, &selection)?;
    Ok(Table {
        reader: rows.rows,
        base: base.to_owned(),
        format: "sql".into(),
        fields: Some(rows.fields),
        has_nulls: true,
    })
}
