//! What a plain scalar is: the rules of YAML 1.1 in the way PyYAML applies them.
//!
//! They differ from both YAML specifications in places (`1e3` is a text because an exponent needs
//! a point and a sign), and specifications in use rely on them.

use std::fmt::Write;

use bigdecimal::num_bigint::{BigInt, Sign};
use model::{Json, python};

/// The type of a scalar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Type {
    Null,
    Bool,
    Int,
    Float,
    Timestamp,
    Merge,
    Text,
}

impl Type {
    /// The type that `!!name` asks for.
    pub(super) fn named(name: &str) -> Option<Self> {
        Some(match name {
            "null" => Self::Null,
            "bool" => Self::Bool,
            "int" => Self::Int,
            "float" => Self::Float,
            "timestamp" => Self::Timestamp,
            "merge" => Self::Merge,
            "str" | "binary" => Self::Text,
            _ => return None,
        })
    }
}

/// The type that a plain scalar shows by its text.
pub(super) fn resolve(text: &str) -> Type {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Type::Null,
        "<<" => Type::Merge,
        _ if boolean(text, is_word).is_some() => Type::Bool,
        _ if is_float(text) => Type::Float,
        _ if is_int(text) => Type::Int,
        _ if is_timestamp(text) => Type::Timestamp,
        _ => Type::Text,
    }
}

/// The value of `text` as `kind`; nothing when it has none.
///
/// Numbers that JSON lacks come as the texts `Infinity`, `-Infinity`, `NaN`.
pub(super) fn construct(kind: Type, text: &str) -> Option<Json> {
    match kind {
        Type::Null => Some(Json::Null),
        Type::Bool => boolean(text, str::eq_ignore_ascii_case).map(Json::Bool),
        Type::Int => int(text).map(|digits| number(&digits)),
        Type::Float => float(text).map(|value| match python::float_text(value) {
            word if !value.is_finite() => Json::String(word),
            digits => number(&digits),
        }),
        Type::Timestamp => Some(Json::String(timestamp(text)?)),
        Type::Merge | Type::Text => Some(Json::String(text.to_owned())),
    }
}

fn number(digits: &str) -> Json {
    let number: serde_json::Number =
        serde_json::from_str(digits).expect("the figures were written as JSON writes them");
    Json::Number(number)
}

fn boolean(text: &str, same: fn(&str, &str) -> bool) -> Option<bool> {
    const WORDS: [(&str, bool); 6] = [
        ("yes", true),
        ("no", false),
        ("true", true),
        ("false", false),
        ("on", true),
        ("off", false),
    ];
    WORDS.into_iter().find(|(word, _)| same(text, word)).map(|(_, value)| value)
}

/// Whether `text` is `word` in small letters, in capitals, or with the first one a capital.
fn is_word(text: &str, word: &str) -> bool {
    // First, because it is cheap for long texts.
    if !text.eq_ignore_ascii_case(word) {
        return false;
    }
    let mut letters = text.chars();
    let first_is_capital = letters.next().is_some_and(|c| c.is_ascii_uppercase());
    let rest = letters.as_str();
    let rest_is_small = rest.chars().all(|c| c.is_ascii_lowercase());
    let rest_is_capital = rest.chars().all(|c| c.is_ascii_uppercase());
    rest_is_small || (first_is_capital && rest_is_capital)
}

fn unsigned(text: &str) -> &str {
    text.strip_prefix(['-', '+']).unwrap_or(text)
}

/// `-1.5e+3`, `.5`, `1:30.5`, `-.inf`, `.NaN`; an exponent needs its sign.
fn is_float(text: &str) -> bool {
    let body = unsigned(text);
    if matches!(body, ".inf" | ".Inf" | ".INF") || matches!(text, ".nan" | ".NaN" | ".NAN") {
        return true;
    }
    let Some((whole, rest)) = body.split_once('.') else { return false };
    if let Some((head, sixties)) = whole.split_once(':') {
        return is_figures(head) && is_sixties(sixties) && rest.bytes().all(is_digit_or_line);
    }
    let (fraction, exponent) = match rest.split_once(['e', 'E']) {
        Some((fraction, exponent)) => (fraction, Some(exponent)),
        None => (rest, None),
    };
    let exponent_ok = exponent.is_none_or(|exponent| {
        exponent.starts_with(['-', '+'])
            && exponent.len() > 1
            && unsigned(exponent).bytes().all(|b| b.is_ascii_digit())
    });
    let mantissa_ok = if whole.is_empty() {
        text == body && is_figures(fraction)
    } else {
        is_figures(whole) && fraction.bytes().all(is_digit_or_line)
    };
    mantissa_ok && exponent_ok
}

