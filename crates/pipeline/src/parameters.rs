//! Reading the parameters of a step: typed, with both spellings, with an error that helps.

use model::{Json, Map};

use crate::error::StepError;

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
