//! A cluster of etcd as it is by default: each write is fsynced by a majority.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::Context;

use crate::kit::{etcd, server};
use crate::tools;

use super::nodes::Server;

/// A cluster of etcd.
#[derive(Debug)]
pub(super) struct Etcd {
    pub(super) version: String,
    pub(super) servers: Vec<Server>,
    /// Where clients connect, with commas between them.
    pub(super) addresses: String,
}

struct Member {
    name: String,
    clients: String,
    peers: String,
}

impl Etcd {
    /// Starts `count` members with their data below `folder`.
    pub(super) fn start(folder: &Path, count: usize) -> anyhow::Result<Self> {
        let program = etcd::server().context("failed to get etcd")?;
        let version = tools::answer(Command::new(&program).arg("--version"))?;
        let version = version.lines().next().unwrap_or_default().to_owned();
        let mut members = Vec::new();
        for number in 1..=count {
            let address = || server::free_port().map(|port| format!("127.0.0.1:{port}"));
            let name = format!("etcd-{number}");
            members.push(Member { name, clients: address()?, peers: address()? });
        }
        let listed =
            members.iter().map(|member| format!("{}=http://{}", member.name, member.peers));
        let cluster = listed.collect::<Vec<String>>().join(",");
        let mut servers = Vec::new();
        for member in &members {
            let own = folder.join(&member.name);
            fs::create_dir_all(&own)
                .with_context(|| format!("failed to create `{}`", own.display()))?;
            let mut command = server::command(&program, "TERM");
            let Member { name, clients, peers } = member;
            let (clients, peers) = (format!("http://{clients}"), format!("http://{peers}"));
            command.args(["--name", name, "--initial-cluster", &cluster]);
            command.args(["--listen-client-urls", &clients, "--advertise-client-urls", &clients]);
            command.args(["--listen-peer-urls", &peers]);
            command.args(["--initial-advertise-peer-urls", &peers]);
            command.arg("--data-dir").arg(own.join("data"));
            let child = server::spawn(&mut command, &own.join("log"))?;
            servers.push(Server::new(&child, &own));
        }
        let addresses: Vec<String> = members.into_iter().map(|member| member.clients).collect();
        Ok(Self { version, servers, addresses: addresses.join(",") })
    }
}
