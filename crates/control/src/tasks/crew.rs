//! The members, and the way to each: a call between nodes, or straight to the worker of this one.

use std::sync::Arc;
use std::time::Duration;

use model::fault::{Chain, Kind};
use net::transport::{CallError, Peers, Refusal};
use state::{Engine, NodeId};

use super::SERVICE;
use super::message::{self, Answer, Request};
use super::worker::Worker;

/// The members as somebody who wants something of them.
#[derive(Debug)]
pub(super) struct Crew {
    engine: Arc<dyn Engine>,
    peers: Arc<Peers>,
    worker: Arc<Worker>,
    own: NodeId,
}

/// A member.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Mate {
    pub id: NodeId,
    pub name: String,
    address: String,
    /// Whether it runs code; a witness does not.
    pub takes_work: bool,
}

/// Why a member did nothing.
#[derive(Debug, thiserror::Error)]
pub(super) enum AskError {
    #[error(transparent)]
    Call(CallError),
    #[error(transparent)]
    Refused(Refusal),
    #[error("`{name}` gave an answer that this version does not understand: {reason}")]
    Answer { name: String, reason: String },
}

impl Crew {
    pub(super) fn new(
        engine: Arc<dyn Engine>,
        peers: Arc<Peers>,
        worker: Arc<Worker>,
        own: NodeId,
    ) -> Self {
        Self { engine, peers, worker, own }
    }

    /// All members, by their names: their numbers are drawn by chance, and what people are shown
    /// comes in an order that they know.
    pub(super) fn mates(&self) -> Vec<Mate> {
        let members = self.engine.members().all.into_iter();
        let mut mates: Vec<_> = members
            .map(|(id, (member, _))| Mate {
                id,
                name: member.name,
                address: member.address,
                takes_work: !member.is_witness,
            })
            .collect();
        mates.sort_by(|one, other| (&one.name, one.id).cmp(&(&other.name, other.id)));
        mates
    }

    /// Asks a member; this node itself without the network.
    pub(super) async fn ask(
        &self,
        mate: &Mate,
        request: Request,
        timeout: Duration,
    ) -> Result<Answer, AskError> {
        if mate.id == self.own {
            return self.worker.answer(request).await.map_err(AskError::Refused);
        }
        let bytes = message::encode(&request);
        drop(request);
        let called = self.peers.call(&mate.address, SERVICE, bytes, timeout).await;
        let answer = called.map_err(|error| match error {
            CallError::Refused { refusal, .. } => AskError::Refused(refusal),
            error => AskError::Call(error),
        })?;
        message::decode(&answer).map_err(|error| AskError::Answer {
            name: mate.name.clone(),
            reason: Chain(&error).to_string(),
        })
    }
}

impl AskError {
    /// What the other side, or the way there, said.
    pub(super) fn refusal(self) -> Refusal {
        match self {
            Self::Refused(refusal) => refusal,
            Self::Call(error) => Refusal::of(&error),
            Self::Answer { .. } => {
                Refusal::new("PEER_UNANSWERED", Kind::Unavailable, self.to_string())
            }
        }
    }
}

impl Mate {
    /// What is said of a member that gave an answer of the wrong kind.
    pub(super) fn strange(&self) -> Refusal {
        let text = format!("`{}` gave an answer that does not belong to the question", self.name);
        Refusal::new("PEER_UNANSWERED", Kind::Unavailable, text)
    }

    /// What is said of a member that gave no answer.
    pub(super) fn late(&self, timeout: Duration) -> Refusal {
        let text = format!("`{}` did not answer within {} ms", self.name, timeout.as_millis());
        Refusal::new("PEER_UNANSWERED", Kind::Unavailable, text)
    }
}

/// Whether another member, or the same one later, may do what this one did not.
pub(super) fn may_be_tried_again(refusal: &Refusal) -> bool {
    refusal.kind == Kind::Unavailable || refusal.code == "SERVICE_UNKNOWN"
}
