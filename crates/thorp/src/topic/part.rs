//! What a transaction does to a topic.

use serde::Serialize;

use super::{Id, Topic, append};
use crate::transaction::{Step, Subject, Transaction};

/// What a transaction does to a topic.
#[derive(Debug)]
pub struct Part<'t, T> {
    transaction: &'t mut Transaction,
    topic: &'t Topic<T>,
    subject: Subject,
}

impl Transaction {
    /// Goes on with messages to this topic.
    pub fn topic<'t, T>(&'t mut self, topic: &'t Topic<T>) -> Part<'t, T> {
        let subject = self.subject("topic", &topic.at);
        Part { transaction: self, topic, subject }
    }
}

impl<T: Serialize> Part<'_, T> {
    /// Publishes a message, and gives its place.
    pub fn publish(&mut self, value: &T) -> Step<Id> {
        let value = self.transaction.kept("message", &self.subject, value);
        self.transaction.add("publish to", &self.subject, append(self.topic.name(), value))
    }
}
