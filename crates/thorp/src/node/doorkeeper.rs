//! Lets nodes in that have proved the secret: gives them number and name, and adds them.

use std::sync::Arc;

use bytes::Bytes;
use gateway::https::Port;
use model::fault::Kind;
use net::identity::PeerId;
use net::join::Doorkeeper;
use net::secret::random;
use net::transport::{Pending, Refusal};
use state::{ChangeError, Engine, Member, Members, NodeId};

use super::cluster::ClusterPort;
use super::limits;
use super::question::{self, Introduction, Question};
use super::welcome::{Request, VERSION, Welcome, decode, encode};

/// Decides about joiners in the name of the cluster.
#[derive(Debug)]
pub(super) struct Keeper {
    pub(super) token: String,
    /// The certificate authority of the cluster, as PEM.
    pub(super) authority: String,
    pub(super) cluster: Arc<ClusterPort>,
}

impl Keeper {
    async fn let_in(&self, peer: PeerId, text: Bytes) -> Result<Bytes, Refusal> {
        let wanted: Request = decode(&text)?;
        let added = tokio::time::timeout(limits::JOIN, self.add(peer, &wanted)).await;
        let (id, member) = added
            .unwrap_or_else(|_| Err("others join at the same time".to_owned()))
            .map_err(|reason| Refusal::new("JOIN_REFUSED", Kind::Unavailable, reason))?;
        tracing::info!(name = member.name, address = member.address, "node joined");
        let token = self.token.clone();
        let removed = self.cluster.acquaintance.credentials.removed();
        let removed = removed.iter().map(PeerId::to_string).collect();
        Ok(encode(&Welcome { version: VERSION, id: id.0, name: member.name, token, removed }))
    }

    /// Adds the node with the key `peer` under a number and a name that nobody else has.
    async fn add(&self, peer: PeerId, wanted: &Request) -> Result<(NodeId, Member), String> {
        let engine = &self.cluster.engine;
        loop {
            let (id, member) = place(&engine.members(), &peer.to_string(), wanted);
            match engine.add(id, &member, limits::JOIN).await {
                Ok(()) => return Ok((id, member)),
                Err(ChangeError::InUse { .. }) => {
                    // The leader knows of members of whom this node has not heard yet.
                    tokio::time::sleep(limits::JOIN_AGAIN).await;
                }
                Err(error) => return Err(error.to_string()),
            }
        }
    }

    /// Answers a node of this cluster or another one, or a program, that has proved the secret.
    async fn reply(&self, text: Bytes) -> Result<Bytes, Refusal> {
        match decode(&text)? {
            Question::Cluster(visitor) => Ok(encode(&self.cluster.acquaintance.reply(&visitor))),
            Question::Introduction { .. } => Ok(encode(&Introduction {
                version: question::VERSION,
                token: self.token.clone(),
                authority: self.authority.clone(),
                doors: self.cluster.doors().await,
            })),
        }
    }
}

impl Doorkeeper for Keeper {
    fn question(&self, text: Bytes) -> Pending<'_, Result<Bytes, Refusal>> {
        Box::pin(self.reply(text))
    }

    fn admit(&self, peer: PeerId, text: Bytes) -> Pending<'_, Result<Bytes, Refusal>> {
        Box::pin(self.let_in(peer, text))
    }
}

/// Number and name of the node with the key `peer`; the ones that it has when it asks again.
fn place(members: &Members, peer: &str, wanted: &Request) -> (NodeId, Member) {
    let Request { name, address, is_witness, .. } = wanted;
    let known = members.all.iter().find(|(_, (member, _))| member.peer == peer);
    let (id, name) = match known {
        Some((id, (member, _))) => (*id, member.name.clone()),
        None => (fresh_id(members), free_name(members, name)),
    };
    let (address, peer) = (address.clone(), peer.to_owned());
    (id, Member { name, address, is_witness: *is_witness, peer })
}

/// A number that no member has, and that none had: it is random.
pub(super) fn fresh_id(members: &Members) -> NodeId {
    loop {
        let id = NodeId(u64::from_be_bytes(random()) >> (u64::BITS - limits::NODE_ID_BITS));
        if id.0 > 0 && !members.all.contains_key(&id) {
            return id;
        }
    }
}

/// `name`, with a number behind it when a member has it already.
fn free_name(members: &Members, name: &str) -> String {
    let is_free = |name: &str| members.all.values().all(|(member, _)| member.name != name);
    let numbered = (2..).map(|number: u64| format!("{name}-{number}"));
    let mut names = std::iter::once(name.to_owned()).chain(numbered);
    names.find(|name| is_free(name)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use state::Role;

    fn wanted(name: &str) -> Request {
        Request { version: VERSION, name: name.into(), address: "h:1".into(), is_witness: false }
    }

    #[test]
    fn names_are_unique_and_a_node_that_asks_again_is_the_same() {
        let mut members = Members::default();
        for (peer, name) in [("k1", "box"), ("k2", "box-2"), ("k3", "box-3")] {
            let (id, member) = place(&members, peer, &wanted("box"));
            assert_eq!(member.name, name);
            members.all.insert(id, (member, Role::Learner));
        }
        let (id, member) = place(&members, "k2", &wanted("other"));
        assert_eq!((member.name.as_str(), members.all[&id].0.peer.as_str()), ("box-2", "k2"));
        assert_eq!(members.all.len(), 3);
    }
}
