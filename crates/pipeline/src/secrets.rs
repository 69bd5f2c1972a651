//! `env://NAME` in parameters: its value is for the step, its name for everybody else.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

use model::fault::{Fault, Kind};
use model::package::Package;
use model::{Json, Map};

/// How a text begins that stands for the value of a variable.
pub const SCHEME: &str = "env://";

/// Shortest value that is looked for in texts, in bytes. Shorter ones are parts of ordinary words
/// and figures, and would make texts unreadable without hiding anything.
pub const VALUE_BYTES_MIN: usize = 4;

/// Shortest part of the query of an address that is looked for by itself, in bytes: a token is
/// longer, and what is shorter is a word like `format=geojson`.
pub const QUERY_VALUE_BYTES_MIN: usize = 12;

/// Shortest value that is looked for inside the texts of a descriptor, in bytes. A shorter one has
/// to be all of a text: `data` is a folder in many paths.
pub const DESCRIPTOR_VALUE_BYTES_MIN: usize = 8;

/// Parameters whose `env://NAME` a native processor resolves itself, because what it writes down
/// must be the name and not the value.
const KEPT: [&str; 3] = ["from", "url", "engine"];

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
    redactor: &Redactor,
) -> Result<Map, SecretError> {
    let mut revealed = parameters.clone();
    for (key, value) in &mut revealed {
        reveal_value(value, key, environment, redactor, 0)?;
    }
    Ok(revealed)
}

/// As [`reveal`], for the parameters of a native processor: those that it resolves itself stay.
///
/// # Errors
///
/// As [`reveal`].
pub fn reveal_native(
    parameters: &Map,
    environment: &BTreeMap<String, String>,
    redactor: &Redactor,
) -> Result<Map, SecretError> {
    let mut revealed = reveal(parameters, environment, redactor)?;
    for key in KEPT {
        if let (Some(kept), Some(value)) = (parameters.get(key), revealed.get_mut(key)) {
            value.clone_from(kept);
        }
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
    redactor: &Redactor,
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
    redactor: &Redactor,
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

/// Writes `env://NAME` where a text holds the value of the variable. Clones know the same values.
#[derive(Clone, Default)]
pub struct Redactor(Arc<RwLock<Vec<Hidden>>>);

/// What is looked for, and the text that stands for it.
#[derive(Clone)]
struct Hidden {
    value: String,
    name: String,
    /// It is all of the value of the variable.
    is_whole: bool,
}

impl std::fmt::Debug for Redactor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // The values themselves belong into no text.
        f.debug_list().entries(self.hidden().iter().map(|hidden| hidden.name.clone())).finish()
    }
}

impl Redactor {
    /// Looks for `value` from now on: as it is, as JSON escapes it, and, when it is an address,
    /// for the password and the query in it.
    pub fn add(&self, name: &str, value: &str) {
        let name = format!("{SCHEME}{name}");
        let escaped = Json::from(value).to_string();
        let escaped = escaped.trim_matches('"');
        let parts: Vec<&str> = password(value).into_iter().chain(query(value)).collect();
        let wholes = [value, escaped].into_iter().map(|form| (form, true));
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        for (form, is_whole) in wholes.chain(parts.into_iter().map(|form| (form, false))) {
            if form.len() < VALUE_BYTES_MIN {
                continue;
            }
            match known.iter_mut().find(|hidden| hidden.value == form) {
                // What is the whole value of a variable bears its name.
                Some(part) if is_whole && !part.is_whole => {
                    part.name.clone_from(&name);
                    part.is_whole = true;
                }
                Some(_) => {}
                None => known.push(Hidden { value: form.to_owned(), name: name.clone(), is_whole }),
            }
        }
        // Long ones first: one may be a part of another.
        known.sort_by(|a, b| b.value.len().cmp(&a.value.len()).then_with(|| a.value.cmp(&b.value)));
    }

    /// Whether there is nothing to look for.
    pub fn is_empty(&self) -> bool {
        self.hidden().is_empty()
    }

