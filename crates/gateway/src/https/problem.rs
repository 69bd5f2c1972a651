//! Errors as `application/problem+json` (RFC 9457).

use axum::body::Body;
use axum::http::header::{CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, Response, StatusCode};
use model::fault::{Chain, Fault, Kind};
use tracing::{debug, error, warn};

use super::body;
use super::limits;

/// Statuses that a code has other than by its kind.
const STATUSES: &[(&str, StatusCode)] = &[
    ("TOKEN_REFUSED", StatusCode::UNAUTHORIZED),
    ("METHOD_NOT_ALLOWED", StatusCode::METHOD_NOT_ALLOWED),
    ("BODY_TOO_LARGE", StatusCode::PAYLOAD_TOO_LARGE),
    ("VALUE_TOO_LARGE", StatusCode::PAYLOAD_TOO_LARGE),
    ("CONDITION_FAILED", StatusCode::PRECONDITION_FAILED),
    ("HISTORY_FORGOTTEN", StatusCode::GONE),
    // These may have been done: a client that just repeats them does them twice.
    ("STATE_DEADLINE", StatusCode::GATEWAY_TIMEOUT),
    ("OUTCOME_UNKNOWN", StatusCode::GATEWAY_TIMEOUT),
];

/// What went wrong, ready to be told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Problem {
    code: &'static str,
    kind: Kind,
    detail: String,
    help: Option<String>,
    /// The error with its causes, for the log.
    chain: String,
}

impl<E: Fault> From<E> for Problem {
    fn from(error: E) -> Self {
        Self::of(&error)
    }
}

impl Problem {
    pub(super) fn of(error: &dyn Fault) -> Self {
        Self {
            code: error.code(),
            kind: error.kind(),
            detail: error.to_string(),
            help: error.help(),
            chain: Chain(error).to_string(),
        }
    }

    fn status(&self) -> StatusCode {
        if let Some((_, status)) = STATUSES.iter().find(|(code, _)| *code == self.code) {
            return *status;
        }
        match self.kind {
            Kind::Invalid => StatusCode::BAD_REQUEST,
            Kind::NotFound => StatusCode::NOT_FOUND,
            Kind::Conflict => StatusCode::CONFLICT,
            Kind::Denied => StatusCode::FORBIDDEN,
            Kind::Limit => StatusCode::UNPROCESSABLE_ENTITY,
            Kind::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
            Kind::Bug => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// The body, and the one line of the log that goes with it.
    pub(super) fn body(&self, request: &str) -> body::Problem {
        let status = self.status();
        match self.kind {
            Kind::Bug => error!(request, code = self.code, error = self.chain, "request failed"),
            Kind::Unavailable => {
                warn!(request, code = self.code, error = self.chain, "request not served");
            }
            _ => debug!(request, code = self.code, error = self.chain, "request refused"),
        }
        body::Problem {
            urn: format!("urn:thorp:error:{}", self.code),
            title: status.canonical_reason().unwrap_or_default().to_owned(),
            status: status.as_u16(),
            detail: self.detail.clone(),
            code: self.code.to_owned(),
            kind: self.kind.word().to_owned(),
            help: self.help.clone(),
            request: request.to_owned(),
        }
    }

    pub(super) fn response(&self, request: &str) -> Response<Body> {
        let body = serde_json::to_vec(&self.body(request)).unwrap_or_default();
        let mut response = Response::new(Body::from(body));
        let status = self.status();
        *response.status_mut() = status;
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if status == StatusCode::SERVICE_UNAVAILABLE {
            headers.insert(RETRY_AFTER, HeaderValue::from(limits::RETRY_AFTER_S));
        }
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}
