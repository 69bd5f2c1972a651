//! Integers and doubles in a format.

use bigdecimal::num_bigint::BigInt;
use model::python;

use super::spec::{Figures, Sign, Spec};

/// Writes the integer `text`.
pub(super) fn write_integer(out: &mut String, text: &str, spec: &Spec) -> Result<(), String> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text),
    };
    let radix = match spec.kind {
        None | Some('d' | 'n') => 10,
        Some('b') => 2,
        Some('o') => 8,
        Some('x' | 'X') => 16,
        Some('c') => return write_character(out, text, spec),
        Some('e' | 'E' | 'f' | 'F' | 'g' | 'G' | '%') => return write_float(out, text, spec),
        Some(other) => return Err(format!("an integer has no format type `{other}`")),
    };
    if spec.precision.is_some() {
        return Err("an integer has no precision".into());
    }
    if spec.grouping == Some(',') && radix != 10 {
        return Err("`,` goes with decimal digits only".into());
    }
    let converted = match radix {
        10 => None,
        radix => digits.parse::<BigInt>().ok().map(|number| number.to_str_radix(radix)),
    };
    let whole = converted.unwrap_or_else(|| digits.to_owned());
    let whole = if spec.kind == Some('X') { whole.to_uppercase() } else { whole };
    let prefix = match (spec.alternate, spec.kind) {
        (true, Some('b')) => "0b",
        (true, Some('o')) => "0o",
        (true, Some('x')) => "0x",
        (true, Some('X')) => "0X",
        _ => "",
    };
    let group = if radix == 10 { 3 } else { 4 };
    spec.write_figures(out, &Figures { negative, prefix, whole: &whole, tail: "", group });
    Ok(())
}

fn write_character(out: &mut String, text: &str, spec: &Spec) -> Result<(), String> {
    let c = text.parse().ok().and_then(char::from_u32);
    let c = c.ok_or_else(|| format!("`{text}` is no character"))?;
    let as_text = Spec { kind: None, sign: Sign::Nothing, ..spec.clone() };
    as_text.write_text(out, c.encode_utf8(&mut [0; 4]))
}

/// Writes the double `text`.
pub(super) fn write_float(out: &mut String, text: &str, spec: &Spec) -> Result<(), String> {
    let value: f64 = text.parse().map_err(|_| format!("`{text}` is no number"))?;
    let kind = spec.kind.map(|kind| kind.to_ascii_lowercase());
    let magnitude = value.abs();
    let written = if magnitude.is_finite() {
        match kind {
            None if spec.precision.is_none() => python::float_text(magnitude),
            None => general(magnitude, spec.precision.unwrap_or(6), spec.alternate, true),
            Some('e') => exponent(magnitude, spec.precision.unwrap_or(6), spec.alternate),
            Some('f') => fixed(magnitude, spec.precision.unwrap_or(6), spec.alternate),
            Some('g' | 'n') => {
                general(magnitude, spec.precision.unwrap_or(6), spec.alternate, false)
            }
            Some('%') => {
                fixed(magnitude * 100.0, spec.precision.unwrap_or(6), spec.alternate) + "%"
            }
            Some(other) => return Err(format!("a number has no format type `{other}`")),
        }
    } else {
        let word = if magnitude.is_nan() { "nan" } else { "inf" };
        format!("{word}{}", if kind == Some('%') { "%" } else { "" })
    };
    let upper = spec.kind.is_some_and(|kind| kind.is_ascii_uppercase());
    let written = if upper { written.to_uppercase() } else { written };
    // `inf` and `nan` take zeros before them like digits.
    let end = written.find(|c: char| !c.is_ascii_digit()).unwrap_or(written.len());
    let (whole, tail) = written.split_at(if end == 0 { 3 } else { end });
    let negative = value.is_sign_negative() && !value.is_nan();
    spec.write_figures(out, &Figures { negative, prefix: "", whole, tail, group: 3 });
    Ok(())
}

fn fixed(magnitude: f64, precision: usize, point: bool) -> String {
    let text = format!("{magnitude:.precision$}");
    if point && precision == 0 { text + "." } else { text }
}

/// `1.50e+03`.
fn exponent(magnitude: f64, precision: usize, point: bool) -> String {
    let text = format!("{magnitude:.precision$e}");
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let dot = if point && precision == 0 { "." } else { "" };
    format!("{mantissa}{dot}{}", signed_exponent(exponent))
}

/// `e+03` for `3`.
fn signed_exponent(exponent: &str) -> String {
    match exponent.strip_prefix('-') {
        Some(digits) => format!("e-{digits:0>2}"),
        None => format!("e+{exponent:0>2}"),
    }
}

/// The shorter of both forms with `precision` digits, without trailing zeros unless `alternate`;
/// with `keep_fraction` one digit stays after the point.
fn general(magnitude: f64, precision: usize, alternate: bool, keep_fraction: bool) -> String {
    let digits = precision.max(1);
    let scientific = format!("{magnitude:.*e}", digits - 1);
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let power: i64 = exponent.parse().unwrap_or_default();
    let digits = i64::try_from(digits).unwrap_or(i64::MAX);
    let limit = if keep_fraction { digits - 1 } else { digits };
    if (-4..limit).contains(&power) || (magnitude == 0.0) {
        let places = usize::try_from(digits - 1 - power).unwrap_or_default();
        let text = format!("{magnitude:.places$}");
        if alternate {
            return if text.contains('.') { text } else { text + "." };
        }
        let short = without_zeros(&text);
        return if keep_fraction && !short.contains('.') { format!("{short}.0") } else { short };
    }
    let mantissa = if alternate {
        let dot = if mantissa.contains('.') { "" } else { "." };
        format!("{mantissa}{dot}")
    } else {
        without_zeros(mantissa)
    };
    format!("{mantissa}{}", signed_exponent(exponent))
}

fn without_zeros(text: &str) -> String {
    if !text.contains('.') {
        return text.to_owned();
    }
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}
