//! What a transaction does to a counter.

use structures::counter::Command;

use super::Counter;
use crate::transaction::{Step, Subject, Transaction};

/// What a transaction does to a counter.
#[derive(Debug)]
pub struct Part<'t> {
    transaction: &'t mut Transaction,
    subject: Subject,
}

impl Transaction {
    /// Goes on with changes of this counter.
    pub fn counter(&mut self, counter: &Counter) -> Part<'_> {
        let subject = self.subject("counter", &counter.at);
        Part { transaction: self, subject }
    }
}

impl Part<'_> {
    /// Adds `by`, which may be negative, and gives the sum. When it does not fit into 64 bits,
    /// nothing of the transaction is done.
    pub fn add(&mut self, by: i64) -> Step<i64> {
        let name = self.subject.name.clone();
        self.transaction.add("add to", &self.subject, Command::Add { name, by })
    }

    /// Sets it, and gives what it was.
    pub fn set(&mut self, value: i64) -> Step<i64> {
        let name = self.subject.name.clone();
        self.transaction.add("set", &self.subject, Command::Set { name, value })
    }
}
