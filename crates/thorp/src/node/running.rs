//! A running node, until it ends or its cluster yields to another one.

use std::collections::BTreeMap;
use std::future::Future;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use control::tasks::Natives;
use gateway::{Door, https, redis};
use model::clock::Clock;
use model::fault::Chain;
use net::address::Address;
use net::discovery::Discovery;
use net::entry::stay_known;
use net::identity::{Credentials, Identity};
use net::join::Gate;
use net::transport::{Peers, Server};
use state::{Embedded, Engine, Format, Member, NodeId, PeerCalls, PeerService};
use tokio::net::TcpListener;
use tokio::sync::mpsc;

use super::acquaintance::Acquaintance;
use super::aside;
use super::autopilot::Autopilot;
use super::cluster::{self, ClusterPort, ClusterService};
use super::code::Means;
use super::contact::{Contacts, Introduced};
use super::doorkeeper::Keeper;
use super::drain::{Drains, Guarded};
use super::entry::{Ways, founded, host};
use super::error::StartError;
use super::limits;
use super::neighbours::Neighbours;
use super::now::Now;
use super::options::Options;
use super::ports::{Addresses, Listeners, Ports};
use super::tasks::Tasks;

/// A node from its start until it ends or starts over. Dropped, it ends as if it were killed, in
/// the background; [`Running::stop`] ends it in order.
#[derive(Debug)]
pub(super) struct Running {
    engine: Arc<Embedded>,
    credentials: Arc<Credentials>,
    addresses: Addresses,
    code: control::tasks::Tasks,
    is_stopped: bool,
    tasks: Tasks,
    cluster: Arc<ClusterPort>,
    /// What it takes to start over.
    options: Options,
    clock: Arc<dyn Clock>,
    ports: Ports,
    /// Where a member is of the cluster to which this one yields.
    yields: mpsc::Receiver<Address>,
}

/// What may come to a running node.
#[derive(Debug)]
pub(super) enum Event {
    /// It cannot go on, for this reason.
    Failed(String),
    /// Its cluster yields to the one of this member.
    Yields(Address),
}

