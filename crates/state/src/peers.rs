//! Calls between members, carried by `net`.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use model::fault::Kind;
use net::identity::PeerId;
use net::transport::{Answer, Peers, Refusal};

use crate::calls::{CallError, Calls, Pending};
use crate::embedded::Embedded;
use crate::member::NodeId;

/// What members call this crate.
pub const SERVICE: &str = "state";

/// The calls of this node to other members.
#[derive(Debug)]
pub struct PeerCalls {
    peers: Arc<Peers>,
    moved: Mutex<BTreeMap<NodeId, Moved>>,
}

/// Where a member is that is no longer where the members know it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Moved {
    /// The address of which this holds; the members may learn a newer one than `to`.
    from: String,
    to: String,
}

/// Answers the calls of other members.
#[derive(Debug)]
pub struct PeerService(Arc<Embedded>);

impl PeerCalls {
    /// Calls through `peers`.
    #[must_use]
    pub fn new(peers: Arc<Peers>) -> Self {
        Self { peers, moved: Mutex::default() }
    }

    /// From now on calls `node` at `to`, as long as the members know it at `from`. Until they have
    /// a quorum they cannot learn a new address themselves.
    pub fn moved(&self, node: NodeId, from: &str, to: &str) {
        let mut moved = self.moved.lock().unwrap_or_else(PoisonError::into_inner);
        if from == to {
            moved.remove(&node);
        } else {
            moved.insert(node, Moved { from: from.to_owned(), to: to.to_owned() });
        }
    }

    /// Where `node` is called that the members know at `known`.
    #[must_use]
    pub fn address(&self, node: NodeId, known: &str) -> String {
        let moved = self.moved.lock().unwrap_or_else(PoisonError::into_inner);
        let newer = moved.get(&node).filter(|moved| moved.from == known);
        newer.map_or(known, |moved| &moved.to).to_owned()
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
        to: NodeId,
        address: &'a str,
        request: Bytes,
        timeout: Duration,
    ) -> Pending<'a, Result<Bytes, CallError>> {
        Box::pin(async move {
            let known = address;
            let address = self.address(to, known);
            let called = self.peers.call(&address, SERVICE, request, timeout).await;
            if address != known
                && matches!(called, Err(net::transport::CallError::Unreachable { .. }))
            {
                // It was wrong, or is so no longer; the member says so again when it needs to.
                self.moved(to, known, known);
            }
            called.map_err(|error| {
                let reason = error.to_string();
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
