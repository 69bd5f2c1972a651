//! All entries of a map, page by page.

use std::pin::Pin;
use std::sync::Arc;

use bytes::Bytes;
use futures::{Stream, StreamExt as _, TryStreamExt as _};
use serde::Serialize;
use serde::de::DeserializeOwned;
use structures::map::{self, Keys, Query};
use structures::{Answer, Direction, Page, typed};

use super::{Entry, Map, MapError};
use crate::desk::{AskError, answered};
use crate::limits;

/// Entries in the order of the bytes of their keys.
pub type Entries<K, V> = Pin<Box<dyn Stream<Item = Result<Entry<K, V>, MapError>> + Send>>;

/// Which entries are read.
#[derive(Debug, Clone)]
#[must_use = "nothing is read before `entries` is polled"]
pub struct Scan<K, V> {
    map: Map<K, V>,
    keys: Keys,
    direction: Direction,
}

impl<K, V> Map<K, V> {
    /// Reads entries: all of them, unless the scan says which.
    pub fn scan(&self) -> Scan<K, V> {
        Scan { map: self.clone(), keys: Keys::default(), direction: Direction::Up }
    }
}

impl<K, V> Scan<K, V> {
    /// Only entries whose key, as it is kept, begins with these bytes.
    pub fn prefix(mut self, prefix: impl AsRef<[u8]>) -> Self {
        self.keys.prefix = Some(Bytes::copy_from_slice(prefix.as_ref()));
        self
    }

    /// From the last to the first.
    pub fn backwards(self) -> Self {
        Self { direction: Direction::Down, ..self }
    }
}

impl<K, V> Scan<K, V>
where
    K: DeserializeOwned + Send + 'static,
    V: DeserializeOwned + Send + 'static,
{
    /// The entries as a stream, which reads [`PAGE_ENTRIES`](limits::PAGE_ENTRIES) at once. Each
    /// page is as the map is when it is read; entries that are written meanwhile may be in it.
    ///
    /// An error is told once, and the stream ends with it.
    #[must_use]
    pub fn entries(self) -> Entries<K, V> {
        let scan = Arc::new(self);
        let pages = futures::stream::try_unfold(Some(None), move |place: Option<Option<Bytes>>| {
            let scan = Arc::clone(&scan);
            async move {
                let Some(after) = place else { return Ok(None) };
                let (entries, next) = scan.page(after).await?;
                Ok(Some((futures::stream::iter(entries), next.map(Some))))
            }
        });
        pages.try_flatten().boxed()
    }

    async fn page(
        &self,
        after: Option<Bytes>,
    ) -> Result<(Vec<Result<Entry<K, V>, MapError>>, Option<Bytes>), MapError> {
        let scan = map::Scan {
            keys: self.keys.clone(),
            after,
            count: limits::PAGE_ENTRIES,
            direction: self.direction,
        };
        let asked = self.map.at.read(Query::Scan { map: self.map.name(), scan }).await;
        let failed = |source: AskError| self.map.failed("read", source);
        let page = asked.and_then(|(answer, _)| answered!(answer, Answer::Page(page) => page));
        let Page { items, next } = page.map_err(failed)?;
        let entries = answered!(*items, Answer::Entries(entries) => entries).map_err(failed)?;
        Ok((entries.into_iter().map(|entry| self.map.typed(entry)).collect(), next))
    }
}

impl<K: DeserializeOwned, V: DeserializeOwned> Map<K, V> {
    fn typed(&self, entry: map::Entry) -> Result<Entry<K, V>, MapError> {
        let map::Entry { key, value, revision, expires_ms, .. } = entry;
        Ok(Entry {
            key: typed::read(&key).map_err(|source| self.unread::<K>(&key, source))?,
            value: typed::read(&value).map_err(|source| self.unread::<V>(&key, source))?,
            revision,
            expires_ms,
        })
    }
}

impl<K: Serialize, V: Serialize + DeserializeOwned> Map<K, V> {
    /// Writes entries, all at once: either all are there then, or none. They do not end.
    ///
    /// # Errors
    ///
    /// As [`Map::put`], and when they have more than 8 MiB together.
    pub async fn put_many(
        &self,
        entries: impl IntoIterator<Item = (K, V)>,
    ) -> Result<(), MapError> {
        let mut kept = Vec::new();
        for (key, value) in entries {
            let value = typed::write(&value).map_err(|source| self.unwritten("value", source))?;
            kept.push((self.key(&key)?, value));
        }
        let (only_new, over_any_kind) = (false, false);
        let put =
            map::Command::PutMany { map: self.name(), entries: kept, only_new, over_any_kind };
        let put = self.at.write(put).await;
        let put = put.and_then(|answer| answered!(answer, Answer::Integer(_) => ()));
        put.map_err(|source| self.failed("write", source))
    }
}
