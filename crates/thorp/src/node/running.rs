//! A running node.

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;

use gateway::{Door, https, redis};
use model::clock::Clock;
use model::fault::Chain;
use net::address::Address;
use net::discovery::Discovery;
use net::entry::stay_known;
use net::identity::{Credentials, Identity};
use net::join::Gate;
use net::transport::{Peers, Server};
use state::{Embedded, Engine, Member, NodeId, PeerCalls, PeerService};
use tokio::net::TcpListener;

use super::autopilot::Autopilot;
use super::bind::bind;
use super::cluster::{self, ClusterPort, ClusterService};
use super::contact::{Contacts, Introduced};
use super::doorkeeper::Keeper;
use super::entry::{Ways, founded, host};
use super::error::StartError;
use super::limits;
use super::options::Options;
use super::tasks::Tasks;

/// A node of a cluster, in this process.
#[derive(Debug)]
pub struct Node {
    engine: Arc<Embedded>,
    credentials: Arc<Credentials>,
    addresses: Addresses,
    code: control::tasks::Tasks,
    is_witness: bool,
    tasks: Tasks,
}

/// Where a node listens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Addresses {
    pub https: Option<SocketAddr>,
    pub peers: SocketAddr,
    pub redis: Option<SocketAddr>,
}

/// The ports of a node, bound.
#[derive(Debug)]
struct Ports {
    https: Option<TcpListener>,
    peers: TcpListener,
    redis: Option<TcpListener>,
}

impl Ports {
    async fn bind(options: &Options) -> Result<Self, StartError> {
        let https = match &options.https_listen {
            Some(address) => Some(bind(address, "--listen").await?),
            None => None,
        };
        let peers = bind(&options.peers_listen, "--peer-listen").await?;
        let redis = match &options.redis_listen {
            Some(address) if !options.witness => Some(bind(address, "--redis-listen").await?),
            _ => None,
        };
        Ok(Self { https, peers, redis })
    }

    fn addresses(&self) -> std::io::Result<Addresses> {
        let at =
            |port: &Option<TcpListener>| port.as_ref().map(TcpListener::local_addr).transpose();
        Ok(Addresses {
            https: at(&self.https)?,
            peers: self.peers.local_addr()?,
            redis: at(&self.redis)?,
        })
    }
}

impl Node {
    /// Starts a node; it runs until [`Node::stop`], also without a quorum.
    ///
    /// A node whose data has a place in a cluster goes on there, others join or found one.
    ///
    /// # Errors
    ///
    /// [`StartError`]: a port is taken, the data is damaged or in use, nobody lets the node in.
    pub async fn start(options: Options, clock: Arc<dyn Clock>) -> Result<Self, StartError> {
        let ports = Ports::bind(&options).await?;
        let addresses = ports.addresses().map_err(|source| {
            let address = options.peers_listen.clone();
            StartError::Bind(super::BindError::Unusable { address, flag: "--peer-listen", source })
        })?;
        let address = reached_at(&options, &addresses)?;
        let mut identity = Identity::open(&options.data)?;
        let ways = Ways::new(&options, &identity, &address)?;
        let place = ways.enter(&mut identity, &options, &address, &clock).await?;
        let credentials = identity.credentials(Arc::clone(&clock))?;
        let own = credentials.place().clone();
        let member = Member {
            name: own.name.clone(),
            address: address.to_string(),
            is_witness: options.witness,
            peer: credentials.peer().to_string(),
        };
        let peers = Arc::new(Peers::new(&credentials)?);
        let engine = Embedded::open(state::Options {
            dir: options.data.join("state"),
            node: NodeId(own.id),
            member: member.clone(),
            origin: place.origin,
            clock: Arc::clone(&clock),
            calls: Arc::new(PeerCalls::new(Arc::clone(&peers))),
            cut_after_entries: state::limits::CUT_AFTER_ENTRIES,
        });
        let engine = Arc::new(engine.await?);
        founded(&options.data)?;
        let code = super::code::tasks(&engine, &peers, &own, &clock);
        let (is_witness, tasks) = (options.witness, Tasks::default());
        let mut node = Self { engine, credentials, addresses, code, is_witness, tasks };
        let token = place.token.reveal().to_owned();
        let cluster = Arc::new(node.cluster(&ways, peers));
        node.let_members_in(ports.peers, &ways, &token, &cluster);
        node.stay_known(&ways);
        node.balance(member, &clock);
        node.open_redis(ports.redis, &token, &clock);
        node.open_https(ports.https, cluster, &token, &clock)?;
        Ok(node)
    }

    /// What the node tells of its cluster.
    fn cluster(&self, ways: &Ways, peers: Arc<Peers>) -> ClusterPort {
        let place = self.credentials.place();
        ClusterPort {
            engine: Arc::clone(&self.engine),
            cluster: place.cluster.clone(),
            own: NodeId(place.id),
            secret: ways.secret.clone(),
            authority: self.credentials.authority().fingerprint(),
            peers,
            tasks: self.tasks.listed(),
        }
    }

    /// Answers other members, and nodes that want to become members.
    fn let_members_in(
        &mut self,
        listener: TcpListener,
        ways: &Ways,
        token: &str,
        cluster: &Arc<ClusterPort>,
    ) {
        let keeper = Keeper { engine: self.engine(), token: token.to_owned() };
        let server = Server::new(&self.credentials)
            .with(state::SERVICE, Arc::new(PeerService::new(Arc::clone(&self.engine))))
            .with(control::tasks::SERVICE, self.code.service())
            .with(cluster::SERVICE, Arc::new(ClusterService(Arc::clone(cluster))))
            .with_gate(Arc::new(Gate::new(ways.secret.clone(), Arc::new(keeper))));
        let stopping = self.tasks.stopping();
        self.tasks.spawn("peers", async move {
            if let Err(error) = server.serve(listener, stopping.wait()).await {
                tracing::error!(error = %Chain(&error), "other members cannot call any more");
            }
        });
    }

