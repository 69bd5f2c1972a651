//! Cells as SQLite stores them.
//!
//! Dates and times have the texts that SQLAlchemy writes, so that programs built on it read them.

use std::borrow::Cow;

use rusqlite::ToSql;
use rusqlite::types::{ToSqlOutput, ValueRef};
use tabular::Kind;

use super::super::cells::decoded;
use super::super::number::{Stored, stored};
use super::super::table::Form;

/// A cell, ready to be bound.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Cell<'a> {
    Integer(i64),
    Double(f64),
    Text(Cow<'a, str>),
}

impl ToSql for Cell<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Integer(whole) => ValueRef::Integer(*whole),
            Self::Double(double) => ValueRef::Real(*double),
            Self::Text(text) => ValueRef::Text(text.as_bytes()),
        }))
    }
}

/// Why a value cannot be stored, with the fix.
pub(super) type Misfit = &'static str;

const INTEGER_RANGE: Misfit = "does not fit the 64 bits of an integer in SQLite; declare the \
                               field as `string`";
const DIGITS: Misfit = "has more digits than a number in SQLite keeps; declare the field as \
                        `string`, or set `floatNumber: true` to round it";

/// The cell of a column of `form` for a text of `kind`; `None` is null.
pub(super) fn cell(form: Form, kind: Kind, text: &str) -> Result<Option<Cell<'_>>, Misfit> {
    Ok(Some(match (form, kind) {
        (Form::Integer, Kind::Integer) => Cell::Integer(text.parse().map_err(|_| INTEGER_RANGE)?),
        (Form::Number, Kind::Integer | Kind::Number | Kind::Float) => number(text)?,
        (Form::Double, Kind::Integer | Kind::Number | Kind::Float) => double(text)?,
        (Form::Boolean, Kind::Boolean) => Cell::Integer(i64::from(text == "true")),
        (Form::Time, Kind::Time) => Cell::Text(time(text).into()),
        (Form::DateTime, Kind::DateTime) => Cell::Text(date_time(text).into()),
        (_, Kind::Json) => return Ok(decoded(form, text).map(|text| Cell::Text(text.into()))),
        _ => Cell::Text(text.into()),
    }))
}

fn number(text: &str) -> Result<Cell<'static>, Misfit> {
    match stored(text).ok_or(DIGITS)? {
        Stored::Integer(whole) => Ok(Cell::Integer(whole)),
        Stored::Double(double) => Ok(Cell::Double(double)),
    }
}

fn double(text: &str) -> Result<Cell<'static>, Misfit> {
    let value: f64 = text.parse().map_err(|_| "is no number")?;
    if value.is_nan() {
        return Err("has no form in SQLite; make it null or declare the field as `string`");
    }
    Ok(Cell::Double(value))
}

/// `10:11:12.000000`.
pub(super) fn time(text: &str) -> String {
    with_micros(text)
}

/// `2020-12-31 10:11:12.000000`, then the offset from UTC when there is one.
pub(super) fn date_time(text: &str) -> String {
    let Some((date, time)) = text.split_once('T') else { return text.to_owned() };
    let at = time.find(['+', '-', 'Z']).unwrap_or(time.len());
    let (time, offset) = time.split_at(at);
    format!("{date} {}{offset}", with_micros(time))
}

/// A time with six digits after the point.
fn with_micros(time: &str) -> String {
    let (seconds, fraction) = time.split_once('.').unwrap_or((time, ""));
    format!("{seconds}.{fraction:0<6}")
}