impl Running {
    pub(super) async fn start(
        mut options: Options,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, StartError> {
        aside::finish(&options.data)?;
        stay_witness(&mut options)?;
        let ports = Ports::bind(&options).await?;
        Self::start_on(ports, options, clock, None).await
    }

    /// Starts a node on ports that are bound. `toward` is a member of the cluster to join first.
    async fn start_on(
        ports: Ports,
        options: Options,
        clock: Arc<dyn Clock>,
        toward: Option<Address>,
    ) -> Result<Self, StartError> {
        let natives = Natives::new(options.functions.clone())?;
        let (addresses, listeners) = ports.open(&options)?;
        let address = reached_at(&options, &addresses)?;
        let mut identity = Identity::open(&options.data)?;
        let ways = Ways::new(&options, &identity, &address, toward)?;
        let place = ways.enter(&mut identity, &options, &address, &clock).await?;
        let credentials = identity.credentials(Arc::clone(&clock))?;
        let own = credentials.place().clone();
        let member = member(&options, &credentials, &address);
        let peers = Arc::new(peers(&credentials, options.format)?);
        let calls = Arc::new(PeerCalls::new(Arc::clone(&peers)));
        let engine = Embedded::open(state::Options {
            dir: options.data.join("state"),
            node: NodeId(own.id),
            member: member.clone(),
            origin: place.origin,
            clock: Arc::clone(&clock),
            calls: Arc::<PeerCalls>::clone(&calls),
            cut_after_entries: state::limits::CUT_AFTER_ENTRIES,
            log_segment_bytes: state::limits::LOG_SEGMENT_BYTES,
            format: options.format,
        });
        let engine = Arc::new(engine.await?);
        founded(&options.data)?;
        let drains = Arc::new(Drains::new(NodeId(own.id), Arc::clone(&clock)));
        let means = Means { engine: &engine, peers: &peers, place: &own, clock: &clock };
        let code = super::code::tasks(means, natives, &drains);
        let acquaintance = Acquaintance {
            engine: Arc::clone(&engine),
            calls,
            credentials: Arc::clone(&credentials),
            own: NodeId(own.id),
            address: address.to_string(),
            news: Mutex::default(),
        };
        let (yields_to, yields) = mpsc::channel(1);
        let tasks = Tasks::default();
        tasks.list("supervisor");
        let cluster = ClusterPort {
            engine: Arc::clone(&engine),
            cluster: own.cluster,
            own: NodeId(own.id),
            secret: ways.secret.clone(),
            authority: credentials.authority().fingerprint(),
            peers: Arc::clone(&peers),
            door: reached_door(&options, &addresses, &address),
            tasks: tasks.listed(),
            acquaintance: Arc::new(acquaintance),
            drains,
        };
        let mut node = Self {
            is_stopped: false,
            engine,
            credentials,
            addresses,
            code,
            tasks,
            cluster: Arc::new(cluster),
            options,
            clock,
            ports,
            yields,
        };
        node.look_for_others(&ways, &identity, yields_to);
        node.balance(member, peers);
        node.open(listeners, &ways, place.token.reveal())?;
        Ok(node)
    }

    /// Lets members in, makes the node known to others, and opens its doors.
    fn open(&mut self, listeners: Listeners, ways: &Ways, token: &str) -> Result<(), StartError> {
        self.let_members_in(listeners.peers, ways, token);
        self.stay_known(ways);
        self.open_redis(listeners.redis, token);
        self.open_https(listeners.https, token)
    }

    /// Answers other members, and nodes that want to become members.
    fn let_members_in(&mut self, listener: TcpListener, ways: &Ways, token: &str) {
        let keeper = Keeper {
            token: token.to_owned(),
            authority: self.credentials.authority().certificate_pem(),
            cluster: Arc::clone(&self.cluster),
        };
        let server = Server::new(&self.credentials)
            .with(state::SERVICE, Arc::new(PeerService::new(Arc::clone(&self.engine))))
            .with(control::tasks::SERVICE, self.code.service())
            .with(cluster::SERVICE, Arc::new(ClusterService(Arc::clone(&self.cluster))))
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

    fn look_for_others(&mut self, ways: &Ways, identity: &Identity, yields: mpsc::Sender<Address>) {
        let neighbours = Neighbours {
            acquaintance: Arc::clone(&self.cluster.acquaintance),
            discovery: Arc::clone(&ways.discovery),
            joiner: ways.joiner(identity, &self.clock),
            clock: Arc::clone(&self.clock),
            yields,
            asked: BTreeMap::new(),
            lonely_since: None,
        };
        self.until_stop("neighbours", neighbours.run());
    }

    fn balance(&mut self, member: Member, peers: Arc<Peers>) {
        let autopilot = Autopilot {
            engine: Arc::clone(&self.engine),
            credentials: Arc::clone(&self.credentials),
            clock: Arc::clone(&self.clock),
            peers,
            drains: Arc::clone(&self.cluster.drains),
            own: NodeId(self.credentials.place().id),
            member,
        };
        self.until_stop("autopilot", autopilot.run());
    }

    /// The state as clients use it.
    fn guarded(&self) -> Arc<dyn Engine> {
        let (engine, drains) = (Arc::clone(&self.engine), Arc::clone(&self.cluster.drains));
        Arc::new(Guarded { engine, drains })
    }

    fn open_redis(&mut self, port: Option<TcpListener>, token: &str) {
        let (Some(listener), Some(at)) = (port, self.addresses.redis) else { return };
        let token = (!at.ip().is_loopback()).then(|| token.to_owned());
        let (engine, clock) = (self.guarded(), Arc::clone(&self.clock));
        let door = redis::Door::new(redis::Options { engine, clock, token });
        let stopping = self.tasks.stopping();
        self.tasks.spawn("redis", async move {
            if let Err(error) = door.serve(listener, Box::pin(stopping.wait())).await {
                tracing::error!(error = %Chain(&error), "the redis door closed");
            }
        });
    }

    fn open_https(&mut self, port: Option<TcpListener>, token: &str) -> Result<(), StartError> {
        let (Some(listener), Some(at)) = (port, self.addresses.https) else { return Ok(()) };
        let place = self.credentials.place().clone();
        let names = names(at, self.cluster.door.as_deref());
        let door = https::Door::new(https::Options {
            engine: self.guarded(),
            cluster: Arc::<ClusterPort>::clone(&self.cluster),
            code: self.code.clone(),
            clock: Arc::clone(&self.clock),
            token: token.to_owned(),
            is_witness: self.options.witness,
            node: u16::try_from(place.id & u64::from(u16::MAX)).unwrap_or_default(),
        });
        let tls = Arc::new(self.credentials.door_config(names)?);
        let authority = self.credentials.authority().certificate_pem();
        let contacts = self.options.contacts.as_deref().map(Contacts::at);
        let contacts = contacts.or_else(Contacts::of_user);
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

    pub(super) fn addresses(&self) -> &Addresses {
        &self.addresses
    }

    pub(super) fn now(&self) -> Now {
        let (engine, cluster) = (Arc::clone(&self.engine), Arc::clone(&self.cluster));
        Now { engine, code: self.code.clone(), cluster, starts_over: false }
    }

    /// What comes next. The future may be dropped at any time.
    pub(super) async fn event(&mut self) -> Event {
        tokio::select! {
            name = self.tasks.ended() => {
                let stopped = self.engine.status().stopped;
                Event::Failed(stopped.unwrap_or_else(|| format!("the task `{name}` ended")))
            }
            Some(toward) = self.yields.recv() => Event::Yields(toward),
        }
    }

    /// Ends, and starts on the same ports as a member of the cluster of `toward`. Handles of what
    /// it was find it closed from here on.
    pub(super) async fn start_over(mut self, toward: Address) -> Result<Self, StartError> {
        let (ports, options) = (std::mem::take(&mut self.ports), self.options.clone());
        let clock = Arc::clone(&self.clock);
        self.end().await;
        // Unless the data holds a write by now: then it goes on as it was.
        let toward = aside::put(&options.data)?.then_some(toward);
        Self::start_on(ports, options, clock, toward).await
    }

    /// Ends in order: doors close, then the state.
    pub(super) async fn stop(mut self) {
        // Nobody shall wait at a port behind which nobody is.
        drop(std::mem::take(&mut self.ports));
        self.end().await;
    }

    async fn end(&mut self) {
        self.code.end_detached();
        self.tasks.end(limits::STOP).await;
        self.engine.close().await;
        self.is_stopped = true;
    }
}

impl Drop for Running {
    /// Whoever still has a handle of this node must not keep half of it alive.
    fn drop(&mut self) {
        self.code.end_detached();
        if !self.is_stopped
            && let Ok(runtime) = tokio::runtime::Handle::try_current()
        {
            let engine = Arc::clone(&self.engine);
            runtime.spawn(async move { engine.close().await });
        }
    }
}

/// A node that is a witness stays one, whatever flags its next start has.
fn stay_witness(options: &mut Options) -> Result<(), StartError> {
    match (Identity::witness_in(&options.data)?, options.witness) {
        (Some(true), false) => {
            tracing::info!("this node is a witness, as it was when it joined");
            options.witness = true;
        }
        (Some(false), true) => {
            return Err(StartError::NoWitness { data: options.data.clone() });
        }
        _ => {}
    }
    Ok(())
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

/// The members that this node calls, as nodes of `format` call them.
fn peers(credentials: &Arc<Credentials>, format: Format) -> Result<Peers, StartError> {
    let peers = Peers::new(credentials)?;
    Ok(match format {
        Format::Newest => peers,
        Format::Previous => peers.as_before(),
    })
}

/// This node as the others know it.
fn member(options: &Options, credentials: &Credentials, address: &Address) -> Member {
    Member {
        name: credentials.place().name.clone(),
        address: address.to_string(),
        is_witness: options.witness,
        peer: credentials.peer().to_string(),
    }
}

/// What clients may call this node.
fn names(at: SocketAddr, url: Option<&str>) -> Vec<String> {
    let mut names: Vec<String> =
        ["localhost", "127.0.0.1", "::1"].into_iter().map(str::to_owned).collect();
    names.push(host());
    if !at.ip().is_unspecified() {
        names.push(at.ip().to_string());
    }
    names.push(Address::of_this_machine(at.port()).host().to_owned());
    let told = url.and_then(|url| url.trim_start_matches(HTTPS).parse::<Address>().ok());
    names.extend(told.map(|address| address.host().to_owned()));
    names.dedup();
    names
}

/// What stands before the address of a door.
const HTTPS: &str = "https://";

/// The URL by which clients of other machines reach the door of a node that serves data: at the
/// host that other members know.
fn reached_door(options: &Options, addresses: &Addresses, address: &Address) -> Option<String> {
    let at = addresses.https.filter(|_| !options.witness)?;
    if !at.ip().is_unspecified() {
        return Some(format!("{HTTPS}{at}"));
    }
    let host = address.host();
    // An IPv6 address has colons, and stands in brackets before a port.
    let host = if host.contains(':') { format!("[{host}]") } else { host.to_owned() };
    Some(format!("{HTTPS}{host}:{}", at.port()))
}

/// The address as clients of this machine write it.
fn shown(at: SocketAddr) -> SocketAddr {
    if at.ip().is_unspecified() { SocketAddr::new([127, 0, 0, 1].into(), at.port()) } else { at }
}
