//! What a script passes to an operation.

use bytes::Bytes;
use model::{Json, Map};
use runtime::javascript::HostError;
use serde::Deserialize;

/// The name of a structure, and the values that its operation was called with.
#[derive(Debug, Deserialize)]
pub(super) struct Arguments {
    name: Json,
    #[serde(default)]
    arguments: Vec<Json>,
}

impl Arguments {
    pub(super) fn parse(text: &str) -> Result<Self, HostError> {
        let parsed: Self = serde_json::from_str(text)
            .map_err(|_| wrong("the call has to name what it means, as `thorp.map(name)` does"))?;
        parsed.name()?;
        Ok(parsed)
    }

    pub(super) fn name(&self) -> Result<Bytes, HostError> {
        word(&self.name).ok_or_else(|| wrong("the name has to be a string"))
    }

    /// A key: strings and numbers.
    pub(super) fn key(&self, place: usize) -> Result<Bytes, HostError> {
        let key = self.arguments.get(place).and_then(word);
        key.ok_or_else(|| wrong(format!("argument {} has to be a key", place + 1)))
    }

    pub(super) fn keys(&self, place: usize) -> Result<Vec<Bytes>, HostError> {
        let keys = self.arguments.get(place).and_then(Json::as_array);
        let keys = keys.and_then(|keys| keys.iter().map(word).collect());
        keys.ok_or_else(|| wrong(format!("argument {} has to be an array of keys", place + 1)))
    }

    pub(super) fn value(&self, place: usize) -> Result<&Json, HostError> {
        let value = self.arguments.get(place);
        value.ok_or_else(|| wrong(format!("argument {} is missing", place + 1)))
    }

    pub(super) fn integer(&self, place: usize) -> Result<i64, HostError> {
        let number = self.arguments.get(place).and_then(Json::as_i64);
        number.ok_or_else(|| wrong(format!("argument {} has to be an integer", place + 1)))
    }

    /// As [`Self::integer`], or `usual` when there is no such argument.
    pub(super) fn integer_or(&self, place: usize, usual: i64) -> Result<i64, HostError> {
        match self.arguments.get(place) {
            None | Some(Json::Null) => Ok(usual),
            Some(_) => self.integer(place),
        }
    }

    /// An object of options, which may be absent.
    pub(super) fn options(&self, place: usize) -> Result<Options<'_>, HostError> {
        match self.arguments.get(place) {
            None | Some(Json::Null) => Ok(Options(None)),
            Some(Json::Object(map)) => Ok(Options(Some(map))),
            Some(_) => Err(wrong(format!("argument {} has to be an object of options", place + 1))),
        }
    }
}

/// Values by name.
#[derive(Debug, Clone, Copy)]
pub(super) struct Options<'a>(Option<&'a Map>);

impl Options<'_> {
    /// A number that is not negative.
    pub(super) fn number(&self, name: &str) -> Result<Option<u64>, HostError> {
        match self.get(name) {
            None | Some(Json::Null) => Ok(None),
            Some(value) => match value.as_u64() {
                Some(number) => Ok(Some(number)),
                None => Err(wrong(format!("`{name}` has to be a whole number of 0 or more"))),
            },
        }
    }

    pub(super) fn needed(&self, name: &str) -> Result<u64, HostError> {
        self.number(name)?.ok_or_else(|| wrong(format!("`{name}` is missing")))
    }

    pub(super) fn word(&self, name: &str) -> Result<Option<Bytes>, HostError> {
        match self.get(name) {
            None | Some(Json::Null) => Ok(None),
            Some(value) => match word(value) {
                Some(word) => Ok(Some(word)),
                None => Err(wrong(format!("`{name}` has to be a string"))),
            },
        }
    }

    fn get(&self, name: &str) -> Option<&Json> {
        self.0.and_then(|map| map.get(name))
    }
}

fn word(value: &Json) -> Option<Bytes> {
    match value {
        Json::String(text) => Some(Bytes::copy_from_slice(text.as_bytes())),
        Json::Number(number) => Some(number.to_string().into()),
        _ => None,
    }
}

pub(super) fn wrong(text: impl Into<String>) -> HostError {
    HostError { code: "FUNCTION_INVALID".into(), text: text.into() }
}
