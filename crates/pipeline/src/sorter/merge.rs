//! Merges sorted runs into one order.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

use arrow::array::UInt64Array;
use tabular::Batch;
use tabular::limits::BATCH_ROWS_MAX;

use super::run::{Cursor, Run};
use crate::error::StepError;

/// The runs, each at its next row.
#[derive(Debug)]
pub(super) struct Merge {
    cursors: Vec<Cursor>,
    reverse: bool,
}

/// The next row of a run. Among equal keys the earlier run goes first.
#[derive(Debug, PartialEq, Eq)]
struct Next {
    key: Vec<u8>,
    run: usize,
    reverse: bool,
}

impl Ord for Next {
    /// The greatest is taken first, so the order is turned around, unless it is to be reversed.
    fn cmp(&self, other: &Self) -> Ordering {
        let order = (&self.key, self.run).cmp(&(&other.key, other.run));
        if self.reverse { order } else { order.reverse() }
    }
}

impl PartialOrd for Next {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Merge {
    pub(super) fn new(runs: Vec<Run>, reverse: bool) -> Result<Self, StepError> {
        let cursors = runs.into_iter().map(Run::open).collect::<Result<_, _>>()?;
        Ok(Self { cursors, reverse })
    }

    pub(super) fn drain(
        mut self,
        mut take: impl FnMut(Batch) -> Result<(), StepError>,
    ) -> Result<(), StepError> {
        let mut heap: BinaryHeap<Next> =
            (0..self.cursors.len()).filter_map(|run| self.next(run, Vec::new())).collect();
        let mut picked: Vec<(usize, usize)> = Vec::with_capacity(BATCH_ROWS_MAX);
        while let Some(Next { key, run, .. }) = heap.pop() {
            let Some(cursor) = self.cursors.get_mut(run) else { continue };
            picked.push((run, cursor.row));
            cursor.row += 1;
            let exhausted = cursor.key().is_none();
            if exhausted || picked.len() == BATCH_ROWS_MAX {
                take(self.gather(&mut picked))?;
            }
            if exhausted && let Some(cursor) = self.cursors.get_mut(run) {
                cursor.load()?;
            }
            heap.extend(self.next(run, key));
        }
        Ok(())
    }

    /// The entry of a run in the heap; `buffer` is used again for its key.
    fn next(&self, run: usize, mut buffer: Vec<u8>) -> Option<Next> {
        buffer.clear();
        buffer.extend_from_slice(self.cursors.get(run)?.key()?);
        Some(Next { key: buffer, run, reverse: self.reverse })
    }

    /// The picked rows as one batch.
    fn gather(&self, picked: &mut Vec<(usize, usize)>) -> Batch {
        let mut starts = Vec::with_capacity(self.cursors.len());
        let mut rows = 0;
        let mut batches = Vec::with_capacity(self.cursors.len());
        for cursor in &self.cursors {
            starts.push(rows);
            rows += cursor.batch.rows();
            batches.push(cursor.batch.clone());
        }
        let indices: UInt64Array = picked
            .drain(..)
            .map(|(run, row)| {
                let start = starts.get(run)?;
                u64::try_from(start + row).ok()
            })
            .collect();
        Batch::concat(&batches).take(&indices)
    }
}
