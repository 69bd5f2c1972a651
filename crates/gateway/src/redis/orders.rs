//! What orders to the connection and the door do.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use bytes::Bytes;

use super::clients::Client;
use super::connection::Connection;
use super::error::ErrorReply;
use super::order::{Chosen, Credentials, Hello, OfClient, Order, Replies};
use super::reply::{Protocol, Reply};
use super::tracking::{self, Tracking};

/// The version of Redis that this door equals.
pub(super) const REDIS_VERSION: &str = "7.0.15";

impl Connection {
    /// Obeys an order that is none about a transaction.
    pub(super) async fn simple_order(&mut self, order: Order) -> io::Result<()> {
        match order {
            Order::Authenticate(credentials) => match self.authenticate(&credentials) {
                Ok(()) => self.printer.ok(),
                Err(refused) => self.printer.error(&refused),
            },
            Order::Hello(hello) => {
                let reply = self.hello(hello).unwrap_or_else(Reply::Error);
                self.printer.reply(&reply);
            }
            Order::Quit => {
                self.printer.ok();
                self.session.is_over = true;
            }
            Order::Reset => self.reset(),
            Order::Stale(is_stale) => {
                self.session.is_stale = is_stale;
                self.printer.ok();
            }
            Order::Replies(replies) => {
                self.session.replies = replies;
                // Whoever wants none gets none to this either.
                if replies == Replies::All {
                    self.printer.ok();
                }
            }
            Order::Client(order) => {
                let reply = self.of_client(order);
                self.printer.reply(&reply);
            }
            Order::Unwatch => {
                self.session.watched.clear();
                self.printer.ok();
            }
            Order::Listen(kind, names) => self.listen(kind, &names),
            Order::Ignore(kind, names) => self.ignore(kind, names),
            Order::Pause(pause) => {
                self.shared.pause.set(pause);
                self.printer.ok();
            }
            Order::Ping(text) => self.ping(text),
            Order::Info(sections) => {
                let reply = self.info(&sections);
                self.printer.reply(&reply);
            }
            other => {
                let reply = self.ask_door(other);
                self.printer.reply(&reply);
            }
        }
        Ok(())
    }

    /// Questions to the door.
    fn ask_door(&self, order: Order) -> Reply {
        let hub = &self.shared.hub;
        match order {
            Order::Channels(kind, matching) => {
                let channels = hub.channels(kind, matching.as_deref());
                Reply::Array(channels.into_iter().map(Reply::Bulk).collect())
            }
            Order::Subscribers(kind, channels) => {
                let pair = |channel: &Bytes| {
                    let count = Reply::count(hub.subscribers(kind, channel));
                    [Reply::Bulk(channel.clone()), count]
                };
                Reply::Array(channels.iter().flat_map(pair).collect())
            }
            Order::Patterns => Reply::count(hub.patterns()),
            Order::Wait => {
                // What was acknowledged is on a quorum; those are the copies that are certain.
                let voters = self.shared.engine.status().voters;
                Reply::count((voters / 2 + 1).saturating_sub(1))
            }
            _ => Reply::Error(ErrorReply::UNEXPECTED),
        }
    }

    fn authenticate(&mut self, shown: &Credentials) -> Result<(), ErrorReply> {
        let wrong =
            ErrorReply::fixed("WRONGPASS invalid username-password pair or user is disabled.");
        let Some(token) = &self.shared.token else {
            return match &shown.user {
                None => Err(ErrorReply::fixed(
                    "ERR AUTH <password> called without any password configured for the default \
                     user. Are you sure your configuration is correct?",
                )),
                Some(user) if user.as_ref() == b"default" => Ok(()),
                Some(_) => Err(wrong),
            };
        };
        // The token opens the door, whatever name comes with it.
        if !token.is(&shown.secret) {
            tracing::warn!(client = %self.client.address, "wrong token at the redis door");
            return Err(wrong);
        }
        self.session.is_trusted = true;
        self.input.trust(true);
        Ok(())
    }

    fn hello(&mut self, hello: Hello) -> Result<Reply, ErrorReply> {
        if let Some(credentials) = &hello.credentials {
            self.authenticate(credentials)?;
        }
        if !self.session.is_trusted {
            return Err(ErrorReply::fixed(
                "NOAUTH HELLO must be called with the client already authenticated, otherwise the \
                 HELLO <proto> AUTH <user> <pass> option can be used to authenticate the client \
                 and select the RESP protocol version at the same time",
            ));
        }
        if let Some(name) = hello.name {
            self.client.shown().name = Bytes::copy_from_slice(&name);
        }
        if let Some(protocol) = hello.protocol {
            self.printer.protocol = protocol;
        }
        let version = if self.printer.protocol == Protocol::Resp2 { 2 } else { 3 };
        let pairs = [
            ("server", Reply::text("redis")),
            ("version", Reply::text(REDIS_VERSION)),
            ("proto", Reply::Integer(version)),
            ("id", Reply::unsigned(self.client.id)),
            ("mode", Reply::text("standalone")),
            ("role", Reply::text("master")),
            ("modules", Reply::Array(Vec::new())),
        ];
        Ok(Reply::Map(pairs.into_iter().map(|(key, value)| (Reply::text(key), value)).collect()))
    }

