//! Groups: consumers that share the messages of a topic.

use std::time::Duration;

use bytes::Bytes;
use serde::de::DeserializeOwned;
use structures::topic::{
    self, ClaimNextOptions, Command, Entry, From as Which, GroupStart, Id, Query, ReadOptions,
};
use structures::{Answer, Refusal};
use tokio::time::Instant;

use super::{Message, Topic, TopicError};
use crate::desk::{AskError, answered};
use crate::limits;

/// A consumer of a group: each message of the topic goes to one consumer of the group, and stays
/// with it until it is acknowledged, or claimed by another one.
#[derive(Debug)]
pub struct Group<T> {
    topic: Topic<T>,
    group: Bytes,
    consumer: Bytes,
}

/// A message that was delivered to this consumer.
#[derive(Debug)]
#[must_use = "a message that is not acknowledged stays with the consumer"]
pub struct Delivery<T> {
    topic: Topic<T>,
    group: Bytes,
    pub message: Message<T>,
}

impl<T: DeserializeOwned> Topic<T> {
    /// Takes part in the group as `consumer`, a name that differs from those of the others. The
    /// group is made when there is none: it then begins behind `after`, [`Id::MIN`] for all
    /// messages that are kept.
    ///
    /// # Errors
    ///
    /// [`TopicError`] when the name is another kind of thing, or nobody answers in time.
    pub async fn group(
        &self,
        group: &str,
        consumer: &str,
        after: Id,
    ) -> Result<Group<T>, TopicError> {
        let bytes = |text: &str| Bytes::copy_from_slice(text.as_bytes());
        let (group, consumer) = (bytes(group), bytes(consumer));
        let start = GroupStart { after: Some(after), entries_read: None };
        let (name, makes_topic) = (self.name(), true);
        let create = Command::CreateGroup { name, group: group.clone(), start, makes_topic };
        match self.at.write(create).await {
            Ok(_) | Err(AskError::Refused(Refusal::GroupExists { .. })) => {
                Ok(Group { topic: self.clone(), group, consumer })
            }
            Err(error) => Err(self.failed("make a group of", error)),
        }
    }
}

impl<T: DeserializeOwned> Group<T> {
    /// The next message that nobody in the group has had, when one comes within `wait`.
    ///
    /// # Errors
    ///
    /// [`TopicError::Read`] when it is no `T`; it stays with this consumer. Else when the group
    /// was dropped, or nobody answers in time.
    pub async fn next_within(&self, wait: Duration) -> Result<Option<Delivery<T>>, TopicError> {
        let over = Instant::now() + wait.min(limits::LEASE_MAX);
        loop {
            let last = self.topic.last().await?;
            if let Some(entry) = self.read().await.map_err(|error| self.failed(error))? {
                return self.delivery(&entry).map(Some);
            }
            let left = over.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(None);
            }
            let (query, known) = (Query::Last { name: self.topic.name() }, Answer::Id(last));
            let waited = self.topic.at.read_beyond(query, known, left.min(limits::WAIT)).await;
            waited.map_err(|error| self.failed(error))?;
        }
    }

    /// Takes over the oldest message that a consumer has had for longer than `idle` without
    /// acknowledging it, because it is gone or stuck.
    ///
    /// # Errors
    ///
    /// As [`Group::next_within`].
    pub async fn claim(&self, idle: Duration) -> Result<Option<Delivery<T>>, TopicError> {
        let idle_ms_min = u64::try_from(idle.as_millis()).unwrap_or(u64::MAX);
        let mut start = Id::MIN;
        loop {
            let claim = Command::ClaimNext {
                name: self.topic.name(),
                group: self.group.clone(),
                consumer: self.consumer.clone(),
                start,
                options: ClaimNextOptions { idle_ms_min, count: 1, only_ids: false },
            };
            let claimed = self.topic.at.write(claim).await.and_then(|answer| {
                answered!(answer,
                    Answer::Topic(topic::Answer::Claimed { next, entries, .. }) => (next, entries))
            });
            let (next, entries) = claimed.map_err(|error| self.failed(error))?;
            if let Some(entry) = entries.first() {
                return self.delivery(entry).map(Some);
            }
            if next == Id::MIN {
                return Ok(None);
            }
            start = next;
        }
    }

    async fn read(&self) -> Result<Option<Entry>, AskError> {
        let read = Command::ReadGroup {
            group: self.group.clone(),
            consumer: self.consumer.clone(),
            topics: vec![(self.topic.name(), Which::New)],
            options: ReadOptions { count: Some(1), acknowledges: false },
        };
        let logs = answered!(self.topic.at.write(read).await?, Answer::Logs(logs) => logs)?;
        Ok(logs.into_iter().flat_map(|(_, entries)| entries).next())
    }

    fn delivery(&self, entry: &Entry) -> Result<Delivery<T>, TopicError> {
        let message = self.topic.typed(entry)?;
        Ok(Delivery { topic: self.topic.clone(), group: self.group.clone(), message })
    }

    fn failed(&self, source: AskError) -> TopicError {
        self.topic.failed("read in a group from", source)
    }
}

impl<T> Delivery<T> {
    /// The message is done: the group will not deliver it again.
    ///
    /// # Errors
    ///
    /// [`TopicError`] when the group was dropped, or nobody answers in time.
    pub async fn ack(self) -> Result<T, TopicError> {
        let (name, group) = (self.topic.name(), self.group.clone());
        let ids = vec![self.message.id];
        let done = self.topic.at.write(Command::Acknowledge { name, group, ids }).await;
        let done = done.and_then(|answer| answered!(answer, Answer::Integer(_) => ()));
        done.map_err(|source| self.topic.failed("acknowledge a message of", source))?;
        Ok(self.message.value)
    }
}
