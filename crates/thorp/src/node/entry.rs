//! How a node learns who it is: from its data, by joining a cluster, or by founding one.

use std::fs::File;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use model::clock::Clock;
use net::address::Address;
use net::cluster::ClusterName;
use net::discovery::{Discovery, Fixed, Local, Me, Method, Multicast, Several, run_time_folder};
use net::entry::{Entered, enter};
use net::hazelcast::{Hazelcast, Places, Source};
use net::identity::{Fingerprint, Identity, IdentityError};
use net::join::Joiner;
use net::secret::Secret;
use net::token::Token;
use state::{Members, Origin};

use super::doorkeeper::fresh_id;
use super::error::StartError;
use super::limits;
use super::options::Options;
use super::welcome::{Request, VERSION, Welcome, decode, encode};

/// The name of a cluster that nobody named.
const CLUSTER: &str = "thorp";

/// Where a node looks for others, and what it proves itself with.
#[derive(Debug)]
pub(super) struct Ways {
    pub(super) secret: Secret,
    pub(super) discovery: Arc<Several>,
    cluster: ClusterName,
    authority: Option<Fingerprint>,
    may_found: bool,
}

/// A node with a place in a cluster.
#[derive(Debug)]
pub(super) struct Place {
    pub(super) origin: Origin,
    /// The token of the cluster.
    pub(super) token: Secret,
}

impl Ways {
    /// What `options` say of secret and places to look; `address` is where others reach this node,
    /// and `toward` a member of the cluster to join first.
    pub(super) fn new(
        options: &Options,
        identity: &Identity,
        address: &Address,
        toward: Option<Address>,
    ) -> Result<Self, StartError> {
        let methods = options.join.iter().map(|text| text.parse::<Method>());
        let methods: Vec<Method> = methods.collect::<Result<_, _>>()?;
        let token = methods.iter().find_map(|method| match method {
            Method::Token(token) => Some(token.clone()),
            _ => None,
        });
        let cluster = identity.membership().map(|membership| membership.place.cluster.clone());
        let is_ours = |token: &Token| cluster.as_ref().is_none_or(|own| *own == token.cluster);
        let token = token.filter(is_ours);
        let hazelcast = if methods.is_empty() { hazelcast()? } else { None };
        let named = options.cluster.as_deref().map(str::parse).transpose()?;
        let cluster = cluster
            .or_else(|| token.as_ref().map(|token| token.cluster.clone()))
            .or(named)
            .or_else(|| hazelcast.as_ref().map(|found| found.cluster.clone()));
        let cluster = match cluster {
            Some(cluster) => cluster,
            None => CLUSTER.parse()?,
        };
        let may_found =
            !methods.iter().any(|method| matches!(method, Method::Members(_) | Method::Token(_)));
        let me = Me { cluster: cluster.clone(), address: address.clone(), host: host() };
        let mut places: Vec<Box<dyn Discovery>> = Vec::new();
        let toward = toward.map(|toward| Fixed::all(me.clone(), vec![toward], None));
        for method in methods {
            places.push(method.open(me.clone(), identity.key().peer())?);
        }
        match hazelcast {
            Some(found) => places.push(found.open(me, identity.key().peer())?),
            None if places.is_empty() => places = usual(me, identity)?,
            None => {}
        }
        // Another cluster of the same name and secret has another authority than the token names.
        let pinned = token.as_ref().filter(|_| toward.is_none());
        let authority = pinned.map(|token| token.authority);
        if let Some(toward) = toward {
            places.insert(0, Box::new(toward));
        }
        let secret = match token {
            Some(token) => keep_secret(options, &cluster, token.secret)?,
            None => Secret::load_or_make(&secret_file(options, &cluster))?,
        };
        let discovery = Arc::new(Several::new(places));
        Ok(Self { secret, discovery, cluster, authority, may_found })
    }

    /// Gives the node its place, and the token of its cluster.
    pub(super) async fn enter(
        &self,
        identity: &mut Identity,
        options: &Options,
        address: &Address,
        clock: &Arc<dyn Clock>,
    ) -> Result<Place, StartError> {
        let token_file = options.data.join("token");
        if identity.membership().is_some() {
            let token = Secret::load_or_make(&token_file)?;
            // Killed between its first name and its first state, a founder founds now.
            let founds = founding(&options.data).exists();
            let origin = if founds { Origin::Found } else { Origin::Join };
            return Ok(Place { origin, token });
        }
        identity.set_witness(options.witness);
        let name = options.name.clone().unwrap_or_else(host);
        let request = Request {
            version: VERSION,
            name: name.clone(),
            address: address.to_string(),
            is_witness: options.witness,
        };
        let joiner = Joiner { authority: self.authority, ..self.joiner(identity, clock) };
        match self.search(&joiner, &request).await? {
            Entered::Joined(joined) => {
                let welcome: Welcome = decode(&joined.welcome)?;
                let token = Secret::parse(&welcome.token)?;
                token.keep(&token_file)?;
                let cluster = self.cluster.clone();
                let place = net::identity::Place { cluster, id: welcome.id, name: welcome.name };
                identity.adopt(place, &joined.grant)?;
                let removed = welcome.removed.iter().filter_map(|peer| peer.parse().ok());
                identity.set_removed(&removed.collect())?;
                Ok(Place { origin: Origin::Join, token })
            }
            Entered::Founder => {
                let token = Secret::load_or_make(&token_file)?;
                let id = fresh_id(&Members::default()).0;
                let cluster = self.cluster.clone();
                mark_founding(&options.data)?;
                identity.found(net::identity::Place { cluster, id, name })?;
                Ok(Place { origin: Origin::Found, token })
            }
        }
    }

