//! Calls of Raft to other nodes.

#![expect(clippy::result_large_err, reason = "the traits of openraft want its errors")]

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::{BufMut, Bytes, BytesMut};
use model::clock::Clock;
use openraft::LogId;
use openraft::error::{
    InstallSnapshotError, NetworkError, RPCError, RaftError, RemoteError, Unreachable,
};
use openraft::network::{Backoff, RPCOption, RaftNetwork, RaftNetworkFactory};
use openraft::raft::{
    AppendEntriesRequest, AppendEntriesResponse, InstallSnapshotRequest, InstallSnapshotResponse,
    VoteRequest, VoteResponse,
};
use structures::encoding;
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::convert;
use super::message::{Asked, Replied};
use super::types::Types;
use crate::calls::{CallError, Calls};
use crate::limits;
use crate::log::{Position, Written};
use crate::member::{Member, NodeId};

/// When other nodes were last heard, in either direction.
#[derive(Debug)]
pub(crate) struct Contacts {
    clock: Arc<dyn Clock>,
    heard_ms: Mutex<BTreeMap<u64, u64>>,
}

impl Contacts {
    pub(crate) fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, heard_ms: Mutex::new(BTreeMap::new()) }
    }

    pub(crate) fn hear(&self, node: u64) {
        let now_ms = self.clock.monotonic_ms();
        self.heard_ms().insert(node, now_ms);
    }

    pub(crate) fn is_reachable(&self, node: u64) -> bool {
        let since_ms = self.since_ms();
        self.heard_ms().get(&node).is_some_and(|heard_ms| *heard_ms >= since_ms)
    }

    /// Whether no other node is reachable.
    pub(crate) fn is_alone(&self) -> bool {
        let since_ms = self.since_ms();
        self.heard_ms().values().all(|heard_ms| *heard_ms < since_ms)
    }

    fn heard_ms(&self) -> MutexGuard<'_, BTreeMap<u64, u64>> {
        self.heard_ms.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn since_ms(&self) -> u64 {
        self.clock.monotonic_ms().saturating_sub(limits::REACHABLE_MS)
    }
}

/// What the first byte of a message says about the rest: the number of the node that it is for, and
/// a message of Raft.
///
/// Addresses change hands. A node that took what is meant for another one would be counted as that.
pub(crate) const FOR_RAFT: u8 = 3;

#[derive(Debug, Clone)]
pub(super) struct Network {
    pub(super) calls: Arc<dyn Calls>,
    pub(super) contacts: Arc<Contacts>,
    pub(super) written: watch::Receiver<Written>,
}

/// One other node.
pub(super) struct Peer {
    network: Network,
    id: u64,
    member: Member,
    /// Up to where it was told that entries are agreed on.
    told: Option<LogId<u64>>,
    /// When it answered last, by the monotonic clock.
    answered_ms: Option<u64>,
    /// When entries were sent last, and how long after those before.
    sent_ms: u64,
    gap_ms: u64,
    /// A message that is not sent yet; gone when there is another one.
    news: JoinSet<()>,
}

impl RaftNetworkFactory<Types> for Network {
    type Network = Peer;

    async fn new_client(&mut self, id: u64, member: &Member) -> Peer {
        let (network, member) = (self.clone(), member.clone());
        let (answered_ms, sent_ms, gap_ms, news) = (None, 0, u64::MAX, JoinSet::new());
        Peer { network, id, member, told: None, answered_ms, sent_ms, gap_ms, news }
    }
}

type Failed<E> = RPCError<u64, Member, E>;

impl Network {
    async fn ask<E: std::error::Error>(
        &self,
        to: (u64, &Member),
        asked: &Asked,
        timeout: Duration,
    ) -> Result<Replied, Failed<E>> {
        let (id, Member { address, .. }) = to;
        let body = encoding::encode(asked);
        let mut message = BytesMut::with_capacity(body.len() + size_of::<u64>() + 1);
        message.put_u8(FOR_RAFT);
        message.put_u64(id);
        message.put_slice(&body);
        let answered = self.calls.call(NodeId(id), address, message.freeze(), timeout).await;
        let bytes: Bytes = answered.map_err(|error| match error {
            CallError::Unreachable { .. } => RPCError::Unreachable(Unreachable::new(&error)),
            CallError::Unanswered { .. } => RPCError::Network(NetworkError::new(&error)),
        })?;
        self.contacts.hear(id);
        encoding::decode(&bytes).map_err(|error| RPCError::Network(NetworkError::new(&error)))
    }

    /// Whether what was agreed on is durable here as well; waits for it a little.
    async fn lasts(&mut self, agreed: Option<Position>) -> bool {
        let most = Duration::from_millis(limits::HEARTBEAT_MS / 2);
        let lasting = self.written.wait_for(|now| now.upto >= agreed);
        matches!(tokio::time::timeout(most, lasting).await, Ok(Ok(_)))
    }
}

impl Peer {
    async fn ask<E: std::error::Error>(
        &self,
        asked: &Asked,
        option: &RPCOption,
    ) -> Result<Replied, Failed<E>> {
        self.network.ask((self.id, &self.member), asked, option.hard_ttl()).await
    }

