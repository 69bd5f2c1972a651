//! The port: a protocol served on a listener.

use std::fmt::Debug;
use std::pin::Pin;

use model::fault::{Fault, Kind};
use state::Pending;
use tokio::net::TcpListener;

/// Ends when the door must close.
pub type Stop = Pin<Box<dyn Future<Output = ()> + Send>>;

/// A protocol served on a listener.
pub trait Door: Debug + Send + Sync {
    /// The name of the protocol, as `thorp up` prints it.
    fn name(&self) -> &'static str;

    /// Serves whoever connects, until `stop` ends; all connections have ended when this returns.
    fn serve<'a>(
        &'a self,
        listener: TcpListener,
        stop: Stop,
    ) -> Pending<'a, Result<(), ServeError>>;
}

/// Why a door closed before it was told to.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    #[error("the {door} door cannot accept connections")]
    Accept { door: &'static str, source: std::io::Error },
    #[error("the state of this node tells no changes any more")]
    NoNotices,
}

impl Fault for ServeError {
    fn code(&self) -> &'static str {
        match self {
            Self::Accept { .. } => "DOOR_CLOSED",
            Self::NoNotices => "STATE_STOPPED",
        }
    }

    fn kind(&self) -> Kind {
        Kind::Unavailable
    }
}
