//! A view in memory: for tests, simulation, and the warm part of an engine's state.

use std::collections::BTreeMap;
use std::ops::Bound;

use bytes::Bytes;

use crate::changes::Changes;
use crate::view::{Direction, Row, View, ViewError};

/// Rows in a tree.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Memory(BTreeMap<Bytes, Bytes>);

impl Memory {
    /// Writes and deletes what `changes` say.
    pub fn write(&mut self, changes: Changes) {
        for change in changes {
            match change.shared_value() {
                Some(value) => self.0.insert(change.shared_key(), value),
                None => self.0.remove(change.key()),
            };
        }
    }

    /// All rows in order.
    pub fn rows(&self) -> impl Iterator<Item = (&Bytes, &Bytes)> {
        self.0.iter()
    }
}

impl View for Memory {
    fn get(&self, key: &[u8]) -> Result<Option<Bytes>, ViewError> {
        Ok(self.0.get(key).cloned())
    }

    fn scan(
        &self,
        from: &[u8],
        to: &[u8],
        direction: Direction,
        limit: usize,
    ) -> Result<Vec<Row>, ViewError> {
        if from >= to {
            return Ok(Vec::new());
        }
        let range = self.0.range::<[u8], _>((Bound::Included(from), Bound::Excluded(to)));
        let own = |(key, value): (&Bytes, &Bytes)| (key.clone(), value.clone());
        Ok(match direction {
            Direction::Up => range.take(limit).map(own).collect(),
            Direction::Down => range.rev().take(limit).map(own).collect(),
        })
    }
}
