//! Tables and queries of databases as tables to be read.

use std::io::Write;

use store::fetch;
use store::location::Location;
use store::source::SourceOptions;

use super::{Failure, Table};
use crate::context::Context;
use crate::error::StepError;
use crate::parameters::Parameters;
use crate::sql::Address;
use crate::sql::source::{self, Selection, Source};

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
    Ok(table(source::open(&address, &selection)?, base))
}

/// Opens the table called `name` of the SQLite database in the file at `place`.
///
/// # Errors
///
/// When the file cannot be had, is no database, or has no such table.
pub(crate) fn open_file(
    place: &Location,
    name: &str,
    options: &SourceOptions,
) -> Result<Table, Failure> {
    let selection = Selection::Table { name: name.to_owned(), order_by: None };
    let open = |path: &std::path::Path| {
        let address = Address::of_file(path.to_owned(), &place.to_string());
        source::open(&address, &selection).map(|rows| table(rows, name))
    };
    if let Location::File(path) = place {
        // SQLite would make a database of a file that is not there.
        drop(fetch::open_file(place, &options.fetch)?);
        return Ok(open(path)?);
    }
    let mut copy = tempfile::NamedTempFile::new()?;
    std::io::copy(&mut fetch::open(place, &options.fetch)?, copy.as_file_mut())?;
    copy.flush()?;
    // Once it is open, the file may lose its name.
    Ok(open(copy.path())?)
}

fn table(rows: Source, base: &str) -> Table {
    Table {
        reader: rows.rows,
        base: base.to_owned(),
        format: "sql".into(),
        fields: Some(rows.fields),
        has_nulls: true,
    }
}
