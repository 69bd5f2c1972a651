//! Regular expressions as Python's `re` reads them.
//!
//! Most patterns run on a linear-time engine; those with look-around or back-references on a
//! backtracking one with a bound on its steps.

mod translate;

use std::borrow::Cow;
use std::fmt;

use crate::limits;

/// A compiled pattern.
#[derive(Clone)]
pub struct Pattern {
    source: String,
    /// Unanchored, for search and replace.
    search: Engine,
    /// Anchored at both ends.
    whole: Engine,
}

#[derive(Clone)]
enum Engine {
    Linear(regex::Regex),
    Backtracking(fancy_regex::Regex),
}

/// A pattern that no engine can compile.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{pattern}` is no regular expression: {problem}")]
pub struct PatternError {
    pub pattern: String,
    pub problem: String,
}

impl Pattern {
    /// Compiles `pattern`.
    ///
    /// # Errors
    ///
    /// [`PatternError`] when it is malformed or too large.
    pub fn new(pattern: &str) -> Result<Self, PatternError> {
        let translated = translate::translate(pattern);
        Ok(Self {
            source: pattern.to_owned(),
            search: Engine::new(&translated, pattern)?,
            whole: Engine::new(&format!("^(?:{translated})$"), pattern)?,
        })
    }

    /// The pattern as it was written.
    pub fn as_str(&self) -> &str {
        &self.source
    }

    /// Whether the whole of `text` matches (`^...$`; Python also lets one `\n` follow).
    pub fn matches_whole(&self, text: &str) -> bool {
        let text = text.strip_suffix('\n').unwrap_or(text);
        match &self.whole {
            Engine::Linear(regex) => regex.is_match(text),
            Engine::Backtracking(regex) => regex.is_match(text).unwrap_or(false),
        }
    }

    /// Whether `text` matches anywhere, as `re.search` tells.
    pub fn is_found_in(&self, text: &str) -> bool {
        match &self.search {
            Engine::Linear(regex) => regex.is_match(text),
            Engine::Backtracking(regex) => regex.is_match(text).unwrap_or(false),
        }
    }

    /// `text` with every match replaced by `template`, as `re.sub` does.
    pub fn replace_all<'t>(&self, text: &'t str, template: &Template) -> Cow<'t, str> {
        match &self.search {
            Engine::Linear(regex) => regex.replace_all(text, template.0.as_str()),
            Engine::Backtracking(regex) => {
                regex.try_replacen(text, 0, template.0.as_str()).unwrap_or(Cow::Borrowed(text))
            }
        }
    }
}

impl fmt::Debug for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Pattern").field(&self.source).finish()
    }
}

impl Engine {
    fn new(translated: &str, pattern: &str) -> Result<Self, PatternError> {
        let linear =
            regex::RegexBuilder::new(translated).size_limit(limits::PATTERN_BYTES_MAX).build();
        if let Ok(regex) = linear {
            return Ok(Self::Linear(regex));
        }
        fancy_regex::RegexBuilder::new(translated)
            .backtrack_limit(limits::PATTERN_STEPS_MAX)
            .build()
            .map(Self::Backtracking)
            .map_err(|error| PatternError {
                pattern: pattern.to_owned(),
                problem: error.to_string(),
            })
    }
}

/// The replacement of `re.sub`, with `\1` and `\g<name>` for groups.
#[derive(Debug, Clone)]
pub struct Template(String);

impl Template {
    /// Translates Python's template.
    pub fn new(python: &str) -> Self {
        let mut out = String::with_capacity(python.len());
        let mut rest = python.chars().peekable();
        while let Some(c) = rest.next() {
            match c {
                '$' => out.push_str("$$"),
                '\\' => escape(&mut out, &mut rest),
                other => out.push(other),
            }
        }
        Self(out)
    }
}

fn escape(out: &mut String, rest: &mut std::iter::Peekable<std::str::Chars<'_>>) {
    match rest.next() {
        Some(digit @ '1'..='9') => {
            let mut group = String::from(digit);
            if let Some(second) = rest.next_if(char::is_ascii_digit) {
                group.push(second);
            }
            out.push_str(&format!("${{{group}}}"));
        }
        Some('g') if rest.next_if_eq(&'<').is_some() => {
            let group: String = rest.by_ref().take_while(|c| *c != '>').collect();
            out.push_str(&format!("${{{group}}}"));
        }
        Some('n') => out.push('\n'),
        Some('t') => out.push('\t'),
        Some('r') => out.push('\r'),
        Some('\\') => out.push('\\'),
        Some(other) => {
            out.push('\\');
            out.push(other);
        }
        None => out.push('\\'),
    }
}

#[cfg(test)]
mod tests;