    fn stay_known(&mut self, ways: &Ways) {
        let discovery = Arc::clone(&ways.discovery);
        let stopping = self.tasks.stopping();
        self.tasks.spawn("discovery", async move {
            tokio::select! {
                () = stay_known(&*discovery) => {}
                () = stopping.wait() => {}
            }
            if let Err(error) = discovery.withdraw().await {
                tracing::warn!(error = %Chain(&error), "this node is still announced");
            }
        });
    }

    fn balance(&mut self, member: Member, clock: &Arc<dyn Clock>) {
        let autopilot = Autopilot {
            engine: Arc::clone(&self.engine),
            credentials: Arc::clone(&self.credentials),
            clock: Arc::clone(clock),
            own: NodeId(self.credentials.place().id),
            member,
        };
        self.until_stop("autopilot", autopilot.run());
    }

    fn open_redis(&mut self, port: Option<TcpListener>, token: &str, clock: &Arc<dyn Clock>) {
        let (Some(listener), Some(at)) = (port, self.addresses.redis) else { return };
        let token = (!at.ip().is_loopback()).then(|| token.to_owned());
        let (engine, clock) = (self.engine(), Arc::clone(clock));
        let door = redis::Door::new(redis::Options { engine, clock, token });
        let stopping = self.tasks.stopping();
        self.tasks.spawn("redis", async move {
            if let Err(error) = door.serve(listener, Box::pin(stopping.wait())).await {
                tracing::error!(error = %Chain(&error), "the redis door closed");
            }
        });
    }

    fn open_https(
        &mut self,
        port: Option<TcpListener>,
        cluster: Arc<ClusterPort>,
        token: &str,
        clock: &Arc<dyn Clock>,
    ) -> Result<(), StartError> {
        let (Some(listener), Some(at)) = (port, self.addresses.https) else { return Ok(()) };
        let place = self.credentials.place().clone();
        let door = https::Door::new(https::Options {
            engine: self.engine(),
            cluster,
            code: self.code.clone(),
            clock: Arc::clone(clock),
            token: token.to_owned(),
            is_witness: self.is_witness,
            node: u16::try_from(place.id & u64::from(u16::MAX)).unwrap_or_default(),
        });
        let tls = Arc::new(self.credentials.door_config(names(at))?);
        let authority = self.credentials.authority().certificate_pem();
        let contacts = Contacts::of_user();
        if let Some(contacts) = &contacts {
            let cluster = place.cluster.as_str();
            let introduced = Introduced { cluster, token, authority: &authority };
            contacts.add(&introduced, &place.name, &format!("https://{}", shown(at)))?;
        }
        let stopping = self.tasks.stopping();
        self.tasks.spawn("https", async move {
            door.serve(listener, tls, stopping.wait()).await;
            let removed =
                contacts.map(|contacts| contacts.remove(place.cluster.as_str(), &place.name));
            if let Some(Err(error)) = removed {
                tracing::warn!(error = %Chain(&error), "commands still look for this node");
            }
        });
        Ok(())
    }

    /// Work that has nothing to bring to an end.
    fn until_stop(&mut self, name: &'static str, work: impl Future<Output = ()> + Send + 'static) {
        let stopping = self.tasks.stopping();
        self.tasks.spawn(name, async move {
            tokio::select! {
                () = work => {}
                () = stopping.wait() => {}
            }
        });
    }

    /// Where the node listens.
    #[must_use]
    pub fn addresses(&self) -> &Addresses {
        &self.addresses
    }

    /// The replicated state, for programs that embed the node.
    #[must_use]
    pub fn engine(&self) -> Arc<dyn Engine> {
        let engine: Arc<Embedded> = Arc::clone(&self.engine);
        engine
    }

    /// Runs code on the members, for programs that embed the node.
    #[must_use]
    pub fn code(&self) -> &control::tasks::Tasks {
        &self.code
    }

    /// Completes when the node cannot go on, with the reason.
    pub async fn failed(&mut self) -> String {
        let name = self.tasks.ended().await;
        self.engine.status().stopped.unwrap_or_else(|| format!("the task `{name}` ended"))
    }

    /// Ends the node in order: doors close, then the state. What was acknowledged is durable in
    /// any case.
    pub async fn stop(mut self) {
        self.tasks.end(limits::STOP).await;
        self.engine.close().await;
    }
}

/// The address by which others reach the peers port.
fn reached_at(options: &Options, addresses: &Addresses) -> Result<Address, StartError> {
    let bound = addresses.peers;
    match &options.advertise {
        Some(text) => {
            text.parse().map_err(|source| StartError::Address { text: text.clone(), source })
        }
        None if bound.ip().is_unspecified() => Ok(Address::of_this_machine(bound.port())),
        None => Ok(bound.into()),
    }
}

/// What clients may call this node.
fn names(at: SocketAddr) -> Vec<String> {
    let mut names: Vec<String> =
        ["localhost", "127.0.0.1", "::1"].into_iter().map(str::to_owned).collect();
    names.push(host());
    if !at.ip().is_unspecified() {
        names.push(at.ip().to_string());
    }
    names.push(Address::of_this_machine(at.port()).host().to_owned());
    names
}

/// The address as clients of this machine write it.
fn shown(at: SocketAddr) -> SocketAddr {
    if at.ip().is_unspecified() { SocketAddr::new([127, 0, 0, 1].into(), at.port()) } else { at }
}
