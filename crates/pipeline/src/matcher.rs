//! Which resources a step works on: all, by pattern, by name, or by place.

use model::Json;
use model::package::{Package, name};
use tabular::pattern::Pattern;

use crate::error::StepError;

/// Chooses resources of a package.
#[derive(Debug, Clone)]
pub enum Matcher {
    All,
    /// A regular expression that must match the whole name.
    Pattern(Box<Pattern>),
    Names(Vec<String>),
    /// Place in the incoming package; negative counts from the end.
    Index(i64),
}

impl Matcher {
    /// Reads parameter `parameter`: absent or null, a text, a list of names, or an index.
    ///
    /// # Errors
    ///
    /// A parameter error for any other value or a malformed pattern.
    pub fn parse(parameter: &str, value: Option<&Json>) -> Result<Self, StepError> {
        match value {
            None | Some(Json::Null) => Ok(Self::All),
            Some(Json::String(text)) => Pattern::new(text)
                .map(|pattern| Self::Pattern(Box::new(pattern)))
                .map_err(|error| StepError::parameter(parameter, error.to_string())),
            Some(Json::Array(list)) => {
                let names: Option<Vec<String>> =
                    list.iter().map(|item| item.as_str().map(str::to_owned)).collect();
                names.map(Self::Names).ok_or_else(|| {
                    StepError::parameter(parameter, "a list must hold names of resources")
                })
            }
            Some(Json::Number(number)) => number
                .as_i64()
                .map(Self::Index)
                .ok_or_else(|| StepError::parameter(parameter, "an index must be a whole number")),
            Some(other) => {
                let problem =
                    format!("expected a pattern, a list of names or an index, found `{other}`");
                Err(StepError::parameter(parameter, problem))
            }
        }
    }

    /// Whether the resource called `resource` at `index` of `count` resources is chosen.
    pub fn matches(&self, resource: &str, index: usize, count: usize) -> bool {
        match self {
            Self::All => true,
            Self::Pattern(pattern) => pattern.matches_whole(resource),
            Self::Names(names) => names.iter().any(|name| name == resource),
            Self::Index(place) => {
                let count = i64::try_from(count).unwrap_or(i64::MAX);
                let place = if *place < 0 { place + count } else { *place };
                i64::try_from(index) == Ok(place)
            }
        }
    }

    /// The names of the chosen resources, in order.
    pub fn names(&self, package: &Package) -> Vec<String> {
        let count = package.resources().count();
        package
            .resources()
            .enumerate()
            .filter(|(index, resource)| self.matches(name(resource), *index, count))
            .map(|(_, resource)| name(resource).to_owned())
            .collect()
    }
}
