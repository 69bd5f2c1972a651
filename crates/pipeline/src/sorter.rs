//! Sorts any number of rows by byte keys, stably, within a bound of memory.
//!
//! Rows are kept as they come until the bound is reached; then they are sorted and written to a
//! temporary file as a run, and the runs are merged at the end.
//! Method: external merge sort, Knuth, The Art of Computer Programming vol. 3, 5.4.1.

mod keys;
mod merge;
mod run;

use arrow::array::UInt64Array;
use tabular::Batch;
use tabular::limits::BATCH_ROWS_MAX;

pub use keys::Keys;
use merge::Merge;
use run::Run;

use crate::error::StepError;

/// Collects rows with their keys.
#[derive(Debug)]
pub struct Sorter {
    memory_bytes_max: usize,
    memory_bytes: usize,
    held: Vec<(Batch, Keys)>,
    runs: Vec<Run>,
    reverse: bool,
}

/// A row in memory: the first eight bytes of its key decide most comparisons.
#[derive(Debug, Clone, Copy)]
struct Entry {
    prefix: u64,
    /// Batch and row within it.
    batch: u32,
    row: u32,
}

impl Sorter {
    /// A sorter that keeps at most `memory_bytes_max` bytes of rows in memory.
    pub fn new(memory_bytes_max: usize) -> Self {
        Self {
            memory_bytes_max,
            memory_bytes: 0,
            held: Vec::new(),
            runs: Vec::new(),
            reverse: false,
        }
    }

    /// Gives the rows in the exact opposite order; equal keys, too, come last one first.
    #[must_use]
    pub fn reversed(mut self, reverse: bool) -> Self {
        self.reverse = reverse;
        self
    }

    /// Adds rows; `keys` has one key for each.
    ///
    /// # Errors
    ///
    /// When a run cannot be written to its temporary file.
    pub fn push(&mut self, batch: Batch, keys: Keys) -> Result<(), StepError> {
        assert_eq!(batch.rows(), keys.len(), "one key for each row");
        if keys.is_empty() {
            return Ok(());
        }
        let batch = batch.settled();
        self.memory_bytes += batch.bytes() + keys.bytes() + batch.rows() * size_of::<Entry>();
        self.held.push((batch, keys));
        if self.memory_bytes > self.memory_bytes_max {
            self.spill()?;
        }
        Ok(())
    }

    /// Gives all rows in order, batch by batch, to `take`.
    ///
    /// # Errors
    ///
    /// When a temporary file fails, and whatever `take` fails with.
    pub fn drain(
        mut self,
        take: impl FnMut(Batch) -> Result<(), StepError>,
    ) -> Result<(), StepError> {
        if self.runs.is_empty() {
            let order = self.order();
            let batches: Vec<Batch> = self.held.into_iter().map(|(batch, _)| batch).collect();
            return ordered(&batches, &order).try_for_each(take);
        }
        if !self.held.is_empty() {
            self.spill()?;
        }
        Merge::new(self.runs, self.reverse)?.drain(take)
    }

    /// Whether anything was written to disk.
    pub fn is_spilled(&self) -> bool {
        !self.runs.is_empty()
    }

    fn spill(&mut self) -> Result<(), StepError> {
        let order = self.order();
        let held = std::mem::take(&mut self.held);
        self.memory_bytes = 0;
        let (batches, keys): (Vec<Batch>, Vec<Keys>) = held.into_iter().unzip();
        let sorted_keys = order.iter().map(|entry| key_of(&keys, entry));
        self.runs.push(Run::write(ordered(&batches, &order), sorted_keys)?);
        Ok(())
    }

    /// The rows in memory, in order.
    fn order(&self) -> Vec<Entry> {
        let keys: Vec<&Keys> = self.held.iter().map(|(_, keys)| keys).collect();
        let mut order: Vec<Entry> = Vec::with_capacity(keys.iter().map(|keys| keys.len()).sum());
        for (batch, keys) in (0..).zip(&keys) {
            order.extend((0..).zip(keys.iter()).map(|(row, key)| Entry {
                prefix: prefix(key),
                batch,
                row,
            }));
        }
        order.sort_unstable_by(|a, b| {
            a.prefix
                .cmp(&b.prefix)
                .then_with(|| key_of(&keys, a).cmp(key_of(&keys, b)))
                .then_with(|| (a.batch, a.row).cmp(&(b.batch, b.row)))
        });
        if self.reverse {
            order.reverse();
        }
        order
    }
}

fn key_of<'k>(keys: &'k [impl std::borrow::Borrow<Keys>], entry: &Entry) -> &'k [u8] {
    let batch = usize::try_from(entry.batch).expect("32 bits fit");
    let row = usize::try_from(entry.row).expect("32 bits fit");
    keys.get(batch).map_or(&[], |keys| keys.borrow().get(row))
}

/// The first eight bytes of `key` as a number that compares as they do.
fn prefix(key: &[u8]) -> u64 {
    match key.first_chunk::<8>() {
        Some(first) => u64::from_be_bytes(*first),
        None => {
            let mut padded = [0; 8];
            for (to, from) in padded.iter_mut().zip(key) {
                *to = *from;
            }
            u64::from_be_bytes(padded)
        }
    }
}

/// The rows of `batches` in `order`, in batches of the usual size.
fn ordered<'a>(batches: &[Batch], order: &'a [Entry]) -> impl Iterator<Item = Batch> + use<'a> {
    let starts: Vec<u64> = batches
        .iter()
        .scan(0, |start, batch| {
            let from = *start;
            *start += u64::try_from(batch.rows()).expect("fewer than 2^64 rows");
            Some(from)
        })
        .collect();
    let all = Batch::concat(batches);
    order.chunks(BATCH_ROWS_MAX).map(move |chunk| {
        let rows: UInt64Array = chunk
            .iter()
            .map(|entry| {
                let batch = usize::try_from(entry.batch).expect("32 bits fit");
                starts.get(batch).map(|start| start + u64::from(entry.row))
            })
            .collect();
        all.take(&rows)
    })
}

#[cfg(test)]
mod tests;
