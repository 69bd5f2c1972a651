//! What can be wrong with a request, before the state is asked.

use model::fault::{Fault, Kind};

/// Makes a request with this header the same one when it is sent again.
pub(super) const IDEMPOTENCY_KEY: &str = "idempotency-key";

/// Why a request was not done.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum RequestError {
    #[error("the request has no valid token")]
    Token,
    #[error("there is no route `{path}`")]
    Route { path: String },
    #[error("the route does not know the method `{method}`")]
    Method { method: String },
    #[error("the body has more than {bytes_max} bytes")]
    BodyTooLarge { bytes_max: usize },
    #[error("the body did not arrive: {reason}")]
    BodyUnread { reason: String },
    #[error("the body is not what the route takes: {reason}")]
    Json { reason: String },
    #[error("`{name}` is wrong: {reason}")]
    Parameter { name: String, reason: String },
    #[error("the condition of the request does not hold")]
    Condition,
    #[error("`{thing}` does not exist")]
    Absent { thing: String },
    #[error("the door serves {max} {what} already")]
    Busy { what: &'static str, max: usize },
    #[error("the state gave an answer of another kind")]
    Answer,
}

impl RequestError {
    /// A parameter of the query, the path or a header that cannot be used.
    pub(super) fn parameter(name: &str, reason: impl std::fmt::Display) -> Self {
        Self::Parameter { name: name.to_owned(), reason: reason.to_string() }
    }

    /// Something that is named by bytes and is not there.
    pub(super) fn absent(thing: &[u8]) -> Self {
        Self::Absent { thing: thing.escape_ascii().to_string() }
    }
}

impl Fault for RequestError {
    fn code(&self) -> &'static str {
        match self {
            Self::Token => "TOKEN_REFUSED",
            Self::Route { .. } => "ROUTE_UNKNOWN",
            Self::Method { .. } => "METHOD_NOT_ALLOWED",
            Self::BodyTooLarge { .. } => "BODY_TOO_LARGE",
            Self::BodyUnread { .. } => "BODY_UNREADABLE",
            Self::Json { .. } => "BODY_INVALID",
            Self::Parameter { .. } => "PARAMETER_INVALID",
            Self::Condition => "CONDITION_FAILED",
            Self::Absent { .. } => "NOT_FOUND",
            Self::Busy { .. } => "DOOR_BUSY",
            Self::Answer => "INTERNAL_ERROR",
        }
    }

    fn kind(&self) -> Kind {
        match self {
            Self::Token => Kind::Denied,
            Self::Route { .. } | Self::Absent { .. } => Kind::NotFound,
            Self::BodyTooLarge { .. } => Kind::Limit,
            Self::Method { .. }
            | Self::BodyUnread { .. }
            | Self::Json { .. }
            | Self::Parameter { .. } => Kind::Invalid,
            Self::Condition => Kind::Conflict,
            Self::Busy { .. } => Kind::Unavailable,
            Self::Answer => Kind::Bug,
        }
    }

    fn help(&self) -> Option<String> {
        let help = match self {
            Self::Token => "send `Authorization: Bearer TOKEN`; the token is in `DATA/token`",
            Self::Route { .. } | Self::Method { .. } => {
                "`GET /api/v1/openapi.json` lists all routes"
            }
            Self::BodyTooLarge { .. } => "send less at once; large values belong into a bucket",
            Self::Condition => "read it again and repeat the change on what is there now",
            Self::Busy { .. } => "try again, or ask another node",
            _ => return None,
        };
        Some(help.to_owned())
    }
}
