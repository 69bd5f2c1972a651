//! A node: what starts in which order, and how it ends.
//!
//! Ports are bound first, so that one that is taken leaves nothing behind. Then the node learns who
//! it is (`entry`): a member from its data, a new one by joining, or the founder of a cluster. Then
//! its state is recovered, other members may call, and last the doors open.
//!
//! All of that is one `running` node. A `supervisor` looks after it, and starts another one when its
//! cluster yields; programs have a `handle`, which goes on with what the node is `now`.

mod acquaintance;
mod aside;
mod autopilot;
mod bind;
mod builder;
mod cluster;
mod code;
pub mod contact;
mod doorkeeper;
mod drain;
mod entry;
mod error;
mod handle;
pub mod limits;
mod neighbours;
pub(crate) mod now;
mod options;
mod ports;
pub(crate) mod question;
mod recovery;
mod running;
mod standing;
mod supervisor;
mod tasks;
mod threads;
mod welcome;

pub use bind::BindError;
pub use builder::Builder;
pub use drain::DrainError;
pub use error::StartError;
pub use handle::Node;
pub use options::Options;
pub use ports::Addresses;
pub use recovery::{RecoverError, Recovery};
pub use threads::serving_threads;
