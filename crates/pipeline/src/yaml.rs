//! YAML of strangers, read into JSON as PyYAML would read it, and within limits.
//!
//! Specifications are written for a loader of YAML 1.1: `yes` is true, `010` is eight, `12:30:00`
//! is a number of seconds, `1e3` is a text. Those rules are in `scalar`. What code could come of
//! (tags of Python objects) is an error, and so is what only serves to fill the memory.

mod build;
pub mod limits;
mod scalar;
mod tree;

use model::Json;
use model::fault::{Fault, Kind};

/// A place in a text; both count from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct At {
    pub line: usize,
    pub column: usize,
}

impl std::fmt::Display for At {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "line {}, column {}", self.line, self.column)
    }
}

/// What a text says, and what is odd about it.
#[derive(Debug, Clone, PartialEq)]
pub struct Document {
    /// Null when the text is empty.
    pub value: Json,
    pub warnings: Vec<Warning>,
}

/// Something that is read, but may not be what its author meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Warning {
    pub at: At,
    pub text: String,
}

/// Reads the one document of `bytes`, which are UTF-8 with or without byte-order mark.
///
/// Numbers are written as Python writes them, dates and times become ISO 8601 texts, keys of
/// mappings become the texts that `json.dumps` makes of them.
///
/// # Errors
///
/// [`LoadError`] says where and why.
pub fn load(bytes: &[u8]) -> Result<Document, LoadError> {
    if bytes.len() > limits::TEXT_BYTES_MAX {
        return Err(LoadError::TooLarge { bytes: bytes.len(), max: limits::TEXT_BYTES_MAX });
    }
    let text = std::str::from_utf8(bytes).map_err(|error| LoadError::Encoding {
        line: 1 + memchr::memchr_iter(b'\n', bytes.split_at(error.valid_up_to()).0).count(),
    })?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    refuse_control_characters(text)?;
    match tree::parse(text)? {
        Some(root) => build::build(&root),
        None => Ok(Document { value: Json::Null, warnings: Vec::new() }),
    }
}

/// The parser takes a NUL for the end of the text; no YAML may hold one, nor its like.
fn refuse_control_characters(text: &str) -> Result<(), LoadError> {
    let bad = |c: char| {
        (c.is_control() && !matches!(c, '\t' | '\n' | '\r' | '\u{85}'))
            || matches!(c, '\u{fffe}' | '\u{ffff}')
    };
    let Some((before, character)) =
        text.char_indices().find(|(_, c)| bad(*c)).map(|(at, c)| (text.split_at(at).0, c))
    else {
        return Ok(());
    };
    let line = 1 + memchr::memchr_iter(b'\n', before.as_bytes()).count();
    let column = 1 + before.chars().rev().take_while(|c| *c != '\n').count();
    Err(LoadError::Control { at: At { line, column }, character })
}

/// Why a text was not read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LoadError {
    #[error("the text has {bytes} bytes, at most {max} are read")]
    TooLarge { bytes: usize, max: usize },
    #[error("line {line}: the text is not UTF-8")]
    Encoding { line: usize },
    #[error("{at}: character {character:?} is not allowed in YAML")]
    Control { at: At, character: char },
    #[error("{at}: {reason}")]
    Syntax { at: At, reason: String },
    #[error("{at}: a second document starts, only one is read")]
    Documents { at: At },
    #[error("{at}: nested deeper than {max} levels")]
    Depth { at: At, max: usize },
    #[error("{at}: aliases make more of the text than {values} values or {bytes} bytes")]
    Expansion { at: At, values: usize, bytes: usize },
    #[error("{at}: the alias stands inside of what it names")]
    Recursive { at: At },
    #[error("{at}: unknown tag `{tag}`")]
    Tag { at: At, tag: String },
    #[error("{at}: `{text}` is not a value of tag `{tag}`")]
    Value { at: At, tag: String, text: String },
    #[error("{at}: an integer of {digits} figures, at most {max} are read")]
    Integer { at: At, digits: usize, max: usize },
    #[error("{at}: a list or a mapping cannot be a key")]
    Key { at: At },
    #[error("{at}: `<<` takes a mapping or a list of mappings")]
    Merge { at: At },
}

impl Fault for LoadError {
    fn code(&self) -> &'static str {
        match self {
            Self::TooLarge { .. }
            | Self::Depth { .. }
            | Self::Expansion { .. }
            | Self::Integer { .. } => "YAML_LIMIT",
            _ => "YAML_INVALID",
        }
    }

    fn kind(&self) -> Kind {
        match self.code() {
            "YAML_LIMIT" => Kind::Limit,
            _ => Kind::Invalid,
        }
    }

    fn help(&self) -> Option<String> {
        match self {
            Self::Tag { .. } => {
                Some("remove the tag, or quote the text when it starts with `!`".into())
            }
            Self::Documents { .. } => {
                Some("remove `---`, or put the second document in another file".into())
            }
            Self::Encoding { .. } => Some("save the file as UTF-8".into()),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests;
