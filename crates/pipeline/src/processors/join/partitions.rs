//! Rows divided by the hash of their key, for joins that do not fit into memory.
//!
//! Method: Grace hash join, Kitsuregawa et al., "Application of hash to data base machine and its
//! architecture", 1983.

use std::hash::{DefaultHasher, Hash, Hasher};

use arrow::array::UInt64Array;
use tabular::{Batch, Column, Kind, Value};

use super::Prepared;
use crate::error::StepError;
use crate::limits::JOIN_PARTITIONS;
use crate::spool::Spool;

/// The column that holds the key of a stored row, under a name that no field has.
const KEY: &str = "\0key";

/// One spool per part of the keys.
#[derive(Debug)]
pub(super) struct Partitions {
    spools: Vec<Spool>,
}

impl Partitions {
    /// Empty partitions that together keep at most `memory_bytes` in memory.
    pub(super) fn new(memory_bytes: usize) -> Self {
        let each = memory_bytes / JOIN_PARTITIONS;
        Self { spools: (0..JOIN_PARTITIONS).map(|_| Spool::new(each)).collect() }
    }

    /// Adds rows.
    pub(super) fn push(&mut self, prepared: &Prepared) -> Result<(), StepError> {
        let mut rows: Vec<Vec<u64>> = vec![Vec::new(); self.spools.len()];
        for (key, number) in prepared.keys.iter().zip(0..) {
            if let Some(rows) = rows.get_mut(place(key)) {
                rows.push(number);
            }
        }
        let keys: Column =
            prepared.keys.iter().map(|key| Some(Value::new(Kind::Text, &**key))).collect();
        let mut batch = prepared.batch.clone();
        batch.set(KEY, keys);
        for (spool, rows) in self.spools.iter_mut().zip(rows) {
            if !rows.is_empty() {
                spool.push(&batch.take(&UInt64Array::from(rows)))?;
            }
        }
        Ok(())
    }

    /// The spools, in the order of the partitions.
    pub(super) fn into_spools(self) -> Vec<Spool> {
        self.spools
    }
}

/// The rows of a stored batch with their keys.
pub(super) fn restore(mut stored: Batch) -> Prepared {
    let keys = stored.remove(KEY).map_or_else(Vec::new, |column| {
        (0..column.len()).map(|row| column.text(row).unwrap_or_default().into()).collect()
    });
    Prepared { batch: stored, keys }
}

fn place(key: &str) -> usize {
    let mut hasher = DefaultHasher::new();
    key.hash(&mut hasher);
    let partitions = u64::try_from(JOIN_PARTITIONS).expect("a small number");
    usize::try_from(hasher.finish() % partitions).expect("below the number of partitions")
}