/// `0b101`, `017`, `0`, `1_000`, `0x1F`, `1:30:00`.
fn is_int(text: &str) -> bool {
    let body = unsigned(text);
    if let Some(digits) = body.strip_prefix("0b") {
        return !digits.is_empty() && digits.bytes().all(|b| matches!(b, b'0' | b'1' | b'_'));
    }
    if let Some(digits) = body.strip_prefix("0x") {
        return !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_hexdigit() || b == b'_');
    }
    if let Some(digits) = body.strip_prefix('0') {
        return digits.bytes().all(|b| matches!(b, b'0'..=b'7' | b'_'));
    }
    let (head, sixties) = match body.split_once(':') {
        Some((head, sixties)) => (head, Some(sixties)),
        None => (body, None),
    };
    is_figures(head) && sixties.is_none_or(is_sixties)
}

/// A figure, then figures and lines.
fn is_figures(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_digit()) && text.bytes().all(is_digit_or_line)
}

fn is_digit_or_line(byte: u8) -> bool {
    byte.is_ascii_digit() || byte == b'_'
}

/// One or more numbers up to 59, with `:` between.
fn is_sixties(text: &str) -> bool {
    text.split(':')
        .all(|part| matches!(part.as_bytes(), [b'0'..=b'9'] | [b'0'..=b'5', b'0'..=b'9']))
}

/// The figures of an integer in decimal notation.
fn int(text: &str) -> Option<String> {
    let plain = text.replace('_', "");
    let (sign, body) = match plain.strip_prefix('-') {
        Some(body) => (Sign::Minus, body),
        None => (Sign::Plus, plain.strip_prefix('+').unwrap_or(&plain)),
    };
    let value = if let Some(digits) = body.strip_prefix("0b") {
        parse(digits, 2)?
    } else if let Some(digits) = body.strip_prefix("0x") {
        parse(digits, 16)?
    } else if body.starts_with('0') {
        parse(body, 8)?
    } else {
        let mut sum = BigInt::ZERO;
        for part in body.split(':') {
            sum = sum * 60 + parse(part, 10)?;
        }
        sum
    };
    let negative = sign == Sign::Minus;
    Some(if negative { -value } else { value }.to_string())
}

fn parse(digits: &str, radix: u32) -> Option<BigInt> {
    let clean = digits.chars().all(|c| c.is_digit(radix));
    if clean { BigInt::parse_bytes(digits.as_bytes(), radix) } else { None }
}

fn float(text: &str) -> Option<f64> {
    let plain = text.replace('_', "").to_ascii_lowercase();
    let negative = plain.starts_with('-');
    let body = unsigned(&plain);
    let value = match body {
        ".inf" => f64::INFINITY,
        ".nan" => f64::NAN,
        _ => {
            let mut sum = 0.0;
            for part in body.split(':') {
                // Rust would read words such as `infinity` as well.
                if !part.starts_with(|c: char| c.is_ascii_digit() || c == '.') {
                    return None;
                }
                sum = sum * 60.0 + part.parse::<f64>().ok()?;
            }
            sum
        }
    };
    Some(if negative { -value } else { value })
}

/// `2001-12-14`, or a day and a time with much freedom between: `2001-12-14 21:59:43.10 -5`.
fn is_timestamp(text: &str) -> bool {
    Moment::parse(text).is_some_and(|moment| {
        moment.time.is_some() || (moment.date_widths == (2, 2) && text.len() == 10)
    })
}

