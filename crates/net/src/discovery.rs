//! Where nodes look for each other, and who of them founds a cluster.
//!
//! A place to look names candidates; only a join shows whether one of them is a member. A node
//! that finds nobody asks each of its places whether it may found a cluster, and makes itself
//! known in all of them once it is ready.

mod fixed;
mod local;
mod members_file;
mod method;
mod multicast;
mod registry;
mod several;

use std::fmt::Debug;
use std::io;
use std::time::Duration;

use model::fault::{Fault, Kind};

use crate::address::Address;
use crate::cluster::ClusterName;
use crate::limits;
use crate::transport::Pending;

pub use fixed::Fixed;
pub use local::{Local, run_time_folder};
pub use members_file::MembersFile;
pub use method::{Method, MethodError};
pub use multicast::Multicast;
pub use registry::Registry;
pub use several::Several;

/// One place where nodes look for each other.
pub trait Discovery: Debug + Send + Sync {
    /// What a person calls it: `multicast`, `dir:/srv/members`.
    fn name(&self) -> String;

    /// Candidates that are known now, without this node itself; the best first.
    fn look(&self) -> Pending<'_, Result<Vec<Address>, LookError>>;

    /// Whether this node, which found nobody, may found a cluster.
    fn claim(&self) -> Pending<'_, Result<Claim, LookError>>;

    /// Makes this node, which is ready, known to others. Doing it again is a sign of life.
    fn announce(&self) -> Pending<'_, Result<(), LookError>>;

    /// Takes back what was announced and claimed.
    fn withdraw(&self) -> Pending<'_, Result<(), LookError>>;

    /// How long a fresh node looks before it claims, by what the last look showed.
    fn patience(&self) -> Duration {
        Duration::ZERO
    }

    /// Whether this node founds before `candidate` does when neither of them finds anybody.
    fn is_before(&self, _candidate: &Address) -> bool {
        false
    }

    /// How often a node that is ready announces itself again, if at all.
    fn beat(&self) -> Option<Duration> {
        None
    }
}

/// What a place says to a node that found nobody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Claim {
    /// Found a cluster.
    Founder,
    /// Somebody else may be founding one; look again.
    Wait,
    /// Whoever looks here never founds.
    Never,
}

/// What this node tells about itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Me {
    /// The name of the cluster.
    pub cluster: ClusterName,
    /// Where others reach this node.
    pub address: Address,
    /// The name of its machine, for people.
    pub host: String,
}

/// A place could not be looked at.
#[derive(Debug, thiserror::Error)]
#[error("looking for nodes by `{place}` failed")]
pub struct LookError {
    place: String,
    #[source]
    source: io::Error,
}

impl Fault for LookError {
    fn code(&self) -> &'static str {
        "DISCOVERY_FAILED"
    }

    fn kind(&self) -> Kind {
        Kind::Unavailable
    }
}

impl LookError {
    fn new(place: String, source: io::Error) -> Self {
        Self { place, source }
    }
}

/// Does `work`, which waits for a disk or a file server, where it holds up nobody.
async fn off_the_loop<T: Send + 'static>(
    place: String,
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> Result<T, LookError> {
    let done = tokio::task::spawn_blocking(work).await;
    done.unwrap_or_else(|error| Err(io::Error::other(error)))
        .map_err(|source| LookError::new(place, source))
}

/// How long a node on a list waits before it founds: those before it have their turn first, so
/// that nodes which start at once end in one cluster.
fn turn(me: &Me, members: &[Address]) -> Duration {
    let before = members.iter().take_while(|member| **member != me.address).count();
    let before = u32::try_from(before).unwrap_or(u32::MAX).min(limits::TURNS_MAX);
    Duration::from_millis(limits::TURN_MS) * before
}

/// Whether a node on a list has its turn before `candidate`.
fn is_before(me: &Me, members: &[Address], candidate: &Address) -> bool {
    let place = |address: &Address| members.iter().position(|member| member == address);
    place(&me.address).zip(place(candidate)).is_some_and(|(mine, other)| mine < other)
}

/// Answers at once.
fn ready<'a, T: Send + 'a>(answer: T) -> Pending<'a, Result<T, LookError>> {
    Box::pin(std::future::ready(Ok(answer)))
}
