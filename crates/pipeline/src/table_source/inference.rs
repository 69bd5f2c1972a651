//! The fields of a table that nobody has described, guessed from its first rows.

use std::collections::VecDeque;

use model::{Json, Map};
use serde_json::json;
use tabular::format::ReadError;
use tabular::{Batch, Inference};

use super::Table;

/// What is known of a table before its rows are sent.
#[derive(Debug)]
pub struct Sample {
    /// The rows that were looked at, to be sent first.
    pub rows: VecDeque<Batch>,
    pub fields: Vec<Map>,
}

/// Which types columns are given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Guess {
    /// What the rows look like.
    Full,
    /// All are texts.
    Strings,
    /// All are of any type.
    Any,
}

/// Reads at least `rows_wanted` rows of `table`, unless it ends before, and describes its columns:
/// as the file itself does, else by `guess`. `missing` are the texts that mean null.
///
/// # Errors
///
/// [`ReadError`] when the rows cannot be read.
pub fn look_ahead(
    table: &mut Table,
    rows_wanted: usize,
    missing: &[String],
    guess: Guess,
) -> Result<Sample, ReadError> {
    let mut rows = VecDeque::new();
    let mut count = 0;
    while count < rows_wanted
        && let Some(batch) = table.reader.next_batch()?
    {
        count += batch.rows();
        rows.push_back(batch);
    }
    if let Some(fields) = table.fields.take()
        && guess != Guess::Strings
    {
        return Ok(Sample { rows, fields });
    }
    let fields = table
        .reader
        .names()
        .iter()
        .map(|name| {
            match guess {
                Guess::Full => {}
                Guess::Strings => return field(name, "string", "default"),
                Guess::Any => return field(name, "any", "default"),
            }
            let mut inference = Inference::new(missing);
            if table.has_nulls {
                inference = inference.counting_nulls();
            }
            let mut left = rows_wanted;
            for batch in &rows {
                let rows = left.min(batch.rows());
                left -= rows;
                if let Some(column) = batch.column(name) {
                    inference.add(&column.slice(0, rows));
                }
            }
            let inferred = inference.finish();
            field(name, inferred.field_type.name(), inferred.format)
        })
        .collect();
    Ok(Sample { rows, fields })
}

fn field(name: &str, field_type: &str, format: &str) -> Map {
    match json!({"name": name, "type": field_type, "format": format}) {
        Json::Object(map) => map,
        _ => Map::new(),
    }
}
