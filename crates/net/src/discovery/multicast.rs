//! Nodes on one network, by multicast DNS (RFC 6762) and DNS-SD (RFC 6763).
//!
//! A node tells from the start that it is there, and later that it is ready. Of fresh nodes that
//! hear each other the one with the smallest key founds; two that do not hear each other in time
//! both do, and their clusters become one afterwards.

use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use mdns_sd::{ResolvedService, ServiceDaemon, ServiceEvent, ServiceInfo};
use tokio::time::Instant;

use super::{Claim, Discovery, LookError, Me, ready};
use crate::address::Address;
use crate::identity::PeerId;
use crate::limits;
use crate::tasks::Tasks;
use crate::transport::Pending;

/// What nodes of all clusters are listed as.
const SERVICE: &str = "_thorp._tcp.local.";
/// The property with the name of the cluster.
const CLUSTER: &str = "cluster";
/// The property with the address by which a node wants to be called.
const ADDRESS: &str = "address";
/// The property that tells a member (`yes`) from a fresh node that looks for one.
const READY: &str = "ready";
/// See [`READY`].
const READY_YES: &str = "yes";

/// Looks and is seen by multicast until it is dropped.
pub struct Multicast {
    own: Arc<Own>,
    found: Found,
    /// Follow what the daemon hears, and tell again.
    _tasks: Tasks,
}

/// What this node tells.
struct Own {
    me: Me,
    peer: PeerId,
    daemon: ServiceDaemon,
    is_ready: Mutex<bool>,
}

/// Nodes by the name that the daemon gives to each, which begins with the key.
type Found = Arc<Mutex<BTreeMap<String, Node>>>;

/// Another node of the cluster.
#[derive(Debug)]
struct Node {
    ways: Vec<Address>,
    is_ready: bool,
    /// When it was first heard of.
    since: Instant,
}

impl Multicast {
    /// Begins to look, on the port of multicast DNS or another one.
    ///
    /// # Errors
    ///
    /// When the machine has no multicast.
    pub fn start(me: Me, peer: PeerId, port: Option<u16>) -> Result<Self, LookError> {
        let daemon = match port {
            Some(port) => ServiceDaemon::new_with_port(port),
            None => ServiceDaemon::new(),
        };
        let daemon = daemon.map_err(failed)?;
        let events = daemon.browse(SERVICE).map_err(failed)?;
        let (found, tasks) = (Found::default(), Tasks::default());
        let (heard, name, cluster) = (Arc::clone(&found), full_name(&peer), me.cluster.clone());
        tasks.spawn(async move {
            while let Ok(event) = events.recv_async().await {
                note(&heard, &name, cluster.as_str(), event);
            }
        });
        let own = Arc::new(Own { me, peer, daemon, is_ready: Mutex::default() });
        own.tell(false)?;
        tasks.spawn(Arc::clone(&own).repeat());
        Ok(Self { own, found, _tasks: tasks })
    }

    /// Whether a fresh node founds rather than this one.
    fn is_another_first(&self) -> bool {
        let own = full_name(&self.own.peer);
        let patience = Duration::from_millis(limits::CLAIM_EXPIRY_MS);
        locked(&self.found)
            .range(..own)
            .any(|(_, node)| !node.is_ready && node.since.elapsed() < patience)
    }
}

impl Own {
    /// Tells that this node is there; whoever is ready stays so.
    fn tell(&self, is_ready_now: bool) -> Result<(), LookError> {
        let mut is_ready = self.is_ready.lock().unwrap_or_else(PoisonError::into_inner);
        *is_ready |= is_ready_now;
        let address = self.me.address.to_string();
        let ready = if *is_ready { READY_YES } else { "no" };
        let properties =
            [(CLUSTER, self.me.cluster.as_str()), (ADDRESS, address.as_str()), (READY, ready)];
        let instance = instance(&self.peer);
        let host = format!("thorp-{instance}.local.");
        let port = self.me.address.port();
        let info = ServiceInfo::new(SERVICE, &instance, &host, "", port, &properties[..]);
        let mut info = info.map_err(failed)?.enable_addr_auto();
        // Nobody else has a name that is made of this key.
        info.set_requires_probe(false);
        self.daemon.register(info).map_err(failed)
    }

