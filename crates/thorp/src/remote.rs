//! A cluster from outside: found as the commands find it, and asked over its HTTPS doors.
//!
//! A call goes to one node, and on to another one when that is gone or cannot answer, until its
//! time is over. A command keeps its number meanwhile, so it is done once.

mod builder;
mod code;
mod desk;
mod doors;
mod error;
mod find;
mod introduce;
mod results;

use std::sync::Arc;

pub use builder::Builder;
pub use error::{CallError, ConnectError};
pub use find::{Found, NotFound};

use crate::cluster::{Access, Cluster};
use crate::desk::AskError;
use desk::Remote;

/// A cluster that is used from outside; cheap to clone.
#[derive(Debug, Clone)]
pub struct Client {
    desk: Arc<Remote>,
}

impl Client {
    /// Connects as the commands do: to `THORP_CLUSTER`, or to the cluster of which this user runs
    /// nodes on this machine.
    ///
    /// # Errors
    ///
    /// [`ConnectError`] when there is none, or it cannot be asked.
    pub async fn connect() -> Result<Self, ConnectError> {
        Self::builder().connect().await
    }

    /// Says where the cluster is, and what to show there.
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// The nodes that are asked, the one that answered last first.
    #[must_use]
    pub fn doors(&self) -> Vec<String> {
        self.desk.doors.urls()
    }

    /// Tells the cluster that no command will be sent again, so that it forgets their outcomes now
    /// and not some minutes later. Other clones go on.
    ///
    /// # Errors
    ///
    /// [`AskError`] when nobody can be told; then the cluster forgets by itself.
    pub async fn close(self) -> Result<(), AskError> {
        self.desk.close().await
    }
}

impl Cluster for Client {
    fn access(&self) -> Access {
        let (desk, runner) = (Arc::<Remote>::clone(&self.desk), Arc::<Remote>::clone(&self.desk));
        Access { desk, runner }
    }
}
