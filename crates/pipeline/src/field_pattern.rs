//! Which fields a step works on: by pattern for the whole name, or by the name itself.

use tabular::pattern::Pattern;

use crate::definition::Parameter;
use crate::error::StepError;
use crate::parameters::Parameters;

/// The parameter that says how names of fields are meant.
pub const REGEX: Parameter = Parameter {
    name: "regex",
    form: "flag",
    default: "true",
    text: "Names of fields are regular expressions; with `false` they are meant literally.",
};

/// Chooses fields.
#[derive(Debug, Clone)]
pub enum FieldPattern {
    /// A regular expression that must match the whole name.
    Pattern(Box<Pattern>),
    Name(String),
}

impl FieldPattern {
    /// A regular expression, or a name when not `regex`.
    ///
    /// # Errors
    ///
    /// An error of parameter `parameter` when the expression is malformed.
    pub fn new(parameter: &str, text: &str, regex: bool) -> Result<Self, StepError> {
        if !regex {
            return Ok(Self::Name(text.to_owned()));
        }
        Pattern::new(text)
            .map(|pattern| Self::Pattern(Box::new(pattern)))
            .map_err(|error| StepError::parameter(parameter, error.to_string()))
    }

    /// Reads the list `parameter`, which must be there, under the flag `regex`.
    ///
    /// # Errors
    ///
    /// A parameter error when the list is absent, no list of texts, or has a malformed pattern.
    pub fn parse_list(parameters: Parameters<'_>, parameter: &str) -> Result<Vec<Self>, StepError> {
        let regex = parameters.flag("regex", true)?;
        let texts = parameters.texts(parameter)?;
        let texts = texts.ok_or_else(|| StepError::parameter(parameter, "is required"))?;
        texts.iter().map(|text| Self::new(parameter, text, regex)).collect()
    }

    /// Whether `field` is chosen.
    pub fn matches(&self, field: &str) -> bool {
        match self {
            Self::Pattern(pattern) => pattern.matches_whole(field),
            Self::Name(name) => name == field,
        }
    }

    /// As it was written.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Pattern(pattern) => pattern.as_str(),
            Self::Name(name) => name,
        }
    }
}
