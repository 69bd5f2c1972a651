//! Cuts a stream of bytes into lines in bounded memory, and keeps the last of them.

use std::collections::VecDeque;

use crate::limits::{STDERR_BYTES_KEPT, STDERR_LINE_BYTES_MAX, STDERR_LINES_KEPT};

/// The line that is being read.
#[derive(Debug, Default)]
pub(super) struct Lines {
    line: Vec<u8>,
    bytes_cut: usize,
}

impl Lines {
    /// Takes the next bytes; calls `each` with every line that they complete.
    pub(super) fn push(&mut self, bytes: &[u8], each: &mut impl FnMut(String)) {
        for part in bytes.split_inclusive(|byte| *byte == b'\n') {
            match part.split_last() {
                Some((b'\n', rest)) => {
                    self.extend(rest);
                    each(self.take());
                }
                _ => self.extend(part),
            }
        }
    }

    /// Calls `each` with the last line when it had no end.
    pub(super) fn finish(&mut self, each: &mut impl FnMut(String)) {
        if !self.line.is_empty() {
            each(self.take());
        }
    }

    fn extend(&mut self, bytes: &[u8]) {
        let room = STDERR_LINE_BYTES_MAX.saturating_sub(self.line.len()).min(bytes.len());
        let (kept, cut) = bytes.split_at(room);
        self.line.extend_from_slice(kept);
        self.bytes_cut += cut.len();
    }

    fn take(&mut self) -> String {
        let bytes = self.line.strip_suffix(b"\r").unwrap_or(&self.line);
        let mut text = String::from_utf8_lossy(bytes).into_owned();
        if self.bytes_cut > 0 {
            text.push_str(&format!(" [{} more bytes]", self.bytes_cut));
        }
        self.line.clear();
        self.bytes_cut = 0;
        text
    }
}

/// The last lines of a stream.
#[derive(Debug, Default)]
pub(super) struct Tail {
    lines: VecDeque<String>,
    bytes: usize,
    seen: u64,
}

impl Tail {
    pub(super) fn push(&mut self, line: String) {
        self.seen += 1;
        self.bytes += line.len();
        self.lines.push_back(line);
        while self.lines.len() > STDERR_LINES_KEPT || self.bytes > STDERR_BYTES_KEPT {
            let Some(oldest) = self.lines.pop_front() else { break };
            self.bytes -= oldest.len();
        }
    }

    pub(super) fn lines_seen(&self) -> u64 {
        self.seen
    }

    pub(super) fn into_lines(self) -> Vec<String> {
        self.lines.into()
    }
}
