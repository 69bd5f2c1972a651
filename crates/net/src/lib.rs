//! Nodes find each other and talk: discovery, identity, TLS, calls and streams of bytes.
//!
//! What the bytes mean is the business of those above: `net` carries them, between the right
//! nodes, or says why not.
//!
//! # From the first start to the first call
//!
//! 1. [`identity::Identity::open`] makes the key of the node, its lasting name, or reads it. A
//!    node that has a place in a cluster goes on at step 5.
//! 2. A [`secret::Secret`] comes from a file that is made when it is absent, or from the
//!    [`token::Token`] that a member printed.
//! 3. Places to look ([`discovery::Method`], [`hazelcast::Hazelcast`], [`discovery::Local`]) are
//!    opened and put in order in [`discovery::Several`]. [`entry::enter`] looks at them until a
//!    [`join::Joiner`] got in, or until all of them agree that this node founds a cluster.
//! 4. A founder makes the authority of its cluster ([`identity::Identity::found`]); a joiner
//!    takes over the one that it was granted ([`identity::Identity::adopt`]). The welcome, which
//!    the cluster's [`join::Doorkeeper`] wrote, says which place the joiner has.
//! 5. [`identity::Identity::credentials`] holds the certificate, which is renewed whenever it is
//!    used and old, and the nodes that the cluster has removed.
//! 6. A [`transport::Server`] answers members through [`transport::Answer`] and lets others in
//!    through a [`join::Gate`]; [`transport::Peers`] calls them.
//! 7. [`entry::stay_known`] makes the node known to those who look, until it leaves.
//!
//! # What is believed
//!
//! A cluster is its authority; two clusters of one name and secret have different ones. A member
//! believes who shows a certificate of that authority, unless the cluster has removed the node.
//! Each member has the authority's key, since each may let others in: removing a node keeps it
//! out as long as nobody has stolen its disk. A joiner believes who proves the secret on the same
//! connection.

pub mod address;
pub mod cluster;
pub mod discovery;
pub mod entry;
mod files;
pub mod hazelcast;
pub mod hex;
pub mod identity;
pub mod join;
pub mod limits;
pub mod secret;
mod sources;
mod tasks;
pub mod testing;
pub mod token;
pub mod transport;
