//! What can be seen in a source without parsing it: names, and whether it is a module.
//!
//! The engine parses. This only finds the names that a source may define at its top level, so that
//! they can be published, and it is free to find too many: a name that is not defined there is
//! left alone when the source has run.

use std::collections::BTreeSet;

/// Words that cannot be the name of a variable, in strict code or out of it, and names that mean
/// something else where they are read.
const RESERVED: [&str; 53] = [
    "NaN",
    "Infinity",
    "undefined",
    "arguments",
    "await",
    "break",
    "case",
    "catch",
    "class",
    "const",
    "continue",
    "debugger",
    "default",
    "delete",
    "do",
    "else",
    "enum",
    "eval",
    "export",
    "extends",
    "false",
    "finally",
    "for",
    "function",
    "if",
    "implements",
    "import",
    "in",
    "instanceof",
    "interface",
    "let",
    "new",
    "null",
    "package",
    "private",
    "protected",
    "public",
    "return",
    "static",
    "super",
    "switch",
    "this",
    "throw",
    "true",
    "try",
    "typeof",
    "var",
    "void",
    "while",
    "with",
    "yield",
    "globalThis",
    "async",
];

/// Words after which a name is defined.
const DEFINING: [&str; 6] = ["class", "const", "function", "let", "var", "as"];

/// Stands before the last name of a pattern.
const REST: &str = "...";

/// Whether `text` has the form of an identifier; a reserved word has it too.
pub(super) fn is_identifier(text: &str) -> bool {
    !text.starts_with(|letter: char| letter.is_ascii_digit())
        && !text.is_empty()
        && text.chars().all(is_part)
}

/// Whether `text` can be the name of a parameter. Letters beyond ASCII are refused: which of them
/// a name may have is the engine's to know.
pub(super) fn is_free_name(text: &str) -> bool {
    is_identifier(text) && text.is_ascii() && !RESERVED.contains(&text)
}

/// Whether a statement of `source` seems to begin with `export` or `import`.
pub(super) fn seems_module(source: &str) -> bool {
    source.split(['\n', '\r', ';', '}']).any(|statement| {
        let statement = statement.trim_start();
        let rest = statement.strip_prefix("export").or_else(|| statement.strip_prefix("import"));
        rest.is_some_and(|rest| {
            rest.is_empty() || rest.starts_with([' ', '\t', '{', '*', '"', '\''])
        })
    })
}

/// The names that `source` may define at its top level. Those beyond ASCII may be no names at all.
pub(super) fn candidates(source: &str) -> BTreeSet<&str> {
    let mut found = BTreeSet::new();
    let mut before = Before::Other;
    let mut rest = source;
    while let Some(letter) = rest.chars().next() {
        let length = if is_part(letter) {
            rest.find(|letter| !is_part(letter)).unwrap_or(rest.len())
        } else if rest.starts_with(REST) {
            REST.len()
        } else {
            letter.len_utf8()
        };
        let (token, after) = rest.split_at(length);
        rest = after;
        if is_part(letter) {
            if before == Before::Definition && is_identifier(token) && !RESERVED.contains(&token) {
                found.insert(token);
            }
            before = Before::after_word(token);
        } else if !letter.is_whitespace() {
            before = Before::after_sign(token);
        }
    }
    found
}

/// Whether the next word may be a name that is being defined.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Before {
    Definition,
    Other,
}

impl Before {
    fn after_word(word: &str) -> Self {
        if DEFINING.contains(&word) { Self::Definition } else { Self::Other }
    }

    /// After these signs stands the next variable of a list, or one inside a pattern.
    fn after_sign(sign: &str) -> Self {
        // A comment may stand between, so its end counts too.
        if matches!(sign, "," | "{" | "[" | ":" | "*" | "/" | REST) {
            Self::Definition
        } else {
            Self::Other
        }
    }
}

fn is_part(letter: char) -> bool {
    letter == '_' || letter == '$' || letter.is_alphanumeric()
}

#[cfg(test)]
mod tests;