    /// Asks nodes of the name and secret of this cluster, whatever their authority is.
    pub(super) fn joiner(&self, identity: &Identity, clock: &Arc<dyn Clock>) -> Joiner {
        Joiner {
            key: Arc::clone(identity.key()),
            cluster: self.cluster.clone(),
            secret: self.secret.clone(),
            authority: None,
            clock: Arc::clone(clock),
        }
    }

    async fn search(&self, joiner: &Joiner, request: &Request) -> Result<Entered, StartError> {
        let text = encode(request);
        let search = enter(&*self.discovery, joiner, &text);
        if self.may_found {
            return Ok(search.await?);
        }
        let most = limits::SEARCH;
        tokio::time::timeout(most, search)
            .await
            .map_err(|_| StartError::NobodyThere {
                place: self.discovery.name(),
                seconds: most.as_secs(),
            })?
            .map_err(StartError::from)
    }
}

/// What a `hazelcast.edn`, or the variable `HAZELCAST`, says of where to look.
fn hazelcast() -> Result<Option<Hazelcast>, StartError> {
    let variable = std::env::var("HAZELCAST").ok();
    let home = std::env::var_os("HOME").map(PathBuf::from);
    let (found, source) = Hazelcast::find(&Places {
        explicit: None,
        variable: variable.as_deref(),
        current: Some(Path::new(".")),
        home: home.as_deref(),
    })?;
    if source == Source::Default {
        return Ok(None);
    }
    tracing::info!(%source, cluster = found.cluster.as_str(), "looking for nodes as it says");
    Ok(Some(found))
}

/// Where a node looks that was told nothing: on its machine when only this machine reaches it, else
/// on its network.
fn usual(me: Me, identity: &Identity) -> Result<Vec<Box<dyn Discovery>>, StartError> {
    let run_time = std::env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from);
    let folder = run_time_folder(run_time.as_deref());
    let is_local = me.address.is_loopback();
    let mut places: Vec<Box<dyn Discovery>> = vec![Box::new(Local::new(me.clone(), &folder))];
    if !is_local {
        places.push(Box::new(Multicast::start(me, identity.key().peer(), None)?));
    }
    Ok(places)
}

/// The secret of a token is that of the cluster: this node lets others in with it. The file may be
/// that of another cluster of the same name, whose nodes need it.
fn keep_secret(
    options: &Options,
    cluster: &ClusterName,
    secret: Secret,
) -> Result<Secret, StartError> {
    let path = secret_file(options, cluster);
    if path.exists() && Secret::load_or_make(&path)? != secret {
        return Err(StartError::OtherSecret { path });
    }
    secret.keep(&path)?;
    Ok(secret)
}

/// The file that is there while a node founds a cluster.
fn founding(data: &Path) -> PathBuf {
    data.join("founding")
}

fn mark_founding(data: &Path) -> Result<(), StartError> {
    let path = founding(data);
    let marked = File::create(&path).and_then(|file| {
        file.sync_all()?;
        File::open(data)?.sync_all()
    });
    marked.map_err(|source| file_failed(&path, source))
}

/// The cluster is founded: its state is durable.
pub(super) fn founded(data: &Path) -> Result<(), StartError> {
    let path = founding(data);
    match std::fs::remove_file(&path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(file_failed(&path, error)),
        _ => Ok(()),
    }
}

fn file_failed(path: &Path, source: std::io::Error) -> StartError {
    StartError::Identity(IdentityError::File { path: path.display().to_string(), source })
}

/// The file that says the secret: the one named, else one for all nodes of this user.
fn secret_file(options: &Options, cluster: &ClusterName) -> PathBuf {
    let state = std::env::var_os("XDG_STATE_HOME").map(PathBuf::from);
    let home = || std::env::var_os("HOME").map(|home| Path::new(&home).join(".local/state"));
    let folder = || state.or_else(home).unwrap_or_else(|| options.data.clone());
    options.secret_file.clone().unwrap_or_else(|| folder().join(format!("thorp/{cluster}.secret")))
}

/// The name of this machine.
pub(super) fn host() -> String {
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    if name.trim().is_empty() { "node".into() } else { name.trim().to_owned() }
}
