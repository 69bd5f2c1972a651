//! What a connection remembers from one command to the next.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use tokio::sync::mpsc;

use super::clients::Shown;
use super::command::Action;
use super::error::ErrorReply;
use super::hub::{Heard, Kind};
use super::order::{Order, Replies};
use super::queue::Queue;
use super::reply::Protocol;
use super::tracking::Tracked;
use crate::limits;

/// What a connection remembers from one command to the next.
#[derive(Debug, Default)]
pub(super) struct Session {
    pub(super) is_trusted: bool,
    /// Whether reads may be old.
    pub(super) is_stale: bool,
    pub(super) is_over: bool,
    pub(super) replies: Replies,
    pub(super) last_command: &'static str,
    pub(super) queue: Option<Queue>,
    /// Names, and the revisions that they must still have at `EXEC`.
    pub(super) watched: BTreeMap<Bytes, Option<u64>>,
    pub(super) channels: BTreeSet<Bytes>,
    pub(super) patterns: BTreeSet<Bytes>,
    pub(super) shards: BTreeSet<Bytes>,
    pub(super) inbox: Option<Inbox>,
    /// Of a connection that keeps what it reads.
    pub(super) tracked: Option<Tracked>,
}

/// Where messages of the channels arrive.
#[derive(Debug)]
pub(super) struct Inbox {
    pub(super) sender: mpsc::Sender<Heard>,
    receiver: mpsc::Receiver<Heard>,
    pub(super) waiting_bytes: Arc<AtomicUsize>,
}

impl Default for Inbox {
    fn default() -> Self {
        let (sender, receiver) = mpsc::channel(limits::MESSAGES_MAX);
        Self { sender, receiver, waiting_bytes: Arc::default() }
    }
}

impl Session {
    /// What the connection hears next; waits for ever when it listens to nothing.
    pub(super) async fn heard(&mut self) -> Heard {
        if let Some(Inbox { receiver, waiting_bytes, .. }) = &mut self.inbox
            && let Some(message) = receiver.recv().await
        {
            waiting_bytes.fetch_sub(message.bytes(), Ordering::Relaxed);
            return message;
        }
        std::future::pending().await
    }

    pub(super) fn listened(&mut self, kind: Kind) -> &mut BTreeSet<Bytes> {
        match kind {
            Kind::Channel => &mut self.channels,
            Kind::Pattern => &mut self.patterns,
            Kind::Shard => &mut self.shards,
        }
    }

    /// What a confirmation counts: channels and patterns, or shards.
    pub(super) fn count(&self, kind: Kind) -> usize {
        match kind {
            Kind::Channel | Kind::Pattern => self.channels.len() + self.patterns.len(),
            Kind::Shard => self.shards.len(),
        }
    }

    pub(super) fn subscriptions(&self) -> usize {
        self.count(Kind::Channel) + self.count(Kind::Shard)
    }

    /// In the old protocol one who listens can say little else.
    pub(super) fn check_listening(&self, name: &str, protocol: Protocol) -> Result<(), ErrorReply> {
        let is_allowed = matches!(
            name,
            "subscribe"
                | "unsubscribe"
                | "psubscribe"
                | "punsubscribe"
                | "ssubscribe"
                | "sunsubscribe"
                | "ping"
                | "quit"
                | "reset"
        );
        if protocol == Protocol::Resp3 || self.subscriptions() == 0 || is_allowed {
            return Ok(());
        }
        Err(ErrorReply::new(format!(
            "ERR Can't execute '{name}': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / \
             RESET are allowed in this context"
        )))
    }

    /// Whether the command is kept for `EXEC`.
    pub(super) fn queues(&self, action: &Result<Action, ErrorReply>) -> bool {
        let is_immediate = matches!(
            action,
            Ok(Action::Order(
                Order::Multi
                    | Order::Exec
                    | Order::Discard
                    | Order::Watch(_)
                    | Order::Quit
                    | Order::Reset
            ))
        );
        self.queue.is_some() && !is_immediate
    }

    pub(super) fn queue(
        &mut self,
        name: &'static str,
        action: Result<Action, ErrorReply>,
        bytes: usize,
        reads: Vec<Bytes>,
    ) {
        if let Some(queue) = &mut self.queue {
            queue.push(name, action, bytes, reads);
        }
    }

    /// A command could not be queued: the transaction must not be done without it.
    pub(super) fn spoil(&mut self) {
        if let Some(queue) = &mut self.queue {
            queue.spoil();
        }
    }

    pub(super) fn show(&self, shown: &mut Shown) {
        shown.channels = self.channels.len();
        shown.patterns = self.patterns.len();
        shown.shards = self.shards.len();
        shown.queued = self.queue.as_ref().map(Queue::len);
        shown.watched = self.watched.len();
        shown.is_stale = self.is_stale;
    }
}
