//! The members that this node calls.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use model::fault::{Fault, Kind};
use tokio::time::Instant;
use tokio_rustls::rustls;

use super::connection::Connection;
use super::failure::Failure;
use super::lane::Lane;
use super::{Incoming, Outgoing, Refusal};
use crate::address::{Address, AddressError};
use crate::identity::{ALPN_CALL, AuthorityError, Credentials};
use crate::limits;
use crate::tasks::Tasks;

/// Calls members of the cluster by address. Connections are made when they are needed, kept, and
/// made again; dropping this ends all of them.
#[derive(Debug)]
pub struct Peers {
    credentials: Arc<Credentials>,
    for_calls: Arc<rustls::ClientConfig>,
    for_streams: Arc<rustls::ClientConfig>,
    lanes: Mutex<BTreeMap<(String, Kinds), Arc<Lane>>>,
    tasks: Tasks,
}

/// What a connection is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kinds {
    Calls,
    Streams,
}

/// Why a call brought no answer.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    /// The request did not leave this node.
    #[error("`{address}` cannot be reached: {reason}")]
    Unreachable { address: String, reason: String },
    /// The request was sent; whether it was received and what became of it is not known.
    #[error("`{address}` did not answer: {reason}")]
    Unanswered { address: String, reason: String },
    /// The other side answered with a no.
    #[error("`{address}` refused")]
    Refused {
        address: String,
        #[source]
        refusal: Refusal,
    },
}

impl Fault for CallError {
    fn code(&self) -> &'static str {
        match self {
            Self::Unreachable { .. } => "PEER_UNREACHABLE",
            Self::Unanswered { .. } => "PEER_UNANSWERED",
            Self::Refused { .. } => "PEER_REFUSED",
        }
    }

    fn kind(&self) -> Kind {
        match self {
            Self::Unreachable { .. } | Self::Unanswered { .. } => Kind::Unavailable,
            Self::Refused { refusal, .. } => refusal.kind,
        }
    }
}

impl Peers {
    /// Calls in the name of `credentials`.
    ///
    /// # Errors
    ///
    /// When the certificates of the cluster are damaged.
    pub fn new(credentials: &Arc<Credentials>) -> Result<Self, AuthorityError> {
        let for_streams = credentials.client_config()?;
        let mut for_calls = for_streams.clone();
        for_calls.alpn_protocols.insert(0, ALPN_CALL.to_vec());
        Ok(Self {
            credentials: Arc::clone(credentials),
            for_calls: Arc::new(for_calls),
            for_streams: Arc::new(for_streams),
            lanes: Mutex::default(),
            tasks: Tasks::default(),
        })
    }

    /// Calls as nodes of the version before do: over HTTP/2.
    #[must_use]
    pub fn as_before(self) -> Self {
        Self { for_calls: Arc::clone(&self.for_streams), ..self }
    }

    /// Calls `service` of the member at `address` and waits for its answer.
    ///
    /// The future may be dropped at any time; the other side then stops working on it.
    ///
    /// # Errors
    ///
    /// [`CallError::Unreachable`] is certain that nothing was done, [`CallError::Unanswered`] is
    /// not. Both come at the latest after `timeout`.
    pub async fn call(
        &self,
        address: &str,
        service: &str,
        request: Bytes,
        timeout: Duration,
    ) -> Result<Bytes, CallError> {
        let deadline = Instant::now() + timeout;
        let length = request.len();
        if length > limits::CALL_BYTES_MAX {
            let bytes_max = limits::CALL_BYTES_MAX;
            let text = format!("the request has {length} bytes, more than {bytes_max}");
            return Err(unreachable(address, text));
        }
        check_name(service).map_err(|text| unreachable(address, text))?;
        let connection = self.connection(address, Kinds::Calls, deadline).await?;
        let left = deadline.saturating_duration_since(Instant::now());
        let answer = tokio::time::timeout_at(deadline, connection.call(service, request, left));
        let answer = answer.await.unwrap_or_else(|_| Err(Failure::Unanswered(within(timeout))));
        answer.map_err(|failure| failed(address, failure))
    }

    /// Opens a stream to `service` of the member at `address`: `outgoing` goes there while the
    /// result comes from there. `timeout` is for the opening; it counts until the other side
    /// has accepted the stream.
    ///
    /// # Errors
    ///
    /// As of [`Self::call`].
    pub async fn stream(
        &self,
        address: &str,
        service: &str,
        outgoing: Outgoing,
        timeout: Duration,
    ) -> Result<Incoming, CallError> {
        let deadline = Instant::now() + timeout;
        check_name(service).map_err(|text| unreachable(address, text))?;
        let connection = self.connection(address, Kinds::Streams, deadline).await?;
        let opened = tokio::time::timeout_at(deadline, connection.stream(service, outgoing)).await;
        let opened = opened.unwrap_or_else(|_| Err(Failure::Unanswered(within(timeout))));
        opened.map_err(|failure| failed(address, failure))
    }

    async fn connection(
        &self,
        address: &str,
        kind: Kinds,
        deadline: Instant,
    ) -> Result<Connection, CallError> {
        let lane = self.lane(address, kind)?;
        let connection = tokio::time::timeout_at(deadline, lane.connection()).await;
        let connection = connection
            .unwrap_or_else(|_| Err("the time of the call was over before".into()))
            .map_err(|reason| unreachable(address, reason))?;
        if self.credentials.is_removed(&connection.peer) {
            return Err(unreachable(address, "the cluster has removed that node".into()));
        }
        Ok(connection)
    }

    fn lane(&self, address: &str, kind: Kinds) -> Result<Arc<Lane>, CallError> {
        let mut lanes = self.lanes.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (address.to_owned(), kind);
        if let Some(lane) = lanes.get(&key) {
            return Ok(Arc::clone(lane));
        }
        let parsed: Address = address
            .parse()
            .map_err(|error: AddressError| unreachable(address, error.to_string()))?;
        if lanes.len() >= limits::ADDRESSES_MAX {
            lanes.retain(|_, lane| !lane.is_spare());
        }
        if lanes.len() >= limits::ADDRESSES_MAX {
            let text = format!("there are {} connections already", limits::ADDRESSES_MAX);
            return Err(unreachable(address, text));
        }
        let tls = match kind {
            Kinds::Calls => &self.for_calls,
            Kinds::Streams => &self.for_streams,
        };
        let lane = Arc::new(Lane::new(parsed, Arc::clone(tls), self.tasks.spawner()));
        lanes.insert(key, Arc::clone(&lane));
        Ok(lane)
    }
}

/// The name of a service must not need quoting.
fn check_name(service: &str) -> Result<(), String> {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    if service.len() > limits::SERVICE_LETTERS_MAX || !service.chars().all(is_plain) {
        return Err(format!("`{service}` is no name of a service"));
    }
    Ok(())
}

fn within(timeout: Duration) -> String {
    format!("nothing came within {} ms", timeout.as_millis())
}

fn unreachable(address: &str, reason: String) -> CallError {
    CallError::Unreachable { address: address.to_owned(), reason }
}

fn failed(address: &str, failure: Failure) -> CallError {
    let address = address.to_owned();
    match failure {
        Failure::Unsent(reason) => CallError::Unreachable { address, reason },
        Failure::Unanswered(reason) => CallError::Unanswered { address, reason },
        Failure::Refused(refusal) => CallError::Refused { address, refusal },
    }
}
