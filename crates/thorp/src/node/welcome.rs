//! What nodes say to each other before they are members of one cluster, as versioned JSON.

use bytes::Bytes;
use model::fault::Kind;
use net::transport::Refusal;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::standing::Standing;

/// The version of all messages; readers pass over fields that they do not know.
pub(super) const VERSION: u32 = 1;

/// A node wants to become a member.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Request {
    pub(super) version: u32,
    /// The name that it would like to have.
    pub(super) name: String,
    /// Where members reach it.
    pub(super) address: String,
    pub(super) is_witness: bool,
}

/// A node has become a member.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Welcome {
    pub(super) version: u32,
    pub(super) id: u64,
    pub(super) name: String,
    /// The token of the cluster.
    pub(super) token: String,
    /// The keys of nodes that the cluster has removed: nobody shall let them in.
    #[serde(default)]
    pub(super) removed: Vec<String>,
}

/// A member of a cluster that asks a node which it found: of its own cluster, or of another one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Visitor {
    pub(super) version: u32,
    /// The fingerprint of its authority.
    pub(super) cluster: String,
    pub(super) node: u64,
    /// Its key.
    pub(super) peer: String,
    /// Where members reach it now.
    pub(super) address: String,
}

/// What the other one says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Reply {
    pub(super) version: u32,
    pub(super) node: u64,
    pub(super) peer: String,
    pub(super) address: String,
    pub(super) standing: Standing,
    /// The one who asked is no member any more, and was one.
    pub(super) is_forgotten: bool,
    /// To a member of the same cluster: who else is not where the members know it.
    #[serde(default)]
    pub(super) moved: Vec<Moved>,
}

/// Where a member is now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Moved {
    pub(super) node: u64,
    pub(super) peer: String,
    pub(super) address: String,
}

pub(super) fn encode(message: &impl Serialize) -> Bytes {
    serde_json::to_vec(message).expect("texts and numbers have a form in JSON").into()
}

pub(super) fn decode<T: DeserializeOwned>(bytes: &Bytes) -> Result<T, Refusal> {
    serde_json::from_slice(bytes).map_err(|error| {
        Refusal::new(
            "JOIN_MESSAGE",
            Kind::Invalid,
            format!("the message is not understood: {error}"),
        )
    })
}
