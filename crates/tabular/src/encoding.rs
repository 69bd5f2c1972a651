//! Turns bytes in any usual encoding into UTF-8.
//!
//! What is said counts; else a byte order mark, else valid UTF-8, else a guess from the letters.

use std::io::{self, Read};

use encoding_rs::{Decoder, DecoderResult, Encoding, UTF_8};

use crate::format::ReadError;

/// Bytes that are looked at to tell the encoding.
const SAMPLE_BYTES: usize = 64 * 1024;

/// Bytes that are decoded at a time.
const CHUNK_BYTES: usize = 64 * 1024;

/// Why bytes are no text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EncodingError {
    #[error("encoding `{0}` is not known; use for example `utf-8`, `cp1252` or `shift_jis`")]
    Unknown(String),
    #[error("byte {at} is not valid in encoding {encoding}; set `encoding`")]
    Malformed { encoding: &'static str, at: u64 },
}

impl ReadError {
    /// The error of a table whose bytes cannot be read, or not in the encoding that they should
    /// have.
    pub(crate) fn undecodable(error: io::Error, format: &'static str) -> Self {
        match error.get_ref().and_then(|inner| inner.downcast_ref::<EncodingError>()) {
            Some(problem) => Self::Format { format, problem: problem.to_string() },
            None => Self::Io(error),
        }
    }
}

/// A reader of `input` as UTF-8 without a byte order mark.
///
/// `encoding` is a name as Python or the web knows it; without one it is detected. Bytes that are
/// already UTF-8 are passed on unchecked. Malformed ones in another encoding are an
/// [`EncodingError`] inside an error of kind [`io::ErrorKind::InvalidData`].
///
/// # Errors
///
/// As above, for an unknown name; or when `input` cannot be read.
pub fn to_utf8(
    mut input: Box<dyn Read + Send>,
    encoding: Option<&str>,
) -> io::Result<Box<dyn Read + Send>> {
    let mut sample = Vec::new();
    input
        .by_ref()
        .take(u64::try_from(SAMPLE_BYTES).unwrap_or(u64::MAX))
        .read_to_end(&mut sample)?;
    let at_end = sample.len() < SAMPLE_BYTES;
    let (encoding, mark) = match encoding {
        Some(name) => {
            let named =
                by_name(name).ok_or_else(|| malformed(EncodingError::Unknown(name.to_owned())))?;
            // UTF-16 without byte order says it in its mark, and is little-endian without.
            match Encoding::for_bom(&sample) {
                Some((marked, length)) if same_family(named, marked) => (marked, length),
                _ => (named, 0),
            }
        }
        None => match Encoding::for_bom(&sample) {
            Some(marked) => marked,
            None => (detect(&sample, at_end), 0),
        },
    };
    let rest = io::Cursor::new(sample.split_off(mark)).chain(input);
    if encoding == UTF_8 {
        return Ok(Box::new(rest));
    }
    Ok(Box::new(Transcoder::new(Box::new(rest), encoding)))
}

/// The encoding of a text that begins with `sample`.
fn detect(sample: &[u8], at_end: bool) -> &'static Encoding {
    match std::str::from_utf8(sample) {
        Ok(_) => UTF_8,
        // A character may be cut at the end of the sample.
        Err(error) if !at_end && error.error_len().is_none() => UTF_8,
        Err(_) => {
            let mut detector =
                chardetng::EncodingDetector::new(chardetng::Iso2022JpDetection::Allow);
            detector.feed(sample, at_end);
            detector.guess(None, chardetng::Utf8Detection::Deny)
        }
    }
}

