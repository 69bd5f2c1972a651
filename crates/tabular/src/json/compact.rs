//! Writes a JSON text again in the form of the wire.

use std::borrow::Cow;
use std::ops::Range;

use model::python;

use crate::wire::{Fault, Scanner};

/// How a text is written again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// Keys sorted, digits kept.
    Wire,
    /// Keys as they come, fractions as Python writes doubles.
    Python,
}

/// `text`, which is one JSON value, on one line, in ASCII, with `", "` and `": "` between.
pub(super) fn compact(text: &str, form: Form) -> Result<String, Fault> {
    let mut scanner = Scanner::new(text);
    let place = scanner.value()?;
    scanner.end()?;
    let mut out = String::with_capacity(text.len());
    // The scanner has bounded the depth.
    push(&mut out, text.get(place).unwrap_or_default(), form)?;
    Ok(out)
}

fn push(out: &mut String, value: &str, form: Form) -> Result<(), Fault> {
    match value.as_bytes().first() {
        Some(b'{') => return push_object(out, value, form),
        Some(b'[') => return push_array(out, value, form),
        Some(b'"') => match unquote(value) {
            Some(text) => python::write_string(out, &text, true),
            // A lone surrogate has no text; its escape stays.
            None => out.push_str(value),
        },
        Some(b'-' | b'0'..=b'9') if form == Form::Python && value.contains(['.', 'e', 'E']) => {
            out.push_str(&crate::written::float(value));
        }
        _ => out.push_str(value),
    }
    Ok(())
}

fn push_array(out: &mut String, value: &str, form: Form) -> Result<(), Fault> {
    let mut scanner = Scanner::new(value);
    scanner.open_array()?;
    out.push('[');
    let mut is_first = true;
    while let Some(item) = scanner.item()? {
        if !std::mem::take(&mut is_first) {
            out.push_str(", ");
        }
        push(out, value.get(item).unwrap_or_default(), form)?;
    }
    out.push(']');
    Ok(())
}

fn push_object(out: &mut String, value: &str, form: Form) -> Result<(), Fault> {
    let mut scanner = Scanner::new(value);
    scanner.open_object()?;
    let mut entries: Vec<(Cow<'_, str>, Range<usize>)> = Vec::new();
    while let Some((key, place)) = scanner.entry()? {
        entries.push((key.text(value), place));
    }
    if form == Form::Wire {
        entries.sort_by(|a, b| a.0.cmp(&b.0));
        // Of equal keys the last one counts.
        entries.reverse();
        entries.dedup_by(|earlier, kept| earlier.0 == kept.0);
        entries.reverse();
    }
    out.push('{');
    for (at, (key, place)) in entries.into_iter().enumerate() {
        if at > 0 {
            out.push_str(", ");
        }
        python::write_string(out, &key, true);
        out.push_str(": ");
        push(out, value.get(place).unwrap_or_default(), form)?;
    }
    out.push('}');
    Ok(())
}

/// The text of a JSON string; `None` for a lone surrogate.
pub(super) fn unquote(quoted: &str) -> Option<Cow<'_, str>> {
    let inner = quoted.strip_prefix('"')?.strip_suffix('"')?;
    if !inner.contains('\\') {
        return Some(Cow::Borrowed(inner));
    }
    serde_json::from_str(quoted).ok().map(Cow::Owned)
}
