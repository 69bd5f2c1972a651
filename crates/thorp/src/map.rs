//! Maps: typed values under typed keys.

mod entries;
mod error;
mod part;
mod update;
mod watch;

use std::borrow::Borrow;
use std::marker::PhantomData;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use serde::Serialize;
use serde::de::DeserializeOwned;
use structures::map::{self, Command, PutCondition, PutOptions, Query};
use structures::{Answer, Ttl, TtlCondition, names, typed};

pub use entries::{Entries, Scan};
pub use error::MapError;
pub use part::Part;
pub use watch::{Change, Changes, Watch};

use crate::desk::{Desk, Handle, answered};

/// A map of the cluster; cheap to clone.
///
/// Keys and values are kept as [`structures::typed`] says: strings as their text, all else as JSON.
/// A key has at most 64 KiB, a value 1 MiB. Every write of an entry gives it a new revision, larger
/// than all before it in the whole cluster.
pub struct Map<K, V> {
    at: Handle,
    ttl: Option<Duration>,
    kinds: PhantomData<fn(&K) -> V>,
}

/// An entry as it is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry<K, V> {
    pub key: K,
    pub value: V,
    /// The revision that changed it last.
    pub revision: u64,
    /// When it ends, in milliseconds since the Unix epoch; none: never.
    pub expires_ms: Option<u64>,
}

impl<K, V> Map<K, V> {
    pub(crate) fn new(desk: Arc<dyn Desk>, name: &[u8]) -> Self {
        Self { at: Handle::new(desk, name), ttl: None, kinds: PhantomData }
    }

    /// Gives each call of this handle so long, up to [`CALL_MAX`](crate::limits::CALL_MAX);
    /// [`CALL`](crate::limits::CALL) unless it is said.
    #[must_use]
    pub fn within(self, within: Duration) -> Self {
        Self { at: self.at.within(within), ..self }
    }

    /// Entries that this handle writes end after `ttl`. Without, they do not end.
    #[must_use]
    pub fn with_ttl(self, ttl: Duration) -> Self {
        Self { ttl: Some(ttl), ..self }
    }

    /// What this handle reads may be old: one node answers from what it has, also without a
    /// quorum.
    #[must_use]
    pub fn stale(mut self) -> Self {
        self.at.is_stale = true;
        self
    }

    /// The number of entries.
    ///
    /// # Errors
    ///
    /// [`MapError`] when the name is another kind of thing, or nobody answers in time.
    pub async fn len(&self) -> Result<u64, MapError> {
        let len = self.at.read(Query::Len { map: self.name() }).await;
        let len = len.and_then(|(answer, _)| answered!(answer, Answer::Integer(len) => len));
        let len = len.map_err(|source| self.failed("count the entries of", source))?;
        Ok(u64::try_from(len).unwrap_or_default())
    }

    /// Whether there is no entry.
    ///
    /// # Errors
    ///
    /// As [`Map::len`].
    pub async fn is_empty(&self) -> Result<bool, MapError> {
        Ok(self.len().await? == 0)
    }

    /// Removes all entries, and says whether there were any.
    ///
    /// # Errors
    ///
    /// [`MapError`] when nobody answers in time.
    pub async fn clear(&self) -> Result<bool, MapError> {
        let names = vec![self.name()];
        let gone = self.at.write(names::Command::Delete { names }).await;
        let gone = gone.and_then(|answer| answered!(answer, Answer::Integer(count) => count > 0));
        gone.map_err(|source| self.failed("clear", source))
    }

    fn name(&self) -> Bytes {
        self.at.name.clone()
    }

    fn key<Q: Serialize + ?Sized>(&self, key: &Q) -> Result<Bytes, MapError> {
        typed::write(key).map_err(|source| self.unwritten("key", source))
    }
}

impl<K: Serialize, V: Serialize + DeserializeOwned> Map<K, V> {
    /// The value under `key`.
    ///
    /// # Errors
    ///
    /// [`MapError`] when there is something else than a `V`, or nobody answers in time.
    pub async fn get<Q>(&self, key: &Q) -> Result<Option<V>, MapError>
    where
        K: Borrow<Q>,
        Q: Serialize + ?Sized,
    {
        Ok(self.get_with_revision(key).await?.map(|(value, _)| value))
    }

