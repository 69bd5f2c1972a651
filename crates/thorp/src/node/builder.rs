//! Says how a node of this program is started.

use std::fmt::Display;
use std::path::PathBuf;
use std::sync::Arc;

use control::tasks::Native;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{Node, Options, StartError};
use crate::clock::SystemClock;

/// Says how a node of this program is started.
///
/// What is not said is as one machine needs it: other members call on a free port of loopback, no
/// door is open, and the node looks for others of this user on this machine before it founds a
/// cluster.
#[derive(Debug, Clone)]
#[must_use = "nothing runs before `start`"]
pub struct Builder {
    options: Options,
}

impl Node {
    /// Says how a node of this program is started.
    pub fn builder() -> Builder {
        let (peers_listen, https_listen, redis_listen) = ("127.0.0.1:0".to_owned(), None, None);
        Builder {
            options: Options { peers_listen, https_listen, redis_listen, ..Options::default() },
        }
    }
}

impl Builder {
    /// The folder of this node alone, where it keeps who it is and what it knows. A node that is
    /// started with it again is the same one. Unless it is said, the one that `thorp up` uses.
    pub fn data(mut self, folder: impl Into<PathBuf>) -> Self {
        self.options.data = folder.into();
        self
    }

    /// The name of the cluster; `thorp` unless it is said. Nodes with different ones never meet.
    pub fn cluster(mut self, name: impl Into<String>) -> Self {
        self.options.cluster = Some(name.into());
        self
    }

    /// The name of this node; that of its machine unless it is said. A number is added when a
    /// member has it already.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.options.name = Some(name.into());
        self
    }

    /// Where to look for a cluster, as in `thorp up --join`: addresses of members, a line of
    /// `thorp token`, `multicast`, `file:PATH` or `dir:PATH`. Said several times, in this order.
    pub fn join(mut self, method: impl Into<String>) -> Self {
        self.options.join.push(method.into());
        self
    }

    /// Where other members call, `HOST:PORT`; `[::]:5701` is what `thorp up` does.
    pub fn peers(mut self, address: impl Into<String>) -> Self {
        self.options.peers_listen = address.into();
        self
    }

    /// Opens the HTTPS door at `HOST:PORT`, for clients and commands.
    pub fn https(mut self, address: impl Into<String>) -> Self {
        self.options.https_listen = Some(address.into());
        self
    }

    /// Opens the Redis door at `HOST:PORT`.
    pub fn redis(mut self, address: impl Into<String>) -> Self {
        self.options.redis_listen = Some(address.into());
        self
    }

    /// The address by which others reach the peers port, when it is not that of this machine.
    pub fn advertise(mut self, address: impl Into<String>) -> Self {
        self.options.advertise = Some(address.into());
        self
    }

    /// The file with the secret of the cluster, which is made when it is absent; one for all nodes
    /// of this user unless it is said.
    pub fn secret_file(mut self, file: impl Into<PathBuf>) -> Self {
        self.options.secret_file = Some(file.into());
        self
    }

    /// The folder where the node says how clients of this user reach its HTTPS door;
    /// `~/.local/state/thorp` unless it is said.
    pub fn contacts(mut self, folder: impl Into<PathBuf>) -> Self {
        self.options.contacts = Some(folder.into());
        self
    }

    /// The node votes and keeps a copy, and does nothing else.
    pub fn witness(mut self) -> Self {
        self.options.witness = true;
        self
    }

    /// Lets all members call a function of this program, on this node, as
    /// [`code::native`](crate::code::native)`(name)`: with [`Cluster::fmap`](crate::Cluster::fmap)
    /// its items go to the members that have it. The same name again replaces what it meant.
    ///
    /// Items and results travel as JSON. It runs on threads that may block, as many at a time as
    /// there are cores; an error, or a panic, is that of its item. Nothing can interrupt it: after
    /// a deadline, or when it takes longer than
    /// [`NATIVE_MS_MAX`](control::limits::NATIVE_MS_MAX), nobody waits for it any more, and it
    /// keeps its place until it returns.
    ///
    /// ```
    /// let builder = thorp::Node::builder()
    ///     .function("half", |x: u64| if x % 2 == 0 { Ok(x / 2) } else { Err("it is odd") });
    /// ```
    pub fn function<A, R, E>(
        mut self,
        name: impl Into<String>,
        function: impl Fn(A) -> Result<R, E> + Send + Sync + 'static,
    ) -> Self
    where
        A: DeserializeOwned,
        R: Serialize,
        E: Display,
    {
        self.options.functions.insert(name.into(), Native::new(function));
        self
    }

    /// Starts the node; it runs until [`Node::stop`], on the threads of this runtime, and looks
    /// after itself: [`Node::failed`] is for those who want to know when it cannot go on.
    ///
    /// # Errors
    ///
    /// [`StartError`]: a port is taken, the data is damaged or in use, nobody lets the node in.
    pub async fn start(self) -> Result<Node, StartError> {
        Node::start(self.options, Arc::new(SystemClock::new())).await
    }
}
