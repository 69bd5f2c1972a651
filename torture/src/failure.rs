//! What a client knows of a request that did not succeed.

/// Why a request did not succeed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Failure {
    /// The node was not reached: it was not done.
    #[error("the node was not reached: {0}")]
    Unsent(String),
    /// The cluster said no for good: it was not done.
    #[error("refused with {code}: {text}")]
    Refused { code: String, text: String },
    /// It was done, or was not, or still will be.
    #[error("nobody knows whether it was done: {0}")]
    Unknown(String),
}

impl Failure {
    /// Errors of the Redis door that say nothing of whether the request was done.
    const UNKNOWN: [&str; 4] = ["CLUSTERDOWN ", "TRYAGAIN ", "MISCONF ", "ERR the leader was lost"];

    pub(crate) fn of_redis(text: String) -> Self {
        if Self::UNKNOWN.iter().any(|beginning| text.starts_with(beginning)) {
            return Self::Unknown(text);
        }
        let code = text.split(' ').next().unwrap_or_default().to_owned();
        Self::Refused { code, text }
    }

    /// `answer`, when the cluster refused with `code`.
    pub(crate) fn expected<A>(self, code: &str, answer: A) -> Result<A, Self> {
        match self {
            Self::Refused { code: refused, .. } if refused == code => Ok(answer),
            other => Err(other),
        }
    }
}
