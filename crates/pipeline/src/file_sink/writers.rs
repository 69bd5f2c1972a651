//! Opens the writer of a format.

use model::Map;
use tabular::format::{RowWriter, WriteError};

use super::layout::Format;
use super::measured::Measured;
use super::options::Options;

/// A writer of `format` for a resource, to `out`.
///
/// # Errors
///
/// When the schema has no form in this format.
pub fn open(
    format: Format,
    resource: &Map,
    options: &Options,
    out: Measured,
) -> Result<Box<dyn RowWriter>, WriteError> {
    let _ = (format, resource, options, out);
    Err(WriteError::Format { format: "any", problem: "none".into() })
}
