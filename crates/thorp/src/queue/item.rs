//! An item that is leased to this program.

use std::ops::Deref;
use std::time::Duration;

use serde::de::DeserializeOwned;
use structures::queue::{self, Command, Receipt};
use structures::{Answer, typed};

use super::{Queue, QueueError, milliseconds};
use crate::desk::{AskError, answered};

/// An item that is leased to this program. Dropped, it comes back when the lease ends.
#[derive(Debug)]
#[must_use = "an item that is not acknowledged comes back"]
pub struct Item<T> {
    queue: Queue<T>,
    value: T,
    receipt: Receipt,
    attempts: u32,
}

impl<T> Item<T> {
    pub(super) fn new(queue: &Queue<T>, item: queue::Item) -> Result<Self, QueueError>
    where
        T: DeserializeOwned,
    {
        let queue::Item { number, payload, attempts, lease, .. } = item;
        let lease = lease.ok_or_else(|| queue.failed("take from", AskError::Answer))?;
        let value = typed::read(&payload).map_err(|source| queue.unread(number, source))?;
        let receipt = Receipt { number, token: lease.token };
        Ok(Self { queue: queue.clone(), value, receipt, attempts })
    }

    /// The number of the item in its queue.
    #[must_use]
    pub fn number(&self) -> u64 {
        self.receipt.number
    }

    /// How often the item was taken, this time included.
    #[must_use]
    pub fn attempts(&self) -> u32 {
        self.attempts
    }

    /// What proves that the item is leased to this program.
    pub(super) fn lease(&self) -> (&Queue<T>, Receipt) {
        (&self.queue, self.receipt)
    }

    /// The item is done, and gone. [`Transaction::ack`](crate::Transaction::ack) does it together
    /// with changes of other structures.
    ///
    /// # Errors
    ///
    /// `LEASE_LOST` when the lease has ended: somebody else may have the item now.
    pub async fn ack(self) -> Result<T, QueueError> {
        let Self { queue, value, receipt, .. } = self;
        let command = Command::Acknowledge { name: queue.name(), receipts: vec![receipt] };
        let done = queue.at.write(command).await;
        let done = done.and_then(|answer| match answer {
            Answer::Integer(1) => Ok(()),
            Answer::Integer(_) => {
                let (name, number) = (queue.name(), receipt.number);
                Err(structures::Refusal::ItemNotLeased { name, number }.into())
            }
            _ => Err(AskError::Answer),
        });
        done.map_err(|source| queue.failed("acknowledge an item of", source))?;
        Ok(value)
    }

    /// Gives the item back; it can be taken again after `delay`.
    ///
    /// # Errors
    ///
    /// As [`Item::ack`].
    pub async fn nack(self, delay: Duration) -> Result<(), QueueError> {
        let (name, receipt) = (self.queue.name(), self.receipt);
        let command = Command::Return { name, receipt, delay_ms: milliseconds(delay) };
        let done = self.queue.at.write(command).await;
        let done = done.and_then(|answer| answered!(answer, Answer::Done => ()));
        done.map_err(|source| self.queue.failed("give back an item of", source))
    }

    /// Lets the lease end after `lease` from now.
    ///
    /// # Errors
    ///
    /// As [`Item::ack`].
    pub async fn extend(&self, lease: Duration) -> Result<(), QueueError> {
        let (name, receipt) = (self.queue.name(), self.receipt);
        let command = Command::Extend { name, receipt, lease_ms: milliseconds(lease) };
        let done = self.queue.at.write(command).await;
        let done = done.and_then(|answer| answered!(answer, Answer::Deadline(_) => ()));
        done.map_err(|source| self.queue.failed("extend the lease of an item of", source))
    }
}

impl<T> Deref for Item<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}
