//! Raft, by openraft: the only module that knows its types.
//!
//! The library is generic, and is compiled where its types are named: here, behind functions
//! without generics, in files that seldom change.

mod convert;
pub(crate) mod list;
mod machine;
mod message;
mod network;
mod runtime;
mod store;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use openraft::error::{CheckIsLeaderError, ClientWriteError, Fatal, RaftError};
use openraft::{ChangeMembers, Raft, ServerState, SnapshotPolicy};
use tokio::sync::watch;

use crate::applied::Applied;
use crate::batch::Outcomes;
use crate::calls::Calls;
use crate::disk::Disk;
use crate::limits;
use crate::log::Log;
use crate::member::{Member, Members, NodeId, Role};
pub(crate) use machine::{Listener, Machine};
use network::Network;
pub(crate) use network::{Contacts, FOR_RAFT};
use store::LogStore;
pub(crate) use types::{Payload, Types};

mod types {
    //! What Raft is told our types are.

    use bytes::Bytes;
    use serde::{Deserialize, Serialize};

    use super::runtime::Runtime;
    use crate::batch::Outcomes;
    use crate::disk::Parcel;
    use crate::member::Member;

    /// A batch of requests in its encoding.
    #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
    pub(crate) struct Payload(pub(crate) Bytes);

    openraft::declare_raft_types!(
        pub(crate) Types:
            D = Payload,
            R = Outcomes,
            NodeId = u64,
            Node = Member,
            Entry = openraft::Entry<Types>,
            SnapshotData = Box<dyn Parcel>,
            AsyncRuntime = Runtime,
    );
}

/// One node's part in the agreement.
#[derive(Clone)]
pub(crate) struct Consensus {
    raft: Raft<Types>,
    node: u64,
    contacts: Arc<Contacts>,
    agreed: watch::Receiver<u64>,
}

impl std::fmt::Debug for Consensus {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Consensus").field("node", &self.node).finish_non_exhaustive()
    }
}

/// What a node needs to take part.
pub(crate) struct Parts {
    pub(crate) node: u64,
    pub(crate) log: Arc<Log>,
    pub(crate) disk: Arc<dyn Disk>,
    pub(crate) applied: Arc<Applied>,
    pub(crate) listener: Listener,
    pub(crate) calls: Arc<dyn Calls>,
    pub(crate) contacts: Arc<Contacts>,
    pub(crate) cut_after_entries: u64,
}

/// Why Raft did not do what it was asked.
#[derive(Debug)]
pub(crate) enum Refused {
    /// This node does not lead, or not any more.
    NotLeader,
    /// A quorum did not answer.
    NoQuorum,
    /// The members are being changed.
    Busy,
    /// Not a member.
    Unknown,
    /// Raft has ended.
    Stopped(String),
}

/// How Raft is on this node.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Health {
    pub(crate) leader: Option<u64>,
    pub(crate) term: u64,
    pub(crate) last_index: u64,
    pub(crate) members: Members,
    /// Who votes when a change that is half done is finished.
    pub(crate) unfinished: Option<BTreeSet<u64>>,
    pub(crate) stopped: Option<String>,
    /// For a leader: what each follower has.
    pub(crate) matched: BTreeMap<u64, Option<u64>>,
}

impl Consensus {
    pub(crate) async fn start(parts: Parts) -> Result<Self, String> {
        let config = openraft::Config {
            cluster_name: "thorp".to_owned(),
            heartbeat_interval: limits::HEARTBEAT_MS,
            election_timeout_min: limits::ELECTION_MIN_MS,
            election_timeout_max: limits::ELECTION_MAX_MS,
            install_snapshot_timeout: limits::SNAPSHOT_CHUNK_MS,
            snapshot_max_chunk_size: limits::SNAPSHOT_CHUNK_BYTES,
            max_payload_entries: limits::REPLICATED_ENTRIES_MAX,
            snapshot_policy: SnapshotPolicy::LogsSinceLast(parts.cut_after_entries),
            max_in_snapshot_log_to_keep: parts.cut_after_entries / 2,
            replication_lag_threshold: parts.cut_after_entries * 2,
            ..openraft::Config::default()
        };
        let config = config.validate().map_err(|error| error.to_string())?;
        let contacts = parts.contacts;
        let network = Network {
            calls: parts.calls,
            contacts: Arc::clone(&contacts),
            written: parts.log.written(),
        };
        let led = parts
            .log
            .ends()
            .vote
            .is_some_and(|vote| vote.is_committed && vote.leader == parts.node);
        let progress = parts.applied.progress();
        let (tell_agreed, agreed) = watch::channel(0);
        let machine = Machine::new(
            parts.applied,
            parts.log.written(),
            tell_agreed,
            parts.listener,
            parts.disk,
        );

        let store = LogStore {
            log: parts.log,
            node: parts.node,
            progress,
            contacts: Arc::clone(&contacts),
        };
        let raft = Raft::new(parts.node, Arc::new(config), network, store, machine)
            .await
            .map_err(|error| error.to_string())?;
        if led {
            // Nobody else may be there to lead, and nobody need wait to find out.
            raft.trigger().elect().await.map_err(|error| error.to_string())?;
        }
        Ok(Self { raft, node: parts.node, contacts, agreed })
    }