    /// Says that entries are agreed on only when they are durable here as well, without which they
    /// may be on less than a quorum. A message with entries does not wait for that: another one
    /// follows when they are agreed on. One without has nothing else to say, and waits a little.
    async fn tell_only_what_lasts(&mut self, request: &mut AppendEntriesRequest<Types>) {
        let agreed = request.leader_commit.as_ref().map(convert::position);
        let is_lasting = self.network.written.borrow().upto >= agreed
            || (request.entries.is_empty() && self.network.lasts(agreed).await);
        if is_lasting {
            self.told = request.leader_commit;
        } else {
            request.leader_commit = self.told;
        }
    }

    /// Whether a message says nothing but that more entries are agreed on, to a member that
    /// answered just now. Nothing depends on it but how soon that member applies them: a question
    /// whether this node still leads comes from a [`Peer`] that was never answered.
    fn is_news(&self, request: &AppendEntriesRequest<Types>) -> bool {
        let now_ms = self.network.contacts.clock.monotonic_ms();
        let is_recent = |answered_ms| now_ms < answered_ms + limits::HEARTBEAT_MS / 2;
        request.entries.is_empty()
            && request.leader_commit > self.told
            && self.answered_ms.is_some_and(is_recent)
    }

    /// Takes note that entries are sent now.
    fn note_entries(&mut self) {
        let now_ms = self.network.contacts.clock.monotonic_ms();
        self.gap_ms = now_ms.saturating_sub(self.sent_ms);
        self.sent_ms = now_ms;
    }

    /// Sends a message a little later, unless another one comes before.
    fn send_later(&mut self, request: AppendEntriesRequest<Types>) {
        let (mut network, id, member) = (self.network.clone(), self.id, self.member.clone());
        let pause_ms = pause_ms(self.gap_ms);
        self.news.spawn(async move {
            tokio::time::sleep(Duration::from_millis(pause_ms)).await;
            let agreed = request.leader_commit.as_ref().map(convert::position);
            if network.lasts(agreed).await {
                let timeout = Duration::from_millis(limits::HEARTBEAT_MS);
                let sent: Result<Replied, Failed<RaftError<u64>>> =
                    network.ask((id, &member), &Asked::Append(request), timeout).await;
                // The next heartbeat says it again.
                drop(sent);
            }
        });
    }

    fn remote<T, E: std::error::Error>(&self, replied: Result<T, E>) -> Result<T, Failed<E>> {
        replied.map_err(|error| {
            let error = RemoteError::new_with_node(self.id, self.member.clone(), error);
            RPCError::RemoteError(error)
        })
    }
}

/// How long news waits when entries were sent `gap_ms` after each other: as long as the next ones
/// are likely to come before it.
fn pause_ms(gap_ms: u64) -> u64 {
    let next_ms = gap_ms.saturating_mul(2);
    if next_ms <= limits::NEWS_MS_MAX { next_ms.max(limits::NEWS_MS) } else { limits::NEWS_MS }
}

fn unexpected<E: std::error::Error>() -> Failed<E> {
    let error = std::io::Error::new(std::io::ErrorKind::InvalidData, "another answer was expected");
    RPCError::Network(NetworkError::new(&error))
}

impl RaftNetwork<Types> for Peer {
    async fn append_entries(
        &mut self,
        mut request: AppendEntriesRequest<Types>,
        option: RPCOption,
    ) -> Result<AppendEntriesResponse<u64>, Failed<RaftError<u64>>> {
        self.news = JoinSet::new();
        if self.is_news(&request) {
            self.send_later(request);
            return Ok(AppendEntriesResponse::Success);
        }
        if !request.entries.is_empty() {
            self.note_entries();
        }
        self.tell_only_what_lasts(&mut request).await;
        match self.ask(&Asked::Append(request), &option).await? {
            Replied::Append(replied) => {
                self.answered_ms = Some(self.network.contacts.clock.monotonic_ms());
                self.remote(replied)
            }
            _ => Err(unexpected()),
        }
    }

    async fn install_snapshot(
        &mut self,
        request: InstallSnapshotRequest<Types>,
        option: RPCOption,
    ) -> Result<InstallSnapshotResponse<u64>, Failed<RaftError<u64, InstallSnapshotError>>> {
        match self.ask(&Asked::Snapshot(request), &option).await? {
            Replied::Snapshot(replied) => self.remote(replied),
            _ => Err(unexpected()),
        }
    }

    async fn vote(
        &mut self,
        request: VoteRequest<u64>,
        option: RPCOption,
    ) -> Result<VoteResponse<u64>, Failed<RaftError<u64>>> {
        match self.ask(&Asked::Vote(request), &option).await? {
            Replied::Vote(replied) => self.remote(replied),
            _ => Err(unexpected()),
        }
    }

    fn backoff(&self) -> Backoff {
        let pause = Duration::from_millis(limits::HEARTBEAT_MS * 2);
        Backoff::new(std::iter::repeat(pause))
    }
}
