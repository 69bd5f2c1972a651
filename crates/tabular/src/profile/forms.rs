//! The forms that the values of properties have.

use model::{Json, Map};

use super::{Check, below};

/// What the value of a property must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    Text,
    Flag,
    /// A whole number from 0 up.
    Count,
    /// A list of texts; at least one.
    Texts,
    /// A list of whole numbers from 1 up.
    Rows,
    /// A whole number from 1 up.
    Row,
    /// One of these words.
    Word(&'static [&'static str]),
    /// An address with a scheme.
    Address,
    /// An address, or a path that stays below the folder.
    Path,
    /// A moment as in RFC 3339.
    Moment,
    /// A text with an `@`.
    Email,
    /// Small letters, digits, `.`, `_`, `-` and `/`: the names of version 1.
    Slug,
    /// `text/csv`.
    MediaType,
    /// `md5` in hexadecimal digits, or `algorithm:digits`.
    Hash,
    /// Values of any form; at least one.
    List,
}

impl Form {
    /// What is wrong with `value`: rule, text, fix.
    pub(super) fn problem(self, value: &Json) -> Option<(&'static str, String, String)> {
        let fix = self.fix();
        match self.has_type(value) {
            false => Some(("type", format!("is {}", found(value)), fix)),
            true if self.has_form(value) => None,
            true => Some((self.rule(), format!("{} does not do", shown(value)), fix)),
        }
    }

    fn has_type(self, value: &Json) -> bool {
        match self {
            Self::Flag => value.is_boolean(),
            Self::Count | Self::Row => value.is_number(),
            Self::Texts | Self::Rows | Self::List => value.is_array(),
            _ => value.is_string(),
        }
    }

    fn has_form(self, value: &Json) -> bool {
        let list = || value.as_array().map(Vec::as_slice).unwrap_or_default();
        let is_row = |number: &Json| number.as_u64().is_some_and(|number| number > 0);
        let text = value.as_str().unwrap_or_default();
        match self {
            Self::Text | Self::Flag => true,
            Self::Count => value.as_u64().is_some(),
            Self::Row => is_row(value),
            Self::Rows => list().iter().all(is_row),
            Self::Texts => !list().is_empty() && list().iter().all(Json::is_string),
            Self::List => !list().is_empty(),
            Self::Word(words) => words.contains(&text),
            Self::Address => is_address(text),
            Self::Path => is_address(text) || is_safe_path(text),
            Self::Moment => chrono::DateTime::parse_from_rfc3339(text).is_ok(),
            Self::Email => text.contains('@'),
            Self::Slug => !text.is_empty() && text.bytes().all(is_slug),
            Self::MediaType => {
                text.split_once('/').is_some_and(|(a, b)| !a.is_empty() && !b.is_empty())
            }
            Self::Hash => is_hash(text),
        }
    }

    fn rule(self) -> &'static str {
        match self {
            Self::Word(_) => "enum",
            Self::Texts | Self::Rows | Self::List => "items",
            Self::Count | Self::Row => "minimum",
            Self::Path => "safe-path",
            _ => "format",
        }
    }

    fn fix(self) -> String {
        let fix = match self {
            Self::Text => "write a text",
            Self::Flag => "write `true` or `false`",
            Self::Count => "write a whole number from 0 up",
            Self::Row => "write a whole number from 1 up",
            Self::Rows => "write a list of row numbers from 1 up",
            Self::Texts => "write a list of one or more texts",
            Self::List => "write a list of at least one, or leave the property out",
            Self::Word(words) => return format!("use one of {}", words.join(", ")),
            Self::Address => "write a whole address, as `https://example.org/`",
            Self::Path => "write an address, or a path below the descriptor's folder without `..`",
            Self::Moment => "write date, time and offset, as `2026-11-20T10:11:12Z`",
            Self::Email => "write an address, as `ada@example.org`",
            Self::Slug => "use small letters, digits, `.`, `_`, `-` and `/` only",
            Self::MediaType => "write type and subtype, as `text/csv`",
            Self::Hash => "write an MD5 hash, or `algorithm:` and a hash, in hexadecimal digits",
        };
        fix.to_owned()
    }
}

impl Check {
    /// Holds the properties of `object` that are there against their forms.
    pub(super) fn forms(&mut self, at: &str, object: &Map, forms: &[(&str, Form)]) {
        for (name, form) in forms {
            let Some(value) = object.get(*name).filter(|value| !value.is_null()) else { continue };
            if let Some((rule, text, fix)) = form.problem(value) {
                self.report(below(at, name), rule, text, &fix);
            }
        }
    }

    /// Holds a list of objects against the forms of their properties.
    pub(super) fn objects(&mut self, at: &str, list: Option<&Json>, rules: &Entries) {
        let Some(list) = list.filter(|list| !list.is_null()) else { return };
        let Some(entries) = list.as_array() else {
            let text = format!("is {}", found(list));
            return self.report(at.to_owned(), "type", text, "write a list of objects");
        };
        for (index, entry) in entries.iter().enumerate() {
            let at = format!("{at}[{index}]");
            let Some(entry) = self.object(&at, entry) else { continue };
            if !rules.one_of.is_empty() && !rules.one_of.iter().any(|key| entry.contains_key(*key))
            {
                let text = "says too little".to_owned();
                let fix = format!("add {}", names(rules.one_of));
                self.report(at.clone(), "required", text, &fix);
            }
            self.forms(&at, entry, rules.forms);
        }
    }
}

/// What the entries of a list of objects must be.
#[derive(Debug)]
pub(super) struct Entries {
    /// Properties of which one must be there.
    pub(super) one_of: &'static [&'static str],
    pub(super) forms: &'static [(&'static str, Form)],
}

/// What a value is, for messages.
pub(super) fn found(value: &Json) -> &'static str {
    match value {
        Json::Null => "null",
        Json::Bool(_) => "a boolean",
        Json::Number(_) => "a number",
        Json::String(_) => "a text",
        Json::Array(_) => "a list",
        Json::Object(_) => "an object",
    }
}

/// Longest piece of a value that a message shows, in characters.
const SHOWN_CHARS_MAX: usize = 100;

/// The beginning of a value, for messages.
pub(super) fn shown(value: &Json) -> String {
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    match text.char_indices().nth(SHOWN_CHARS_MAX) {
        Some((end, _)) => format!("`{}...`", text.get(..end).unwrap_or_default()),
        None => format!("`{text}`"),
    }
}

fn is_address(text: &str) -> bool {
    text.split_once("://").is_some_and(|(scheme, rest)| {
        !rest.is_empty()
            && scheme.starts_with(|c: char| c.is_ascii_alphabetic())
            && scheme.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'))
    })
}

/// Whether a path stays below its folder.
pub(super) fn is_safe_path(text: &str) -> bool {
    let drive = text.get(1..3).is_some_and(|part| matches!(part, ":/" | ":\\"));
    !text.is_empty()
        && !text.starts_with(['/', '\\', '~'])
        && !text.contains("://")
        && !text.contains('\0')
        && !drive
        && text.split(['/', '\\']).all(|part| part != "..")
}

fn is_slug(byte: u8) -> bool {
    byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'.' | b'_' | b'/')
}

fn is_hash(text: &str) -> bool {
    let is_hex = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_hexdigit());
    match text.split_once(':') {
        Some((algorithm, digits)) => !algorithm.is_empty() && is_hex(digits),
        None => text.is_empty() || (text.len() == 32 && is_hex(text)),
    }
}

fn names(keys: &[&str]) -> String {
    keys.iter().map(|key| format!("`{key}`")).collect::<Vec<_>>().join(" or ")
}
