//! The newest records, in memory: a part of the log without a gap, up to its end.

use std::collections::VecDeque;
use std::ops::Range;

use super::record::Record;

#[derive(Debug)]
pub(super) struct Recent {
    /// The index of the first record here, or of the next one to come.
    first: u64,
    records: VecDeque<Record>,
    bytes: usize,
}

impl Recent {
    pub(super) fn starting_at(first: u64) -> Self {
        Self { first, records: VecDeque::new(), bytes: 0 }
    }

    pub(super) fn first(&self) -> u64 {
        self.first
    }

    pub(super) fn push(&mut self, record: Record) {
        if self.records.is_empty() {
            self.first = record.at.index;
        }
        self.bytes += record.bytes();
        self.records.push_back(record);
    }

    pub(super) fn truncate(&mut self, from: u64) {
        while self.records.back().is_some_and(|record| record.at.index >= from) {
            self.bytes -= self.records.pop_back().map_or(0, |record| record.bytes());
        }
        self.first = self.first.min(from);
    }

    pub(super) fn purge(&mut self, upto: u64) {
        while self.records.front().is_some_and(|record| record.at.index <= upto) {
            self.forget_first();
        }
        if self.records.is_empty() {
            self.first = self.first.max(upto + 1);
        }
    }

    /// Forgets the oldest records until the others fit, but none above `index`.
    pub(super) fn flushed(&mut self, index: u64, bytes_max: usize) {
        while self.bytes > bytes_max
            && self.records.front().is_some_and(|record| record.at.index <= index)
        {
            self.forget_first();
        }
    }

    pub(super) fn read(&self, range: &Range<u64>, bytes_max: usize) -> Vec<Record> {
        let skipped = usize::try_from(range.start.saturating_sub(self.first)).unwrap_or(usize::MAX);
        let mut found = Vec::new();
        let mut bytes = 0;
        for record in self.records.iter().skip(skipped) {
            bytes += record.bytes();
            if record.at.index >= range.end || (bytes > bytes_max && !found.is_empty()) {
                break;
            }
            found.push(record.clone());
        }
        found
    }

    fn forget_first(&mut self) {
        if let Some(record) = self.records.pop_front() {
            self.bytes -= record.bytes();
            self.first = record.at.index + 1;
        }
    }
}
