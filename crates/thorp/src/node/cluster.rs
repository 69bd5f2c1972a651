//! What the HTTPS door shows of the cluster, and changes there.

use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use gateway::https::body::cluster::{Member, Role, State, Status, Task};
use gateway::https::{Port, Refused};
use model::fault::{Fault, Kind};
use net::address::Address;
use net::cluster::ClusterName;
use net::identity::{Fingerprint, PeerId};
use net::secret::Secret;
use net::token::Token;
use net::transport::{Answer, Peers, Refusal};
use state::{Embedded, Engine, Members, NodeId, Pending, autopilot};

use super::limits;
use super::welcome::encode;

/// What members call the service that tells of the cluster.
pub(super) const SERVICE: &str = "cluster";

/// The cluster as this node knows it.
#[derive(Debug)]
pub(super) struct ClusterPort {
    pub(super) engine: Arc<Embedded>,
    pub(super) cluster: ClusterName,
    /// This node.
    pub(super) own: NodeId,
    pub(super) secret: Secret,
    pub(super) authority: Fingerprint,
    pub(super) peers: Arc<Peers>,
    /// Background work of this node beside that of the engine.
    pub(super) tasks: Arc<Mutex<Vec<&'static str>>>,
}

/// Why a member was not removed.
#[derive(Debug, thiserror::Error)]
enum RemoveError {
    #[error("there is no member `{name}`")]
    Unknown { name: String },
    #[error("member `{name}` was not removed")]
    Change { name: String, source: state::ChangeError },
}

impl Fault for RemoveError {
    fn code(&self) -> &'static str {
        match self {
            Self::Unknown { .. } => "MEMBER_UNKNOWN",
            Self::Change { source, .. } => source.code(),
        }
    }

    fn kind(&self) -> Kind {
        match self {
            Self::Unknown { .. } => Kind::NotFound,
            Self::Change { source, .. } => source.kind(),
        }
    }

    fn help(&self) -> Option<String> {
        match self {
            Self::Unknown { .. } => Some("`thorp node list` shows the members".into()),
            Self::Change { source, .. } => source.help(),
        }
    }
}

impl ClusterPort {
    fn listed(&self, members: &Members, status: &state::Status) -> Vec<Member> {
        let leads = status.leader == Some(self.own);
        let listed = members.all.iter().map(|(id, (member, role))| Member {
            name: member.name.clone(),
            peers: member.address.clone(),
            role: role_of(*role, member.is_witness, status.leader.is_some()),
            // Who follows talks to the leader alone.
            reachable: (leads || status.reachable.contains(id))
                .then(|| status.reachable.contains(id)),
        });
        listed.collect()
    }

    async fn remove_named(&self, name: &str) -> Result<(), RemoveError> {
        let members = self.engine.members();
        let found = members.all.iter().find(|(_, (member, _))| member.name == name);
        let id = found.map(|(id, _)| *id);
        let id = id.ok_or_else(|| RemoveError::Unknown { name: name.to_owned() })?;
        let removed = self.engine.remove(id, limits::CHANGE).await;
        removed.map_err(|source| RemoveError::Change { name: name.to_owned(), source })
    }

    fn token(&self) -> String {
        let members = self.engine.members();
        let addresses = members.all.values().filter_map(|(member, _)| member.address.parse().ok());
        let token = Token {
            cluster: self.cluster.clone(),
            members: addresses.take(limits::TOKEN_MEMBERS_MAX).collect::<Vec<Address>>(),
            authority: self.authority,
            secret: self.secret.clone(),
        };
        token.to_string()
    }

    /// What the leader says, who alone talks to all; in its absence what this node sees itself.
    async fn told(&self) -> Status {
        let own = self.seen();
        let leader = self.engine.status().leader.filter(|leader| *leader != self.own);
        let members = self.engine.members();
        let Some((leader, _)) = leader.and_then(|leader| members.all.get(&leader)) else {
            return own;
        };
        let asked = self.peers.call(&leader.address, SERVICE, Bytes::new(), limits::STATUS).await;
        let told = asked.ok().and_then(|told| serde_json::from_slice::<Status>(&told).ok());
        match told {
            Some(told) => Status { node: own.node, state: own.state, version: own.version, ..told },
            None => own,
        }
    }

    /// The cluster as this node sees it.
    fn seen(&self) -> Status {
        let members = self.engine.members();
        let status = self.engine.status();
        let name = |id: &NodeId| members.all.get(id).map(|(member, _)| member.name.clone());
        let reachable = status.reachable_voters;
        Status {
            cluster: self.cluster.to_string(),
            node: name(&self.own).unwrap_or_default(),
            version: env!("CARGO_PKG_VERSION").into(),
            has_quorum: status.leader.is_some() && reachable * 2 > status.voters,
            leader: status.leader.as_ref().and_then(name),
            voters: status.voters,
            reachable_voters: reachable,
            members: self.listed(&members, &status),
            advice: autopilot::advice(status.voters, reachable),
            state: State {
                term: status.term,
                log_index: status.log_index,
                applied_index: status.applied_index,
                durable_index: status.durable_index,
                first_index: status.first_index,
                disk_full: status.disk_full,
                stopped: status.stopped,
            },
            tasks: None,
        }
    }
}

/// Tells other members what this one sees.
#[derive(Debug)]
pub(super) struct ClusterService(pub(super) Arc<ClusterPort>);

impl Answer for ClusterService {
    fn answer(&self, _: PeerId, _: Bytes) -> net::transport::Pending<'_, Result<Bytes, Refusal>> {
        Box::pin(std::future::ready(Ok(encode(&self.0.seen()))))
    }
}

impl Port for ClusterPort {
    fn status(&self) -> Pending<'_, Status> {
        Box::pin(self.told())
    }

    fn tasks(&self) -> Vec<Task> {
        let own = self.tasks.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let names = own.into_iter().chain(self.engine.status().tasks);
        names.map(|name| Task { name: name.to_owned() }).collect()
    }

    fn remove<'a>(&'a self, name: &'a str) -> Pending<'a, Result<(), Refused>> {
        Box::pin(async move {
            self.remove_named(name).await.map_err(|error| -> Refused { Box::new(error) })
        })
    }

    fn join_token(&self) -> Pending<'_, Result<String, Refused>> {
        Box::pin(std::future::ready(Ok(self.token())))
    }
}

fn role_of(role: state::Role, is_witness: bool, has_leader: bool) -> Role {
    match role {
        state::Role::Leader => Role::Leader,
        _ if is_witness => Role::Witness,
        state::Role::Voter if has_leader => Role::Follower,
        state::Role::Voter => Role::Voter,
        state::Role::Learner => Role::Learner,
    }
}
