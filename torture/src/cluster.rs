//! A cluster of real nodes on this machine.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use anyhow::{Context, bail};
use rustix::process::Signal;
use serde_json::Value;

use crate::clock::until;
use crate::disk::Disk;
use crate::failure::Failure;
use crate::https::{Access, Https};
use crate::limits;
use crate::network::Network;
use crate::node::{Node, Seat};
use crate::redis::Redis;

/// Nodes of one user.
#[derive(Debug)]
pub(crate) struct Cluster {
    binary: PathBuf,
    home: PathBuf,
    // Processes end before their network and file systems go.
    pub(crate) nodes: Vec<Node>,
    pub(crate) network: Option<Network>,
    disks: Vec<Disk>,
    kind: Kind,
    access: Option<Access>,
}

/// What the nodes stand on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Loopback addresses, and folders of the file system of this machine.
    Plain,
    /// A network of their own, which can be cut.
    Network,
    /// File systems of their own, which can lose power.
    Disks,
}

/// How a client reaches one node.
#[derive(Debug, Clone)]
pub(crate) struct Door {
    seat: Seat,
    access: Access,
}

impl Door {
    pub(crate) fn redis(&self) -> Redis {
        // The Redis door asks for the token unless it listens on loopback.
        let token = (!self.seat.redis.ip().is_loopback()).then(|| self.access.token.clone());
        Redis::new(self.seat.redis, token)
    }

    pub(crate) fn https(&self) -> anyhow::Result<Https> {
        Https::new(self.seat.https, &self.access)
    }
}

impl Cluster {
    pub(crate) fn new(binary: &Path, home: PathBuf, kind: Kind) -> anyhow::Result<Self> {
        fs::create_dir_all(&home)?;
        let network = match kind {
            Kind::Network => Some(Network::new(number())?),
            Kind::Plain | Kind::Disks => None,
        };
        let (nodes, disks) = (Vec::new(), Vec::new());
        Ok(Self { binary: binary.to_owned(), home, nodes, network, disks, kind, access: None })
    }

    /// A cluster of `count` voters that has started.
    pub(crate) fn started(
        binary: &Path,
        home: PathBuf,
        kind: Kind,
        count: usize,
    ) -> anyhow::Result<Self> {
        let mut cluster = Self::new(binary, home, kind)?;
        for _ in 0..count {
            cluster.add_seat()?;
        }
        cluster.start_all()?;
        cluster.wait_for_voters(count)?;
        Ok(cluster)
    }

    /// Makes room for one more node and returns its number.
    pub(crate) fn add_seat(&mut self) -> anyhow::Result<usize> {
        let index = self.nodes.len();
        let name = format!("n{}", index + 1);
        let mut data = self.home.join(&name);
        let (mut flags, mut namespace) = (Vec::new(), None);
        let ports = ports(u16::try_from(index)?);
        let mut doors = ports.map(|port| SocketAddr::from(([127, 0, 0, 1], port)));
        if let Some(network) = &mut self.network {
            namespace = Some(network.add()?);
            doors = [8443, 5701, 6379].map(|port| (network.address(index), port).into());
            let folder = self.home.join("members");
            fs::create_dir_all(&folder)?;
            flags = vec!["--join".to_owned(), format!("dir:{}", folder.display())];
        }
        if index % 2 == 1 {
            // Every other node writes as the version before did: both work together.
            flags.push("--previous-format".to_owned());
        }
        if self.kind == Kind::Disks {
            let folder = self.home.join(format!("{name}-disk"));
            let image = self.home.join(format!("{name}.ext4"));
            data = folder.join("data");
            self.disks.push(Disk::new(image, folder)?);
        }
        let (home, [https, peers, redis]) = (self.home.clone(), doors);
        let seat = Seat { name, home, data, https, peers, redis, namespace, flags };
        self.nodes.push(Node::new(seat));
        Ok(index)
    }

    pub(crate) fn home(&self) -> &Path {
        &self.home
    }

    pub(crate) fn node(&self, index: usize) -> &Node {
        self.nodes.get(index).expect("nodes are named by their number")
    }

    fn node_mut(&mut self, index: usize) -> &mut Node {
        self.nodes.get_mut(index).expect("nodes are named by their number")
    }

    pub(crate) fn spawn(&mut self, index: usize) -> anyhow::Result<()> {
        let binary = self.binary.clone();
        self.node_mut(index).spawn(&binary)
    }

    pub(crate) fn wait_for_doors(&mut self, index: usize) -> anyhow::Result<()> {
        self.node_mut(index).wait_for_doors()?;
        self.learn_access()
    }

    /// Starts a node and waits until its doors accept.
    pub(crate) fn start(&mut self, index: usize) -> anyhow::Result<()> {
        self.spawn(index)?;
        self.wait_for_doors(index)
    }

    /// Starts all nodes at the same moment.
    pub(crate) fn start_all(&mut self) -> anyhow::Result<()> {
        self.spawn_all()?;
        for node in &mut self.nodes {
            node.wait_for_doors()?;
        }
        self.learn_access()
    }

    pub(crate) fn spawn_all(&mut self) -> anyhow::Result<()> {
        for node in &mut self.nodes {
            node.spawn(&self.binary)?;
        }
        Ok(())
    }

