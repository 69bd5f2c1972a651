//! What changes in a map, from a revision on, without a gap.

use std::collections::VecDeque;
use std::pin::Pin;

use bytes::Bytes;
use futures::{Stream, StreamExt as _};
use serde::de::DeserializeOwned;
use structures::map::{self, After, Keys, Query, What};
use structures::{Answer, typed};

use super::{Map, MapError};
use crate::desk::answered;
use crate::limits;

/// Changes in the order in which they happened.
pub type Changes<K, V> = Pin<Box<dyn Stream<Item = Result<Change<K, V>, MapError>> + Send>>;

/// One change of a map.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change<K, V> {
    /// An entry was written.
    Put { key: K, value: V, revision: u64 },
    /// An entry is gone.
    Removed { key: K, is_expired: bool, revision: u64 },
    /// All entries are gone at once.
    Cleared { is_expired: bool, revision: u64 },
    /// The map has other entries now, by a rename or a copy: read it anew.
    Reset { revision: u64 },
}

/// Which changes are followed.
#[derive(Debug, Clone)]
#[must_use = "nothing is followed before `changes`"]
pub struct Watch<K, V> {
    map: Map<K, V>,
    keys: Keys,
    after: Option<u64>,
}

impl<K, V> Change<K, V> {
    /// The revision that made it. All changes of one command have the same one.
    pub fn revision(&self) -> u64 {
        match self {
            Self::Put { revision, .. }
            | Self::Removed { revision, .. }
            | Self::Cleared { revision, .. }
            | Self::Reset { revision } => *revision,
        }
    }
}

impl<K, V> Map<K, V> {
    /// Follows what changes: all that is written from now on, unless the watch says otherwise.
    pub fn watch(&self) -> Watch<K, V> {
        Watch { map: self.clone(), keys: Keys::default(), after: None }
    }
}

impl<K, V> Watch<K, V> {
    /// Only entries whose key, as it is kept, begins with these bytes.
    pub fn prefix(mut self, prefix: impl AsRef<[u8]>) -> Self {
        self.keys.prefix = Some(Bytes::copy_from_slice(prefix.as_ref()));
        self
    }

    /// Changes after this revision, such as that of an entry or of the last change that was seen.
    /// The cluster keeps the last 10,000 changes of all maps, up to 16 MiB.
    pub fn after(self, revision: u64) -> Self {
        Self { after: Some(revision), ..self }
    }
}

impl<K, V> Watch<K, V>
where
    K: DeserializeOwned + Send + 'static,
    V: DeserializeOwned + Send + 'static,
{
    /// The changes as a stream without end. What is written after this returns is in it.
    ///
    /// When the cluster cannot be asked, the stream tells the error and goes on from where it was
    /// when it is polled again. It ends when changes that it needs are no longer kept
    /// (`HISTORY_FORGOTTEN`): then read the map anew.
    ///
    /// # Errors
    ///
    /// [`MapError`] when the name is another kind of thing, or nobody answers in time.
    pub async fn changes(self) -> Result<Changes<K, V>, MapError> {
        let after = match self.after {
            Some(revision) => revision,
            None => {
                let len = self.map.at.read(Query::Len { map: self.map.name() }).await;
                len.map_err(|source| self.map.failed("watch", source))?.1
            }
        };
        let follower = Follower {
            map: self.map,
            keys: self.keys,
            after: After::Revision(after),
            known: None,
            ready: VecDeque::new(),
            is_over: false,
        };
        let changes = futures::stream::unfold(follower, async |mut follower| {
            let change = follower.next().await?;
            Some((change, follower))
        });
        Ok(changes.boxed())
    }
}

/// Who follows a map.
struct Follower<K, V> {
    map: Map<K, V>,
    keys: Keys,
    after: After,
    /// The page that says that there is nothing new; none: it may be that there is.
    known: Option<Answer>,
    ready: VecDeque<map::Change>,
    is_over: bool,
}

impl<K: DeserializeOwned, V: DeserializeOwned> Follower<K, V> {
    async fn next(&mut self) -> Option<Result<Change<K, V>, MapError>> {
        loop {
            if let Some(change) = self.ready.pop_front() {
                return Some(self.typed(change));
            }
            if self.is_over {
                return None;
            }
            if let Err(error) = self.read().await {
                self.is_over = matches!(&error, MapError::Ask { source, .. }
                    if matches!(source, crate::desk::AskError::Refused(_)));
                return Some(Err(error));
            }
        }
    }

    /// Reads what follows, and waits for it if need be.
    async fn read(&mut self) -> Result<(), MapError> {
        let at = &self.map.at;
        let (map, keys, count) = (self.map.name(), self.keys.clone(), limits::PAGE_ENTRIES);
        let query = Query::Changes { map, keys, after: self.after, count };
        let asked = match self.known.clone() {
            Some(known) => at.read_beyond(query, known, limits::WAIT).await,
            None => at.read(query).await,
        };
        let page = asked.and_then(|(answer, _)| answered!(answer, Answer::Changes(page) => page));
        let page = page.map_err(|source| self.map.failed("watch", source))?;
        self.after = After::Page(page.next);
        let nothing = map::Changes { changes: Vec::new(), next: page.next, is_more: false };
        self.known = (!page.is_more).then_some(Answer::Changes(nothing));
        self.ready = page.changes.into();
        Ok(())
    }

    fn typed(&self, change: map::Change) -> Result<Change<K, V>, MapError> {
        let map::Change { revision, what } = change;
        let read =
            |key: &Bytes| typed::read::<K>(key).map_err(|source| self.map.unread::<K>(key, source));
        Ok(match what {
            What::Put { key, value } => {
                let value = typed::read(&value);
                let value = value.map_err(|source| self.map.unread::<V>(&key, source))?;
                Change::Put { key: read(&key)?, value, revision }
            }
            What::Removed { key, is_expired } => {
                Change::Removed { key: read(&key)?, is_expired, revision }
            }
            What::Cleared { is_expired } => Change::Cleared { is_expired, revision },
            What::Reset => Change::Reset { revision },
        })
    }
}
