//! Nodes in this process, in folders of their own.

use std::path::PathBuf;
use std::time::Duration;

use tempfile::TempDir;
use thorp::node::Builder;
use thorp::{Access, Client, Cluster as _, Node};

/// Longer than anything takes that works.
pub(crate) const SOON: Duration = Duration::from_secs(30);

/// A folder where nodes of one cluster find each other, and nobody else does.
pub(crate) struct Place {
    folder: TempDir,
}

impl Place {
    pub(crate) fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A node with an HTTPS door.
    pub(crate) fn builder(&self, name: &str) -> Builder {
        Node::builder()
            .data(self.path(name))
            .name(name)
            .cluster("test")
            .join(format!("dir:{}", self.path("registry").display()))
            .secret_file(self.path("secret"))
            .contacts(self.path("contacts"))
            .https("127.0.0.1:0")
    }

    pub(crate) async fn start(&self, name: &str) -> Node {
        self.builder(name).start().await.unwrap()
    }

    /// Nodes that all vote.
    pub(crate) async fn start_three(&self) -> [Node; 3] {
        let first = self.start("one").await;
        let second = self.start("two").await;
        let third = self.start("three").await;
        until(async || first.engine().status().voters == 3).await;
        [first, second, third]
    }

    /// Connects as the commands do.
    pub(crate) async fn client(&self) -> Client {
        Client::builder().contacts(self.path("contacts")).connect().await.unwrap()
    }

    /// The token of the cluster, from the data of a node.
    pub(crate) fn token(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name).join("token")).unwrap().trim().to_owned()
    }
}

/// Both ways to the structures of a cluster of one.
pub(crate) struct Both {
    pub(crate) node: Node,
    pub(crate) client: Client,
    _place: Place,
}

impl Both {
    pub(crate) async fn start() -> Self {
        let place = Place::new();
        let node = place.start("one").await;
        let client = place.client().await;
        Self { node, client, _place: place }
    }

    /// Each of them, with a word that keeps their names apart.
    pub(crate) fn desks(&self) -> [(&'static str, Access); 2] {
        [("node", self.node.access()), ("client", self.client.access())]
    }

    pub(crate) async fn end(self) {
        self.client.close().await.unwrap();
        self.node.stop().await;
    }
}

/// Waits until something is so.
pub(crate) async fn until(is_so: impl AsyncFn() -> bool) {
    let waiting = async {
        while !is_so().await {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(SOON, waiting).await.expect("it was never so");
}
