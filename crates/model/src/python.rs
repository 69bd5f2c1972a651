//! JSON and literals written exactly as Python writes them.
//!
//! Hashes and byte counts of datapackage-pipelines are taken over the text of Python's
//! `json.dumps`, so its separators, escapes and key order are part of the format. Figures keep
//! the digits that they were read with.

use std::fmt::Write;

use crate::Json;

/// How `json.dumps` is asked to write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Style {
    /// Spaces per level, or everything on one line.
    pub indent: Option<usize>,
    /// Keys in code-point order.
    pub sort_keys: bool,
    /// Every character outside ASCII as `\u` and four hexadecimal digits.
    pub ascii: bool,
}

impl Style {
    /// One line, sorted, ASCII: the wire and most hashes.
    pub const WIRE: Self = Self { indent: None, sort_keys: true, ascii: true };
}

/// Writes `value` as Python's `json.dumps` does.
pub fn dumps(value: &Json, style: Style) -> String {
    let mut out = String::new();
    write_value(&mut out, value, style, 0);
    out
}

fn write_value(out: &mut String, value: &Json, style: Style, depth: usize) {
    match value {
        Json::Null => out.push_str("null"),
        Json::Bool(true) => out.push_str("true"),
        Json::Bool(false) => out.push_str("false"),
        Json::Number(number) => out.push_str(&number_text(number)),
        Json::String(text) => write_string(out, text, style.ascii),
        Json::Array(items) if items.is_empty() => out.push_str("[]"),
        Json::Array(items) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                separate(out, index, style, depth + 1);
                write_value(out, item, style, depth + 1);
            }
            close(out, ']', style, depth);
        }
        Json::Object(map) if map.is_empty() => out.push_str("{}"),
        Json::Object(map) => {
            out.push('{');
            let mut entries: Vec<_> = map.iter().collect();
            if style.sort_keys {
                entries.sort_by(|a, b| a.0.cmp(b.0));
            }
            for (index, (key, item)) in entries.into_iter().enumerate() {
                separate(out, index, style, depth + 1);
                write_string(out, key, style.ascii);
                out.push_str(": ");
                write_value(out, item, style, depth + 1);
            }
            close(out, '}', style, depth);
        }
    }
}

fn separate(out: &mut String, index: usize, style: Style, depth: usize) {
    match style.indent {
        Some(width) => {
            if index > 0 {
                out.push(',');
            }
            new_line(out, width * depth);
        }
        None if index > 0 => out.push_str(", "),
        None => {}
    }
}

fn close(out: &mut String, bracket: char, style: Style, depth: usize) {
    if let Some(width) = style.indent {
        new_line(out, width * depth);
    }
    out.push(bracket);
}

fn new_line(out: &mut String, spaces: usize) {
    out.push('\n');
    out.extend(std::iter::repeat_n(' ', spaces));
}

/// Python's text of a JSON number: integers as they are, others as the `repr` of a double.
pub fn number_text(number: &serde_json::Number) -> String {
    let text = number.to_string();
    if !text.contains(['.', 'e', 'E']) {
        return if text == "-0" { "0".into() } else { text };
    }
    match text.parse::<f64>() {
        Ok(value) => float_text(value),
        Err(_) => text,
    }
}

/// Python's `repr` of a double: shortest digits, exponent form outside `1e-4 <= |x| < 1e16`.
pub fn float_text(value: f64) -> String {
    if value.is_nan() {
        return "NaN".into();
    }
    if value.is_infinite() {
        return if value > 0.0 { "Infinity".into() } else { "-Infinity".into() };
    }
    let scientific = format!("{value:e}");
    let (mantissa, exponent) = scientific.split_once('e').expect("`{:e}` writes an exponent");
    let exponent: i32 = exponent.parse().expect("`{:e}` writes a whole exponent");
    if value == 0.0 || (-4..16).contains(&exponent) {
        let plain = format!("{value}");
        return if plain.contains('.') { plain } else { plain + ".0" };
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{mantissa}e{sign}{:02}", exponent.abs())
}

/// Writes `text` as a JSON string, with Python's escapes.
pub fn write_string(out: &mut String, text: &str, ascii: bool) {
    out.push('"');
    let mut plain_from = 0;
    for (at, c) in text.char_indices() {
        let plain = match c {
            '"' | '\\' => false,
            ' '..='~' => true,
            '\u{7f}' => true,
            '\0'..='\u{1f}' => false,
            _ => !ascii,
        };
        if plain {
            continue;
        }
        out.push_str(text.get(plain_from..at).unwrap_or_default());
        plain_from = at + c.len_utf8();
        write_escape(out, c);
    }
    out.push_str(text.get(plain_from..).unwrap_or_default());
    out.push('"');
}

fn write_escape(out: &mut String, c: char) {
    match c {
        '"' => out.push_str("\\\""),
        '\\' => out.push_str("\\\\"),
        '\n' => out.push_str("\\n"),
        '\r' => out.push_str("\\r"),
        '\t' => out.push_str("\\t"),
        '\u{8}' => out.push_str("\\b"),
        '\u{c}' => out.push_str("\\f"),
        other => {
            for unit in other.encode_utf16(&mut [0; 2]) {
                write!(out, "\\u{unit:04x}").expect("writing to a text does not fail");
            }
        }
    }
}

/// Writes `value` as Python's `repr` does: `{'bytes': None, 'hash': 'c68a'}`.
pub fn literal(value: &Json) -> String {
    let mut out = String::new();
    write_literal(&mut out, value);
    out
}

fn write_literal(out: &mut String, value: &Json) {
    match value {
        Json::Null => out.push_str("None"),
        Json::Bool(true) => out.push_str("True"),
        Json::Bool(false) => out.push_str("False"),
        Json::Number(number) => out.push_str(&number_text(number)),
        Json::String(text) => write_repr(out, text),
        Json::Array(items) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    out.push_str(", ");
                }
                write_literal(out, item);
            }
            out.push(']');
        }
        Json::Object(map) => {
            out.push('{');
            for (index, (key, item)) in map.iter().enumerate() {
                if index > 0 {
                    out.push_str(", ");
                }
                write_repr(out, key);
                out.push_str(": ");
                write_literal(out, item);
            }
            out.push('}');
        }
    }
}

fn write_repr(out: &mut String, text: &str) {
    let quote = if text.contains('\'') && !text.contains('"') { '"' } else { '\'' };
    out.push(quote);
    for c in text.chars() {
        match c {
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c == quote => {
                out.push('\\');
                out.push(c);
            }
            c if c.is_control() => {
                write!(out, "\\x{:02x}", u32::from(c)).expect("writing to a text does not fail");
            }
            c => out.push(c),
        }
    }
    out.push(quote);
}

#[cfg(test)]
mod tests;
