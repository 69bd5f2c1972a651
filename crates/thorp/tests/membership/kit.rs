//! Nodes with folders, and what they are asked.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use state::{Engine, Members, Outcome, Role};
use structures::{Answer, Command, Query, Request, counter};
use tempfile::TempDir;
use thorp::clock::SystemClock;
use thorp::node::{Addresses, DrainError, Node, Options, StartError};

/// Longer than anything should take.
pub(crate) const SOON: Duration = Duration::from_secs(60);

/// The folders of some nodes, and the secret of their cluster.
pub(crate) struct Home(TempDir);

/// A node that runs.
pub(crate) struct Running {
    pub(crate) addresses: Addresses,
    node: Node,
}

impl Home {
    pub(crate) fn new() -> Self {
        Self(TempDir::new().unwrap())
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// A node that looks for others in the folder `registry`.
    pub(crate) fn options(&self, name: &str, registry: &str) -> Options {
        Options {
            data: self.path(name),
            name: Some(name.into()),
            peers_listen: "127.0.0.1:0".into(),
            https_listen: None,
            redis_listen: Some("127.0.0.1:0".into()),
            join: vec![format!("dir:{}", self.path(registry).display())],
            secret_file: Some(self.path("secret")),
            ..Options::default()
        }
    }

    /// Starts a node that looks for others in the folder `members`.
    pub(crate) async fn start(&self, name: &str) -> Running {
        Running::start(self.options(name, "members")).await.unwrap()
    }

    /// Lists `node` in the folder `registry`, as if it had done so itself.
    pub(crate) fn introduce(&self, node: &Running, registry: &str) {
        let path = self.path(registry).join(node.addresses.peers.to_string());
        std::fs::write(path, "another\n").unwrap();
    }
}

impl Running {
    pub(crate) async fn start(options: Options) -> Result<Self, StartError> {
        let node = Node::start(options, Arc::new(SystemClock::new())).await?;
        let addresses = node.addresses().clone();
        Ok(Self { addresses, node })
    }

    pub(crate) fn engine(&self) -> Arc<dyn Engine> {
        self.node.engine()
    }

    pub(crate) async fn advice(&self) -> Vec<String> {
        self.node.advice().await
    }

    pub(crate) async fn drain(&self) -> Result<(), DrainError> {
        self.node.drain().await
    }

    pub(crate) fn undrain(&self) {
        self.node.undrain();
    }

    pub(crate) async fn stop(self) {
        self.node.stop().await;
    }

    pub(crate) fn members(&self) -> Members {
        self.engine().members()
    }

    /// The role of the member `name`, as this node knows it.
    pub(crate) fn role(&self, name: &str) -> Option<Role> {
        let members = self.members();
        let found = members.all.values().find(|(member, _)| member.name == name);
        found.map(|(_, role)| *role)
    }

    /// Adds to the counter `c`, and waits until that is agreed on.
    pub(crate) async fn add(&self, by: i64) {
        let command = Command::Counter(counter::Command::Add { name: "c".into(), by });
        let request = Request { id: None, command };
        self.engine().propose(&request, SOON).await.unwrap().outcome.unwrap();
    }

    /// The counter `c`, as soon as there is a quorum.
    pub(crate) async fn count(&self) -> i64 {
        let engine = self.engine();
        let query = Query::Counter(counter::Query::Get { name: "c".into() });
        until("the counter", async || engine.read(&query, SOON).await.ok().map(number)).await
    }

    /// Waits until this node sees so many members, which all have a vote.
    pub(crate) async fn sees_voters(&self, count: usize) {
        let what = format!("{count} voters");
        until(&what, async || {
            let members = self.members();
            (members.all.len() == count && members.voters() == count).then_some(())
        })
        .await;
    }
}

fn number(outcome: Outcome) -> i64 {
    match outcome {
        Ok(Answer::Integer(count)) => count,
        Ok(Answer::Nothing) => 0,
        other => panic!("no count: {other:?}"),
    }
}

/// Looks again and again until there is something to see.
pub(crate) async fn until<T>(what: &str, mut look: impl AsyncFnMut() -> Option<T>) -> T {
    let looking = async {
        loop {
            if let Some(seen) = look().await {
                return seen;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(SOON, looking).await.unwrap_or_else(|_| panic!("never: {what}"))
}
