//! Short bytes that lie in the memory which counts their owners: a row that is shared is one piece of
//! memory, and who finds it there has both at hand.

use bytes::Bytes;
use serde::Serialize;

/// Room for what is written in it; its length goes into a byte.
pub(super) struct Room {
    bytes: [u8; Room::BYTES],
    length: usize,
}

impl Room {
    const BYTES: usize = 239;

    pub(super) fn new() -> Self {
        Self { bytes: [0; Self::BYTES], length: 0 }
    }

    /// Adds bytes, if there is room.
    pub(super) fn add(&mut self, bytes: &[u8]) -> Option<()> {
        let end = self.length + bytes.len();
        self.bytes.get_mut(self.length..end)?.copy_from_slice(bytes);
        self.length = end;
        Some(())
    }

    /// Adds a value as postcard writes it, if there is room.
    pub(super) fn write<T: Serialize>(&mut self, value: &T) -> Option<()> {
        let room = self.bytes.get_mut(self.length..)?;
        self.length += postcard::to_slice(value, room).ok()?.len();
        Some(())
    }

    /// What was added; with the count of the owners it fills a size in which memory is given out.
    pub(super) fn into_bytes(self) -> Bytes {
        match self.length {
            ..=79 => self.inline::<79>(),
            80..=111 => self.inline::<111>(),
            112..=143 => self.inline::<143>(),
            144..=175 => self.inline::<175>(),
            _ => self.inline::<{ Self::BYTES }>(),
        }
    }

    fn inline<const N: usize>(&self) -> Bytes {
        let bytes = *self.bytes.first_chunk::<N>().expect("no size is larger than the room");
        let length = u8::try_from(self.length).expect("a byte counts what is in the room");
        Bytes::from_owner(Inline { bytes, length })
    }
}

struct Inline<const N: usize> {
    bytes: [u8; N],
    length: u8,
}

impl<const N: usize> AsRef<[u8]> for Inline<N> {
    fn as_ref(&self) -> &[u8] {
        self.bytes.get(..usize::from(self.length)).unwrap_or_default()
    }
}
