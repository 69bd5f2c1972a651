//! The Redis door: the protocol of Redis in both versions, over the data structures of the state.
//!
//! Strings are entries of the map `default`, hashes are maps, streams are topics; lists, sets and
//! sorted sets are what they are, and a queue is pushed to and popped from like a list. Which
//! commands there are, the tables say, one file for each group of Redis.
//!
//! # The way of a command
//!
//! `request` cuts what was read into words -> `command` finds its row, whose parser makes one
//! operation of `structures` and says in which `shape` the answer is shown -> `run` does all
//! commands of one pipelined read together: questions after one read index, writes in one
//! transaction -> `reply` prints, and everything is sent at once.
//!
//! Commands that wait (`block`, `waiting`) are tried again when the `hub` hears from the state that
//! one of their names has grown; so it does not matter on which node that happened.

mod args;
mod block;
mod clients;
mod command;
mod connection;
mod connection_group;
mod error;
mod generic;
mod hashes;
mod hub;
mod info;
mod listening;
mod lists;
mod order;
mod orders;
mod pause;
mod pubsub;
mod queue;
mod reply;
mod request;
mod run;
mod scan;
mod server;
mod session;
mod sets;
mod shape;
mod shared;
mod sorted_sets;
mod stream_shape;
mod streams;
mod strings;
mod table;
mod time;
mod token;
mod tracking;
mod transactions;
mod waiting;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use model::clock::Clock;
use state::{Engine, Pending};
use structures::Notice;
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;
use tokio::task::JoinSet;

use crate::door::{ServeError, Stop};
use crate::limits;
use connection::Connection;
use shared::Shared;
use token::Token;

/// What the door needs.
#[derive(Debug)]
pub struct Options {
    pub engine: Arc<dyn Engine>,
    pub clock: Arc<dyn Clock>,
    /// What clients must show by `AUTH` or `HELLO`; none: nothing.
    pub token: Option<String>,
}

/// The Redis door.
#[derive(Debug)]
pub struct Door {
    shared: Arc<Shared>,
}

impl Door {
    #[must_use]
    pub fn new(options: Options) -> Self {
        let Options { engine, clock, token } = options;
        Self { shared: Arc::new(Shared::new(engine, clock, token.map(Token::new))) }
    }

    async fn accept_all(&self, listener: TcpListener, mut stop: Stop) -> Result<(), ServeError> {
        let mut notices = self.shared.engine.notices();
        let mut connections = JoinSet::new();
        let served = loop {
            tokio::select! {
                () = &mut stop => break Ok(()),
                told = tell(&self.shared, &mut notices) => if let Err(error) = told {
                    break Err(error);
                },
                Some(ended) = connections.join_next() => if let Err(error) = ended {
                    tracing::error!(%error, "a redis connection broke off");
                },
                accepted = listener.accept() => match accepted {
                    Ok((stream, address)) => self.welcome(stream, address, &mut connections),
                    Err(source) if is_final(&source) => {
                        break Err(ServeError::Accept { door: "redis", source });
                    }
                    Err(error) => {
                        tracing::warn!(%error, "a redis connection was not accepted");
                        let pause = Duration::from_millis(limits::ACCEPT_RETRY_MS);
                        tokio::time::sleep(pause).await;
                    }
                },
            }
        };
        drop(listener);
        self.close(connections, notices).await;
        served
    }

    fn welcome(&self, mut stream: TcpStream, address: SocketAddr, connections: &mut JoinSet<()>) {
        let Ok(local) = stream.local_addr() else { return };
        if connections.len() >= limits::CONNECTIONS_MAX {
            tracing::warn!(%address, "too many redis connections");
            connections.spawn(async move {
                // Whoever does not read it learns it from the end of the connection.
                stream.write_all(b"-ERR max number of clients reached\r\n").await.ok();
            });
            return;
        }
        // Replies are sent whole: waiting for more only delays them.
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "a redis connection may be slow");
        }
        let client = self.shared.clients.enter(address, local, self.shared.clock.monotonic_ms());
        let connection = Connection::new(stream, Arc::clone(&self.shared), client);
        connections.spawn(connection.serve());
    }

    /// Lets all connections end; those that do not in time are cut.
    async fn close(&self, mut connections: JoinSet<()>, mut notices: Receiver<Arc<Vec<Notice>>>) {
        self.shared.pause.set(None);
        for client in self.shared.clients.all() {
            client.end();
        }
        let ending = async {
            while !connections.is_empty() {
                tokio::select! {
                    _ = connections.join_next() => {}
                    Ok(()) = tell(&self.shared, &mut notices) => {}
                }
            }
        };
        let most = Duration::from_millis(limits::CLOSE_MS);
        if tokio::time::timeout(most, ending).await.is_err() {
            connections.shutdown().await;
        }
    }
}

/// Tells whoever waits or listens what changed next.
async fn tell(shared: &Shared, notices: &mut Receiver<Arc<Vec<Notice>>>) -> Result<(), ServeError> {
    match notices.recv().await {
        Ok(changed) => shared.hub.tell(&changed),
        Err(RecvError::Lagged(missed)) => {
            tracing::warn!(missed, "messages of channels were lost: the node is overloaded");
            shared.hub.wake_all();
        }
        Err(RecvError::Closed) => return Err(ServeError::NoNotices),
    }
    Ok(())
}

/// Whether the listener itself is broken, and not one connection or the number of all.
fn is_final(error: &std::io::Error) -> bool {
    use std::io::ErrorKind;
    matches!(error.kind(), ErrorKind::InvalidInput | ErrorKind::NotConnected)
}

impl crate::door::Door for Door {
    fn name(&self) -> &'static str {
        "redis"
    }

    fn serve<'a>(
        &'a self,
        listener: TcpListener,
        stop: Stop,
    ) -> Pending<'a, Result<(), ServeError>> {
        Box::pin(self.accept_all(listener, stop))
    }
}
