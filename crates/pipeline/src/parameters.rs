//! Reading the parameters of a step: typed, with both spellings, with an error that helps.

use model::{Json, Map};

use crate::context::{Context, Level};
use crate::error::StepError;
use crate::processors::{ANY_OTHER, Definition};

/// The parameters of a step. A key is found in its hyphen and its underscore spelling.
#[derive(Debug, Clone, Copy)]
pub struct Parameters<'a>(pub &'a Map);

impl<'a> Parameters<'a> {
    /// The value of `key` (spelled with underscores), unless absent or null.
    pub fn get(self, key: &str) -> Option<&'a Json> {
        let value = self.0.get(key).or_else(|| self.0.get(&key.replace('_', "-")));
        value.filter(|value| !value.is_null())
    }

    /// A text.
    ///
    /// # Errors
    ///
    /// A parameter error when the value is no text.
    pub fn text(self, key: &str) -> Result<Option<&'a str>, StepError> {
        self.typed(key, "a text", Json::as_str)
    }

    /// A text that must be there.
    ///
    /// # Errors
    ///
    /// A parameter error when it is absent or no text.
    pub fn required_text(self, key: &str) -> Result<&'a str, StepError> {
        self.text(key)?.ok_or_else(|| StepError::parameter(key, "is required"))
    }

    /// `true` or `false`; `default` when absent.
    ///
    /// # Errors
    ///
    /// A parameter error when the value is neither.
    pub fn flag(self, key: &str, default: bool) -> Result<bool, StepError> {
        Ok(self.typed(key, "true or false", Json::as_bool)?.unwrap_or(default))
    }

    /// A whole number of at least zero.
    ///
    /// # Errors
    ///
    /// A parameter error when the value is something else.
    pub fn count(self, key: &str) -> Result<Option<u64>, StepError> {
        self.typed(key, "a whole number of at least 0", Json::as_u64)
    }

    /// A mapping.
    ///
    /// # Errors
    ///
    /// A parameter error when the value is something else.
    pub fn map(self, key: &str) -> Result<Option<&'a Map>, StepError> {
        self.typed(key, "a mapping", Json::as_object)
    }

    /// A list.
    ///
    /// # Errors
    ///
    /// A parameter error when the value is something else.
    pub fn list(self, key: &str) -> Result<Option<&'a Vec<Json>>, StepError> {
        self.typed(key, "a list", Json::as_array)
    }

    /// A list of texts; one text stands for a list of one.
    ///
    /// # Errors
    ///
    /// A parameter error when the value is something else.
    pub fn texts(self, key: &str) -> Result<Option<Vec<String>>, StepError> {
        match self.get(key) {
            None => Ok(None),
            Some(Json::String(text)) => Ok(Some(vec![text.clone()])),
            Some(Json::Array(list)) => {
                let texts: Option<Vec<String>> =
                    list.iter().map(|item| item.as_str().map(str::to_owned)).collect();
                texts.map(Some).ok_or_else(|| wrong(key, "a list of texts", &Json::Null))
            }
            Some(other) => Err(wrong(key, "a list of texts", other)),
        }
    }

    fn typed<T>(
        self,
        key: &str,
        expected: &str,
        read: impl FnOnce(&'a Json) -> Option<T>,
    ) -> Result<Option<T>, StepError> {
        match self.get(key) {
            None => Ok(None),
            Some(value) => read(value).map(Some).ok_or_else(|| wrong(key, expected, value)),
        }
    }
}

fn wrong(key: &str, expected: &str, found: &Json) -> StepError {
    StepError::parameter(key, format!("expected {expected}, found `{found}`"))
}

/// Warns about each key of `parameters` that `definition` does not know, with the nearest one that
/// it knows.
pub fn warn_of_unknown(definition: &Definition, parameters: &Map, ctx: &Context) {
    let known = definition.parameters;
    if known.iter().any(|parameter| parameter.name == ANY_OTHER) {
        return;
    }
    for key in parameters.keys() {
        let spelled = key.replace('-', "_");
        if known.iter().any(|parameter| parameter.name.replace('-', "_") == spelled) {
            continue;
        }
        let nearest = known
            .iter()
            .map(|parameter| (distance(&spelled, parameter.name), parameter.name))
            .filter(|(distance, _)| *distance <= spelled.len() / 3 + 1)
            .min();
        let fix = nearest.map_or_else(String::new, |(_, name)| format!("; did you mean `{name}`?"));
        let text = format!("`{}` has no parameter `{key}`, it is ignored{fix}", definition.name);
        ctx.log(Level::Warning, &text);
    }
}

/// How many letters must be put in, taken out or exchanged to make `b` of `a` (Levenshtein).
fn distance(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.chars().count()).collect();
    for (index, left) in a.chars().enumerate() {
        let mut diagonal = index;
        let mut before = index + 1;
        for (cell, right) in row.iter_mut().skip(1).zip(b.chars()) {
            let exchanged = diagonal + usize::from(left != right);
            diagonal = *cell;
            *cell = exchanged.min(*cell + 1).min(before + 1);
            before = *cell;
        }
        if let Some(first) = row.first_mut() {
            *first = index + 1;
        }
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests;
