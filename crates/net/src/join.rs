//! How a node comes into a cluster: it proves that it knows the secret, and gets the authority.
//!
//! ```text
//! joiner                                            member
//!   |  TLS 1.3; the joiner shows no certificate       |
//!   |  hello: cluster, random number                  |
//!   |------------------------------------------------>|
//!   |                 challenge: random number        |
//!   |<------------------------------------------------|
//!   |  proof = HMAC(secret, "joiner", both numbers,   |
//!   |               cluster, exporter of this TLS)    |
//!   |------------------------------------------------>|
//!   |           the same with "member", or a refusal  |
//!   |<------------------------------------------------|
//!   |  key of the node, its signature of the exporter,|
//!   |  and what the cluster wants to know             |
//!   |------------------------------------------------>|
//!   |           authority, and the cluster's welcome  |
//!   |<------------------------------------------------|
//! ```
//!
//! The exporter (RFC 8446, section 7.5) is different for each connection and the same at both of
//! its ends, so a proof is worth nothing on another connection: who stands in the middle, or
//! pretends to be the cluster, cannot pass it on and learns nothing about a secret of 128 bits.
//! The member proves itself before the joiner says anything more.

mod gate;
mod joiner;
mod messages;
mod proof;

pub use gate::{Doorkeeper, Gate};
pub use joiner::{JoinError, Joined, Joiner};

#[cfg(test)]
mod tests;
