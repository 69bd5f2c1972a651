//! Calls between members, carried by `net`.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use model::fault::Kind;
use net::identity::PeerId;
use net::transport::{Answer, Peers, Refusal};

use crate::calls::{CallError, Calls, Pending};
use crate::embedded::Embedded;

/// What members call this crate.
pub const SERVICE: &str = "state";

/// The calls of this node to other members.
#[derive(Debug)]
pub struct PeerCalls(Arc<Peers>);

/// Answers the calls of other members.
#[derive(Debug)]
pub struct PeerService(Arc<Embedded>);

impl PeerCalls {
    /// Calls through `peers`.
    #[must_use]
    pub fn new(peers: Arc<Peers>) -> Self {
        Self(peers)
    }
}

impl PeerService {
    /// Lets `engine` answer.
    #[must_use]
    pub fn new(engine: Arc<Embedded>) -> Self {
        Self(engine)
    }
}

impl Calls for PeerCalls {
    fn call<'a>(
        &'a self,
        address: &'a str,
        request: Bytes,
        timeout: Duration,
    ) -> Pending<'a, Result<Bytes, CallError>> {
        Box::pin(async move {
            let called = self.0.call(address, SERVICE, request, timeout).await;
            called.map_err(|error| {
                let (address, reason) = (address.to_owned(), error.to_string());
                match error {
                    net::transport::CallError::Unanswered { .. } => {
                        CallError::Unanswered { address, reason }
                    }
                    // A service that refuses has done nothing.
                    net::transport::CallError::Unreachable { .. }
                    | net::transport::CallError::Refused { .. } => {
                        CallError::Unreachable { address, reason }
                    }
                }
            })
        })
    }
}

impl Answer for PeerService {
    fn answer(
        &self,
        _: PeerId,
        request: Bytes,
    ) -> net::transport::Pending<'_, Result<Bytes, Refusal>> {
        Box::pin(async move {
            let answered = self.0.answer(&request).await;
            answered.map_err(|error| Refusal::new("PEER_REFUSED", Kind::Invalid, error.to_string()))
        })
    }
}
