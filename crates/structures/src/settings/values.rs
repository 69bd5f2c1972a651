//! The values of all settings at one number.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::key::Key;

/// What was set; all other keys have their defaults.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Values(BTreeMap<Key, u64>);

/// A key that has another value here than there, each in its unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Difference {
    pub key: Key,
    pub before: u64,
    pub after: u64,
}

impl Values {
    /// The value that counts: what was set, or the default.
    #[must_use]
    pub fn get(&self, key: Key) -> u64 {
        self.set(key).unwrap_or(key.about().default)
    }

    /// What was set.
    #[must_use]
    pub fn set(&self, key: Key) -> Option<u64> {
        self.0.get(&key).copied()
    }

    /// These values but for one key.
    pub(super) fn with(&self, key: Key, value: Option<u64>) -> Self {
        let mut values = self.clone();
        match value {
            Some(value) => values.0.insert(key, value),
            None => values.0.remove(&key),
        };
        values
    }

    /// The keys of which another value counts than before.
    #[must_use]
    pub fn since(&self, before: &Self) -> Vec<Difference> {
        let pairs = Key::ALL.map(|key| (key, before.get(key), self.get(key)));
        let differ = pairs.into_iter().filter(|(_, before, after)| before != after);
        differ.map(|(key, before, after)| Difference { key, before, after }).collect()
    }
}