    /// SIGKILL for all nodes at the same moment.
    pub(crate) fn kill_all(&mut self) -> anyhow::Result<()> {
        for node in &self.nodes {
            node.signal(Signal::KILL)?;
        }
        self.nodes.iter_mut().try_for_each(Node::kill)
    }

    /// What the nodes had not written to their disks is gone; they do not run.
    pub(crate) fn lose_power(&mut self) -> anyhow::Result<()> {
        self.disks.iter_mut().try_for_each(Disk::lose_power)
    }

    pub(crate) fn kill(&mut self, index: usize) -> anyhow::Result<()> {
        self.node_mut(index).kill()
    }

    pub(crate) fn stop(&mut self, index: usize) -> anyhow::Result<()> {
        self.node_mut(index).stop()
    }

    /// An error when a node ended by itself.
    pub(crate) fn check_alive(&self) -> anyhow::Result<()> {
        self.nodes.iter().try_for_each(Node::check_alive)
    }

    /// Reads what clients have to know, which the first node writes.
    fn learn_access(&mut self) -> anyhow::Result<()> {
        if self.access.is_some() {
            return Ok(());
        }
        let file = self.home.join(".local/state/thorp/thorp.json");
        let text =
            fs::read(&file).with_context(|| format!("failed to read `{}`", file.display()))?;
        let contact: Value = serde_json::from_slice(&text)?;
        let part = |name| contact.get(name).and_then(Value::as_str).map(str::to_owned);
        let (Some(token), Some(authority)) = (part("token"), part("authority")) else {
            bail!("`{}` has no token or no authority", file.display());
        };
        self.access = Some(Access { token, authority });
        Ok(())
    }

    pub(crate) fn door(&self, index: usize) -> anyhow::Result<Door> {
        let access = self.access.clone().context("no node has started yet")?;
        Ok(Door { seat: self.node(index).seat.clone(), access })
    }

    /// The doors of all nodes, running or not.
    pub(crate) fn doors(&self) -> anyhow::Result<Vec<Door>> {
        (0..self.nodes.len()).map(|index| self.door(index)).collect()
    }

    /// Runs a command of `thorp` as the user of the nodes.
    pub(crate) fn command(&self, words: &[&str]) -> anyhow::Result<Output> {
        let mut command = Command::new(&self.binary);
        command.env_clear().env("HOME", &self.home).env("XDG_RUNTIME_DIR", &self.home);
        command.current_dir(&self.home).args(words).stdin(Stdio::null());
        command.output().context("failed to start a command of thorp")
    }

    /// What a node says of the cluster.
    pub(crate) fn status(&self, index: usize) -> anyhow::Result<Result<Value, Failure>> {
        Ok(self.door(index)?.https()?.get("status"))
    }

    /// A number of the state of a node, by its name in the status.
    pub(crate) fn number(&self, index: usize, name: &str) -> anyhow::Result<u64> {
        let status = self.status(index)??;
        let number = status.get("state").and_then(|state| state.get(name)).and_then(Value::as_u64);
        number.with_context(|| format!("the status has no `{name}`"))
    }

    /// The first answer of a running node to the question how the cluster is.
    fn any_status(&self) -> anyhow::Result<Option<Value>> {
        for index in (0..self.nodes.len()).filter(|index| self.node(*index).is_running()) {
            if let Ok(status) = self.status(index)? {
                return Ok(Some(status));
            }
        }
        Ok(None)
    }

    /// The node that leads, when a running one says so.
    pub(crate) fn leader(&self) -> anyhow::Result<Option<usize>> {
        let status = self.any_status()?.unwrap_or_default();
        let leader = status.get("leader").and_then(Value::as_str);
        Ok(self.nodes.iter().position(|node| Some(node.seat.name.as_str()) == leader))
    }

    /// Waits until so many members vote and are there.
    pub(crate) fn wait_for_voters(&self, count: usize) -> anyhow::Result<()> {
        let count = u64::try_from(count)?;
        until(&format!("{count} voters are there"), limits::SETTLE, || {
            self.check_alive()?;
            let status = self.any_status()?.unwrap_or_default();
            let is = |name| status.get(name).and_then(Value::as_u64) == Some(count);
            let has_leader = status.get("leader").is_some_and(Value::is_string);
            Ok((has_leader && is("voters") && is("reachable_voters")).then_some(()))
        })
    }

    /// Waits until each running node answers a linearizable read.
    pub(crate) fn wait_for_reads(&self) -> anyhow::Result<()> {
        for index in (0..self.nodes.len()).filter(|index| self.node(*index).is_running()) {
            let mut redis = self.door(index)?.redis();
            until("a node answers reads", limits::SETTLE, || {
                self.check_alive()?;
                Ok(redis.call(&["GET", "none"]).ok())
            })?;
        }
        Ok(())
    }
}

/// Tells this process apart from others on the same machine, in ports and names of networks.
fn number() -> u8 {
    u8::try_from(std::process::id() % 250).expect("it is below 250")
}

/// Ports of the HTTPS door, for peers, and of the Redis door, which stay the same when a node starts
/// again: the kernel gives none of them to others, which begin at 32768.
fn ports(index: u16) -> [u16; 3] {
    const NODES_MAX: u16 = 16;
    let first = u16::from(number()) * NODES_MAX + index;
    [20_000, 24_000, 28_000].map(|base| base + first)
}
