//! The port: what the door shows of the cluster, and what it may change there.

use std::fmt::Debug;

use model::fault::Fault;
use state::Pending;

use super::body::cluster::{Status, Task};

/// Why the cluster did not do what it was asked.
pub type Refused = Box<dyn Fault + Send + Sync>;

/// The cluster, as the one who starts the door knows it. The door decides nothing.
pub trait Port: Debug + Send + Sync {
    /// The cluster at a glance, without tasks, as soon as somebody can tell.
    fn status(&self) -> Pending<'_, Status>;

    /// Background work of this node.
    fn tasks(&self) -> Vec<Task>;

    /// The URLs of the HTTPS doors that serve data, of all members that can be asked.
    fn doors(&self) -> Pending<'_, Vec<String>>;

    /// Removes a member for good, the leader too.
    fn remove<'a>(&'a self, name: &'a str) -> Pending<'a, Result<(), Refused>>;

    /// Drains a member, so that it can be stopped without a pause; or takes it back.
    fn drain<'a>(&'a self, name: &'a str, is_drained: bool) -> Pending<'a, Result<(), Refused>>;

    /// Makes a line that a second machine passes to `thorp up --join`.
    fn join_token(&self) -> Pending<'_, Result<String, Refused>>;
}
