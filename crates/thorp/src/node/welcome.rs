//! What a joiner and the member that lets it in say to each other, as versioned JSON.

use bytes::Bytes;
use model::fault::Kind;
use net::transport::Refusal;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// The version of both messages; readers pass over fields that they do not know.
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
