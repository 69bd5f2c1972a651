//! The name by which a pipeline is known: `./samples/flights`.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The id of a pipeline: the folder of its specification below the project, and its key there.
///
/// An id of a specification begins with `./`; a generator gives its ids as it likes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PipelineId(String);

impl PipelineId {
    /// The id of pipeline `name` in `folder`: `.` for the project itself, else `./a/b`.
    pub fn new(folder: &str, name: &str) -> Self {
        Self(format!("{}/{name}", folder.trim_end_matches('/')))
    }

    /// An id as it is written, by a generator or a user.
    pub fn verbatim(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The id as a text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The id without its `./`: what users may leave out.
    pub fn short(&self) -> &str {
        short(&self.0)
    }

    /// Whether `text` names this pipeline, with or without `./`.
    pub fn is_named(&self, text: &str) -> bool {
        self.short() == short(text)
    }

    /// Whether the id begins with `prefix`, both with or without `./`.
    pub fn has_prefix(&self, prefix: &str) -> bool {
        self.short().starts_with(short(prefix))
    }

    /// Whether the pipeline belongs to `folder` (`.`, `./a`, `a/b/`) or to a folder below it.
    pub fn is_below(&self, folder: &str) -> bool {
        let folder = short(folder).trim_end_matches('/');
        folder.is_empty()
            || folder == "."
            || self.short().strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
    }
}

fn short(text: &str) -> &str {
    text.strip_prefix("./").unwrap_or(text)
}

impl fmt::Display for PipelineId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests;
