//! What a route answers, and how it is described.

use axum::body::Body;
use axum::http::header::{CONTENT_TYPE, ETAG};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::Response;
use bytes::Bytes;
use schemars::{JsonSchema, SchemaGenerator};
use serde::Serialize;
use serde_json::{Value, json};

use super::call::Json;

/// The header with the newest revision of the state that a request saw.
pub(super) const REVISION: &str = "thorp-revision";
/// The header that says when a value ends.
const EXPIRES: &str = "thorp-expires-ms";

/// What a route answers.
pub(super) trait Output {
    /// The status when all went well.
    const STATUS: StatusCode;

    fn response(self) -> Response;

    /// The answer in the OpenAPI document.
    fn describe(schemas: &mut SchemaGenerator) -> Value;
}

/// Nothing to say: it is done.
#[derive(Debug, Clone, Copy)]
pub(super) struct Done;

impl Output for Done {
    const STATUS: StatusCode = StatusCode::NO_CONTENT;

    fn response(self) -> Response {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = Self::STATUS;
        response
    }

    fn describe(_: &mut SchemaGenerator) -> Value {
        json!({ "description": "Done." })
    }
}

impl<T: Serialize + JsonSchema> Output for Json<T> {
    const STATUS: StatusCode = StatusCode::OK;

    fn response(self) -> Response {
        let body = serde_json::to_vec(&self.0).expect("bodies have texts as keys");
        with_type(body, "application/json")
    }

    fn describe(schemas: &mut SchemaGenerator) -> Value {
        let schema = schemas.subschema_for::<T>();
        json!({ "description": "Done.", "content": { "application/json": { "schema": schema } } })
    }
}

/// A value as it is.
#[derive(Debug, Clone)]
pub(super) struct Raw {
    pub(super) value: Bytes,
    /// The revision that changed it last.
    pub(super) revision: Option<u64>,
    pub(super) expires_ms: Option<u64>,
}

impl From<Bytes> for Raw {
    fn from(value: Bytes) -> Self {
        Self { value, revision: None, expires_ms: None }
    }
}

impl Output for Raw {
    const STATUS: StatusCode = StatusCode::OK;

    fn response(self) -> Response {
        let mut response = with_type(self.value, "application/octet-stream");
        let headers = response.headers_mut();
        if let Some(revision) = self.revision {
            set(headers, ETAG, &etag(revision));
        }
        if let Some(expires_ms) = self.expires_ms {
            headers.insert(HeaderName::from_static(EXPIRES), HeaderValue::from(expires_ms));
        }
        response
    }

    fn describe(_: &mut SchemaGenerator) -> Value {
        json!({
            "description": "The value. An entry of a map has its revision in `ETag`.",
            "content": { "application/octet-stream": {} },
        })
    }
}

/// An answer of JSON with the revision of an entry.
#[derive(Debug, Clone, Copy)]
pub(super) struct Tagged<T>(pub(super) u64, pub(super) T);

impl<T: Serialize + JsonSchema> Output for Tagged<T> {
    const STATUS: StatusCode = StatusCode::OK;

    fn response(self) -> Response {
        let mut response = Json(self.1).response();
        set(response.headers_mut(), ETAG, &etag(self.0));
        response
    }

    fn describe(schemas: &mut SchemaGenerator) -> Value {
        Json::<T>::describe(schemas)
    }
}

/// A text in the format of Prometheus.
#[derive(Debug, Clone)]
pub(super) struct Figures(pub(super) String);

impl Output for Figures {
    const STATUS: StatusCode = StatusCode::OK;

    fn response(self) -> Response {
        with_type(self.0, "text/plain; version=0.0.4; charset=utf-8")
    }

    fn describe(_: &mut SchemaGenerator) -> Value {
        json!({ "description": "Figures.", "content": { "text/plain": {} } })
    }
}

pub(super) fn with_type(body: impl Into<Body>, kind: &'static str) -> Response {
    let mut response = Response::new(body.into());
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    response
}

fn set(headers: &mut axum::http::HeaderMap, name: HeaderName, text: &str) {
    if let Ok(value) = HeaderValue::from_str(text) {
        headers.insert(name, value);
    }
}

/// A revision as a strong validator.
fn etag(revision: u64) -> String {
    format!("\"{revision}\"")
}
