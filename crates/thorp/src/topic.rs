//! Topics: durable logs of messages, read by everybody from any place.

mod error;
mod follow;
mod group;
mod part;

use std::marker::PhantomData;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use serde::Serialize;
use serde::de::DeserializeOwned;
use structures::topic::{AppendOptions, Command, Entry, NewId, Query, Retention};
use structures::{Answer, typed};

pub use error::TopicError;
pub use follow::Messages;
pub use group::{Delivery, Group};
pub use part::Part;
pub use structures::topic::Id;

use crate::desk::{Desk, Handle, answered};

/// A topic of the cluster; cheap to clone.
///
/// Messages are kept, also when everybody has read them, until the retention of the topic says
/// otherwise. Every subscriber gets all of them; the members of a [`Group`] share them.
pub struct Topic<T> {
    at: Handle,
    kind: PhantomData<fn(&T) -> T>,
}

/// A message of a topic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message<T> {
    /// Its place: larger than those of all messages before it.
    pub id: Id,
    pub value: T,
}

impl<T> Topic<T> {
    pub(crate) fn new(desk: Arc<dyn Desk>, name: &[u8]) -> Self {
        Self { at: Handle::new(desk, name), kind: PhantomData }
    }

    /// Gives each call of this handle so long, up to [`CALL_MAX`](crate::limits::CALL_MAX);
    /// [`CALL`](crate::limits::CALL) unless it is said.
    #[must_use]
    pub fn within(self, within: Duration) -> Self {
        Self { at: self.at.within(within), ..self }
    }

    /// Makes the topic, or changes what it forgets by itself: messages before the last `len_max`,
    /// and those that are older than `age`. Without either it keeps everything.
    ///
    /// # Errors
    ///
    /// [`TopicError`] when the name is another kind of thing, or nobody answers in time.
    pub async fn keep(
        &self,
        len_max: Option<u64>,
        age: Option<Duration>,
    ) -> Result<(), TopicError> {
        let age_ms_max = age.map(|age| u64::try_from(age.as_millis()).unwrap_or(u64::MAX));
        let retention = Retention { len_max, age_ms_max };
        let done = self.at.write(Command::Configure { name: self.name(), retention }).await;
        let done = done.and_then(|answer| answered!(answer, Answer::Flag(_) => ()));
        done.map_err(|source| self.failed("configure", source))
    }

    /// The number of messages that are kept.
    ///
    /// # Errors
    ///
    /// [`TopicError`] when the name is another kind of thing, or nobody answers in time.
    pub async fn len(&self) -> Result<u64, TopicError> {
        let len = self.at.read(Query::Len { name: self.name() }).await;
        let len = len.and_then(|(answer, _)| answered!(answer, Answer::Integer(len) => len));
        let len = len.map_err(|source| self.failed("read", source))?;
        Ok(u64::try_from(len).unwrap_or_default())
    }

    /// Whether no message is kept.
    ///
    /// # Errors
    ///
    /// As [`Topic::len`].
    pub async fn is_empty(&self) -> Result<bool, TopicError> {
        Ok(self.len().await? == 0)
    }

    /// The place of the last message that was ever published; [`Id::MIN`] when there was none.
    async fn last(&self) -> Result<Id, TopicError> {
        let last = self.at.read(Query::Last { name: self.name() }).await;
        let last = last.and_then(|(answer, _)| answered!(answer, Answer::Id(id) => id));
        last.map_err(|source| self.failed("read", source))
    }

    fn name(&self) -> Bytes {
        self.at.name.clone()
    }
}

impl<T: Serialize + DeserializeOwned> Topic<T> {
    /// Publishes a message, and gives its place.
    ///
    /// # Errors
    ///
    /// [`TopicError`] when it is larger than 1 MiB or no JSON, or nobody answers in time.
    pub async fn publish(&self, value: &T) -> Result<Id, TopicError> {
        let value = typed::write(value)
            .map_err(|source| TopicError::Write { topic: self.at.shown(), source })?;
        let published = self.at.write(append(self.name(), value)).await;
        let published = published.and_then(|answer| answered!(answer, Answer::Id(id) => id));
        published.map_err(|source| self.failed("publish to", source))
    }
}

/// The command that publishes a value as it is kept.
fn append(name: Bytes, value: Bytes) -> Command {
    let fields = vec![(Bytes::from_static(typed::FIELD), value)];
    Command::Append { name, id: NewId::Now, fields, options: AppendOptions::default() }
}

impl<T: DeserializeOwned> Topic<T> {
    fn typed(&self, entry: &Entry) -> Result<Message<T>, TopicError> {
        let id = entry.id;
        let mut fields = entry.fields.iter().flatten();
        let value = fields.find(|(field, _)| field == typed::FIELD).map(|(_, value)| value);
        let value = value.ok_or_else(|| TopicError::Field { id, topic: self.at.shown() })?;
        let value = typed::read(value).map_err(|source| self.unread(id, source))?;
        Ok(Message { id, value })
    }
}

impl<T> Clone for Topic<T> {
    fn clone(&self) -> Self {
        Self { at: self.at.clone(), kind: PhantomData }
    }
}

impl<T> std::fmt::Debug for Topic<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Topic").field("name", &self.at.shown()).finish_non_exhaustive()
    }
}
