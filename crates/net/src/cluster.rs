//! The name of a cluster.

use std::fmt;
use std::str::FromStr;

use model::fault::{Fault, Kind};
use serde::{Deserialize, Serialize};

use crate::limits;

/// What tells clusters apart on one network: letters, digits, `-`, `_` and `.`, of which the
/// first is a letter or a digit. It is also the name of a folder.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ClusterName(String);

/// A text that names no cluster.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not the name of a cluster")]
pub struct ClusterNameError(String);

impl Fault for ClusterNameError {
    fn code(&self) -> &'static str {
        "CLUSTER_NAME"
    }

    fn kind(&self) -> Kind {
        Kind::Invalid
    }

    fn help(&self) -> Option<String> {
        let letters = limits::CLUSTER_LETTERS_MAX;
        Some(format!(
            "use up to {letters} letters, digits, `-`, `_` or `.`, the first a letter or digit"
        ))
    }
}

impl ClusterName {
    /// The name as it is written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Default for ClusterName {
    /// The name of a cluster that nobody named.
    fn default() -> Self {
        Self("dev".into())
    }
}

impl FromStr for ClusterName {
    type Err = ClusterNameError;

    fn from_str(text: &str) -> Result<Self, ClusterNameError> {
        let is_letter = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        let is_name = text.starts_with(|c: char| c.is_ascii_alphanumeric())
            && text.len() <= limits::CLUSTER_LETTERS_MAX
            && text.chars().all(is_letter);
        if is_name {
            return Ok(Self(text.to_owned()));
        }
        let shown = text.chars().take(limits::CLUSTER_LETTERS_MAX).collect();
        Err(ClusterNameError(shown))
    }
}

impl TryFrom<String> for ClusterName {
    type Error = ClusterNameError;

    fn try_from(text: String) -> Result<Self, ClusterNameError> {
        text.parse()
    }
}

impl From<ClusterName> for String {
    fn from(name: ClusterName) -> Self {
        name.0
    }
}

impl fmt::Display for ClusterName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::ClusterName;
    use crate::limits;

    #[test]
    fn a_name_is_one_part_of_a_path() {
        let longest = "a".repeat(limits::CLUSTER_LETTERS_MAX);
        for name in ["dev", "Prod-2", "7", "a_b.c", &longest] {
            assert_eq!(name.parse::<ClusterName>().unwrap().as_str(), name);
        }
        let longer = "a".repeat(limits::CLUSTER_LETTERS_MAX + 1);
        for text in ["", ".", "..", "../x", "a/b", "a b", "-x", "\u{e4}", "a\n", &longer] {
            assert!(text.parse::<ClusterName>().is_err(), "{text}");
        }
    }
}
