//! What a transaction does to a map.

use std::borrow::Borrow;

use bytes::Bytes;
use serde::Serialize;
use serde::de::DeserializeOwned;
use structures::Condition;
use structures::map::{Command, PutOptions};

use super::{Map, after};
use crate::transaction::{Step, Subject, Transaction};

/// What a transaction does to a map, and expects of it.
///
/// A condition that does not hold is an error of the commit, which says which one it was. It looks
/// at the map as it is before the first change.
#[derive(Debug)]
pub struct Part<'t, K, V> {
    transaction: &'t mut Transaction,
    map: &'t Map<K, V>,
    subject: Subject,
}

impl Transaction {
    /// Goes on with changes of this map, and conditions on it.
    pub fn map<'t, K, V>(&'t mut self, map: &'t Map<K, V>) -> Part<'t, K, V> {
        let subject = self.subject("map", &map.at);
        Part { transaction: self, map, subject }
    }
}

impl<K: Serialize, V: Serialize + DeserializeOwned> Part<'_, K, V> {
    /// Writes an entry, and gives its revision. It ends as the handle of the map says.
    pub fn put<Q>(&mut self, key: &Q, value: impl Borrow<V>) -> Step<u64>
    where
        K: Borrow<Q>,
        Q: Serialize + ?Sized,
    {
        let key = self.key(key);
        self.put_bytes(key, value.borrow())
    }

    /// Writes an entry, unless there is one under `key`: then nothing of the transaction is done.
    pub fn put_if_absent<Q>(&mut self, key: &Q, value: impl Borrow<V>) -> Step<u64>
    where
        K: Borrow<Q>,
        Q: Serialize + ?Sized,
    {
        let key = self.key(key);
        self.expect_of(key.clone(), None);
        self.put_bytes(key, value.borrow())
    }

    /// Writes an entry over the one that has this revision. When there is none, nothing of the
    /// transaction is done.
    pub fn put_if<Q>(&mut self, key: &Q, value: impl Borrow<V>, revision: u64) -> Step<u64>
    where
        K: Borrow<Q>,
        Q: Serialize + ?Sized,
    {
        let key = self.key(key);
        self.expect_of(key.clone(), Some(revision));
        self.put_bytes(key, value.borrow())
    }

    /// Removes an entry, and says whether there was one.
    pub fn remove<Q>(&mut self, key: &Q) -> Step<bool>
    where
        K: Borrow<Q>,
        Q: Serialize + ?Sized,
    {
        let key = self.key(key);
        self.remove_bytes(key)
    }

    /// Removes the entry that has this revision. When there is none, nothing of the transaction is
    /// done.
    pub fn remove_if<Q>(&mut self, key: &Q, revision: u64)
    where
        K: Borrow<Q>,
        Q: Serialize + ?Sized,
    {
        let key = self.key(key);
        self.expect_of(key.clone(), Some(revision));
        self.remove_bytes(key);
    }

    /// Nothing of the transaction is done unless the entry has this revision.
    pub fn expect_revision<Q>(&mut self, key: &Q, revision: u64)
    where
        K: Borrow<Q>,
        Q: Serialize + ?Sized,
    {
        let key = self.key(key);
        self.expect_of(key, Some(revision));
    }

    /// Nothing of the transaction is done when there is an entry under `key`.
    pub fn expect_absent<Q>(&mut self, key: &Q)
    where
        K: Borrow<Q>,
        Q: Serialize + ?Sized,
    {
        let key = self.key(key);
        self.expect_of(key, None);
    }

    /// Nothing of the transaction is done unless the entry has this value, to the byte as it is
    /// kept: as this library writes it.
    pub fn expect_value<Q>(&mut self, key: &Q, value: impl Borrow<V>)
    where
        K: Borrow<Q>,
        Q: Serialize + ?Sized,
    {
        let key = self.key(key);
        let value = Some(self.transaction.kept("value", &self.subject, value.borrow()));
        self.transaction.expect(Condition::EntryValue { map: self.map.name(), key, value });
    }

    fn key<Q: Serialize + ?Sized>(&mut self, key: &Q) -> Bytes {
        self.transaction.kept("key", &self.subject, key)
    }

    fn expect_of(&mut self, key: Bytes, revision: Option<u64>) {
        self.transaction.expect(Condition::EntryRevision { map: self.map.name(), key, revision });
    }

    fn put_bytes(&mut self, key: Bytes, value: &V) -> Step<u64> {
        let value = self.transaction.kept("value", &self.subject, value);
        let options = PutOptions { ttl: after(self.map.ttl), ..PutOptions::default() };
        let put = Command::Put { map: self.map.name(), key, value, options };
        self.transaction.add("write", &self.subject, put)
    }

    fn remove_bytes(&mut self, key: Bytes) -> Step<bool> {
        let delete = Command::Delete { map: self.map.name(), keys: vec![key] };
        self.transaction.add("remove from", &self.subject, delete)
    }
}
