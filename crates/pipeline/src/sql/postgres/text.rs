//! Rows in the text form of COPY.

use chrono::DateTime;
use tabular::{Column, Kind};

use super::super::cells::decoded;
use super::super::table::Form;

/// Why a value cannot be stored, with the fix.
pub(super) type Misfit = &'static str;

const NUL: Misfit = "holds a character of code 0, which PostgreSQL has no place for; take it out \
                     with `find_replace`";
const OFFSET: Misfit = "has an offset from UTC that PostgreSQL does not know";

/// Appends the cell in row `row` of `column`.
pub(super) fn push(
    out: &mut Vec<u8>,
    form: Form,
    column: &Column,
    row: usize,
) -> Result<(), Misfit> {
    let Some(text) = column.text(row) else {
        out.extend_from_slice(b"\\N");
        return Ok(());
    };
    match (form, column.kind()) {
        (_, Kind::Json) => match decoded(form, text) {
            Some(text) => escaped(out, &text)?,
            None => out.extend_from_slice(b"\\N"),
        },
        (Form::DateTime, Kind::DateTime) => date_time(out, text)?,
        (_, Kind::Text) => escaped(out, text)?,
        _ => out.extend_from_slice(text.as_bytes()),
    }
    Ok(())
}

/// Only texts hold what has a meaning to COPY.
fn escaped(out: &mut Vec<u8>, text: &str) -> Result<(), Misfit> {
    let mut rest = text.as_bytes();
    while let Some(at) =
        rest.iter().position(|byte| matches!(byte, b'\\' | b'\n' | b'\r' | b'\t' | 0))
    {
        let (before, from) = rest.split_at(at);
        out.extend_from_slice(before);
        out.extend_from_slice(match from.first() {
            Some(b'\\') => b"\\\\",
            Some(b'\n') => b"\\n",
            Some(b'\r') => b"\\r",
            Some(b'\t') => b"\\t",
            _ => return Err(NUL),
        });
        rest = from.get(1..).unwrap_or_default();
    }
    out.extend_from_slice(rest);
    Ok(())
}

/// A column of moments has no offsets: PostgreSQL would leave them out, so that they are applied
/// here.
fn date_time(out: &mut Vec<u8>, text: &str) -> Result<(), Misfit> {
    let time = text.get(11..).unwrap_or_default();
    if !time.contains(['+', '-', 'Z']) {
        out.extend_from_slice(text.as_bytes());
        return Ok(());
    }
    let moment = DateTime::parse_from_rfc3339(text).map_err(|_| OFFSET)?;
    let utc = moment.naive_utc().format("%Y-%m-%dT%H:%M:%S%.f").to_string();
    out.extend_from_slice(utc.as_bytes());
    Ok(())
}
