//! Servers under measurement, and nodes of thorp among them.

use std::fs::{self, File};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::time::Duration;

use anyhow::{Context, bail, ensure};
use rustix::process::Signal;

use crate::children::Service;
use crate::kit::server;

use super::measure;
use super::programs;

/// A server; it ends, and its folder goes, when this is dropped.
#[derive(Debug)]
pub(super) struct Server {
    pub(super) pid: u32,
    _service: Service,
}

impl Server {
    pub(super) fn new(child: &Child, folder: &Path) -> Self {
        Self { pid: child.id(), _service: Service::new(child, folder.to_owned(), Signal::TERM) }
    }

    pub(super) fn cpu_s(&self) -> anyhow::Result<f64> {
        measure::cpu_s(self.pid)
    }
}

/// The program that runs nodes: the whole thorp, or the one without pipelines.
#[derive(Debug)]
pub(super) struct Program {
    pub(super) file: PathBuf,
    /// What the figures say that ran.
    pub(super) name: &'static str,
}

impl Program {
    /// `binary` if it is given, else the program without pipelines.
    pub(super) fn of(binary: Option<PathBuf>) -> anyhow::Result<Self> {
        Ok(match binary {
            Some(file) => Self { file, name: "thorp" },
            None => Self { file: programs::bench()?, name: "thorp without pipelines" },
        })
    }
}

/// A node that serves.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) server: Server,
    pub(super) https: String,
    pub(super) peers: String,
    pub(super) redis: String,
}

/// How often a cluster is asked whether it is complete, and how many times at most.
const POLL: Duration = Duration::from_millis(50);
const POLLS_MAX: u32 = 1200;

impl Node {
    /// Starts a node with its data in `folder/NAME-data`, which stays when it ends; what nodes of
    /// one user share is in `folder`.
    pub(super) fn start(
        program: &Program,
        folder: &Path,
        name: &str,
        first: Option<&Self>,
    ) -> anyhow::Result<Self> {
        let own = folder.join(name);
        fs::create_dir_all(&own)
            .with_context(|| format!("failed to create `{}`", own.display()))?;
        let log = own.join("log");
        let mut command = server::command(&program.file, "TERM");
        command.arg("up").args(["--cluster", "bench", "--name", name]);
        for flag in ["--listen", "--peer-listen", "--redis-listen"] {
            command.args([flag, "127.0.0.1:0"]);
        }
        command.arg("--data").arg(folder.join(format!("{name}-data")));
        command.arg("--secret-file").arg(folder.join("secret"));
        if let Some(first) = first {
            command.args(["--join", &first.peers]);
        }
        command.current_dir(&own).env("HOME", folder);
        command.env("XDG_STATE_HOME", folder.join("state")).env("XDG_RUNTIME_DIR", folder);
        let errors =
            File::create(&log).with_context(|| format!("failed to create `{}`", log.display()))?;
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(errors);
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        let mut child =
            command.spawn().with_context(|| format!("failed to start {:?}", program.file))?;
        let told = child.stdout.take().context("a node has no output")?;
        let server = Server::new(&child, &own);
        let mut node =
            Self { server, https: String::new(), peers: String::new(), redis: String::new() };
        let mut lines = BufReader::new(told).lines();
        while node.redis.is_empty() {
            let line = lines.next().transpose().context("failed to read what a node says")?;
            let Some(line) = line else {
                let text = fs::read_to_string(&log).unwrap_or_default();
                bail!("the node `{name}` ended: {}", text.trim());
            };
            match line.split_once(' ') {
                Some(("https", address)) => node.https = address.to_owned(),
                Some(("peers", address)) => node.peers = address.to_owned(),
                Some(("redis", address)) => node.redis = address.to_owned(),
                _ => {}
            }
        }
        Ok(node)
    }

    /// Starts a cluster of `count` nodes and waits until all of them vote.
    pub(super) fn start_many(
        program: &Program,
        folder: &Path,
        count: usize,
    ) -> anyhow::Result<Vec<Self>> {
        let mut nodes: Vec<Self> = Vec::new();
        for number in 1..=count {
            nodes.push(Self::start(program, folder, &format!("node-{number}"), nodes.first())?);
        }
        for node in &nodes {
            node.wait_for_voters(count)?;
        }
        Ok(nodes)
    }

    fn wait_for_voters(&self, count: usize) -> anyhow::Result<()> {
        let others = format!("connected_slaves:{}\r\n", count.saturating_sub(1));
        for _ in 0..POLLS_MAX {
            if self.replication()?.contains(&others) {
                return Ok(());
            }
            std::thread::sleep(POLL);
        }
        bail!("the cluster has no {count} voters within 60 s")
    }

    /// What the Redis door says of the voters.
    fn replication(&self) -> anyhow::Result<String> {
        let mut stream = TcpStream::connect(&self.redis).context("the Redis door is closed")?;
        stream.write_all(b"INFO replication\r\nQUIT\r\n")?;
        let mut text = String::new();
        stream.read_to_string(&mut text)?;
        ensure!(text.contains("connected_slaves"), "INFO was answered by `{text}`");
        Ok(text)
    }
}

/// CPU-seconds of some servers together.
pub(super) fn cpu_s<'a>(servers: impl IntoIterator<Item = &'a Server>) -> anyhow::Result<f64> {
    servers.into_iter().map(Server::cpu_s).sum()
}