/// The encoding that Python or the web calls `name`.
fn by_name(name: &str) -> Option<&'static Encoding> {
    let label = name.trim().to_ascii_lowercase().replace('_', "-");
    let alias = match label.as_str() {
        // ASCII is part of UTF-8, and what is beyond it is an error in both.
        "ascii" | "us-ascii" | "646" | "utf-8-sig" | "u8" | "utf" | "utf8-sig" => "utf-8",
        "latin-1" | "iso8859" | "8859" | "cp819" => "latin1",
        "latin-9" | "iso8859-15" => "iso-8859-15",
        "cp932" | "ms932" | "mskanji" | "s-jis" => "shift_jis",
        "cp936" | "ms936" => "gbk",
        "cp949" | "ms949" | "uhc" => "euc-kr",
        "cp950" | "ms950" => "big5",
        "eucjp" | "ujis" | "u-jis" => "euc-jp",
        "mac-roman" | "macroman" => "macintosh",
        "mac-cyrillic" | "maccyrillic" => "x-mac-cyrillic",
        "utf-16-le" | "utf16-le" | "utf16le" | "utf-16" | "utf16" | "u16" => "utf-16le",
        "utf-16-be" | "utf16-be" | "utf16be" => "utf-16be",
        "koi8r" => "koi8-r",
        "koi8u" => "koi8-u",
        other => other,
    };
    let dashed = alias.strip_prefix("iso8859-").map(|part| format!("iso-8859-{part}"));
    let label = dashed.as_deref().unwrap_or(alias);
    Encoding::for_label_no_replacement(label.as_bytes())
        .or_else(|| Encoding::for_label_no_replacement(label.replace('-', "_").as_bytes()))
}

fn same_family(named: &'static Encoding, marked: &'static Encoding) -> bool {
    let utf16 = |e: &'static Encoding| e == encoding_rs::UTF_16LE || e == encoding_rs::UTF_16BE;
    named == marked || (utf16(named) && utf16(marked))
}

fn malformed(error: EncodingError) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, error)
}

/// Decodes as it is read.
struct Transcoder {
    input: Box<dyn Read + Send>,
    encoding: &'static Encoding,
    decoder: Decoder,
    /// Bytes that were read and not decoded yet.
    raw: Vec<u8>,
    /// Text that was decoded and not given yet.
    text: Vec<u8>,
    given: usize,
    decoded_bytes: u64,
    at_end: bool,
}

impl Transcoder {
    fn new(input: Box<dyn Read + Send>, encoding: &'static Encoding) -> Self {
        let decoder = encoding.new_decoder_without_bom_handling();
        let (raw, text) = (Vec::new(), Vec::new());
        Self { input, encoding, decoder, raw, text, given: 0, decoded_bytes: 0, at_end: false }
    }

    /// Decodes the next bytes into `text`.
    fn refill(&mut self) -> io::Result<()> {
        self.raw.clear();
        let limit = u64::try_from(CHUNK_BYTES).unwrap_or(u64::MAX);
        let read = self.input.by_ref().take(limit).read_to_end(&mut self.raw)?;
        self.at_end = read < CHUNK_BYTES;
        self.text.resize(
            self.decoder.max_utf8_buffer_length_without_replacement(read).unwrap_or(4 * read + 16),
            0,
        );
        let (result, used, written) =
            self.decoder.decode_to_utf8_without_replacement(&self.raw, &mut self.text, self.at_end);
        self.decoded_bytes += u64::try_from(used).unwrap_or_default();
        self.text.truncate(written);
        self.given = 0;
        match result {
            DecoderResult::Malformed(..) => {
                let encoding = self.encoding.name();
                Err(malformed(EncodingError::Malformed { encoding, at: self.decoded_bytes }))
            }
            _ => Ok(()),
        }
    }
}

impl Read for Transcoder {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        while self.given == self.text.len() {
            if self.at_end {
                return Ok(0);
            }
            self.refill()?;
        }
        let ready = self.text.get(self.given..).unwrap_or_default();
        let length = ready.len().min(out.len());
        if let (Some(to), Some(from)) = (out.get_mut(..length), ready.get(..length)) {
            to.copy_from_slice(from);
        }
        self.given += length;
        Ok(length)
    }
}

#[cfg(test)]
mod tests;
