//! What goes into a call and what comes out of it.

use std::fmt;
use std::sync::Arc;

use super::{CallError, Cancel, Patches, Thrown};

/// The circumstances of a call.
#[derive(Debug, Clone)]
pub struct Scope {
    /// What is loaded before the function is called.
    pub patches: Patches,
    /// How long the function may run, in milliseconds; for a chunk, all its items together.
    pub time_ms: u64,
    /// Where `Math.random` starts: the same seed gives an item the same numbers on every node,
    /// whatever the chunk that it travels in.
    pub seed: u64,
    pub cancel: Cancel,
}

/// One argument or result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// The text of a JSON value.
    Json(String),
    /// `Uint8Array` in the script; an `ArrayBuffer` that is returned becomes this too.
    Bytes(Vec<u8>),
}

/// How a call ended, and what it wrote until then.
#[derive(Debug)]
pub struct Outcome<T> {
    pub result: Result<T, CallError>,
    pub log: Log,
}

/// What an expression gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evaluated {
    /// The value as it is shown to people.
    pub text: String,
    /// The value as JSON, when it can be written so.
    pub json: Option<String>,
}

/// Items to call a function with, one after the other.
#[derive(Debug, Clone)]
pub struct Items {
    /// One JSON value per line; the last line may end with `\n` or without.
    pub lines: Arc<str>,
    /// The index of the first item among all of which these are a chunk.
    pub first_index: u64,
    /// Whether the first item that fails ends the chunk.
    pub stop_at_error: bool,
}

/// The results of a chunk.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Answers {
    /// One JSON value and `\n` per item, in the order of the items. The line of an item that
    /// failed is empty, and its error stands in `errors`.
    pub lines: String,
    /// How many items have a line.
    pub items: u64,
    pub errors: Vec<ItemError>,
    pub log: Log,
}

/// An item whose function threw.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("item {index} failed")]
pub struct ItemError {
    pub index: u64,
    pub source: Thrown,
}

/// What a script wrote to `console`, up to a limit.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Log {
    pub lines: Vec<LogLine>,
    /// Lines beyond the limit.
    pub dropped: u64,
}

/// One call of `console`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogLine {
    pub level: LogLevel,
    pub text: String,
}

/// The function of `console` that was called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogLevel {
    Debug,
    Info,
    Warn,
    Error,
}

/// A place in a source, both from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Location {
    pub line: u32,
    pub column: u32,
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}", self.line, self.column)
    }
}

impl<T> From<CallError> for Outcome<T> {
    /// A call that wrote nothing.
    fn from(error: CallError) -> Self {
        Self { result: Err(error), log: Log::default() }
    }
}
