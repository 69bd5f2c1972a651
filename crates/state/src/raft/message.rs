//! What Raft nodes say to each other.

use bytes::Bytes;
use openraft::error::{InstallSnapshotError, RaftError};
use openraft::raft::{
    AppendEntriesRequest, AppendEntriesResponse, InstallSnapshotRequest, InstallSnapshotResponse,
    VoteRequest, VoteResponse,
};
use serde::{Deserialize, Serialize};
use structures::encoding::{self, DecodeError};

use super::Consensus;
use super::types::Types;

#[derive(Debug, Serialize, Deserialize)]
#[serde(bound = "")]
pub(super) enum Asked {
    Append(AppendEntriesRequest<Types>),
    Vote(VoteRequest<u64>),
    Snapshot(InstallSnapshotRequest<Types>),
}

#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Replied {
    Append(Result<AppendEntriesResponse<u64>, RaftError<u64>>),
    Vote(Result<VoteResponse<u64>, RaftError<u64>>),
    Snapshot(Result<InstallSnapshotResponse<u64>, RaftError<u64, InstallSnapshotError>>),
}

impl Consensus {
    /// Answers what another node's Raft asks.
    pub(crate) async fn answer(&self, asked: &[u8]) -> Result<Bytes, DecodeError> {
        let asked = encoding::decode(asked)?;
        let vote = match &asked {
            Asked::Append(request) => &request.vote,
            Asked::Vote(request) => &request.vote,
            Asked::Snapshot(request) => &request.vote,
        };
        self.contacts.hear(vote.leader_id().node_id);
        let replied = match asked {
            Asked::Append(request) => Replied::Append(self.raft.append_entries(request).await),
            Asked::Vote(request) => Replied::Vote(self.raft.vote(request).await),
            Asked::Snapshot(request) => {
                Replied::Snapshot(self.raft.install_snapshot(request).await)
            }
        };
        Ok(encoding::encode(&replied))
    }
}
