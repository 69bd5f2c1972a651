//! What a member answers to a request on an accepted connection.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::fmt::Debug;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use futures::{Stream, StreamExt};
use http::HeaderMap;
use hyper::body::Incoming as HttpBody;
use model::fault::Kind;
use tonic::body::Body;
use tonic::server::{Grpc, StreamingService, UnaryService};
use tonic::{Code, Request, Response, Status, Streaming};

use super::codec::Bodies;
use super::connection::incoming;
use super::{CALL_PATH, Incoming, Outgoing, Pending, Refusal, STREAM_PATH};
use crate::identity::{Credentials, PeerId};
use crate::limits;

/// Answers the calls of one service. The future is dropped when the caller no longer waits.
pub trait Answer: Debug + Send + Sync {
    /// Answers `request` of the member `caller`.
    fn answer(&self, caller: PeerId, request: Bytes) -> Pending<'_, Result<Bytes, Refusal>>;

    /// Takes a stream of the member `caller` and answers with one.
    fn stream(&self, caller: PeerId, incoming: Incoming) -> Pending<'_, Result<Outgoing, Refusal>> {
        drop(incoming);
        let text = format!("{caller} opened a stream to a service that has none");
        let refusal = Refusal::new("SERVICE_UNKNOWN", Kind::NotFound, text);
        Box::pin(std::future::ready(Err(refusal)))
    }
}

/// The services of a server by name.
pub(super) type Services = Arc<BTreeMap<&'static str, Arc<dyn Answer>>>;

/// What it takes to answer the requests of one connection.
#[derive(Debug, Clone)]
pub(super) struct Desk {
    pub(super) services: Services,
    pub(super) credentials: Arc<Credentials>,
    pub(super) caller: PeerId,
}

impl Desk {
    /// The service that is to answer.
    pub(super) fn find(&self, name: &str) -> Result<One, Refusal> {
        let caller = self.caller;
        if self.credentials.is_removed(&caller) {
            let text = format!("the cluster has removed the node {caller}");
            return Err(Refusal::new("NODE_REMOVED", Kind::Denied, text));
        }
        match self.services.get(name) {
            Some(service) => Ok(One { service: Arc::clone(service), caller }),
            None => Err(unknown(name)),
        }
    }
}

/// Answers a request over HTTP/2.
pub(super) async fn answer(
    desk: Desk,
    request: http::Request<HttpBody>,
) -> Result<http::Response<Body>, Infallible> {
    let path = request.uri().path();
    let (is_call, name) = match (path.strip_prefix(CALL_PATH), path.strip_prefix(STREAM_PATH)) {
        (Some(name), _) => (true, name),
        (None, Some(name)) => (false, name),
        (None, None) => (false, path),
    };
    let one = match desk.find(name) {
        Ok(one) => one,
        Err(refusal) => return Ok(refusal.into_status().into_http()),
    };
    if !is_call {
        let mut grpc = Grpc::new(Bodies).max_decoding_message_size(limits::CHUNK_BYTES_MAX);
        return Ok(grpc.streaming(one, request).await);
    }
    let timeout = timeout(request.headers());
    let mut grpc = Grpc::new(Bodies).max_decoding_message_size(limits::CALL_BYTES_MAX);
    let answer = grpc.unary(one, request);
    Ok(match timeout {
        None => answer.await,
        Some(timeout) => tokio::time::timeout(timeout, answer).await.unwrap_or_else(|_| {
            Status::new(Code::DeadlineExceeded, "the time of the call is over").into_http()
        }),
    })
}

fn unknown(name: &str) -> Refusal {
    let name: String = name.chars().take(limits::SERVICE_LETTERS_MAX).collect();
    let text = format!("there is no service `{name}`; the node may have an older version");
    Refusal::new("SERVICE_UNKNOWN", Kind::NotFound, text)
}

/// How long the caller waits: digits and a unit, as gRPC writes it.
fn timeout(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get("grpc-timeout")?.to_str().ok()?;
    let (digits, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    let count = u64::from(digits.parse::<u32>().ok()?);
    match unit {
        "H" => Some(Duration::from_secs(count * 3_600)),
        "M" => Some(Duration::from_secs(count * 60)),
        "S" => Some(Duration::from_secs(count)),
        "m" => Some(Duration::from_millis(count)),
        "u" => Some(Duration::from_micros(count)),
        "n" => Some(Duration::from_nanos(count)),
        _ => None,
    }
}

/// One request to one service.
pub(super) struct One {
    service: Arc<dyn Answer>,
    caller: PeerId,
}

impl One {
    /// Answers a call.
    pub(super) async fn answer(self, request: Bytes) -> Result<Bytes, Refusal> {
        let answer = self.service.answer(self.caller, request).await?;
        if answer.len() > limits::CALL_BYTES_MAX {
            let text = format!("the answer has {} bytes, which is too many", answer.len());
            return Err(Refusal::new("ANSWER_LARGE", Kind::Limit, text));
        }
        Ok(answer)
    }
}

type Answered<T> = Pin<Box<dyn Future<Output = Result<Response<T>, Status>> + Send>>;

impl UnaryService<Bytes> for One {
    type Response = Bytes;
    type Future = Answered<Bytes>;

    fn call(&mut self, request: Request<Bytes>) -> Self::Future {
        let one = Self { service: Arc::clone(&self.service), caller: self.caller };
        Box::pin(async move {
            let answer = one.answer(request.into_inner()).await;
            answer.map(Response::new).map_err(Refusal::into_status)
        })
    }
}

impl StreamingService<Bytes> for One {
    type Response = Bytes;
    type ResponseStream = Pieces;
    type Future = Answered<Pieces>;

    fn call(&mut self, request: Request<Streaming<Bytes>>) -> Self::Future {
        let (service, caller) = (Arc::clone(&self.service), self.caller);
        Box::pin(async move {
            let outgoing = service.stream(caller, incoming(request.into_inner())).await;
            outgoing.map(|pieces| Response::new(Pieces(pieces))).map_err(Refusal::into_status)
        })
    }
}

/// Pieces that are sent as they are.
pub(super) struct Pieces(Outgoing);

impl Stream for Pieces {
    type Item = Result<Bytes, Status>;

    fn poll_next(mut self: Pin<&mut Self>, ctx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.poll_next_unpin(ctx).map(|piece| piece.map(Ok))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use http::{HeaderMap, HeaderValue};
    use proptest::prelude::{any, proptest};

    use super::timeout;

    fn of(text: &[u8]) -> Option<Duration> {
        let mut headers = HeaderMap::new();
        headers.insert("grpc-timeout", HeaderValue::from_bytes(text).ok()?);
        timeout(&headers)
    }

    #[test]
    fn the_time_of_a_call_is_read() {
        assert_eq!(of(b"250m"), Some(Duration::from_millis(250)));
        assert_eq!(of(b"99999999u"), Some(Duration::from_micros(99_999_999)));
        assert_eq!(of(b"2H"), Some(Duration::from_secs(7_200)));
        for wrong in [&b""[..], b"m", b"5", b"-5m", b"1x", "1\u{e4}".as_bytes()] {
            assert_eq!(of(wrong), None);
        }
    }

    proptest! {
        #[test]
        fn any_time_is_answered(text in any::<Vec<u8>>()) {
            of(&text);
        }
    }
}