/// The ISO 8601 text of a timestamp, as Python's `isoformat` writes it.
fn timestamp(text: &str) -> Option<String> {
    let moment = Moment::parse(text)?;
    let day = chrono::NaiveDate::from_ymd_opt(moment.year, moment.month, moment.day)
        .filter(|_| moment.year > 0)?;
    let mut out = day.to_string();
    let Some(Time { hour, minute, second, micro, offset_minutes }) = moment.time else {
        return Some(out);
    };
    if hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    write!(out, "T{hour:02}:{minute:02}:{second:02}").ok()?;
    if micro > 0 {
        write!(out, ".{micro:06}").ok()?;
    }
    if let Some(minutes) = offset_minutes {
        if minutes.abs() >= 24 * 60 {
            return None;
        }
        let sign = if minutes < 0 { '-' } else { '+' };
        write!(out, "{sign}{:02}:{:02}", minutes.abs() / 60, minutes.abs() % 60).ok()?;
    }
    Some(out)
}

/// The parts of a timestamp, not yet held against the calendar.
struct Moment {
    year: i32,
    month: u32,
    day: u32,
    /// Figures of month and day.
    date_widths: (usize, usize),
    time: Option<Time>,
}

struct Time {
    hour: u32,
    minute: u32,
    second: u32,
    micro: u32,
    offset_minutes: Option<i32>,
}

impl Moment {
    fn parse(text: &str) -> Option<Self> {
        let rest = &mut &*text;
        let year = figures(rest, 4, 4)?.parse().ok()?;
        eat(rest, "-")?;
        let month = figures(rest, 1, 2)?;
        eat(rest, "-")?;
        let day = figures(rest, 1, 2)?;
        let time = if rest.is_empty() { None } else { Some(Time::parse(rest)?) };
        Some(Self {
            year,
            month: month.parse().ok()?,
            day: day.parse().ok()?,
            date_widths: (month.len(), day.len()),
            time,
        })
    }
}

impl Time {
    fn parse(rest: &mut &str) -> Option<Self> {
        if eat(rest, "T").or_else(|| eat(rest, "t")).is_none() {
            let trimmed = rest.trim_start_matches([' ', '\t']);
            if trimmed.len() == rest.len() {
                return None;
            }
            *rest = trimmed;
        }
        let hour = figures(rest, 1, 2)?.parse().ok()?;
        eat(rest, ":")?;
        let minute = figures(rest, 2, 2)?.parse().ok()?;
        eat(rest, ":")?;
        let second = figures(rest, 2, 2)?.parse().ok()?;
        let micro = match eat(rest, ".") {
            Some(()) => micros(figures(rest, 0, usize::MAX)?),
            None => 0,
        };
        let zone = rest.trim_start_matches([' ', '\t']);
        let offset_minutes = match zone {
            // Blanks lead to a zone, or the text is none of ours.
            "" if rest.is_empty() => None,
            "Z" => Some(0),
            _ => Some(offset(zone)?),
        };
        Some(Self { hour, minute, second, micro, offset_minutes })
    }
}

/// `-5`, `+05:30`, in minutes.
fn offset(zone: &str) -> Option<i32> {
    let sign = match zone.chars().next()? {
        '-' => -1,
        '+' => 1,
        _ => return None,
    };
    let rest = &mut unsigned(zone);
    let hours: i32 = figures(rest, 1, 2)?.parse().ok()?;
    let minutes: i32 = match eat(rest, ":") {
        Some(()) => figures(rest, 2, 2)?.parse().ok()?,
        None => 0,
    };
    rest.is_empty().then_some(sign * (hours * 60 + minutes))
}

/// The first six figures of a fraction, as millionths.
fn micros(fraction: &str) -> u32 {
    let figures = fraction.bytes().chain(std::iter::repeat(b'0')).take(6);
    figures.fold(0, |sum, figure| sum * 10 + u32::from(figure - b'0'))
}

/// Takes `min` to `max` figures from the front of `rest`.
fn figures<'a>(rest: &mut &'a str, min: usize, max: usize) -> Option<&'a str> {
    let count = rest.bytes().take(max).take_while(u8::is_ascii_digit).count();
    if count < min {
        return None;
    }
    let (taken, left) = rest.split_at(count);
    *rest = left;
    Some(taken)
}

fn eat(rest: &mut &str, prefix: &str) -> Option<()> {
    *rest = rest.strip_prefix(prefix)?;
    Some(())
}

#[cfg(test)]
mod tests;
