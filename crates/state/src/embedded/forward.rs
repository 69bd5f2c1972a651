//! What a node asks its leader for, and how members answer.

use std::collections::BTreeSet;
use std::time::Duration;

use bytes::{BufMut, Bytes, BytesMut};
use serde::{Deserialize, Serialize};
use structures::encoding;

use super::Core;
use super::changes::{self, Change, Changed};
use super::proposer::Attempt;
use super::{entries, reader};
use crate::batch::Outcomes;
use crate::calls::CallError;
use crate::limits;
use crate::member::NodeId;
use crate::raft::FOR_RAFT;

/// What the first byte of a message says about the rest.
const FOR_ENGINE: u8 = 2;

/// What nodes ask each other, beside Raft. New ones go to the end.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) enum Asked {
    Propose {
        from: u64,
        requests: Vec<Bytes>,
    },
    ReadIndex {
        from: u64,
    },
    /// Start an election now.
    Elect,
    Change {
        change: Change,
        timeout_ms: u64,
    },
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) enum Replied {
    Outcomes(Outcomes),
    /// See [`Attempt::NotSent`].
    NotSent,
    /// See [`Attempt::Unknown`].
    Unknown,
    ReadIndex(Option<u64>),
    Done,
    Changed(Changed),
}

/// Sends a batch to the node that leads.
pub(super) async fn propose(core: &Core, leader: u64, requests: Vec<Bytes>) -> Attempt {
    let asked = Asked::Propose { from: core.node, requests };
    match ask(core, leader, &asked, Duration::from_millis(limits::NO_QUORUM_MS)).await {
        Ok(Replied::Outcomes(outcomes)) => Attempt::Done(outcomes),
        Ok(Replied::NotSent) | Err(CallError::Unreachable { .. }) => Attempt::NotSent,
        Ok(_) | Err(CallError::Unanswered { .. }) => Attempt::Unknown,
    }
}

/// Asks the node that leads for a read index.
pub(super) async fn read_index(core: &Core, leader: u64) -> Option<Option<u64>> {
    let asked = Asked::ReadIndex { from: core.node };
    let timeout = Duration::from_millis(limits::HEARTBEAT_MS * 4);
    match ask(core, leader, &asked, timeout).await {
        Ok(Replied::ReadIndex(index)) => Some(index),
        _ => None,
    }
}

/// Asks another member.
pub(super) async fn ask(
    core: &Core,
    node: u64,
    asked: &Asked,
    timeout: Duration,
) -> Result<Replied, CallError> {
    let Some(address) = core.consensus.address(node) else {
        let address = NodeId(node).to_string();
        return Err(CallError::Unreachable { address, reason: "it is no member".to_owned() });
    };
    let body = encoding::encode(asked);
    let mut message = BytesMut::with_capacity(body.len() + 1);
    message.put_u8(FOR_ENGINE);
    message.put_slice(&body);
    let unanswered = |reason: String| CallError::Unanswered { address: address.clone(), reason };
    let call = core.calls.call(NodeId(node), &address, message.freeze(), timeout);
    let bytes = match tokio::time::timeout(timeout, call).await {
        Ok(answered) => answered?,
        Err(_) => return Err(unanswered("the time is over".to_owned())),
    };
    core.contacts.hear(node);
    encoding::decode(&bytes).map_err(|error| unanswered(error.to_string()))
}

/// Answers what another member calls.
pub(super) async fn answer(core: &Core, message: &Bytes) -> Result<Bytes, CallError> {
    let unanswered = |reason: String| CallError::Unanswered { address: String::new(), reason };
    match message.first() {
        Some(&FOR_RAFT) => {
            let Some((to, asked)) = message.get(1..).and_then(<[u8]>::split_first_chunk) else {
                return Err(unanswered("it is too short".to_owned()));
            };
            if u64::from_be_bytes(*to) != core.node {
                return Err(unanswered("it is for another node".to_owned()));
            }
            core.consensus.answer(asked).await.map_err(|error| unanswered(error.to_string()))
        }
        Some(&FOR_ENGINE) => {
            let asked = encoding::decode(&message.slice(1..))
                .map_err(|error| unanswered(error.to_string()))?;
            Ok(encoding::encode(&reply(core, asked).await))
        }
        _ => Err(unanswered("it is no message of this version".to_owned())),
    }
}

async fn reply(core: &Core, asked: Asked) -> Replied {
    match asked {
        Asked::Propose { from, requests } => {
            core.contacts.hear(from);
            match entries::lead(core, requests).await {
                Attempt::Done(outcomes) => Replied::Outcomes(outcomes),
                Attempt::NotSent => Replied::NotSent,
                Attempt::Unknown | Attempt::Stopped(_) => Replied::Unknown,
            }
        }
        Asked::ReadIndex { from } => {
            core.contacts.hear(from);
            match reader::lead(core).await {
                Ok(index) => Replied::ReadIndex(index),
                Err(_) => Replied::NotSent,
            }
        }
        Asked::Elect if changes::is_going(core) => Replied::NotSent,
        Asked::Elect => match core.consensus.elect().await {
            Ok(()) => Replied::Done,
            Err(_) => Replied::NotSent,
        },
        Asked::Change { change, timeout_ms } => {
            let timeout = Duration::from_millis(timeout_ms);
            Replied::Changed(changes::lead(core, change, timeout).await)
        }
    }
}

/// The members that vote.
pub(super) fn voters(core: &Core) -> BTreeSet<u64> {
    let members = core.consensus.health().members;
    let voting = members.all.iter().filter(|(_, (_, role))| *role != crate::member::Role::Learner);
    voting.map(|(id, _)| id.0).collect()
}
