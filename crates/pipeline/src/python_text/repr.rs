//! Lists and objects as Python's `str` writes them: each value inside by its `repr`.

use model::{Json, Map, python};
use tabular::{Kind, Value};

use super::{Parts, micros_of};

/// `str` of a list or an object: `[Decimal('1.50'), datetime.date(2020, 12, 31), None]`.
pub(super) fn text(json: &Json) -> String {
    let mut out = String::new();
    write(&mut out, json);
    out
}

fn write(out: &mut String, json: &Json) {
    match json {
        Json::Array(items) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                out.push_str(if index > 0 { ", " } else { "" });
                write(out, item);
            }
            out.push(']');
        }
        Json::Object(map) => match (map.len() == 1).then(|| typed(json)).flatten() {
            Some(text) => out.push_str(&text),
            None => write_object(out, map),
        },
        plain => out.push_str(&python::literal(plain)),
    }
}

fn write_object(out: &mut String, map: &Map) {
    out.push('{');
    for (index, (key, item)) in map.iter().enumerate() {
        out.push_str(if index > 0 { ", " } else { "" });
        out.push_str(&python::literal(&Json::from(key.as_str())));
        out.push_str(": ");
        write(out, item);
    }
    out.push('}');
}

/// `repr` of a value that the wire writes as an object of a tag and a text.
fn typed(json: &Json) -> Option<String> {
    let wire = python::dumps(json, python::Style::WIRE);
    let Value { kind, text } = Value::from_wire(&wire)?;
    let repr = match kind {
        Kind::Number => Some(format!("Decimal('{text}')")),
        Kind::Date => Some(format!("datetime.date({})", date(&text))),
        Kind::Time => time(&text).map(|clock| format!("datetime.time({clock})")),
        Kind::DateTime => date_time(&text),
        Kind::Duration => duration(&text),
        _ => return None,
    };
    // What has no one `repr` (an offset from UTC, months) stays the text that it is.
    Some(repr.unwrap_or_else(|| python::literal(&Json::from(&*text))))
}

fn date_time(text: &str) -> Option<String> {
    let (day, clock) = text.split_once('T')?;
    Some(format!("datetime.datetime({}, {})", date(day), time(clock)?))
}

/// `2020-01-31` is `2020, 1, 31`.
fn date(text: &str) -> String {
    let parts = text.split('-').map(|part| match part.trim_start_matches('0') {
        "" => "0",
        digits => digits,
    });
    parts.collect::<Vec<_>>().join(", ")
}

/// `10:11:00` is `10, 11`, `10:11:12.5` is `10, 11, 12, 500000`; `None` with an offset.
fn time(text: &str) -> Option<String> {
    let (clock, fraction) = text.split_once('.').unwrap_or((text, ""));
    let mut fields = Vec::new();
    for part in clock.split(':') {
        fields.push(part.parse::<u32>().ok()?);
    }
    fields.push(format!("{fraction:0<6}").get(..6)?.parse().ok()?);
    // Hour and minute are always there; what follows ends at its last part that is not zero.
    while fields.len() > 2 && fields.last() == Some(&0) {
        fields.pop();
    }
    let texts: Vec<String> = fields.iter().map(u32::to_string).collect();
    Some(texts.join(", "))
}

/// `P1DT12H` is `datetime.timedelta(days=1, seconds=43200)`; `None` with years or months.
fn duration(text: &str) -> Option<String> {
    let micros = micros_of(text)?;
    let (days, rest) = (micros.div_euclid(Parts::DAY), micros.rem_euclid(Parts::DAY));
    let named = [("days", days), ("seconds", rest / 1_000_000), ("microseconds", rest % 1_000_000)];
    let fields = named.iter().filter(|(_, count)| *count != 0);
    let texts: Vec<String> = fields.map(|(name, count)| format!("{name}={count}")).collect();
    let inner = if texts.is_empty() { "0".to_owned() } else { texts.join(", ") };
    Some(format!("datetime.timedelta({inner})"))
}
