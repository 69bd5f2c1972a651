//! Changes of an entry by what it is now.

use std::borrow::Borrow;

use serde::Serialize;
use serde::de::DeserializeOwned;
use structures::map::PutCondition;

use super::{Map, MapError};
use crate::limits;

impl<K: Serialize, V: Serialize + DeserializeOwned> Map<K, V> {
    /// Writes what `change` makes of the value under `key`, or removes the entry when that is
    /// nothing; gives what is there now.
    ///
    /// When others change the entry meanwhile, `change` is called again with what they wrote, up to
    /// [`UPDATE_ATTEMPTS_MAX`](limits::UPDATE_ATTEMPTS_MAX) times. So it should do nothing else.
    ///
    /// # Errors
    ///
    /// [`MapError::Contended`] when others were faster each time; else as [`Map::get`] and
    /// [`Map::put`].
    pub async fn update<Q>(
        &self,
        key: &Q,
        mut change: impl FnMut(Option<V>) -> Option<V>,
    ) -> Result<Option<V>, MapError>
    where
        K: Borrow<Q>,
        Q: Serialize + ?Sized,
    {
        let key = self.key(key)?;
        for _ in 0..limits::UPDATE_ATTEMPTS_MAX {
            let entry = self.entry(key.clone()).await?;
            let revision = entry.as_ref().map(|entry| entry.revision);
            let old = entry.map(|entry| self.value(&key, &entry.value)).transpose()?;
            let new = change(old);
            let condition = revision.map_or(PutCondition::Absent, PutCondition::Revision);
            let is_done = match (&new, revision) {
                (Some(value), _) => self.put_on(condition, key.clone(), value).await?.is_some(),
                (None, Some(revision)) => self.remove_on(key.clone(), revision).await?,
                (None, None) => true,
            };
            if is_done {
                return Ok(new);
            }
        }
        let key = key.escape_ascii().to_string();
        let attempts = limits::UPDATE_ATTEMPTS_MAX;
        Err(MapError::Contended { key, map: self.at.shown(), attempts })
    }
}
