//! Exceptions of scripts as values of ours.

use rquickjs::Error;

use super::answer::Location;
use super::error::Thrown;
use crate::limits::JAVASCRIPT_THROWN_BYTES_MAX;

/// The message of the engine when a script called itself too deep.
const STACK_OVERFLOW: &str = "Maximum call stack size exceeded";

/// From name, message and stack, as the prelude tells them.
pub(super) fn described(texts: Vec<String>) -> Thrown {
    let mut texts = texts.into_iter().map(cut);
    let mut next = || texts.next().unwrap_or_default();
    Thrown { name: next(), message: next(), stack: next(), location: None }
}

/// From an error that the engine found outside of any script.
pub(super) fn by_engine(error: &Error) -> Thrown {
    let (name, message) = match error {
        Error::InvalidString(_) => ("SyntaxError", "the text holds a zero character".into()),
        Error::Utf8(_) => ("TypeError", "a text holds half of a surrogate pair".into()),
        other => ("Error", other.to_string()),
    };
    Thrown { name: name.into(), message: cut(message), stack: String::new(), location: None }
}

pub(super) fn never_settled() -> Thrown {
    let message = "the promise is never settled: no timer and no call waits".into();
    Thrown { name: "Error".into(), message, stack: String::new(), location: None }
}

pub(super) fn is_stack_overflow(thrown: &Thrown) -> bool {
    thrown.name == "RangeError" && thrown.message == STACK_OVERFLOW
}

/// Where the grammar of the source `file` is broken, when that is what `thrown` says. The stack of
/// such an error begins with the place in the source, without a function.
pub(super) fn location(thrown: &Thrown, file: &str) -> Option<Location> {
    if thrown.name != "SyntaxError" {
        return None;
    }
    let place = thrown.stack.lines().next()?.trim().strip_prefix("at ")?;
    let (line, column) = place.strip_prefix(file)?.strip_prefix(':')?.split_once(':')?;
    Some(Location { line: line.parse().ok()?, column: column.parse().ok()? })
}

/// Gives `thrown` its location, in a source that begins after `prefix` letters of ours.
pub(super) fn located(mut thrown: Thrown, file: &str, prefix: usize) -> Thrown {
    let Some(mut found) = location(&thrown, file) else { return thrown };
    if found.line == 1 {
        let prefix = u32::try_from(prefix).unwrap_or(u32::MAX);
        found.column = found.column.saturating_sub(prefix).max(1);
    }
    thrown.stack = format!("    at {file}:{}:{}\n", found.line, found.column);
    thrown.location = Some(found);
    thrown
}

/// `text` without what is longer than fits.
fn cut(mut text: String) -> String {
    text.truncate(text.floor_char_boundary(JAVASCRIPT_THROWN_BYTES_MAX));
    text
}

#[cfg(test)]
mod tests;
