//! What all connections of a door share.

use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use model::clock::Clock;
use state::Engine;

use super::clients::Clients;
use super::hub::{Hub, Kind};
use super::pause::Pause;
use super::scan::Cursors;
use super::token::Token;
use crate::chance::Chance;
use crate::sender::Sender;

/// What all connections of a door share.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) engine: Arc<dyn Engine>,
    pub(super) sender: Sender,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) token: Option<Token>,
    pub(super) hub: Hub,
    pub(super) pause: Pause,
    pub(super) clients: Clients,
    pub(super) commands: AtomicU64,
    pub(super) started_ms: u64,
    cursors: Mutex<Cursors>,
    chance: Chance,
}

impl Shared {
    pub(super) fn new(
        engine: Arc<dyn Engine>,
        clock: Arc<dyn Clock>,
        token: Option<Token>,
    ) -> Self {
        Self {
            token,
            hub: Hub::default(),
            pause: Pause::default(),
            clients: Clients::default(),
            commands: AtomicU64::new(0),
            started_ms: clock.monotonic_ms(),
            cursors: Mutex::default(),
            chance: Chance::default(),
            sender: Sender::new(Arc::clone(&engine), Arc::clone(&clock)),
            engine,
            clock,
        }
    }
}

/// What a command may look at while it is parsed or its answer is printed.
#[derive(Debug, Clone, Copy)]
pub(super) struct Desk<'a> {
    pub(super) shared: &'a Shared,
    /// The name of the command.
    pub(super) name: &'static str,
}

impl Desk<'_> {
    /// Milliseconds since the Unix epoch.
    pub(super) fn now_ms(&self) -> u64 {
        self.shared.clock.now_ms()
    }

    pub(super) fn chance(&self) -> u64 {
        self.shared.chance.next()
    }

    /// The number by which a client comes back to a place.
    pub(super) fn cursor(&self, place: &Bytes) -> u64 {
        self.cursors().keep(place)
    }

    pub(super) fn place(&self, cursor: u64) -> Option<Bytes> {
        self.cursors().place(cursor)
    }

    fn cursors(&self) -> std::sync::MutexGuard<'_, Cursors> {
        self.shared.cursors.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The same for a channel of a shard.
    pub(super) fn listeners_apart(&self, channel: &Bytes) -> i64 {
        i64::try_from(self.shared.hub.subscribers(Kind::Shard, channel)).unwrap_or(i64::MAX)
    }

    /// How many connections of this node hear what is said on a channel.
    pub(super) fn listeners(&self, channel: &Bytes) -> i64 {
        i64::try_from(self.shared.hub.listeners(channel)).unwrap_or(i64::MAX)
    }
}
