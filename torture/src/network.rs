//! A network of the nodes' own: a namespace for each, joined by a bridge that we are on too.
//!
//! A way from one node to another is cut by a wrong hardware address in the table of the sender:
//! packets leave and reach nobody, as with a broken switch. We still reach both, so a client sees
//! what a node answers that is alone.

use std::net::Ipv4Addr;
use std::path::Path;

use anyhow::Context;

use crate::cleanup::{Action, Guard, run, words};

/// Nobody's hardware address.
const NOWHERE: &str = "02:00:00:00:00:ff";

/// Namespaces and the bridge between them, which go when this is dropped.
#[derive(Debug)]
pub(crate) struct Network {
    number: u8,
    // Namespaces first: the bridge has their cables.
    namespaces: Vec<Guard>,
    _bridge: Guard,
}

impl Network {
    /// Why there can be no such network here, when there cannot.
    pub(crate) fn obstacle() -> Option<&'static str> {
        if !rustix::process::geteuid().is_root() {
            return Some("partitions need root");
        }
        let has_ip = ["/usr/sbin/ip", "/sbin/ip", "/usr/bin/ip"];
        if !has_ip.iter().any(|program| Path::new(program).exists()) {
            return Some("partitions need the program `ip`");
        }
        None
    }

    /// `number` tells networks of one machine apart.
    pub(crate) fn new(number: u8) -> anyhow::Result<Self> {
        let bridge = format!("thorp{number}");
        command(&format!("ip link add {bridge} type bridge"))
            .context("failed to make a network; may this user change networks?")?;
        let guard = Guard::new(Action::Run(words(&format!("ip link del {bridge}"))));
        command(&format!("ip addr add 10.177.{number}.254/24 dev {bridge}"))?;
        command(&format!("ip link set {bridge} up"))?;
        Ok(Self { number, namespaces: Vec::new(), _bridge: guard })
    }

    /// Makes the namespace of the next node and returns its name.
    pub(crate) fn add(&mut self) -> anyhow::Result<String> {
        let (node, number) = (self.namespaces.len(), self.number);
        let (name, cable) = (self.name(node), format!("thorp{number}c{node}"));
        command(&format!("ip netns add {name}"))?;
        self.namespaces.push(Guard::new(Action::Run(words(&format!("ip netns del {name}")))));
        command(&format!("ip link add {cable} type veth peer name eth0 netns {name}"))?;
        command(&format!("ip link set {cable} master thorp{number} up"))?;
        command(&format!("ip -n {name} link set lo up"))?;
        command(&format!("ip -n {name} addr add {}/24 dev eth0", self.address(node)))?;
        command(&format!("ip -n {name} link set eth0 up"))?;
        Ok(name)
    }

    pub(crate) fn address(&self, node: usize) -> Ipv4Addr {
        Ipv4Addr::new(10, 177, self.number, u8::try_from(node + 1).unwrap_or(u8::MAX))
    }

    fn name(&self, node: usize) -> String {
        format!("thorp{}-{node}", self.number)
    }

    /// From now on nothing that `from` sends reaches `to`.
    pub(crate) fn cut(&self, from: usize, to: usize) -> anyhow::Result<()> {
        let (name, address) = (self.name(from), self.address(to));
        command(&format!(
            "ip -n {name} neigh replace {address} lladdr {NOWHERE} nud permanent dev eth0"
        ))
    }

    pub(crate) fn mend(&self, from: usize, to: usize) -> anyhow::Result<()> {
        let (name, address) = (self.name(from), self.address(to));
        command(&format!("ip -n {name} neigh del {address} dev eth0"))
    }

    /// Pulls the cable of a node, or plugs it in again; clients do not reach it either.
    pub(crate) fn set_cable(&self, node: usize, state: &str) -> anyhow::Result<()> {
        command(&format!("ip -n {} link set eth0 {state}", self.name(node)))
    }
}

fn command(command: &str) -> anyhow::Result<()> {
    run(&words(command))
}
