//! Listening to channels.

use std::sync::Arc;

use bytes::Bytes;

use super::connection::Connection;
use super::error::ErrorReply;
use super::hub::{Heard, Invalid, Kind, Listener, Message};
use super::reply::{Protocol, Reply};
use super::tracking::{self, Tracked, Tracking};
use crate::limits;

impl Connection {
    pub(super) fn listen(&mut self, kind: Kind, names: &[Bytes]) {
        for name in names {
            if self.session.subscriptions() >= limits::SUBSCRIPTIONS_MAX {
                return self.printer.error(&ErrorReply::fixed("ERR too many subscriptions"));
            }
            // A copy: the name must not keep alive what it was read from.
            let name = Bytes::copy_from_slice(name);
            let listener = self.listener();
            self.shared.hub.listen(kind, &name, listener);
            self.session.listened(kind).insert(name.clone());
            let word = match kind {
                Kind::Channel => "subscribe",
                Kind::Pattern => "psubscribe",
                Kind::Shard => "ssubscribe",
            };
            self.confirm(word, kind, Some(&name));
        }
    }

    /// The connection as those see it who tell it something.
    fn listener(&mut self) -> Listener {
        let inbox = self.session.inbox.get_or_insert_default();
        Listener {
            client: Arc::clone(&self.client),
            messages: inbox.sender.clone(),
            waiting_bytes: Arc::clone(&inbox.waiting_bytes),
        }
    }

    pub(super) fn ignore(&mut self, kind: Kind, names: Vec<Bytes>) {
        let word = match kind {
            Kind::Channel => "unsubscribe",
            Kind::Pattern => "punsubscribe",
            Kind::Shard => "sunsubscribe",
        };
        let names = if names.is_empty() {
            self.session.listened(kind).iter().cloned().collect()
        } else {
            names
        };
        if names.is_empty() {
            return self.confirm(word, kind, None);
        }
        for name in names {
            self.shared.hub.ignore(kind, &name, self.client.id);
            self.session.listened(kind).remove(&name);
            self.confirm(word, kind, Some(&name));
        }
    }

    /// Stops listening without a word.
    pub(super) fn ignore_all(&mut self) {
        for kind in Kind::ALL {
            for name in std::mem::take(self.session.listened(kind)) {
                self.shared.hub.ignore(kind, &name, self.client.id);
            }
        }
        self.untrack();
        self.session.inbox = None;
    }

    fn confirm(&mut self, word: &str, kind: Kind, name: Option<&Bytes>) {
        let count = Reply::count(self.session.count(kind));
        let name = name.map_or(Reply::Nil, |name| Reply::Bulk(name.clone()));
        self.printer.reply(&Reply::Push(vec![Reply::text(word), name, count]));
    }

    /// Keeps track of what the connection reads from now on.
    pub(super) fn track(&mut self, tracking: Tracking) {
        let tracked = Tracked::new(tracking);
        let listener = self.listener();
        self.shared.hub.track(&tracked, listener);
        self.session.tracked = Some(tracked);
    }

    pub(super) fn untrack(&mut self) {
        if self.session.tracked.take().is_some() {
            self.shared.hub.untrack(self.client.id);
        }
    }

    /// Remembers names that are about to be read.
    pub(super) fn remember(&self, names: Vec<Bytes>) {
        if !names.is_empty() {
            self.shared.hub.reads(self.client.id, names);
        }
    }

    /// Prints what was heard.
    pub(super) fn tell(&mut self, heard: &Heard) {
        match heard {
            Heard::Message(message) => self.tell_message(message),
            Heard::Invalid(invalid) => self.tell_invalid(invalid),
        }
    }

    fn tell_invalid(&mut self, Invalid { name, revision, own, is_redirected }: &Invalid) {
        if own.has(*revision) {
            return;
        }
        if *is_redirected {
            self.printer.push(3);
            self.printer.bulk(b"message");
            self.printer.bulk(tracking::CHANNEL);
        } else if self.printer.protocol == Protocol::Resp3 {
            self.printer.push(2);
            self.printer.bulk(b"invalidate");
        } else {
            // The old protocol has no words for it.
            return;
        }
        let names = |name: &Bytes| Reply::Array(vec![Reply::Bulk(name.clone())]);
        self.printer.reply(&name.as_ref().map_or(Reply::NilArray, names));
    }

    fn tell_message(&mut self, Message { kind, pattern, channel, message }: &Message) {
        self.printer.push(if pattern.is_some() { 4 } else { 3 });
        match pattern {
            Some(pattern) => {
                self.printer.bulk(b"pmessage");
                self.printer.bulk(pattern);
            }
            None if *kind == Kind::Shard => self.printer.bulk(b"smessage"),
            None => self.printer.bulk(b"message"),
        }
        self.printer.bulk(channel);
        self.printer.bulk(message);
    }
}
