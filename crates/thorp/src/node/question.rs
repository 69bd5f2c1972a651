//! What a member is asked by those who have proved the secret of its cluster, as when a node joins:
//! by nodes that have found it, and by programs that have the line of `thorp token`.

use serde::{Deserialize, Serialize};

use super::welcome::Visitor;

/// The version of what programs ask and are told; readers pass over fields that they do not know.
pub(crate) const VERSION: u32 = 1;

/// What is asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "about", rename_all = "snake_case")]
pub(crate) enum Question {
    /// How the cluster stands; answered with a [`Reply`](super::welcome::Reply).
    Cluster(Visitor),
    /// How the cluster is used from outside; answered with an [`Introduction`]. The program does
    /// not become a member.
    Introduction { version: u32 },
}

/// How the cluster is used from outside.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Introduction {
    pub(crate) version: u32,
    /// The token of the cluster.
    pub(crate) token: String,
    /// The certificate authority of the cluster, as PEM.
    pub(crate) authority: String,
    /// The URLs of HTTPS doors.
    pub(crate) doors: Vec<String>,
}
