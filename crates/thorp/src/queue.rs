//! Queues: items that are taken by lease, and come back unless they are acknowledged.

mod error;
mod item;
mod part;

use std::marker::PhantomData;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use serde::Serialize;
use serde::de::DeserializeOwned;
use structures::queue::{Command, NewItem, Query};
use structures::{Answer, typed};
use tokio::time::Instant;

pub use error::QueueError;
pub use item::Item;
pub use part::Part;
pub use structures::queue::{Settings, Status};

use crate::desk::{AskError, Desk, Handle, answered};
use crate::limits;

/// A queue of the cluster; cheap to clone.
///
/// Whoever takes an item has it for the time of a lease, and says that it is done
/// ([`Item::ack`]). Otherwise it comes back when the lease ends, and goes to the dead letters after
/// so many attempts. So an item is worked on at least once, and by one at a time.
pub struct Queue<T> {
    at: Handle,
    lease: Option<Duration>,
    kind: PhantomData<fn(&T) -> T>,
}

/// How an item is pushed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Push {
    /// How long it rests before it can be taken, up to a week.
    pub delay: Duration,
    /// Items with a higher one go first.
    pub priority: u8,
}

impl<T> Queue<T> {
    pub(crate) fn new(desk: Arc<dyn Desk>, name: &[u8]) -> Self {
        Self { at: Handle::new(desk, name), lease: None, kind: PhantomData }
    }

    /// Gives each call of this handle so long, beside what it is willing to wait, up to
    /// [`CALL_MAX`](limits::CALL_MAX); [`CALL`](limits::CALL) unless it is said.
    #[must_use]
    pub fn within(self, within: Duration) -> Self {
        Self { at: self.at.within(within), ..self }
    }

    /// Items that this handle takes are leased for so long, up to a week; for what the settings
    /// of the queue say unless it is said.
    #[must_use]
    pub fn with_lease(self, lease: Duration) -> Self {
        Self { lease: Some(lease), ..self }
    }

    /// How many items there are, and how the queue works; none: there is no such queue.
    ///
    /// # Errors
    ///
    /// [`QueueError`] when the name is another kind of thing, or nobody answers in time.
    pub async fn status(&self) -> Result<Option<Status>, QueueError> {
        let told = self.at.read(Query::Status { name: self.name() }).await;
        let told = told.and_then(|(answer, _)| {
            answered!(answer, Answer::Queue(status) => Some(status), Answer::Nothing => None)
        });
        told.map_err(|source| self.failed("read", source))
    }

    /// Makes the queue, or changes how it works.
    ///
    /// # Errors
    ///
    /// [`QueueError`] when a time or a number is out of bounds, or nobody answers in time.
    pub async fn configure(&self, settings: Settings) -> Result<(), QueueError> {
        let done = self.at.write(Command::Configure { name: self.name(), settings }).await;
        let done = done.and_then(|answer| answered!(answer, Answer::Flag(_) => ()));
        done.map_err(|source| self.failed("configure", source))
    }

    fn name(&self) -> Bytes {
        self.at.name.clone()
    }
}

impl<T: Serialize + DeserializeOwned> Queue<T> {
    /// Puts an item at the end, and gives its number.
    ///
    /// # Errors
    ///
    /// [`QueueError`] when it is larger than 1 MiB or no JSON, or nobody answers in time.
    pub async fn push(&self, item: &T) -> Result<u64, QueueError> {
        self.push_with(item, Push::default()).await
    }

    /// Puts an item that rests for a while, or goes before others, and gives its number.
    ///
    /// # Errors
    ///
    /// As [`Queue::push`].
    pub async fn push_with(&self, item: &T, how: Push) -> Result<u64, QueueError> {
        let numbers = self.push_all(std::iter::once(item), how).await?;
        numbers.first().copied().ok_or_else(|| self.failed("push to", AskError::Answer))
    }

    /// Puts items at once, all or none, and gives their numbers.
    ///
    /// # Errors
    ///
    /// As [`Queue::push`], and when they have more than 8 MiB together.
    pub async fn push_many<'a>(
        &self,
        items: impl IntoIterator<Item = &'a T>,
    ) -> Result<Vec<u64>, QueueError>
    where
        T: 'a,
    {
        self.push_all(items, Push::default()).await
    }

    /// Takes the next item, when there is one.
    ///
    /// # Errors
    ///
    /// [`QueueError::Read`] when it is no `T`: then it is taken all the same, comes back, and ends
    /// among the dead letters. Else when nobody answers in time.
    pub async fn take(&self) -> Result<Option<Item<T>>, QueueError> {
        let taken = self.at.write(self.taking()).await;
        let taken = taken.and_then(|answer| answered!(answer, Answer::Items(items) => items));
        let mut items = taken.map_err(|source| self.failed("take from", source))?;
        items.pop().map(|item| Item::new(self, item)).transpose()
    }

    /// Takes the next item, and waits for one for at most `wait`.
    ///
    /// # Errors
    ///
    /// As [`Queue::take`].
    pub async fn take_within(&self, wait: Duration) -> Result<Option<Item<T>>, QueueError> {
        let over = Instant::now() + wait.min(limits::LEASE_MAX);
        loop {
            if let Some(item) = self.take().await? {
                return Ok(Some(item));
            }
            let left = over.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(None);
            }
            let next = Query::Peek { name: self.name(), count: 1 };
            let empty = Answer::Items(Vec::new());
            let waited = self.at.read_beyond(next, empty, left.min(limits::WAIT)).await;
            waited.map_err(|source| self.failed("wait for", source))?;
        }
    }

    fn taking(&self) -> Command {
        Command::Take { name: self.name(), count: 1, lease_ms: self.lease.map(milliseconds) }
    }

    async fn push_all<'a>(
        &self,
        items: impl IntoIterator<Item = &'a T>,
        how: Push,
    ) -> Result<Vec<u64>, QueueError>
    where
        T: 'a,
    {
        let Push { delay, priority } = how;
        let new = |item: &T| {
            let payload = typed::write(item)
                .map_err(|source| QueueError::Write { queue: self.at.shown(), source })?;
            Ok(NewItem { payload, priority, delay_ms: milliseconds(delay) })
        };
        let items = items.into_iter().map(new).collect::<Result<_, QueueError>>()?;
        let pushed = self.at.write(Command::Push { name: self.name(), items }).await;
        let pushed = pushed.and_then(|answer| answered!(answer, Answer::Ids(numbers) => numbers));
        pushed.map_err(|source| self.failed("push to", source))
    }
}

fn milliseconds(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

impl<T> Clone for Queue<T> {
    fn clone(&self) -> Self {
        Self { at: self.at.clone(), lease: self.lease, kind: PhantomData }
    }
}

impl<T> std::fmt::Debug for Queue<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Queue").field("name", &self.at.shown()).finish_non_exhaustive()
    }
}