    /// The value under `key`, and its revision for [`Map::put_if`].
    ///
    /// # Errors
    ///
    /// As [`Map::get`].
    pub async fn get_with_revision<Q>(&self, key: &Q) -> Result<Option<(V, u64)>, MapError>
    where
        K: Borrow<Q>,
        Q: Serialize + ?Sized,
    {
        let key = self.key(key)?;
        match self.entry(key).await? {
            Some(entry) => Ok(Some((self.value(&entry.key, &entry.value)?, entry.revision))),
            None => Ok(None),
        }
    }

    /// The values under `keys`, in their order.
    ///
    /// # Errors
    ///
    /// As [`Map::get`], and when they have more than 64 MiB together.
    pub async fn get_many<'a, Q>(
        &self,
        keys: impl IntoIterator<Item = &'a Q>,
    ) -> Result<Vec<Option<V>>, MapError>
    where
        K: Borrow<Q>,
        Q: Serialize + ?Sized + 'a,
    {
        let keys: Vec<Bytes> =
            keys.into_iter().map(|key| self.key(key)).collect::<Result<_, _>>()?;
        let got = self.at.read(Query::GetMany { map: self.name(), keys: keys.clone() }).await;
        let got = got.and_then(|(answer, _)| answered!(answer, Answer::List(values) => values));
        let got = got.map_err(|source| self.failed("read", source))?;
        let values = keys.iter().zip(got).map(|(key, answer)| match answer {
            Answer::Bytes(bytes) => self.value(key, &bytes).map(Some),
            _ => Ok(None),
        });
        values.collect()
    }

    /// Writes an entry, and gives its revision.
    ///
    /// # Errors
    ///
    /// [`MapError`] when something is too large or no JSON, or nobody answers in time.
    pub async fn put<Q>(&self, key: &Q, value: impl Borrow<V>) -> Result<u64, MapError>
    where
        K: Borrow<Q>,
        Q: Serialize + ?Sized,
    {
        let put = self.put_on(PutCondition::Always, self.key(key)?, value.borrow()).await?;
        put.ok_or_else(|| self.failed("write", crate::desk::AskError::Answer))
    }

    /// Writes an entry unless there is one under `key`; its revision when it was written.
    ///
    /// # Errors
    ///
    /// As [`Map::put`].
    pub async fn put_if_absent<Q>(
        &self,
        key: &Q,
        value: impl Borrow<V>,
    ) -> Result<Option<u64>, MapError>
    where
        K: Borrow<Q>,
        Q: Serialize + ?Sized,
    {
        self.put_on(PutCondition::Absent, self.key(key)?, value.borrow()).await
    }

    /// Writes an entry over the one that has this revision; its new one when it was written.
    ///
    /// # Errors
    ///
    /// As [`Map::put`].
    pub async fn put_if<Q>(
        &self,
        key: &Q,
        value: impl Borrow<V>,
        revision: u64,
    ) -> Result<Option<u64>, MapError>
    where
        K: Borrow<Q>,
        Q: Serialize + ?Sized,
    {
        self.put_on(PutCondition::Revision(revision), self.key(key)?, value.borrow()).await
    }

    /// Removes an entry, and says whether there was one.
    ///
    /// # Errors
    ///
    /// [`MapError`] when nobody answers in time.
    pub async fn remove<Q>(&self, key: &Q) -> Result<bool, MapError>
    where
        K: Borrow<Q>,
        Q: Serialize + ?Sized,
    {
        let delete = Command::Delete { map: self.name(), keys: vec![self.key(key)?] };
        let gone = self.at.write(delete).await;
        let gone = gone.and_then(|answer| answered!(answer, Answer::Integer(count) => count > 0));
        gone.map_err(|source| self.failed("remove from", source))
    }

    /// Removes the entry when it has this revision, and says whether it had.
    ///
    /// # Errors
    ///
    /// [`MapError`] when nobody answers in time.
    pub async fn remove_if<Q>(&self, key: &Q, revision: u64) -> Result<bool, MapError>
    where
        K: Borrow<Q>,
        Q: Serialize + ?Sized,
    {
        let key = self.key(key)?;
        self.remove_on(key, revision).await
    }

    /// Removes an entry, and gives the value that it had.
    ///
    /// # Errors
    ///
    /// As [`Map::get`]; an entry that cannot be read is gone all the same.
    pub async fn take<Q>(&self, key: &Q) -> Result<Option<V>, MapError>
    where
        K: Borrow<Q>,
        Q: Serialize + ?Sized,
    {
        let key = self.key(key)?;
        let taken = self.at.write(Command::Take { map: self.name(), key: key.clone() }).await;
        let taken = taken.and_then(|answer| {
            answered!(answer, Answer::Bytes(value) => Some(value), Answer::Nothing => None)
        });
        let taken = taken.map_err(|source| self.failed("take from", source))?;
        taken.map(|value| self.value(&key, &value)).transpose()
    }

    /// Lets the entry end after `ttl`, or never, and says whether there is one.
    ///
    /// # Errors
    ///
    /// [`MapError`] when nobody answers in time.
    pub async fn expire<Q>(&self, key: &Q, ttl: Option<Duration>) -> Result<bool, MapError>
    where
        K: Borrow<Q>,
        Q: Serialize + ?Sized,
    {
        let (map, key) = (self.name(), self.key(key)?);
        let expire = Command::Expire { map, key, ttl: after(ttl), condition: TtlCondition::Always };
        let is_there = self.at.write(expire).await;
        let is_there = is_there.and_then(|answer| answered!(answer, Answer::Flag(flag) => flag));
        is_there.map_err(|source| self.failed("write", source))
    }

    async fn entry(&self, key: Bytes) -> Result<Option<map::Entry>, MapError> {
        let got = self.at.read(Query::Get { map: self.name(), key }).await;
        let got = got.and_then(|(answer, _)| {
            answered!(answer, Answer::Entry(entry) => Some(entry), Answer::Nothing => None)
        });
        got.map_err(|source| self.failed("read", source))
    }

    async fn put_on(
        &self,
        condition: PutCondition,
        key: Bytes,
        value: &V,
    ) -> Result<Option<u64>, MapError> {
        let value = typed::write(value).map_err(|source| self.unwritten("value", source))?;
        let options = PutOptions { condition, ttl: after(self.ttl), ..PutOptions::default() };
        let put = self.at.write(Command::Put { map: self.name(), key, value, options }).await;
        let put = put.and_then(|answer| answered!(answer, Answer::Put(put) => put.revision));
        put.map_err(|source| self.failed("write", source))
    }

    async fn remove_on(&self, key: Bytes, revision: u64) -> Result<bool, MapError> {
        let delete = Command::DeleteRevision { map: self.name(), key, revision };
        let gone = self.at.write(delete).await;
        let gone = gone.and_then(|answer| answered!(answer, Answer::Flag(is_gone) => is_gone));
        gone.map_err(|source| self.failed("remove from", source))
    }

    fn value(&self, key: &[u8], bytes: &[u8]) -> Result<V, MapError> {
        typed::read(bytes).map_err(|source| self.unread::<V>(key, source))
    }
}

/// When an entry ends that is to live so long.
fn after(ttl: Option<Duration>) -> Ttl {
    ttl.map_or(Ttl::Never, |ttl| Ttl::After {
        ms: i64::try_from(ttl.as_millis()).unwrap_or(i64::MAX),
    })
}

impl<K, V> Clone for Map<K, V> {
    fn clone(&self) -> Self {
        Self { at: self.at.clone(), ttl: self.ttl, kinds: PhantomData }
    }
}

impl<K, V> std::fmt::Debug for Map<K, V> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Map").field("name", &self.at.shown()).finish_non_exhaustive()
    }
}