    pub(crate) async fn is_founded(&self) -> Result<bool, Refused> {
        self.raft.is_initialized().await.map_err(|error| stopped(&error))
    }

    /// Makes this node a cluster of its own.
    pub(crate) async fn found(&self, member: Member) -> Result<(), Refused> {
        match self.raft.initialize(BTreeMap::from([(self.node, member)])).await {
            Ok(()) => Ok(()),
            Err(RaftError::Fatal(fatal)) => Err(stopped(&fatal)),
            Err(RaftError::APIError(_)) => Err(Refused::Busy),
        }
    }

    /// Appends one entry, and waits until it is applied here.
    pub(crate) async fn propose(&self, batch: Bytes) -> Result<Outcomes, Refused> {
        self.as_leader(self.raft.client_write(Payload(batch))).await.map(|done| done.data)
    }

    /// Says which entry was agreed on last, and is durable here, before it is applied.
    pub(crate) fn agreed(&self) -> watch::Receiver<u64> {
        self.agreed.clone()
    }

    /// The entry that a read must wait for; none: there are no entries.
    pub(crate) async fn read_index(&self) -> Result<Option<u64>, Refused> {
        match self.raft.get_read_log_id().await {
            Ok((read, _)) => Ok(read.map(|id| id.index)),
            Err(RaftError::Fatal(fatal)) => Err(stopped(&fatal)),
            Err(RaftError::APIError(CheckIsLeaderError::ForwardToLeader(_))) => {
                Err(Refused::NotLeader)
            }
            Err(RaftError::APIError(CheckIsLeaderError::QuorumNotEnough(_))) => {
                Err(Refused::NoQuorum)
            }
        }
    }

    /// Adds a member that does not vote, and waits until it has caught up.
    pub(crate) async fn add(&self, id: u64, member: Member) -> Result<(), Refused> {
        let is_known = self.health().members.all.contains_key(&NodeId(id));
        if is_known {
            let change = ChangeMembers::SetNodes(BTreeMap::from([(id, member)]));
            return self.as_leader(self.raft.change_membership(change, true)).await.map(drop);
        }
        self.as_leader(self.raft.add_learner(id, member, false)).await.map(drop)
    }

    /// Lets exactly these members vote.
    pub(crate) async fn set_voters(&self, voters: BTreeSet<u64>) -> Result<(), Refused> {
        self.as_leader(self.raft.change_membership(voters, true)).await.map(drop)
    }

    /// Removes a member that does not vote.
    pub(crate) async fn remove(&self, id: u64) -> Result<(), Refused> {
        let change = ChangeMembers::RemoveNodes(BTreeSet::from([id]));
        self.as_leader(self.raft.change_membership(change, true)).await.map(drop)
    }

    /// Waits for what comes of an entry, and not for ever when this node leads no longer. openraft
    /// forgets who waits for an entry when a snapshot takes its place.
    async fn as_leader<T>(
        &self,
        work: impl Future<Output = Result<T, WriteError>>,
    ) -> Result<T, Refused> {
        let term = self.led_term();
        let is_in_vain = async {
            let mut changed = self.changed();
            while term.is_some() && self.led_term() == term {
                changed.wait().await;
            }
            // The next leader may have it, and agree on it.
            tokio::time::sleep(Duration::from_millis(limits::LEAD_LOST_MS)).await;
        };
        tokio::select! {
            biased;
            done = work => done.map_err(write_refused),
            () = is_in_vain => Err(Refused::NotLeader),
        }
    }

    /// The term in which this node leads.
    fn led_term(&self) -> Option<u64> {
        let server = self.raft.server_metrics();
        let server = server.borrow();
        (server.current_leader == Some(self.node)).then(|| server.vote.leader_id().term)
    }

