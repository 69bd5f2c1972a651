//! What the HTTPS door shows of the cluster, and changes there.

use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use futures::future::join_all;
use gateway::https::body::cluster::{Member, Role, State, Status, Task};
use gateway::https::{Port, Refused};
use model::fault::{Fault, Kind};
use net::address::Address;
use net::cluster::ClusterName;
use net::identity::{Fingerprint, PeerId};
use net::secret::Secret;
use net::token::Token;
use net::transport::{Answer, Peers, Refusal};
use serde::{Deserialize, Serialize};
use state::autopilot::{self, Strength};
use state::{Embedded, Engine, Members, NodeId, Pending};

use super::acquaintance::{Acquaintance, REMOVED};
use super::drain::{self, DrainError, Drains};
use super::limits;
use super::welcome::{decode, encode};

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
    /// The URL of the HTTPS door of this node, when it serves data.
    pub(super) door: Option<String>,
    /// Background work of this node beside that of the engine.
    pub(super) tasks: Arc<Mutex<Vec<&'static str>>>,
    pub(super) acquaintance: Arc<Acquaintance>,
    pub(super) drains: Arc<Drains>,
}

/// What members ask each other, as JSON. Nothing at all asks for the status too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Asked {
    /// How the cluster is, as the node sees it.
    Status,
    /// Where the HTTPS door of the node is.
    Door,
    /// The one who asks is drained.
    IsDrained,
    /// The node shall be drained.
    Drain,
    /// It shall be drained no longer.
    Undrain,
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

    /// What may fail next and what to do about it, in words.
    fn advice(&self) -> Vec<String> {
        let news = self.acquaintance.news();
        if news.contains(REMOVED) {
            // What fails next in the cluster is none of its business.
            return news.into_iter().collect();
        }
        let status = self.engine.status();
        let members = self.engine.members();
        let mut advice = autopilot::advice(&Strength::of(&members, &status.reachable));
        let drained = self.drains.all();
        let drained = drained.iter().filter_map(|id| members.all.get(id));
        advice.extend(drained.map(|(member, _)| {
            let name = &member.name;
            format!("`{name}` is drained; it comes back with `thorp node undrain` or a restart")
        }));
        advice.extend(news);
        advice
    }

    /// Drains the member `name`, or takes it back.
    async fn drain_named(&self, name: &str, is_drained: bool) -> Result<(), DrainError> {
        let members = self.engine.members();
        let found = members.all.iter().find(|(_, (member, _))| member.name == name);
        let unknown = || DrainError::Unknown { name: name.to_owned() };
        let (id, (member, _)) = found.ok_or_else(unknown)?;
        if *id == self.own {
            return self.drain_own(is_drained).await;
        }
        if is_drained && drain::instead(&members, *id).is_none() {
            return Err(DrainError::Alone { name: name.to_owned() });
        }
        let asked = encode(if is_drained { &Asked::Drain } else { &Asked::Undrain });
        let told = self.peers.call(&member.address, SERVICE, asked, limits::CHANGE).await;
        told.map(drop).map_err(|source| DrainError::Call { name: name.to_owned(), source })
    }

    /// Drains this node and waits until it leads and votes no longer, as far as others suffice.
    pub(super) async fn drain_own(&self, is_drained: bool) -> Result<(), DrainError> {
        let members = self.engine.members();
        let own = members.all.get(&self.own);
        let name = own.map(|(member, _)| member.name.clone()).unwrap_or_default();
        if is_drained && drain::instead(&members, self.own).is_none() {
            return Err(DrainError::Alone { name });
        }
        self.drains.set_own(is_drained);
        if !is_drained {
            return Ok(());
        }
        // A vote that others cannot do without stays; the leadership must not.
        let voted =
            tokio::time::timeout(limits::UNVOTE, self.until(|role| role == state::Role::Learner));
        if voted.await.is_ok() {
            return Ok(());
        }
        let led =
            tokio::time::timeout(limits::CHANGE, self.until(|role| role != state::Role::Leader));
        match led.await {
            Ok(()) => Ok(()),
            Err(_) => Err(DrainError::Leads { name, seconds: limits::CHANGE.as_secs() }),
        }
    }

    /// Waits until the role of this node is as `is_so` wants.
    async fn until(&self, is_so: impl Fn(state::Role) -> bool) {
        let mut changed = self.engine.changed();
        while !self.engine.members().all.get(&self.own).is_some_and(|(_, role)| is_so(*role)) {
            changed.wait().await;
        }
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
    pub(super) async fn told(&self) -> Status {
        let own = self.seen();
        let leader = self.engine.status().leader.filter(|leader| *leader != self.own);
        let members = self.engine.members();
        let Some((leader, _)) = leader.and_then(|leader| members.all.get(&leader)) else {
            return own;
        };
        let asked = self.peers.call(&leader.address, SERVICE, Bytes::new(), limits::STATUS).await;
        let told = asked.ok().and_then(|told| serde_json::from_slice::<Status>(&told).ok());
        match told {
            Some(mut told) => {
                let news = self.acquaintance.news().into_iter();
                let news: Vec<String> = news.filter(|line| !told.advice.contains(line)).collect();
                told.advice.extend(news);
                Status { node: own.node, state: own.state, version: own.version, ..told }
            }
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
            advice: self.advice(),
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

impl ClusterPort {
    /// The doors of all members that tell in time.
    async fn all_doors(&self) -> Vec<String> {
        let members = self.engine.members();
        let asked = members.all.iter().map(|(id, (member, _))| async move {
            if *id == self.own {
                return self.door.clone();
            }
            let asked = encode(&Asked::Door);
            let told = self.peers.call(&member.address, SERVICE, asked, limits::STATUS).await;
            serde_json::from_slice::<Option<String>>(&told.ok()?).ok()?
        });
        join_all(asked).await.into_iter().flatten().collect()
    }
}

/// Tells other members what they ask, and is drained when they say so.
#[derive(Debug)]
pub(super) struct ClusterService(pub(super) Arc<ClusterPort>);

impl Answer for ClusterService {
    fn answer(
        &self,
        peer: PeerId,
        text: Bytes,
    ) -> net::transport::Pending<'_, Result<Bytes, Refusal>> {
        Box::pin(self.0.answer(peer, text))
    }
}

impl ClusterPort {
    async fn answer(&self, peer: PeerId, text: Bytes) -> Result<Bytes, Refusal> {
        let asked = if text.is_empty() { Asked::Status } else { decode(&text)? };
        let is_drained = match asked {
            Asked::Status => return Ok(encode(&self.seen())),
            Asked::Door => return Ok(encode(&self.door)),
            Asked::IsDrained => {
                let (members, peer) = (self.engine.members(), peer.to_string());
                let found = members.all.iter().find(|(_, (member, _))| member.peer == peer);
                if let Some((id, _)) = found {
                    self.drains.note(*id);
                }
                return Ok(Bytes::new());
            }
            Asked::Drain => true,
            Asked::Undrain => false,
        };
        let drained = self.drain_own(is_drained).await;
        drained.map(|()| Bytes::new()).map_err(|error| Refusal::of(&error))
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

    fn doors(&self) -> Pending<'_, Vec<String>> {
        Box::pin(self.all_doors())
    }

    fn remove<'a>(&'a self, name: &'a str) -> Pending<'a, Result<(), Refused>> {
        Box::pin(async move {
            self.remove_named(name).await.map_err(|error| -> Refused { Box::new(error) })
        })
    }

    fn drain<'a>(&'a self, name: &'a str, is_drained: bool) -> Pending<'a, Result<(), Refused>> {
        Box::pin(async move {
            let drained = self.drain_named(name, is_drained).await;
            drained.map_err(|error| -> Refused { Box::new(error) })
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
