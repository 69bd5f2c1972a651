//! Cuts text that comes in pieces into chunks of whole lines.

use std::sync::Arc;

use bytes::{Buf, BytesMut};

use crate::limits;
use crate::tasks::FMapError;

/// Text that was read and not cut yet.
#[derive(Debug, Default)]
pub(super) struct Cutter {
    text: BytesMut,
    /// The index of the next item.
    next_index: u64,
}

/// Some items.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Cut {
    pub first_index: u64,
    pub items: u64,
    /// One item per line.
    pub lines: Arc<str>,
}

impl Cutter {
    pub(super) fn push(&mut self, piece: &[u8]) {
        self.text.extend_from_slice(piece);
    }

    /// Nothing more comes: what is left is the last line.
    pub(super) fn end(&mut self) {
        if self.text.last().is_some_and(|byte| *byte != b'\n') {
            self.text.extend_from_slice(b"\n");
        }
    }

    pub(super) fn bytes(&self) -> usize {
        self.text.len()
    }

    /// Whether more has to be read before there is anything to cut.
    pub(super) fn needs_more(&self) -> bool {
        self.text.len() <= limits::ITEM_BYTES_MAX && !self.text.contains(&b'\n')
    }

    /// Cuts off at most `items_max` items; none when there is no whole line.
    ///
    /// # Errors
    ///
    /// [`FMapError::LongItem`] and [`FMapError::NotText`], after which there is nothing more.
    pub(super) fn cut(&mut self, items_max: u64) -> Result<Option<Cut>, FMapError> {
        let mut lines = String::new();
        let (mut items, mut end) = (0, 0);
        let mut failed = None;
        for line in self.text.split_inclusive(|byte| *byte == b'\n') {
            let bytes = lines.len() + line.len();
            let is_full = items == items_max || items > 0 && bytes > limits::CHUNK_BYTES_MAX;
            if is_full || line.last() != Some(&b'\n') {
                break;
            }
            if !line.trim_ascii().is_empty() {
                match self.item(line, items) {
                    Ok(line) => lines.push_str(line),
                    Err(error) => {
                        failed = Some(error);
                        break;
                    }
                }
                items += 1;
            }
            end += line.len();
        }
        if end == 0 && self.text.len() > limits::ITEM_BYTES_MAX {
            failed = Some(FMapError::LongItem { index: self.next_index });
        }
        // The items before one that is wrong come first.
        if let Some(error) = failed.take_if(|_| items == 0) {
            self.text.clear();
            return Err(error);
        }
        self.text.advance(end);
        let first_index = self.next_index;
        self.next_index += items;
        Ok((items > 0).then(|| Cut { first_index, items, lines: lines.into() }))
    }

    fn item<'l>(&self, line: &'l [u8], before: u64) -> Result<&'l str, FMapError> {
        let index = self.next_index + before;
        if line.len() > limits::ITEM_BYTES_MAX {
            return Err(FMapError::LongItem { index });
        }
        std::str::from_utf8(line).map_err(|_| FMapError::NotText { index })
    }
}

#[cfg(test)]
mod tests;
