//! `env://NAME` in parameters: its value is for the step, its name for everybody else.

use std::collections::BTreeMap;

use model::fault::{Fault, Kind};
use model::{Json, Map};

/// How a text begins that stands for the value of a variable.
pub const SCHEME: &str = "env://";

/// Shortest value that is looked for in texts, in bytes. Shorter ones are parts of ordinary words
/// and figures, and would make texts unreadable without hiding anything.
pub const VALUE_BYTES_MIN: usize = 4;

/// Deepest nesting that is looked into; the loader of specifications refuses more.
const DEPTH_MAX: usize = 256;

/// Replaces each text `env://NAME` in `parameters`, however deep, by the value of the variable.
/// `redactor` learns the values, so that it can take them out of texts again.
///
/// # Errors
///
/// [`SecretError`] names the variable that is not set and the parameter that needs it.
pub fn reveal(
    parameters: &Map,
    environment: &BTreeMap<String, String>,
    redactor: &mut Redactor,
) -> Result<Map, SecretError> {
    let mut revealed = parameters.clone();
    for (key, value) in &mut revealed {
        reveal_value(value, key, environment, redactor, 0)?;
    }
    Ok(revealed)
}

/// The value of `text` when it is `env://NAME`, else `text` itself. `place` is for the error.
///
/// # Errors
///
/// [`SecretError`] when the variable is not set.
pub fn reveal_text(
    text: &str,
    place: &str,
    environment: &BTreeMap<String, String>,
    redactor: &mut Redactor,
) -> Result<String, SecretError> {
    let Some(name) = text.strip_prefix(SCHEME) else { return Ok(text.to_owned()) };
    let value = environment
        .get(name)
        .ok_or_else(|| SecretError { name: name.to_owned(), place: place.to_owned() })?;
    redactor.add(name, value);
    Ok(value.clone())
}

fn reveal_value(
    value: &mut Json,
    place: &str,
    environment: &BTreeMap<String, String>,
    redactor: &mut Redactor,
    depth: usize,
) -> Result<(), SecretError> {
    if depth > DEPTH_MAX {
        return Ok(());
    }
    match value {
        Json::String(text) if text.starts_with(SCHEME) => {
            *text = reveal_text(text, place, environment, redactor)?;
        }
        Json::Array(items) => {
            for (index, item) in items.iter_mut().enumerate() {
                let place = format!("{place}[{index}]");
                reveal_value(item, &place, environment, redactor, depth + 1)?;
            }
        }
        Json::Object(map) => {
            for (key, item) in map {
                let place = format!("{place}.{key}");
                reveal_value(item, &place, environment, redactor, depth + 1)?;
            }
        }
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => {}
    }
    Ok(())
}

/// A variable that a parameter names is not there.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("environment variable `{name}` is not set, parameter `{place}` needs it")]
pub struct SecretError {
    pub name: String,
    pub place: String,
}

impl Fault for SecretError {
    fn code(&self) -> &'static str {
        "SECRET_MISSING"
    }

    fn kind(&self) -> Kind {
        Kind::Invalid
    }

    fn help(&self) -> Option<String> {
        Some(format!("set it: {}=... thorp run ...", self.name))
    }
}

/// Writes `env://NAME` where a text holds the value of the variable.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Redactor {
    /// What is looked for, and the text that stands for it; long ones first.
    values: Vec<(String, String)>,
}

impl std::fmt::Debug for Redactor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // The values themselves belong into no text.
        f.debug_list().entries(self.values.iter().map(|(_, name)| name)).finish()
    }
}

impl Redactor {
    /// Looks for `value` from now on: as it is, as JSON escapes it, and, when it is an address,
    /// for the password in it.
    pub fn add(&mut self, name: &str, value: &str) {
        let name = format!("{SCHEME}{name}");
        let escaped = Json::from(value).to_string();
        let escaped = escaped.trim_matches('"');
        for form in [Some(value), Some(escaped), password(value)].into_iter().flatten() {
            if form.len() >= VALUE_BYTES_MIN && !self.values.iter().any(|(known, _)| known == form)
            {
                self.values.push((form.to_owned(), name.clone()));
            }
        }
        self.values.sort_by(|(a, _), (b, _)| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
    }

    /// Whether there is nothing to look for.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// `text` without values of variables.
    pub fn redact(&self, text: &str) -> String {
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        while let Some((at, value, name)) = self.first_in(rest) {
            let (before, from) = rest.split_at(at);
            out.push_str(before);
            out.push_str(name);
            rest = from.strip_prefix(value).unwrap_or_default();
        }
        out.push_str(rest);
        out
    }

    /// Redacts every text and every key in `value`.
    pub fn redact_json(&self, value: &mut Json) {
        if self.is_empty() {
            return;
        }
        match value {
            Json::String(text) => *text = self.redact(text),
            Json::Array(items) => items.iter_mut().for_each(|item| self.redact_json(item)),
            Json::Object(map) => self.redact_map(map),
            Json::Null | Json::Bool(_) | Json::Number(_) => {}
        }
    }

    /// Redacts every text and every key in `map`.
    pub fn redact_map(&self, map: &mut Map) {
        if self.is_empty() {
            return;
        }
        *map = std::mem::take(map)
            .into_iter()
            .map(|(key, mut value)| {
                self.redact_json(&mut value);
                (self.redact(&key), value)
            })
            .collect();
    }

    /// The first value in `text`, the longest one at its place.
    fn first_in(&self, text: &str) -> Option<(usize, &str, &str)> {
        self.values
            .iter()
            .filter_map(|(value, name)| Some((text.find(value.as_str())?, value.as_str(), &**name)))
            .min_by_key(|(at, value, _)| (*at, std::cmp::Reverse(value.len())))
    }
}

/// `secret` of `postgresql://user:secret@host/db`.
fn password(value: &str) -> Option<&str> {
    let (_, rest) = value.split_once("://")?;
    let authority = rest.split(['/', '?', '#']).next()?;
    let (user, _) = authority.rsplit_once('@')?;
    user.split_once(':').map(|(_, password)| password)
}

#[cfg(test)]
mod tests;
