//! The port for calls between members: opaque bytes to an address, opaque bytes back.

use std::fmt::Debug;
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use bytes::Bytes;

use crate::member::NodeId;

/// A future behind a pointer, so that ports stay object-safe.
pub type Pending<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Calls other members. The callee passes the bytes to [`crate::Embedded::answer`].
pub trait Calls: Debug + Send + Sync {
    /// Sends `request` to the member `to`, which is at `address` as far as the members know, and
    /// waits for its answer.
    ///
    /// The future may be dropped at any time.
    fn call<'a>(
        &'a self,
        to: NodeId,
        address: &'a str,
        request: Bytes,
        timeout: Duration,
    ) -> Pending<'a, Result<Bytes, CallError>>;
}

/// Why a call brought no answer.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    /// The request did not leave this node.
    #[error("`{address}` cannot be reached: {reason}")]
    Unreachable { address: String, reason: String },
    /// The request was sent; whether it was received is not known.
    #[error("`{address}` did not answer: {reason}")]
    Unanswered { address: String, reason: String },
}
