//! Streaming decompression, with a guard against streams that expand without measure.

use std::io::{self, BufReader, Cursor, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bzip2::bufread::MultiBzDecoder;
use flate2::bufread::MultiGzDecoder;
use liblzma::bufread::XzDecoder;
use liblzma::stream::{CONCATENATED, Stream};
use model::fault::{Fault, Kind};

use crate::limits;

/// Any stream of bytes.
pub type Bytes = Box<dyn Read + Send>;

/// How bytes are packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Compression {
    Gzip,
    Zstd,
    Bzip2,
    Xz,
    /// An archive, not a stream: see [`crate::archive`].
    Zip,
}

/// How far packed bytes may expand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Expansion {
    /// Bytes up to which any ratio is accepted.
    pub bytes_max: u64,
    /// Beyond `bytes_max`: bytes out per byte in.
    pub ratio_max: u64,
    /// Accepts everything.
    pub allow_large: bool,
}

impl Default for Expansion {
    fn default() -> Self {
        Self {
            bytes_max: limits::EXPANDED_BYTES_MAX,
            ratio_max: limits::EXPANSION_RATIO_MAX,
            allow_large: false,
        }
    }
}

impl Expansion {
    /// Whether `bytes_out` bytes are too much for `bytes_in` packed ones.
    pub fn exceeds(&self, bytes_in: u64, bytes_out: u64) -> bool {
        !self.allow_large
            && bytes_out > self.bytes_max
            && bytes_out > bytes_in.saturating_mul(self.ratio_max)
    }
}

/// Why packed bytes could not be unpacked.
#[derive(Debug, thiserror::Error)]
pub enum CompressionError {
    #[error("`{name}` expands to {bytes_out} bytes or more from {bytes_in} packed ones")]
    Bomb { name: String, bytes_in: u64, bytes_out: u64 },
    #[error("`{name}` is not valid {}: damaged or cut off after {bytes_out} bytes", compression.word())]
    Corrupt {
        name: String,
        compression: Compression,
        bytes_out: u64,
        #[source]
        source: io::Error,
    },
    #[error("`{name}` is a zip archive, which cannot be read as a stream")]
    NotAStream { name: String },
    #[error("failed to start a decoder for `{name}`")]
    Start {
        name: String,
        #[source]
        source: io::Error,
    },
}

impl Fault for CompressionError {
    fn code(&self) -> &'static str {
        match self {
            Self::Bomb { .. } => "ARCHIVE_BOMB",
            Self::Corrupt { .. } | Self::NotAStream { .. } | Self::Start { .. } => {
                "COMPRESSION_INVALID"
            }
        }
    }

    fn kind(&self) -> Kind {
        match self {
            Self::Bomb { .. } => Kind::Limit,
            Self::Corrupt { .. } | Self::NotAStream { .. } => Kind::Invalid,
            Self::Start { .. } => Kind::Unavailable,
        }
    }

    fn help(&self) -> Option<String> {
        match self {
            Self::Bomb { .. } => Some(limits::LARGE_ARCHIVES_HELP.into()),
            Self::Corrupt { .. } => Some("download or write the file again".into()),
            Self::NotAStream { .. } | Self::Start { .. } => None,
        }
    }
}

impl Compression {
    /// The one that a file ending tells, in small letters and without its dot.
    pub fn of_ending(ending: &str) -> Option<Self> {
        match ending {
            "gz" | "gzip" => Some(Self::Gzip),
            "zst" | "zstd" => Some(Self::Zstd),
            "bz2" | "bzip2" => Some(Self::Bzip2),
            "xz" => Some(Self::Xz),
            "zip" => Some(Self::Zip),
            _ => None,
        }
    }

    /// The one whose mark `head`, the first bytes of a stream, starts with.
    pub fn of_magic(head: &[u8]) -> Option<Self> {
        match head {
            [0x1f, 0x8b, 8, ..] => Some(Self::Gzip),
            [0x28, 0xb5, 0x2f, 0xfd, ..] => Some(Self::Zstd),
            [b'B', b'Z', b'h', b'1'..=b'9', 0x31, 0x41, ..]
            | [b'B', b'Z', b'h', b'1'..=b'9', 0x17, 0x72, ..] => Some(Self::Bzip2),
            [0xfd, b'7', b'z', b'X', b'Z', 0, ..] => Some(Self::Xz),
            [b'P', b'K', 3, 4, ..] | [b'P', b'K', 5, 6, ..] => Some(Self::Zip),
            _ => None,
        }
    }

    /// Its name, as users write it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Gzip => "gzip",
            Self::Zstd => "zstd",
            Self::Bzip2 => "bzip2",
            Self::Xz => "xz",
            Self::Zip => "zip",
        }
    }
}

