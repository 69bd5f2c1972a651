//! The value of a cell.

use calamine::{Data, DataRef, ExcelDateTime, Range};

use super::formats::Moment;
use crate::form::{has_form, is_date_time};
use crate::typed;
use crate::value::{Kind, Value};

/// Whole numbers up to this size are integers; beyond it a double has no ones any more.
const WHOLE_MAX: f64 = 9_007_199_254_740_992.0;
const DAY_MS: f64 = 86_400_000.0;
/// The serial number of the day after 9999-12-31.
const SERIAL_END: f64 = 2_958_466.0;

/// The value of a cell that is read in passing.
pub(super) fn value_ref(cell: &DataRef<'_>, moment: Moment) -> Option<Value<'static>> {
    Some(match cell {
        DataRef::Empty => return None,
        DataRef::Int(value) => Value::new(Kind::Integer, value.to_string()),
        DataRef::Float(value) => number(*value),
        DataRef::String(text) => Value::new(Kind::Text, text.clone()),
        DataRef::SharedString(text) => Value::new(Kind::Text, (*text).to_owned()),
        DataRef::Bool(value) => boolean(*value),
        DataRef::DateTime(value) => serial(value, moment),
        DataRef::DateTimeIso(text) => iso_moment(text),
        DataRef::DurationIso(text) => iso_duration(text),
        DataRef::Error(error) => Value::new(Kind::Text, error.to_string()),
    })
}

/// The value of a cell of a sheet in memory.
pub(super) fn value(cell: &Data, moment: Moment) -> Option<Value<'static>> {
    let cell = match cell {
        Data::Empty => DataRef::Empty,
        Data::Int(value) => DataRef::Int(*value),
        Data::Float(value) => DataRef::Float(*value),
        Data::String(text) => DataRef::SharedString(text),
        Data::Bool(value) => DataRef::Bool(*value),
        Data::DateTime(value) => DataRef::DateTime(*value),
        Data::DateTimeIso(text) => return Some(iso_moment(text)),
        Data::DurationIso(text) => return Some(iso_duration(text)),
        Data::Error(error) => DataRef::Error(error.clone()),
    };
    value_ref(&cell, moment)
}

/// What the moments of each column are, where cells tell no format: dates when none has a time of
/// day.
pub(super) fn column_moments(range: &Range<Data>) -> Vec<Moment> {
    let mut columns = vec![Moment::Date; range.width()];
    for row in range.rows() {
        for (cell, moment) in row.iter().zip(&mut columns) {
            if let Data::DateTime(value) = cell
                && value.as_f64().fract() != 0.0
            {
                *moment = Moment::Time;
            }
        }
    }
    columns
}

fn boolean(value: bool) -> Value<'static> {
    Value::new(Kind::Boolean, if value { "true" } else { "false" })
}

fn number(value: f64) -> Value<'static> {
    if value.fract() == 0.0 && value.abs() <= WHOLE_MAX {
        // The sum turns a negative zero into zero.
        return Value::new(Kind::Integer, format!("{}", value + 0.0));
    }
    Value::new(Kind::Float, model::python::float_text(value))
}

/// A date, time, datetime or duration that is held as a number of days.
fn serial(value: &ExcelDateTime, moment: Moment) -> Value<'static> {
    let days = value.as_f64();
    if value.is_duration() {
        return duration_ms(days * DAY_MS).unwrap_or_else(|| number(days));
    }
    if !(0.0..SERIAL_END).contains(&days) {
        return number(days);
    }
    let (year, month, day, hour, minute, second, ms) = value.to_ymd_hms_milli();
    let fraction = if ms == 0 { String::new() } else { format!(".{ms:03}") };
    let time = format!("{hour:02}:{minute:02}:{second:02}{}", fraction.trim_end_matches('0'));
    let date = format!("{year:04}-{month:02}-{day:02}");
    let (kind, text) = match moment {
        // Day zero is no day: what lies in it is a time, whatever the cell would show.
        _ if days < 1.0 => (Kind::Time, time),
        Moment::Date if time == "00:00:00" => (Kind::Date, date),
        _ => (Kind::DateTime, format!("{date}T{time}")),
    };
    // Excel knows a 29th of February 1900.
    if has_form(kind, &text) { Value::new(kind, text) } else { Value::new(Kind::Text, text) }
}

fn duration_ms(ms: f64) -> Option<Value<'static>> {
    let mut text = String::new();
    // Whole milliseconds of a sheet's durations are far below 2^53 and have exact digits.
    let ms: i64 = format!("{:.0}", ms.round()).parse().ok()?;
    typed::print_duration(&mut text, ms.checked_mul(1_000)?);
    Some(Value::new(Kind::Duration, text))
}

fn iso_moment(text: &str) -> Value<'static> {
    let trimmed = text.strip_suffix('Z').unwrap_or(text);
    let kind = if is_date_time(trimmed) {
        Kind::DateTime
    } else if has_form(Kind::Date, trimmed) {
        Kind::Date
    } else if has_form(Kind::Time, trimmed) {
        Kind::Time
    } else {
        return Value::new(Kind::Text, text.to_owned());
    };
    Value::new(kind, trimmed.to_owned())
}

/// `PT10H11M12S` is how a time of day is written, and also a duration; a day has 24 hours.
fn iso_duration(text: &str) -> Value<'static> {
    let Some(us) = duration_us(text) else { return Value::new(Kind::Text, text.to_owned()) };
    let mut out = String::new();
    if typed::print_time(&mut out, us) {
        return Value::new(Kind::Time, out);
    }
    out.clear();
    typed::print_duration(&mut out, us);
    Value::new(Kind::Duration, out)
}

fn duration_us(text: &str) -> Option<i64> {
    let (sign, rest) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text),
    };
    let (days, time) = rest.strip_prefix('P')?.split_once('T')?;
    let days: i64 = if days.is_empty() { 0 } else { days.strip_suffix('D')?.parse().ok()? };
    let mut us = days.checked_mul(86_400_000_000)?;
    let mut rest = time;
    for (unit, unit_us) in [('H', 3_600_000_000), ('M', 60_000_000), ('S', 1_000_000)] {
        let Some((count, after)) = rest.split_once(unit) else { continue };
        rest = after;
        let (whole, fraction) = count.split_once(['.', ',']).unwrap_or((count, ""));
        us = us.checked_add(whole.parse::<i64>().ok()?.checked_mul(unit_us)?)?;
        if unit == 'S' && !fraction.is_empty() {
            let digits: String = fraction.chars().chain("000000".chars()).take(6).collect();
            us = us.checked_add(i64::from(digits.parse::<u32>().ok()?))?;
        }
    }
    rest.is_empty().then_some(sign * us)
}
