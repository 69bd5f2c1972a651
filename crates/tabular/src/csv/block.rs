//! The part of a file that is in memory.

use std::io::Read;

use arrow::buffer::Buffer;

use super::cells::PADDING;
use crate::format::ReadError;
use crate::limits;

/// Some consecutive bytes of a file; a new one begins with what the old one left.
pub(super) struct Block {
    input: Box<dyn Read + Send>,
    /// The bytes, and [`PADDING`] zeros.
    buffer: Buffer,
    /// Whether the file ends with this block.
    pub(super) is_last: bool,
}

impl std::fmt::Debug for Block {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let bytes = self.bytes().len();
        f.debug_struct("Block").field("bytes", &bytes).field("is_last", &self.is_last).finish()
    }
}

impl Block {
    /// The first block of `input`.
    pub(super) fn new(input: Box<dyn Read + Send>) -> Result<Self, ReadError> {
        let mut block = Self { input, buffer: Buffer::from(vec![0_u8; PADDING]), is_last: false };
        block.advance(0)?;
        Ok(block)
    }

    pub(super) fn bytes(&self) -> &[u8] {
        let bytes = self.buffer.as_slice();
        bytes.get(..bytes.len() - PADDING).unwrap_or_default()
    }

    pub(super) fn buffer(&self) -> &Buffer {
        &self.buffer
    }

    /// Drops the bytes before `at` and reads more; a rest that is long brings a longer block.
    pub(super) fn advance(&mut self, at: usize) -> Result<(), ReadError> {
        let rest = self.bytes().get(at..).unwrap_or_default();
        let size = limits::BLOCK_BYTES.max(2 * rest.len());
        let more = size - rest.len();
        let mut bytes = Vec::with_capacity(size + PADDING);
        bytes.extend_from_slice(rest);
        let limit = u64::try_from(more).unwrap_or(u64::MAX);
        let read = self
            .input
            .by_ref()
            .take(limit)
            .read_to_end(&mut bytes)
            .map_err(|error| ReadError::undecodable(error, super::FORMAT))?;
        self.is_last = read < more;
        bytes.resize(bytes.len() + PADDING, 0);
        self.buffer = Buffer::from_vec(bytes);
        Ok(())
    }
}
