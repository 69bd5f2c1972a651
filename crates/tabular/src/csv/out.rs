//! The buffer into which cells are written, with quotes where they are needed.
#![expect(
    clippy::indexing_slicing,
    clippy::as_conversions,
    reason = "a kernel: room is made before bytes are written, views lie within their buffers"
)]

use std::io::Write;

use arrow::array::{Array, StringViewArray};

use super::mask::{Set, Specials};
use crate::format::WriteError;

/// Bytes that are collected before they are written. Few enough to stay in the cache.
const FLUSH_BYTES: usize = 128 * 1024;

/// Longest text that a view holds in itself.
const INLINE_MAX: usize = 12;

/// What makes quotes necessary.
#[derive(Debug, Clone, Copy)]
pub(super) struct Quoting {
    delimiter: u8,
    set: Set,
    /// Each special byte sixteen times.
    repeated: [u128; 4],
}

/// The lowest bit of each of sixteen bytes.
const LOW: u128 = u128::MAX / 255;

/// The highest bit of each of sixteen bytes.
const HIGH: u128 = LOW << 7;

impl Quoting {
    pub(super) fn new(delimiter: u8) -> Self {
        let special = [delimiter, b'"', b'\n', b'\r'];
        let repeated = special.map(|byte| LOW * u128::from(byte));
        Self { delimiter, set: Set(special), repeated }
    }

    /// Whether one of sixteen bytes is special.
    #[inline]
    fn is_needed(&self, bytes: u128) -> bool {
        // A byte that is wanted becomes zero, and only if there is one does a borrow set its
        // highest bit.
        let zero = |differs: u128| differs.wrapping_sub(LOW) & !differs & HIGH;
        let [a, b, c, d] = self.repeated;
        (zero(bytes ^ a) | zero(bytes ^ b) | zero(bytes ^ c) | zero(bytes ^ d)) != 0
    }
}

/// Collects bytes on their way to an output.
pub(super) struct Out {
    output: Box<dyn Write + Send>,
    quoting: Quoting,
    /// Its length is the room there is.
    bytes: Vec<u8>,
    at: usize,
}

impl Out {
    pub(super) fn new(output: Box<dyn Write + Send>, quoting: Quoting) -> Self {
        Self { output, quoting, bytes: vec![0; 2 * FLUSH_BYTES], at: 0 }
    }

    /// The number of bytes since the last flush.
    pub(super) fn written(&self) -> usize {
        self.at
    }

    /// Adds the delimiter.
    #[inline]
    pub(super) fn delimit(&mut self) {
        self.put(&[self.quoting.delimiter]);
    }

    /// Adds bytes as they are.
    #[inline]
    pub(super) fn put(&mut self, bytes: &[u8]) {
        let end = self.at + bytes.len();
        self.make_room(end);
        self.bytes[self.at..end].copy_from_slice(bytes);
        self.at = end;
    }

    /// Adds a cell, in quotes when it needs them.
    pub(super) fn put_cell(&mut self, text: &[u8]) {
        if Specials::new(text, self.quoting.set, 0).next().is_none() {
            return self.put(text);
        }
        self.put(b"\"");
        let mut rest = text;
        while let Some(at) = memchr::memchr(b'"', rest) {
            self.put(&rest[..=at]);
            self.put(b"\"");
            rest = &rest[at + 1..];
        }
        self.put(rest);
        self.put(b"\"");
    }

    /// Adds the cell in `row` of `cells`, in quotes when it needs them; nothing when it is null.
    #[inline]
    pub(super) fn put_checked(&mut self, cells: &StringViewArray, row: usize) {
        if cells.is_null(row) {
            return;
        }
        let view = cells.views()[row];
        let length = view as u32 as usize;
        if length > INLINE_MAX {
            return self.put_cell(cells.value(row).as_bytes());
        }
        let text = (view >> 32).to_le_bytes();
        // Bytes behind the text are zero, which is no special byte.
        if self.quoting.is_needed(view >> 32) {
            self.put_cell(&text[..length]);
        } else {
            self.put_inline(&text, length);
        }
    }

    /// Adds the cell in `row` of `cells` as it is; nothing when it is null.
    #[inline]
    pub(super) fn put_unchecked(&mut self, cells: &StringViewArray, row: usize) {
        if cells.is_null(row) {
            return;
        }
        let view = cells.views()[row];
        let length = view as u32 as usize;
        if length > INLINE_MAX {
            self.put(cells.value(row).as_bytes());
        } else {
            self.put_inline(&(view >> 32).to_le_bytes(), length);
        }
    }

    /// Adds the first `length` bytes of `text`.
    #[inline]
    fn put_inline(&mut self, text: &[u8; 16], length: usize) {
        self.make_room(self.at + 16);
        // Sixteen bytes at once are cheaper than `length`; what is too much is overwritten.
        self.bytes[self.at..self.at + 16].copy_from_slice(text);
        self.at += length;
    }

    #[inline]
    fn make_room(&mut self, end: usize) {
        if end > self.bytes.len() {
            self.grow(end);
        }
    }

    #[cold]
    fn grow(&mut self, end: usize) {
        self.bytes.resize(end.next_power_of_two(), 0);
    }

    /// Writes what was collected when it is much.
    #[inline]
    pub(super) fn flush_some(&mut self) -> Result<(), WriteError> {
        if self.at >= FLUSH_BYTES { self.flush() } else { Ok(()) }
    }

    fn flush(&mut self) -> Result<(), WriteError> {
        let at = std::mem::take(&mut self.at);
        self.output.write_all(&self.bytes[..at])?;
        // A very long row does not keep its room.
        self.bytes.truncate(2 * FLUSH_BYTES);
        self.bytes.shrink_to(2 * FLUSH_BYTES);
        Ok(())
    }

    /// Writes all and flushes the output.
    pub(super) fn finish(mut self) -> Result<(), WriteError> {
        self.flush()?;
        Ok(self.output.flush()?)
    }
}
