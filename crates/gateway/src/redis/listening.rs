//! Listening to channels.

use std::sync::Arc;

use bytes::Bytes;

use super::connection::Connection;
use super::error::ErrorReply;
use super::hub::{Kind, Listener, Message};
use super::reply::Reply;
use crate::limits;

impl Connection {
    pub(super) fn listen(&mut self, kind: Kind, names: &[Bytes]) {
        for name in names {
            if self.session.subscriptions() >= limits::SUBSCRIPTIONS_MAX {
                return self.printer.error(&ErrorReply::fixed("ERR too many subscriptions"));
            }
            // A copy: the name must not keep alive what it was read from.
            let name = Bytes::copy_from_slice(name);
            let inbox = self.session.inbox.get_or_insert_default();
            let listener = Listener {
                client: Arc::clone(&self.client),
                messages: inbox.sender.clone(),
                waiting_bytes: Arc::clone(&inbox.waiting_bytes),
            };
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
        self.session.inbox = None;
    }

    fn confirm(&mut self, word: &str, kind: Kind, name: Option<&Bytes>) {
        let count = Reply::count(self.session.count(kind));
        let name = name.map_or(Reply::Nil, |name| Reply::Bulk(name.clone()));
        self.printer.reply(&Reply::Push(vec![Reply::text(word), name, count]));
    }

    /// Prints a message that was heard.
    pub(super) fn tell(&mut self, Message { kind, pattern, channel, message }: &Message) {
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
