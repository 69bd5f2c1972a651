//! Values as Python's `str` writes them.

mod repr;

use std::borrow::Cow;

use model::python;
use tabular::{Kind, Value};

/// `str(value)`: `None`, `True`, `1.50`, `2020-12-31 10:11:12`.
pub fn python_text<'a>(value: Option<&'a Value<'_>>) -> Cow<'a, str> {
    let Some(value) = value else { return Cow::Borrowed("None") };
    text_of(value.kind, &value.text)
}

/// `str` of a value of `kind` that is not null and whose text has the form of the kind.
pub fn text_of(kind: Kind, text: &str) -> Cow<'_, str> {
    match kind {
        Kind::Text | Kind::Integer | Kind::Number | Kind::Date => Cow::Borrowed(text),
        Kind::Boolean => Cow::Borrowed(if text == "true" { "True" } else { "False" }),
        Kind::Float => float(text),
        Kind::Time => whole_fraction(text),
        Kind::DateTime => Cow::Owned(whole_fraction(text).replacen('T', " ", 1)),
        Kind::Duration => duration(text),
        Kind::Json => json(text),
    }
}

fn float(text: &str) -> Cow<'_, str> {
    match text {
        "NaN" => Cow::Borrowed("nan"),
        "Infinity" => Cow::Borrowed("inf"),
        "-Infinity" => Cow::Borrowed("-inf"),
        number => match number.parse::<f64>() {
            Ok(value) => Cow::Owned(python::float_text(value)),
            Err(_) => Cow::Borrowed(number),
        },
    }
}

/// A time whose fraction, if any, has all six digits.
fn whole_fraction(text: &str) -> Cow<'_, str> {
    let Some((seconds, rest)) = text.split_once('.') else { return Cow::Borrowed(text) };
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    let (fraction, offset) = rest.split_at(digits);
    Cow::Owned(format!("{seconds}.{fraction:0<6}{offset}"))
}

fn json(text: &str) -> Cow<'_, str> {
    match serde_json::from_str(text) {
        Ok(json) => Cow::Owned(repr::text(&json)),
        Err(_) => Cow::Borrowed(text),
    }
}

/// `P1DT12H` is `1 day, 12:00:00`; with years or months `1 years, 2 months, 3 days, 4:05:06`.
fn duration(text: &str) -> Cow<'_, str> {
    let Some((negative, parts)) = Parts::signed(text) else { return Cow::Borrowed(text) };
    let span = span_text(if negative { -parts.micros } else { parts.micros });
    if parts.years.is_empty() && parts.months.is_empty() {
        return Cow::Owned(span);
    }
    let sign = if negative { "-" } else { "" };
    let mut out = String::new();
    if !parts.years.is_empty() {
        out.push_str(&format!("{sign}{} years, ", parts.years));
    }
    if !parts.months.is_empty() {
        // The library that Python uses has a plural only for positive numbers beyond one.
        let plural = if negative || parts.months == "1" { "" } else { "s" };
        out.push_str(&format!("{sign}{} month{plural}, ", parts.months));
    }
    out.push_str(&span);
    Cow::Owned(out)
}

/// The microseconds of a duration that has neither years nor months.
fn micros_of(text: &str) -> Option<i128> {
    let (negative, parts) = Parts::signed(text)?;
    let is_span = parts.years.is_empty() && parts.months.is_empty();
    is_span.then_some(if negative { -parts.micros } else { parts.micros })
}

/// The parts of an ISO 8601 duration.
struct Parts<'a> {
    years: &'a str,
    months: &'a str,
    /// Weeks, days and time, in microseconds.
    micros: i128,
}

impl<'a> Parts<'a> {
    /// Microseconds of a day.
    const DAY: i128 = 86_400_000_000;

    /// Whether a sign stands before the parts, and the parts.
    fn signed(text: &'a str) -> Option<(bool, Self)> {
        match text.strip_prefix('-') {
            Some(unsigned) => Some((true, Self::parse(unsigned)?)),
            None => Some((false, Self::parse(text)?)),
        }
    }

    fn parse(text: &'a str) -> Option<Self> {
        let mut parts = Self { years: "", months: "", micros: 0 };
        let mut rest = text.strip_prefix('P')?;
        let mut in_time = false;
        while !rest.is_empty() {
            if let Some(time) = rest.strip_prefix('T') {
                in_time = true;
                rest = time;
                continue;
            }
            let end = rest.find(|c: char| c.is_ascii_alphabetic())?;
            let (count, unit) = rest.split_at_checked(end)?;
            let seconds = match (unit.chars().next()?, in_time) {
                ('Y', false) => {
                    parts.years = count;
                    0
                }
                ('M', false) => {
                    parts.months = count;
                    0
                }
                ('W', false) => 7 * 86_400,
                ('D', false) => 86_400,
                ('H', true) => 3_600,
                ('M', true) => 60,
                ('S', true) => 1,
                _ => return None,
            };
            if seconds > 0 {
                parts.micros += micros(count)?.checked_mul(seconds)?;
            }
            rest = unit.get(1..)?;
        }
        Some(parts)
    }
}

/// A decimal number of seconds as microseconds; further digits are cut.
fn micros(count: &str) -> Option<i128> {
    let (whole, fraction) = count.split_once(['.', ',']).unwrap_or((count, ""));
    let fraction: String = fraction.chars().chain("000000".chars()).take(6).collect();
    whole.parse::<i128>().ok()?.checked_mul(1_000_000)?.checked_add(fraction.parse().ok()?)
}

/// `str(timedelta)`: `-1 day, 23:59:59.500000`.
fn span_text(micros: i128) -> String {
    let (days, rest) = (micros.div_euclid(Parts::DAY), micros.rem_euclid(Parts::DAY));
    let (seconds, fraction) = (rest / 1_000_000, rest % 1_000_000);
    let (hours, minutes) = (seconds / 3_600, seconds / 60 % 60);
    let mut out = match days {
        0 => String::new(),
        1 | -1 => format!("{days} day, "),
        _ => format!("{days} days, "),
    };
    out.push_str(&format!("{hours}:{minutes:02}:{:02}", seconds % 60));
    if fraction > 0 {
        out.push_str(&format!(".{fraction:06}"));
    }
    out
}

#[cfg(test)]
mod tests;
