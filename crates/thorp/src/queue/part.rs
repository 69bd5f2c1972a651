//! What a transaction does to a queue.

use serde::Serialize;
use structures::queue::{Command, NewItem};

use super::{Item, Push, Queue, milliseconds};
use crate::transaction::{Step, Subject, Transaction};

/// What a transaction does to a queue.
#[derive(Debug)]
pub struct Part<'t, T> {
    transaction: &'t mut Transaction,
    queue: &'t Queue<T>,
    subject: Subject,
}

impl Transaction {
    /// Goes on with changes of this queue.
    pub fn queue<'t, T>(&'t mut self, queue: &'t Queue<T>) -> Part<'t, T> {
        let subject = self.subject("queue", &queue.at);
        Part { transaction: self, queue, subject }
    }

    /// The item is done, and gone: together with what came of it. When its lease has ended,
    /// nothing of the transaction is done (`LEASE_LOST`).
    pub fn ack<T>(&mut self, item: &Item<T>) {
        let (queue, receipt) = item.lease();
        let subject = self.subject("queue", &queue.at);
        let name = subject.name.clone();
        // An acknowledgement alone passes over an item that is leased no longer; this refuses.
        let hold = Command::Extend { name: name.clone(), receipt, lease_ms: 0 };
        let done = Command::Acknowledge { name, receipts: vec![receipt] };
        for command in [hold, done] {
            self.add::<()>("acknowledge an item of", &subject, command);
        }
    }
}

impl<T: Serialize> Part<'_, T> {
    /// Puts an item at the end, and gives its number.
    pub fn push(&mut self, item: &T) -> Step<u64> {
        self.push_with(item, Push::default())
    }

    /// Puts an item that rests for a while, or goes before others, and gives its number.
    pub fn push_with(&mut self, item: &T, how: Push) -> Step<u64> {
        let payload = self.transaction.kept("item", &self.subject, item);
        let Push { delay, priority } = how;
        let items = vec![NewItem { payload, priority, delay_ms: milliseconds(delay) }];
        let push = Command::Push { name: self.queue.name(), items };
        self.transaction.add("push to", &self.subject, push)
    }
}
