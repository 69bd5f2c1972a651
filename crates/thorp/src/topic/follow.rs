//! The messages of a topic from a place on, those to come included.

use std::collections::VecDeque;
use std::pin::Pin;

use futures::{Stream, StreamExt as _};
use serde::de::DeserializeOwned;
use structures::Answer;
use structures::topic::{Entry, Id, Query};

use super::{Message, Topic, TopicError};
use crate::desk::{AskError, answered};
use crate::limits;

/// Messages in their order, without end.
///
/// When the cluster cannot be asked, the stream tells the error and goes on from where it was when
/// it is polled again. It ends when the name is another kind of thing.
pub type Messages<T> = Pin<Box<dyn Stream<Item = Result<Message<T>, TopicError>> + Send>>;

impl<T: DeserializeOwned + Send + 'static> Topic<T> {
    /// Follows the messages that are published from now on: what is published after this returns
    /// is in it.
    ///
    /// # Errors
    ///
    /// [`TopicError`] when the name is another kind of thing, or nobody answers in time.
    pub async fn subscribe(&self) -> Result<Messages<T>, TopicError> {
        Ok(self.subscribe_after(self.last().await?))
    }

    /// Follows the messages after a place: that of the last one that was seen, or [`Id::MIN`] for
    /// all that are kept.
    #[must_use]
    pub fn subscribe_after(&self, after: Id) -> Messages<T> {
        let follower =
            Follower { topic: self.clone(), after, ready: VecDeque::new(), is_over: false };
        let messages = futures::stream::unfold(follower, async |mut follower| {
            let message = follower.next().await?;
            Some((message, follower))
        });
        messages.boxed()
    }
}

/// Who follows a topic.
struct Follower<T> {
    topic: Topic<T>,
    after: Id,
    ready: VecDeque<Entry>,
    is_over: bool,
}

impl<T: DeserializeOwned> Follower<T> {
    async fn next(&mut self) -> Option<Result<Message<T>, TopicError>> {
        loop {
            if let Some(entry) = self.ready.pop_front() {
                self.after = entry.id;
                return Some(self.topic.typed(&entry));
            }
            if self.is_over {
                return None;
            }
            match self.read().await {
                Ok(entries) => self.ready = entries.into(),
                Err(error) => {
                    self.is_over = matches!(error, AskError::Refused(_));
                    return Some(Err(self.topic.failed("read", error)));
                }
            }
        }
    }

    /// Reads what follows, and waits for it if need be.
    async fn read(&self) -> Result<Vec<Entry>, AskError> {
        let (topics, count) = (vec![(self.topic.name(), self.after)], Some(limits::PAGE_ENTRIES));
        let query = Query::Read { topics, count };
        let nothing = Answer::Logs(Vec::new());
        let (answer, _) = self.topic.at.read_beyond(query, nothing, limits::WAIT).await?;
        let logs = answered!(answer, Answer::Logs(logs) => logs)?;
        Ok(logs.into_iter().flat_map(|(_, entries)| entries).collect())
    }
}
