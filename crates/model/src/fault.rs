//! The two questions that every error of thorp answers: which code, and what the caller can do.

/// What the one who receives an error can do about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The request or the data is wrong; sending it again does not help.
    Invalid,
    /// The named thing does not exist.
    NotFound,
    /// The thing exists in a state that does not allow this.
    Conflict,
    /// The caller may not do this.
    Denied,
    /// A bound was reached; smaller input or a larger bound helps.
    Limit,
    /// Something outside does not answer now; trying again may help.
    Unavailable,
    /// Our own mistake.
    Bug,
}

impl Kind {
    /// The word for programs that read an error.
    pub fn word(self) -> &'static str {
        match self {
            Self::Invalid => "invalid",
            Self::NotFound => "not-found",
            Self::Conflict => "conflict",
            Self::Denied => "denied",
            Self::Limit => "limit",
            Self::Unavailable => "unavailable",
            Self::Bug => "bug",
        }
    }
}

/// An error with a stable code (a page in `docs/errors/`) and a kind.
pub trait Fault: std::error::Error {
    /// Stable upper-case code, shown by `thorp explain CODE`.
    fn code(&self) -> &'static str;

    /// What the caller can do.
    fn kind(&self) -> Kind;

    /// The fix in one line, when there is one.
    fn help(&self) -> Option<String> {
        None
    }
}

/// An error and its causes, one after the other, separated by `: `.
#[derive(Debug)]
pub struct Chain<'a>(pub &'a dyn std::error::Error);

impl std::fmt::Display for Chain<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.0)?;
        let mut cause = self.0.source();
        while let Some(error) = cause {
            write!(f, ": {error}")?;
            cause = error.source();
        }
        Ok(())
    }
}