/// Looks at the first bytes of `stream` and gives it back whole.
///
/// # Errors
///
/// Those of reading `stream`.
pub fn sniff(mut stream: Bytes) -> io::Result<(Option<Compression>, Bytes)> {
    let mut head = Vec::with_capacity(8);
    stream.by_ref().take(8).read_to_end(&mut head)?;
    let compression = Compression::of_magic(&head);
    Ok((compression, Box::new(Cursor::new(head).chain(stream))))
}

/// One packed stream that is to be unpacked.
#[derive(Debug, Clone)]
pub struct Packed {
    /// What messages call it.
    pub name: String,
    pub compression: Compression,
    /// Packed size in bytes, when it is known beforehand.
    pub bytes: Option<u64>,
    pub expansion: Expansion,
}

/// Unpacks `stream`. A stream of several members (or frames) is one stream of bytes.
///
/// Reading fails with a [`CompressionError`] inside the I/O error when the packed bytes are
/// damaged, end early, or expand beyond what `packed.expansion` allows.
///
/// # Errors
///
/// [`CompressionError::NotAStream`] for a zip archive, [`CompressionError::Start`] when the
/// decoder cannot be made.
pub fn decompress(stream: Bytes, packed: Packed) -> Result<Bytes, CompressionError> {
    let start = |source| CompressionError::Start { name: packed.name.clone(), source };
    let counter = Arc::new(AtomicU64::new(0));
    let counted = Counted { inner: stream, bytes: Arc::clone(&counter) };
    let input = BufReader::with_capacity(limits::COPY_BUFFER_BYTES, counted);
    let output: Bytes = match packed.compression {
        Compression::Gzip => Box::new(MultiGzDecoder::new(input)),
        Compression::Bzip2 => Box::new(MultiBzDecoder::new(input)),
        Compression::Zstd => {
            Box::new(zstd::stream::read::Decoder::with_buffer(input).map_err(start)?)
        }
        Compression::Xz => {
            let stream = Stream::new_stream_decoder(limits::XZ_MEMORY_MAX, CONCATENATED)
                .map_err(|error| start(error.into()))?;
            Box::new(XzDecoder::new_stream(input, stream))
        }
        Compression::Zip => return Err(CompressionError::NotAStream { name: packed.name }),
    };
    Ok(Box::new(Guarded { inner: output, packed, bytes_in: counter, bytes_out: 0 }))
}

/// Watches the decoder of an archive member whose packed size is `bytes`.
pub(crate) fn guard_member(
    decoder: Bytes,
    name: String,
    bytes: u64,
    expansion: Expansion,
) -> Bytes {
    let packed = Packed { name, compression: Compression::Zip, bytes: Some(bytes), expansion };
    Box::new(Guarded { inner: decoder, packed, bytes_in: Arc::default(), bytes_out: 0 })
}

/// Counts what is read through it.
struct Counted {
    inner: Bytes,
    bytes: Arc<AtomicU64>,
}

impl Read for Counted {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.bytes.fetch_add(count.try_into().unwrap_or(u64::MAX), Ordering::Relaxed);
        Ok(count)
    }
}

/// Watches what comes out of a decoder.
struct Guarded {
    inner: Bytes,
    packed: Packed,
    bytes_in: Arc<AtomicU64>,
    bytes_out: u64,
}

impl Read for Guarded {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer).map_err(|error| self.explain(error))?;
        self.bytes_out += u64::try_from(count).unwrap_or(u64::MAX);
        let bytes_in = self.packed.bytes.unwrap_or_else(|| self.bytes_in.load(Ordering::Relaxed));
        if self.packed.expansion.exceeds(bytes_in, self.bytes_out) {
            return Err(io::Error::other(CompressionError::Bomb {
                name: self.packed.name.clone(),
                bytes_in,
                bytes_out: self.bytes_out,
            }));
        }
        Ok(count)
    }
}

impl Guarded {
    /// Errors of the source pass; what the decoder itself says becomes [`CompressionError`].
    fn explain(&self, error: io::Error) -> io::Error {
        let of_source = crate::fault(&error).is_some()
            || error.raw_os_error().is_some()
            || error.kind() == io::ErrorKind::Interrupted;
        if of_source {
            return error;
        }
        io::Error::new(
            io::ErrorKind::InvalidData,
            CompressionError::Corrupt {
                name: self.packed.name.clone(),
                compression: self.packed.compression,
                bytes_out: self.bytes_out,
                source: error,
            },
        )
    }
}

#[cfg(test)]
mod tests;