    /// Tells again while fresh nodes look: one that began to listen a moment later has missed
    /// the first time, and would be asked only when it is too late.
    async fn repeat(self: Arc<Self>) {
        for _ in 0..limits::TELL_AGAIN_TIMES {
            tokio::time::sleep(Duration::from_millis(limits::TELL_AGAIN_MS)).await;
            if let Err(error) = self.tell(false) {
                tracing::debug!(reason = %model::fault::Chain(&error), "nothing was told");
            }
        }
    }
}

impl Discovery for Multicast {
    fn name(&self) -> String {
        "multicast".into()
    }

    fn look(&self) -> Pending<'_, Result<Vec<Address>, LookError>> {
        let found = locked(&self.found);
        let members = found.values().filter(|node| node.is_ready);
        ready(members.flat_map(|node| &node.ways).cloned().collect())
    }

    fn claim(&self) -> Pending<'_, Result<Claim, LookError>> {
        ready(if self.is_another_first() { Claim::Wait } else { Claim::Founder })
    }

    fn announce(&self) -> Pending<'_, Result<(), LookError>> {
        Box::pin(std::future::ready(self.own.tell(true)))
    }

    fn withdraw(&self) -> Pending<'_, Result<(), LookError>> {
        Box::pin(async move {
            let gone = self.own.daemon.unregister(&full_name(&self.own.peer)).map_err(failed)?;
            let time = Duration::from_millis(limits::LOOK_MS);
            if tokio::time::timeout(time, gone.recv_async()).await.is_err() {
                tracing::debug!("the farewell by multicast was not confirmed");
            }
            Ok(())
        })
    }

    fn patience(&self) -> Duration {
        Duration::from_millis(limits::LOOK_MS)
    }
}

impl Drop for Multicast {
    fn drop(&mut self) {
        if let Err(error) = self.own.daemon.shutdown() {
            tracing::debug!(%error, "multicast did not end by itself");
        }
    }
}

impl fmt::Debug for Multicast {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Multicast").field("me", &self.own.me).finish_non_exhaustive()
    }
}

/// A short name of a node on the network.
fn instance(peer: &PeerId) -> String {
    peer.to_string().chars().take(16).collect()
}

fn full_name(peer: &PeerId) -> String {
    format!("{}.{SERVICE}", instance(peer))
}

fn note(found: &Found, own: &str, cluster: &str, event: ServiceEvent) {
    match event {
        ServiceEvent::ServiceResolved(service) => {
            if service.get_fullname() == own {
                return;
            }
            let name = service.get_fullname();
            let mut found = locked(found);
            let before = found.remove(name);
            let ways = ways(&service, cluster);
            if !ways.is_empty() && found.len() < limits::CANDIDATES_MAX {
                let is_ready = service.get_property_val_str(READY) == Some(READY_YES);
                let since = before.map_or_else(Instant::now, |node| node.since);
                found.insert(name.to_owned(), Node { ways, is_ready, since });
            }
        }
        ServiceEvent::ServiceRemoved(_, name) => {
            locked(found).remove(&name);
        }
        _ => {}
    }
}

/// The ways to a node of `cluster`: the one that it asks for, then those of its interfaces.
fn ways(service: &ResolvedService, cluster: &str) -> Vec<Address> {
    if service.get_property_val_str(CLUSTER) != Some(cluster) {
        return Vec::new();
    }
    let asked = service.get_property_val_str(ADDRESS).and_then(|text| text.parse().ok());
    let mut ways: Vec<Address> = asked.into_iter().collect();
    let mut ips: Vec<IpAddr> =
        service.addresses.iter().map(mdns_sd::ScopedIp::to_ip_addr).collect();
    ips.sort();
    for ip in ips {
        let way = Address::from(std::net::SocketAddr::new(ip, service.port));
        if !ways.contains(&way) {
            ways.push(way);
        }
    }
    ways.truncate(limits::RESOLVED_MAX);
    ways
}

fn locked(found: &Found) -> MutexGuard<'_, BTreeMap<String, Node>> {
    found.lock().unwrap_or_else(PoisonError::into_inner)
}

fn failed(error: mdns_sd::Error) -> LookError {
    LookError::new("multicast".into(), io::Error::other(error))
}
