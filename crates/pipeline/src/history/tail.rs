//! The last lines of a log, within bounds.

use std::collections::VecDeque;

use super::limits;

/// Keeps the last lines that were pushed.
#[derive(Debug, Clone, Default)]
pub struct Tail {
    lines: VecDeque<String>,
    bytes: usize,
}

impl Tail {
    /// Adds a line; the first ones go when there are too many.
    pub fn push(&mut self, line: &str) {
        let mut cut = line.len().min(limits::LOG_BYTES_MAX);
        while !line.is_char_boundary(cut) {
            cut -= 1;
        }
        let line = line.split_at(cut).0.to_owned();
        self.bytes += line.len();
        self.lines.push_back(line);
        while self.lines.len() > limits::LOG_LINES_MAX || self.bytes > limits::LOG_BYTES_MAX {
            let Some(first) = self.lines.pop_front() else { break };
            self.bytes -= first.len();
        }
    }

    /// The lines that are kept.
    pub fn lines(&self) -> impl DoubleEndedIterator<Item = &str> + ExactSizeIterator {
        self.lines.iter().map(String::as_str)
    }

    /// The last `count` lines.
    pub fn last(&self, count: usize) -> Vec<String> {
        let skipped = self.lines.len().saturating_sub(count);
        self.lines.iter().skip(skipped).cloned().collect()
    }
}