    fn reset(&mut self) {
        self.ignore_all();
        self.session.queue = None;
        self.session.watched.clear();
        self.session.is_stale = false;
        self.session.replies = Replies::All;
        self.session.is_trusted = self.shared.token.is_none();
        self.input.trust(self.session.is_trusted);
        self.client.shown().name = Bytes::new();
        self.printer.protocol = Protocol::Resp2;
        self.printer.simple("RESET");
    }

    fn ping(&mut self, text: Option<Bytes>) {
        let listens = self.session.subscriptions() > 0;
        if listens && self.printer.protocol == Protocol::Resp2 {
            let text = Reply::Bulk(text.unwrap_or_default());
            return self.printer.reply(&Reply::Array(vec![Reply::text("pong"), text]));
        }
        match text {
            Some(text) => self.printer.bulk(&text),
            None => self.printer.simple("PONG"),
        }
    }

    fn of_client(&mut self, order: OfClient) -> Reply {
        let now_ms = self.shared.clock.monotonic_ms();
        match order {
            OfClient::Id => Reply::unsigned(self.client.id),
            OfClient::GetName => {
                let name = self.client.shown().name.clone();
                if name.is_empty() { Reply::Nil } else { Reply::Bulk(name) }
            }
            OfClient::SetName(name) => {
                self.client.shown().name = Bytes::copy_from_slice(&name);
                Reply::OK
            }
            OfClient::Info => Reply::Verbatim(self.client.line(now_ms) + "\n"),
            OfClient::List(chosen) => {
                let lines = self.choose(&chosen);
                let lines = lines.iter().map(|client| client.line(now_ms) + "\n");
                Reply::Verbatim(lines.collect())
            }
            OfClient::KillAddress(address) => {
                let chosen = Chosen { address: Some(address), ..Chosen::default() };
                match self.kill(&chosen) {
                    0 => Reply::Error(ErrorReply::fixed("ERR No such client")),
                    _ => Reply::OK,
                }
            }
            OfClient::Kill(chosen) => Reply::count(self.kill(&chosen)),
            OfClient::Unblock(id, how) => {
                let client = self.shared.clients.find(id);
                Reply::Integer(i64::from(client.is_some_and(|client| client.unblock(how))))
            }
            OfClient::Track(wanted) => {
                self.set_tracking(wanted).map_or_else(Reply::Error, |()| Reply::OK)
            }
            OfClient::Cache(wanted) => {
                let tracked = self.session.tracked.as_mut().ok_or(tracking::NOT_CHOOSING);
                let done = tracked.and_then(|tracked| tracked.cache(wanted));
                done.map_or_else(Reply::Error, |()| Reply::OK)
            }
            OfClient::Redirection => match self.tracking() {
                None => Reply::Integer(-1),
                Some(tracking) => tracking.redirect.map_or(Reply::Integer(0), Reply::unsigned),
            },
            OfClient::TrackingInfo => match &self.session.tracked {
                None => tracking::no_info(),
                Some(tracked) => {
                    let redirect = tracked.tracking.redirect;
                    let is_gone = |id| self.shared.clients.find(id).is_none();
                    tracked.info(redirect.is_some_and(is_gone))
                }
            },
        }
    }

    fn tracking(&self) -> Option<&Tracking> {
        self.session.tracked.as_ref().map(|tracked| &tracked.tracking)
    }

    /// Begins to keep track, or ends it; what is kept already must be of the same kind.
    fn set_tracking(&mut self, wanted: Option<Tracking>) -> Result<(), ErrorReply> {
        let Some(mut wanted) = wanted else {
            self.untrack();
            return Ok(());
        };
        if wanted.redirect.is_some_and(|id| self.shared.clients.find(id).is_none()) {
            let text = "ERR The client ID you want redirect to does not exist";
            return Err(ErrorReply::fixed(text));
        }
        if let Some(before) = self.tracking() {
            wanted.join(before)?;
        }
        self.track(wanted);
        Ok(())
    }

    /// Ends the chosen connections; its own one after the reply.
    fn kill(&mut self, chosen: &Chosen) -> usize {
        let chosen = self.choose(chosen);
        for client in &chosen {
            if client.id == self.client.id {
                client.end();
            } else {
                client.cut();
            }
        }
        chosen.len()
    }

    fn choose(&self, chosen: &Chosen) -> Vec<Arc<Client>> {
        let mut clients = self.shared.clients.all();
        clients.retain(|client| {
            let is = |wanted: &Option<Bytes>, found: SocketAddr| {
                wanted.as_ref().is_none_or(|wanted| found.to_string().as_bytes() == wanted.as_ref())
            };
            let listens = || client.shown().listens();
            let is_kind = chosen.kind.as_ref().is_none_or(|kind| match kind.as_ref() {
                b"normal" => !listens(),
                b"pubsub" => listens(),
                _ => false,
            });
            chosen.ids.as_ref().is_none_or(|ids| ids.contains(&client.id))
                && is(&chosen.address, client.address)
                && is(&chosen.local, client.local)
                && is_kind
                && !(chosen.skips_me && client.id == self.client.id)
        });
        clients
    }
}
