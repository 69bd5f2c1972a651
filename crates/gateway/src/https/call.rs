//! A request as the function of its route sees it: typed, bounded, with a desk to ask at.

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, HttpBody as _};
use axum::http::HeaderMap;
use axum::http::request::Parts;
use bytes::{Bytes, BytesMut};
use futures::StreamExt as _;
use schemars::{JsonSchema, SchemaGenerator};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::desk::Desk;
use super::limits;
use super::pairs;
use super::problem::Problem;
use super::request::{IDEMPOTENCY_KEY, RequestError};
use super::shared::Shared;

/// A request to a route with `N` parts in its path.
#[derive(Debug)]
pub(super) struct Call<const N: usize, Q = NoQuery, I = Nothing> {
    pub(super) desk: Arc<Desk>,
    /// The parts of the path that the route leaves open, in their order.
    pub(super) at: [Bytes; N],
    pub(super) query: Q,
    pub(super) input: I,
    pub(super) headers: HeaderMap,
    /// A body that the route reads itself, because it streams.
    pub(super) unread: Body,
}

/// The query of a route that takes none.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NoQuery {}

/// What a route takes in the body.
pub(super) trait Input: Sized {
    /// Bytes of the largest body; 0: a body is left to the route.
    const BYTES_MAX: usize;

    fn read(bytes: Bytes) -> Result<Self, RequestError>;

    /// The request body of the OpenAPI document.
    fn describe(schemas: &mut SchemaGenerator) -> Option<Value>;
}

/// No body.
#[derive(Debug, Clone, Copy)]
pub(super) struct Nothing;

impl Input for Nothing {
    const BYTES_MAX: usize = 0;

    fn read(_: Bytes) -> Result<Self, RequestError> {
        Ok(Self)
    }

    fn describe(_: &mut SchemaGenerator) -> Option<Value> {
        None
    }
}

/// A value as it is.
impl Input for Bytes {
    const BYTES_MAX: usize = limits::VALUE_BYTES_MAX;

    fn read(bytes: Bytes) -> Result<Self, RequestError> {
        Ok(bytes)
    }

    fn describe(_: &mut SchemaGenerator) -> Option<Value> {
        Some(json!({ "required": true, "content": { "application/octet-stream": {} } }))
    }
}

/// A body of JSON; an empty one counts as `{}`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Json<T>(pub(super) T);

impl<T: DeserializeOwned + JsonSchema> Input for Json<T> {
    const BYTES_MAX: usize = limits::JSON_BYTES_MAX;

    fn read(bytes: Bytes) -> Result<Self, RequestError> {
        let json: &[u8] = if bytes.is_empty() { b"{}" } else { &bytes };
        let body = serde_json::from_slice(json);
        body.map(Self).map_err(|error| RequestError::Json { reason: error.to_string() })
    }

    fn describe(schemas: &mut SchemaGenerator) -> Option<Value> {
        let schema = schemas.subschema_for::<T>();
        Some(json!({ "required": true, "content": { "application/json": { "schema": schema } } }))
    }
}

impl<const N: usize, Q: DeserializeOwned, I: Input> Call<N, Q, I> {
    /// Reads a request to the route `path`.
    pub(super) fn read(
        shared: &Arc<Shared>,
        number: String,
        path: &'static str,
        (parts, body, unread): (Parts, Bytes, Body),
    ) -> Result<Self, RequestError> {
        let at = open_parts(path, parts.uri.path())
            .try_into()
            .map_err(|_| RequestError::parameter("path", "it has other parts than the route"))?;
        let query = pairs::parse(parts.uri.query())?;
        let client = client(&parts, &body)?;
        let input = I::read(body)?;
        let desk = Arc::new(Desk::new(Arc::clone(shared), number, client));
        Ok(Self { desk, at, query, input, headers: parts.headers, unread })
    }
}

/// What stands in `path` where `template` has names in braces.
fn open_parts(template: &str, path: &str) -> Vec<Bytes> {
    let parts = template.split('/').zip(path.split('/'));
    let open = parts.filter(|(part, _)| part.starts_with('{'));
    open.map(|(_, text)| Bytes::from(pairs::decode_path(text))).collect()
}

/// Names the session of a request that may be sent again: the same key with another request is
/// another one, so nobody gets the answer of somebody else's request.
fn client(parts: &Parts, body: &[u8]) -> Result<Option<u64>, RequestError> {
    let Some(key) = parts.headers.get(IDEMPOTENCY_KEY) else { return Ok(None) };
    if key.is_empty() || key.len() > limits::IDEMPOTENCY_KEY_BYTES_MAX {
        let max = limits::IDEMPOTENCY_KEY_BYTES_MAX;
        let reason = format!("it has {} bytes, not 1 to {max}", key.len());
        return Err(RequestError::parameter(IDEMPOTENCY_KEY, reason));
    }
    let target = parts.uri.path_and_query().map_or("", |target| target.as_str());
    let mut hash = Sha256::new();
    for part in [key.as_bytes(), parts.method.as_str().as_bytes(), target.as_bytes(), body] {
        hash.update(part.len().to_be_bytes());
        hash.update(part);
    }
    let hash: [u8; 32] = hash.finalize().into();
    let first = hash.first_chunk::<8>().copied().unwrap_or_default();
    Ok(Some(u64::from_be_bytes(first)))
}

/// Reads a body that has at most `bytes_max` bytes.
///
/// Of one that has more, some more is read and thrown away: a client that is still sending would
/// not see why it was refused.
pub(super) async fn collect(body: Body, bytes_max: usize) -> Result<Bytes, RequestError> {
    let mut stream = body.into_data_stream();
    let (mut bytes, mut arrived) = (BytesMut::new(), 0);
    let arriving = async {
        while let Some(chunk) = stream.next().await {
            let chunk =
                chunk.map_err(|error| RequestError::BodyUnread { reason: error.to_string() })?;
            arrived += chunk.len();
            if arrived <= bytes_max {
                bytes.extend_from_slice(&chunk);
            } else if arrived > bytes_max + limits::REFUSED_BYTES_MAX {
                break;
            }
        }
        if arrived > bytes_max { Err(RequestError::BodyTooLarge { bytes_max }) } else { Ok(()) }
    };
    match tokio::time::timeout(Duration::from_millis(limits::BODY_MS), arriving).await {
        Ok(arrived) => arrived.map(|()| bytes.freeze()),
        Err(_) => {
            let reason = format!("it took more than {} ms", limits::BODY_MS);
            Err(RequestError::BodyUnread { reason })
        }
    }
}

/// KiB that a body may come to, to be taken from what all may have together.
pub(super) fn expected_kib(body: &Body, bytes_max: usize) -> u32 {
    let announced = body.size_hint().upper().and_then(|most| usize::try_from(most).ok());
    let most = announced.unwrap_or(bytes_max).min(bytes_max);
    u32::try_from(most.div_ceil(1024)).unwrap_or(u32::MAX)
}

impl<const N: usize, Q, I> Call<N, Q, I> {
    /// The text of a header, when it is there.
    pub(super) fn header(&self, name: &str) -> Result<Option<&str>, Problem> {
        let Some(value) = self.headers.get(name) else { return Ok(None) };
        match value.to_str() {
            Ok(text) => Ok(Some(text.trim())),
            Err(_) => Err(RequestError::parameter(name, "it is not text").into()),
        }
    }
}

#[cfg(test)]
mod tests;