    /// Starts an election, whether or not there is a leader.
    pub(crate) async fn elect(&self) -> Result<(), Refused> {
        self.raft.trigger().elect().await.map_err(|error| stopped(&error))
    }

    /// Cuts the log up to `upto`, or up to what was durable at the last call when that is less.
    pub(crate) async fn cut(&self, upto: u64) -> Result<(), Refused> {
        self.raft.trigger().snapshot().await.map_err(|error| stopped(&error))?;
        self.raft.trigger().purge_log(upto).await.map_err(|error| stopped(&error))
    }

    /// Who leads, as far as this node knows.
    pub(crate) fn leader(&self) -> Option<u64> {
        self.raft.server_metrics().borrow().current_leader
    }

    /// Where a member is called.
    pub(crate) fn address(&self, node: u64) -> Option<String> {
        let server = self.raft.server_metrics();
        let server = server.borrow();
        server.membership_config.membership().get_node(&node).map(|member| member.address.clone())
    }

    /// How Raft is. Who was woken by [`Changed`] or [`Replicated`] finds here what woke him: Raft
    /// tells these two first and what is in all metrics later, so that those would be too old.
    pub(crate) fn health(&self) -> Health {
        let server = self.raft.server_metrics().borrow().clone();
        let data = self.raft.data_metrics().borrow().clone();
        let metrics = self.raft.metrics().borrow().clone();
        let config = &server.membership_config;
        let voters: BTreeSet<u64> = config.voter_ids().collect();
        let leader = server.current_leader;
        let all = config.nodes().map(|(id, member)| {
            let role = match (leader == Some(*id), voters.contains(id)) {
                (true, _) => Role::Leader,
                (false, true) => Role::Voter,
                (false, false) => Role::Learner,
            };
            (NodeId(*id), (member.clone(), role))
        });
        let matched = data.replication.iter().flatten();
        Health {
            leader,
            term: metrics.current_term,
            last_index: data.last_log.map_or(0, |last| last.index),
            members: Members {
                all: all.collect(),
                are_agreed: config.log_id() <= &data.last_applied,
            },
            unfinished: match config.membership().get_joint_config().as_slice() {
                [_, .., last] => Some(last.clone()),
                _ => None,
            },
            stopped: match (&metrics.running_state, server.state) {
                (Err(fatal), _) => Some(fatal.to_string()),
                (Ok(()), ServerState::Shutdown) => Some("it was shut down".to_owned()),
                (Ok(()), _) => None,
            },
            matched: matched.map(|(id, at)| (*id, at.map(|at| at.index))).collect(),
        }
    }

    /// Wakes when the leader, the members or the end of Raft may have changed.
    pub(crate) fn changed(&self) -> Changed {
        Changed(self.raft.server_metrics())
    }

    /// Wakes when what followers have may have changed.
    pub(crate) fn replicated(&self) -> Replicated {
        Replicated(self.raft.data_metrics())
    }

    pub(crate) async fn shut_down(&self) {
        if let Err(error) = self.raft.shutdown().await {
            tracing::warn!(%error, "agreement ended badly");
        }
    }
}

/// Wakes when the leader or the members may have changed.
#[derive(Debug)]
pub struct Changed(watch::Receiver<openraft::metrics::RaftServerMetrics<u64, Member>>);

impl Changed {
    /// Waits for the next change since the last call, or since this was made.
    pub async fn wait(&mut self) {
        if self.0.changed().await.is_err() {
            // Raft has ended: nothing changes any more.
            std::future::pending::<()>().await;
        }
    }
}

/// See [`Consensus::replicated`].
pub(crate) struct Replicated(watch::Receiver<openraft::metrics::RaftDataMetrics<u64>>);

impl Replicated {
    pub(crate) async fn wait(&mut self) {
        if self.0.changed().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

fn stopped(fatal: &Fatal<u64>) -> Refused {
    Refused::Stopped(fatal.to_string())
}

type WriteError = RaftError<u64, ClientWriteError<u64, Member>>;

fn write_refused(error: WriteError) -> Refused {
    use openraft::error::ChangeMembershipError::{InProgress, LearnerNotFound};
    match error {
        RaftError::Fatal(fatal) => stopped(&fatal),
        RaftError::APIError(ClientWriteError::ForwardToLeader(_)) => Refused::NotLeader,
        RaftError::APIError(ClientWriteError::ChangeMembershipError(error)) => match error {
            InProgress(_) => Refused::Busy,
            LearnerNotFound(_) => Refused::Unknown,
            _ => Refused::Unknown,
        },
    }
}

#[cfg(test)]
mod tests;
