//! `MULTI` and `EXEC`: commands that are done together, unless something watched has changed.

use std::io;

use bytes::Bytes;
use structures::{Answer, Condition, OnRefusal, Operation, Query, Transaction, names};

use super::command::Action;
use super::connection::Connection;
use super::error::{self, ErrorReply};
use super::order::Order;
use super::reply::Reply;
use super::run::Look;
use crate::limits;

/// Commands between `MULTI` and `EXEC`.
#[derive(Debug, Default)]
pub(super) struct Queue {
    operations: Vec<Operation>,
    entries: Vec<Entry>,
    /// Names that a connection reads which keeps what it reads.
    reads: Vec<Bytes>,
    bytes: usize,
    is_spoiled: bool,
}

/// One command of the queue.
#[derive(Debug)]
enum Entry {
    /// The next of the operations.
    Data(Look),
    Reply(Reply),
    Order(Order),
}

impl Queue {
    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    pub(super) fn spoil(&mut self) {
        self.is_spoiled = true;
    }

    pub(super) fn push(
        &mut self,
        name: &'static str,
        action: Result<Action, ErrorReply>,
        bytes: usize,
        reads: Vec<Bytes>,
    ) {
        self.bytes += bytes;
        if self.bytes > limits::QUEUED_BYTES_MAX || self.len() == limits::QUEUED_COMMANDS_MAX {
            // What comes now cannot be kept; `EXEC` says so.
            self.spoil();
            return;
        }
        self.reads.extend(reads);
        let data = match action {
            Ok(Action::Data(data)) => data,
            Ok(Action::Block(block)) => block.at_once(),
            Ok(Action::Reply(reply)) => return self.entries.push(Entry::Reply(reply)),
            Ok(Action::Order(order)) => return self.entries.push(Entry::Order(order)),
            // What is wrong is said at its place among the answers.
            Err(refused) => return self.entries.push(Entry::Reply(Reply::Error(refused))),
        };
        self.operations.push(data.operation);
        self.entries.push(Entry::Data(Look { name, shape: data.shape }));
    }
}

impl Connection {
    pub(super) fn multi(&mut self) {
        if self.session.queue.is_some() {
            return self.printer.error(&ErrorReply::fixed("ERR MULTI calls can not be nested"));
        }
        self.session.queue = Some(Queue::default());
        self.printer.ok();
    }

    pub(super) fn discard(&mut self) {
        if self.session.queue.take().is_none() {
            return self.printer.error(&ErrorReply::fixed("ERR DISCARD without MULTI"));
        }
        self.session.watched.clear();
        self.printer.ok();
    }

    pub(super) async fn watch(&mut self, names: Vec<Bytes>) {
        if self.session.queue.is_some() {
            return self.printer.error(&ErrorReply::fixed("ERR WATCH inside MULTI is not allowed"));
        }
        if self.session.watched.len() + names.len() > limits::WATCHED_NAMES_MAX {
            return self.printer.error(&ErrorReply::fixed("ERR too many watched names"));
        }
        // An old revision would let a change pass that was acknowledged before.
        let barrier = self.shared.engine.barrier(super::run::timeout()).await;
        if let Err(why) = barrier {
            return self.printer.error(&error::of_unavailable(&why));
        }
        for name in names {
            let query = Query::Names(names::Query::Revision { name: name.clone() });
            let revision = match self.stale("watch", &query) {
                Ok(Answer::Integer(revision)) => Some(revision.unsigned_abs()),
                Ok(_) => None,
                Err(refused) => return self.printer.error(&refused),
            };
            self.session.watched.entry(Bytes::copy_from_slice(&name)).or_insert(revision);
        }
        self.printer.ok();
    }

    pub(super) async fn exec(&mut self) -> io::Result<()> {
        let Some(queue) = self.session.queue.take() else {
            self.printer.error(&ErrorReply::fixed("ERR EXEC without MULTI"));
            return Ok(());
        };
        let watched = std::mem::take(&mut self.session.watched);
        if queue.is_spoiled {
            self.printer.error(&ErrorReply::fixed(
                "EXECABORT Transaction discarded because of previous errors.",
            ));
            return Ok(());
        }
        let condition = |(name, revision)| Condition::Revision { name, revision };
        let conditions: Vec<Condition> = watched.into_iter().map(condition).collect();
        let Queue { operations, entries, reads, .. } = queue;
        self.remember(reads);
        let answers = if operations.is_empty() && conditions.is_empty() {
            Ok(Answer::Transaction(Vec::new()))
        } else {
            let on_refusal = OnRefusal::Continue;
            let transaction = Transaction { conditions, operations, on_refusal };
            self.propose("exec", transaction.into()).await
        };
        match answers {
            Ok(Answer::Transaction(answers)) => self.print_all(entries, answers).await,
            Ok(_) => {
                self.printer.nil_array();
                Ok(())
            }
            Err(refused) => {
                self.printer.error(&refused);
                Ok(())
            }
        }
    }

    async fn print_all(
        &mut self,
        entries: Vec<Entry>,
        answers: Vec<state::Outcome>,
    ) -> io::Result<()> {
        self.printer.array(entries.len());
        let mut answers = answers.into_iter();
        for entry in entries {
            match entry {
                Entry::Data(look) => {
                    let answer = match answers.next() {
                        Some(outcome) => {
                            outcome.map_err(|refusal| error::of_refusal(look.name, &refusal))
                        }
                        None => Err(ErrorReply::UNEXPECTED),
                    };
                    self.print(&look, answer);
                }
                Entry::Reply(reply) => self.printer.reply(&reply),
                Entry::Order(order) => self.simple_order(order).await?,
            }
            self.flush_much().await?;
        }
        Ok(())
    }
}
