//! What is called: a function by its name, or a function's source with the values it captures.

use std::fmt;
use std::sync::Arc;

use model::{Json, Map};
use sha2::{Digest, Sha256};

use super::error::FunctionError;
use super::source;
use crate::limits::{
    JAVASCRIPT_CAPTURED_BYTES_MAX, JAVASCRIPT_NAME_BYTES_MAX, JAVASCRIPT_SOURCE_BYTES_MAX,
};

/// A function to call; cheap to clone.
#[derive(Debug, Clone)]
pub enum Function {
    Named(Name),
    Anonymous(Anonymous),
}

/// The name of a loaded function, such as `resize` or `image.resize`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name(Arc<str>);

/// The source of one function expression, and the values of the free names in it.
#[derive(Debug, Clone)]
pub struct Anonymous {
    id: FunctionId,
    source: Arc<str>,
    /// A JSON object: names to values.
    captured: Arc<str>,
    names: Arc<[String]>,
}

/// SHA-256 of source and captured values: equal ids are equal functions, on every node.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FunctionId([u8; 32]);

impl Name {
    /// # Errors
    ///
    /// [`FunctionError`] when `name` is not made of identifiers and dots.
    pub fn new(name: &str) -> Result<Self, FunctionError> {
        if name.len() > JAVASCRIPT_NAME_BYTES_MAX {
            return Err(FunctionError::LongName { bytes: name.len() });
        }
        if !name.split('.').all(source::is_identifier) {
            return Err(FunctionError::Name { name: name.into() });
        }
        Ok(Self(name.into()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The names of the objects that lead to the function, and its own.
    pub(super) fn steps(&self) -> impl Iterator<Item = &str> {
        self.0.split('.')
    }
}

impl Anonymous {
    /// `source` is one function expression, such as `x => x + k`; `captured` gives the value of
    /// each name in it that it does not define itself.
    ///
    /// # Errors
    ///
    /// [`FunctionError`] when something is too long, or a captured name is no identifier.
    pub fn new(source: &str, captured: &Map) -> Result<Self, FunctionError> {
        if source.len() > JAVASCRIPT_SOURCE_BYTES_MAX {
            return Err(FunctionError::LongSource { bytes: source.len() });
        }
        let names: Arc<[String]> = captured.keys().cloned().collect();
        if let Some(name) = names.iter().find(|name| !source::is_free_name(name)) {
            return Err(FunctionError::CapturedName { name: name.clone() });
        }
        let captured = Json::Object(captured.clone()).to_string();
        if captured.len() > JAVASCRIPT_CAPTURED_BYTES_MAX {
            return Err(FunctionError::LongCaptured { bytes: captured.len() });
        }
        let id = FunctionId::of(source, &captured);
        Ok(Self { id, source: source.into(), captured: captured.into(), names })
    }

    /// As [`Anonymous::new`], with the captured values as the text of a JSON object.
    ///
    /// # Errors
    ///
    /// [`FunctionError`] as there, and when the text is not a JSON object.
    pub fn from_text(source: &str, captured: &str) -> Result<Self, FunctionError> {
        let captured = serde_json::from_str(captured).map_err(|_| FunctionError::Captured)?;
        Self::new(source, &captured)
    }

    pub fn id(&self) -> FunctionId {
        self.id
    }

    /// The function expression.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// The captured values: the text of a JSON object.
    pub fn captured(&self) -> &str {
        &self.captured
    }

    pub(super) fn names(&self) -> &[String] {
        &self.names
    }
}

impl FunctionId {
    fn of(source: &str, captured: &str) -> Self {
        let mut hash = Sha256::new();
        hash.update(source.len().to_be_bytes());
        hash.update(source);
        hash.update(captured);
        Self(hash.finalize().into())
    }

    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Display for FunctionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

#[cfg(test)]
mod tests;
