//! The port between typed structures and the cluster: a command is applied once, a question is
//! answered, now or when there is something new.
//!
//! It is implemented by the engine of a node in this process, and by a cluster that is asked from
//! outside. [`Map`](crate::Map), [`Queue`](crate::Queue) and the others stand on it, and do not
//! know which of the two it is.

mod error;
mod handle;
mod local;
mod session;

use std::fmt::Debug;
use std::time::Duration;

use state::Pending;
use structures::Command;

pub use error::AskError;
pub use gateway::https::body::state::{Question, Told, Wait};
pub(crate) use handle::{Handle, answered};
pub(crate) use local::Local;
pub(crate) use session::{Carried, Carrier, Session};

/// Where the data structures of a cluster are written and read.
pub trait Desk: Debug + Send + Sync {
    /// Applies `command` once, however often it has to be sent, and waits for what came of it for
    /// at most `within`.
    fn write(&self, command: Command, within: Duration) -> Pending<'_, Result<Told, AskError>>;

    /// Answers `question` within this time, and what the question itself is willing to wait.
    fn read(&self, question: Question, within: Duration) -> Pending<'_, Result<Told, AskError>>;
}
