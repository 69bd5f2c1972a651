//! One file in a zip archive, and the decoder for its bytes.

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::os::unix::fs::FileExt;
use std::sync::Arc;

use flate2::Crc;
use flate2::bufread::DeflateDecoder;
use zip::CompressionMethod;
use zip::read::ZipFile;
use zip::result::{ZipError, ZipResult};

use crate::compression::Bytes;
use crate::limits;

/// A file in an archive.
#[derive(Debug, Clone)]
pub struct Member {
    /// Its path in the archive, as it is written there; not checked.
    pub name: String,
    /// Size when unpacked, as the archive says.
    pub bytes: u64,
    pub(super) packed_bytes: u64,
    pub(super) symlink: bool,
    pub(super) encrypted: bool,
    start: u64,
    method: CompressionMethod,
    crc32: u32,
}

impl Member {
    pub(super) fn of_entry<R: Read>(entry: &ZipFile<'_, R>) -> ZipResult<Self> {
        Ok(Self {
            name: entry.name()?.into_owned(),
            bytes: entry.size(),
            packed_bytes: entry.compressed_size(),
            symlink: entry.is_symlink(),
            encrypted: entry.encrypted(),
            start: entry
                .data_start()
                .ok_or(ZipError::InvalidArchive("a member has no data".into()))?,
            method: entry.compression(),
            crc32: entry.crc32(),
        })
    }

    /// Whether a file manager put it there beside what the user packed.
    pub(super) fn is_attendant(&self) -> bool {
        let file = self.name.rsplit('/').next().unwrap_or_default();
        self.name.starts_with("__MACOSX/") || matches!(file, ".DS_Store" | "Thumbs.db")
    }

    /// Unpacks the bytes of this member of `archive`; `None` for a method that is not supported.
    pub(super) fn decoder(&self, archive: &Arc<File>) -> io::Result<Option<Bytes>> {
        let section = Section {
            file: Arc::clone(archive),
            at: self.start,
            end: self.start.saturating_add(self.packed_bytes),
        };
        let input = BufReader::with_capacity(limits::COPY_BUFFER_BYTES, section);
        let decoder: Bytes = match self.method {
            CompressionMethod::Stored => Box::new(input),
            CompressionMethod::Deflated => Box::new(DeflateDecoder::new(input)),
            CompressionMethod::Bzip2 => Box::new(bzip2::bufread::BzDecoder::new(input)),
            CompressionMethod::Zstd => Box::new(zstd::stream::read::Decoder::with_buffer(input)?),
            _ => return Ok(None),
        };
        let (bytes, crc32) = (self.bytes, self.crc32);
        Ok(Some(Box::new(Checked { inner: decoder, crc: Crc::new(), bytes, crc32, count: 0 })))
    }
}

/// A part of a file that does not share its position with other readers.
#[derive(Debug)]
struct Section {
    file: Arc<File>,
    at: u64,
    end: u64,
}

impl Read for Section {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = usize::try_from(self.end.saturating_sub(self.at)).unwrap_or(usize::MAX);
        let length = left.min(buffer.len());
        let count = self.file.read_at(buffer.get_mut(..length).unwrap_or_default(), self.at)?;
        self.at += u64::try_from(count).unwrap_or(u64::MAX);
        Ok(count)
    }
}

/// Compares what comes out of a decoder with the size and checksum in the archive.
struct Checked {
    inner: Bytes,
    crc: Crc,
    bytes: u64,
    crc32: u32,
    count: u64,
}

impl Read for Checked {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.crc.update(buffer.get(..count).unwrap_or_default());
        self.count = self.count.saturating_add(u64::try_from(count).unwrap_or(u64::MAX));
        let ended = count == 0 && !buffer.is_empty();
        if self.count > self.bytes || ended && self.count < self.bytes {
            let text = format!("{} bytes and not the {} announced", self.count, self.bytes);
            return Err(io::Error::new(io::ErrorKind::InvalidData, text));
        }
        if ended && self.crc.sum() != self.crc32 {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "the checksum differs"));
        }
        Ok(count)
    }
}