    fn hidden(&self) -> std::sync::RwLockReadGuard<'_, Vec<Hidden>> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// `text` without values of variables.
    pub fn redact(&self, text: &str) -> String {
        redact_text(text, &self.hidden())
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

    /// Redacts the descriptor of `package`. The names and paths in it stay: they are those of the
    /// files and columns beside it, and without them the package could not be read.
    pub fn redact_package(&self, package: &mut Package) {
        let hidden = self.hidden();
        if hidden.is_empty() {
            return;
        }
        let before = package.clone();
        package.descriptor.values_mut().for_each(|value| redact_texts(value, &hidden, 0));
        for (resource, before) in package.resources_mut().zip(before.resources()) {
            restore(resource, before, &["name", "path"]);
            if model::package::fields(before).next().is_none() {
                continue;
            }
            let fields = model::package::field_list_mut(resource).iter_mut();
            let fields = fields.filter_map(Json::as_object_mut);
            for (field, before) in fields.zip(model::package::fields(before)) {
                restore(field, before, &["name"]);
            }
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
}

fn redact_text(text: &str, hidden: &[Hidden]) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((at, first)) = first_in(hidden, rest) {
        let (before, from) = rest.split_at(at);
        out.push_str(before);
        out.push_str(&first.name);
        rest = from.strip_prefix(first.value.as_str()).unwrap_or_default();
    }
    out.push_str(rest);
    out
}

/// Redacts the texts in a descriptor; `hidden` begins with the longest.
fn redact_texts(value: &mut Json, hidden: &[Hidden], depth: usize) {
    if depth > DEPTH_MAX {
        return;
    }
    match value {
        Json::String(text) => match hidden.iter().find(|hidden| hidden.value == *text) {
            Some(whole) => text.clone_from(&whole.name),
            None => {
                let is_long = |hidden: &&Hidden| hidden.value.len() >= DESCRIPTOR_VALUE_BYTES_MIN;
                let long = hidden.iter().take_while(is_long).count();
                *text = redact_text(text, hidden.get(..long).unwrap_or_default());
            }
        },
        Json::Array(items) => {
            items.iter_mut().for_each(|item| redact_texts(item, hidden, depth + 1));
        }
        Json::Object(map) => {
            map.values_mut().for_each(|item| redact_texts(item, hidden, depth + 1));
        }
        Json::Null | Json::Bool(_) | Json::Number(_) => {}
    }
}

fn restore(map: &mut Map, before: &Map, keys: &[&str]) {
    for key in keys {
        if let (Some(value), Some(before)) = (map.get_mut(*key), before.get(*key)) {
            value.clone_from(before);
        }
    }
}

/// The first value in `text`, the longest one at its place.
fn first_in<'h>(hidden: &'h [Hidden], text: &str) -> Option<(usize, &'h Hidden)> {
    hidden
        .iter()
        .filter_map(|hidden| Some((text.find(&hidden.value)?, hidden)))
        .min_by_key(|(at, hidden)| (*at, std::cmp::Reverse(hidden.value.len())))
}

/// `secret` of `postgresql://user:secret@host/db`.
fn password(value: &str) -> Option<&str> {
    let (_, rest) = value.split_once("://")?;
    let authority = rest.split(['/', '?', '#']).next()?;
    let (user, _) = authority.rsplit_once('@')?;
    user.split_once(':').map(|(_, password)| password)
}

/// The query of an address, and the values in it that are long enough to be secrets.
fn query(value: &str) -> Vec<&str> {
    let Some((_, query)) = value.split_once("://").and_then(|(_, rest)| rest.split_once('?'))
    else {
        return Vec::new();
    };
    let values = query.split(['&', '#']).filter_map(|pair| Some(pair.split_once('=')?.1));
    let long = values.filter(|value| value.len() >= QUERY_VALUE_BYTES_MIN);
    std::iter::once(query).chain(long).collect()
}

#[cfg(test)]
mod tests;
