//! A node: what starts in which order, and how it ends.
//!
//! Ports are bound first, so that one that is taken leaves nothing behind. Then the node learns who
//! it is (`entry`): a member from its data, a new one by joining, or the founder of a cluster. Then
//! its state is recovered, other members may call, and last the doors open.

mod autopilot;
mod bind;
mod cluster;
mod code;
pub mod contact;
mod doorkeeper;
mod entry;
mod error;
pub mod limits;
mod options;
mod running;
mod tasks;
mod welcome;

pub use bind::BindError;
pub use error::StartError;
pub use options::Options;
pub use running::{Addresses, Node};
