//! Sorts any number of rows by byte keys, stably, within a bound of memory.
//!
//! Rows are packed as they come until the bound is reached; then they are sorted and written to a
//! temporary file as a run, and the runs are merged at the end.
//! Method: external merge sort, Knuth, The Art of Computer Programming vol. 3, 5.4.1.

mod keys;
mod merge;
mod rows;
mod run;

use tabular::Batch;

pub use keys::Keys;
use rows::{Gather, Rows, Shapes};
use run::{Record, Run};

use crate::error::StepError;

/// Collects rows with their keys.
#[derive(Debug)]
pub struct Sorter {
    memory_bytes_max: usize,
    memory_bytes: usize,
    held: Vec<(Rows, Keys)>,
    shapes: Shapes,
    /// Every key so far has eight bytes, so that the prefixes say all.
    short_keys: bool,
    runs: Vec<Run>,
    reverse: bool,
}

/// Rows that are asked of memory at once: as many as the nearest cache holds with ease.
const WINDOW_ROWS: usize = 64;

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
            shapes: Shapes::default(),
            short_keys: true,
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
    pub fn push(&mut self, batch: &Batch, keys: Keys) -> Result<(), StepError> {
        assert_eq!(batch.rows(), keys.len(), "one key for each row");
        if keys.is_empty() {
            return Ok(());
        }
        let rows = Rows::pack(batch, &mut self.shapes);
        self.memory_bytes += rows.bytes() + keys.bytes() + batch.rows() * size_of::<Entry>();
        self.short_keys &= keys.iter().all(|key| key.len() == size_of::<u64>());
        self.held.push((rows, keys));
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
        mut take: impl FnMut(Batch) -> Result<(), StepError>,
    ) -> Result<(), StepError> {
        if !self.runs.is_empty() {
            self.spill()?;
            return merge::merge(self.runs, &self.shapes, self.reverse, take);
        }
        let mut gather = Gather::new(&self.shapes);
        let order = self.order();
        let mut window: Vec<(usize, &[u8])> = Vec::with_capacity(WINDOW_ROWS);
        for entries in order.chunks(WINDOW_ROWS) {
            // The rows lie anywhere in memory. Asked for one after the other without using them,
            // they come together; the work below then finds them in the cache.
            window.clear();
            window.extend(entries.iter().map(|entry| self.row(entry)));
            std::hint::black_box(window.iter().filter(|(_, row)| row.first() == Some(&0)).count());
            for (shape, row) in &window {
                if let Some(batch) = gather.push(*shape, row) {
                    take(batch)?;
                }
            }
        }
        gather.finish().map_or(Ok(()), take)
    }

    /// Whether anything was written to disk.
    pub fn is_spilled(&self) -> bool {
        !self.runs.is_empty()
    }

    fn spill(&mut self) -> Result<(), StepError> {
        if !self.held.is_empty() {
            let run = Run::write(self.order().iter().map(|entry| self.record(entry)))?;
            self.runs.push(run);
        }
        self.held.clear();
        self.memory_bytes = 0;
        Ok(())
    }

    /// The batch of `entry` and the place of its row there.
    fn place(&self, entry: &Entry) -> (&Rows, &Keys, usize) {
        let batch = usize::try_from(entry.batch).expect("32 bits fit");
        let row = usize::try_from(entry.row).expect("32 bits fit");
        let (rows, keys) = self.held.get(batch).expect("entries are of batches that are held");
        (rows, keys, row)
    }

    fn row(&self, entry: &Entry) -> (usize, &[u8]) {
        let (rows, _, row) = self.place(entry);
        (rows.shape, rows.get(row))
    }

    fn key(&self, entry: &Entry) -> &[u8] {
        let (_, keys, row) = self.place(entry);
        keys.get(row)
    }

    fn record(&self, entry: &Entry) -> Record<'_> {
        let (rows, keys, row) = self.place(entry);
        Record { key: keys.get(row), shape: rows.shape, row: rows.get(row) }
    }

    /// The rows in memory, in order.
    fn order(&self) -> Vec<Entry> {
        let rows = self.held.iter().map(|(_, keys)| keys.len()).sum();
        let mut order: Vec<Entry> = Vec::with_capacity(rows);
        for (batch, (_, keys)) in (0..).zip(&self.held) {
            order.extend((0..).zip(keys.iter()).map(|(row, key)| Entry {
                prefix: prefix(key),
                batch,
                row,
            }));
        }
        let came = |entry: &Entry| (entry.batch, entry.row);
        if self.short_keys {
            order.sort_unstable_by_key(|entry| (entry.prefix, came(entry)));
        } else {
            order.sort_unstable_by(|a, b| {
                let by_key = || self.key(a).cmp(self.key(b));
                a.prefix.cmp(&b.prefix).then_with(by_key).then_with(|| came(a).cmp(&came(b)))
            });
        }
        if self.reverse {
            order.reverse();
        }
        order
    }
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

#[cfg(test)]
mod tests;
