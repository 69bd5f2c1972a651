//! Bytes on their way to a file, counted and hashed.

use std::io::{self, Write};
use std::sync::{Arc, Mutex, PoisonError};

use md5::{Digest, Md5};

/// Passes bytes on; its [`Measure`] tells what has passed.
pub struct Measured {
    inner: Box<dyn Write + Send>,
    state: Arc<Mutex<State>>,
}

/// What has passed through a [`Measured`].
#[derive(Debug, Clone)]
pub struct Measure(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    bytes: u64,
    hash: Md5,
    /// Hash the text with LF in place of CRLF, as the first generation did.
    line_feeds: bool,
    /// The last chunk ended in CR, which is held back until the next byte is known.
    held_cr: bool,
}

impl Measured {
    /// A writer to `inner`, and what will tell its size and hash.
    pub fn new(inner: Box<dyn Write + Send>, line_feeds: bool) -> (Self, Measure) {
        let state = Arc::new(Mutex::new(State { line_feeds, ..State::default() }));
        (Self { inner, state: Arc::clone(&state) }, Measure(state))
    }
}

impl std::fmt::Debug for Measured {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Measured").field("state", &self.state).finish_non_exhaustive()
    }
}

impl Write for Measured {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.inner.write(bytes)?;
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.take(bytes.get(..written).unwrap_or_default());
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

impl Measure {
    /// The number of bytes.
    pub fn bytes(&self) -> u64 {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).bytes
    }

    /// The MD5 of the bytes, in hexadecimal digits.
    pub fn hash(&self) -> String {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if std::mem::take(&mut state.held_cr) {
            state.hash.update(b"\r");
        }
        hex(&state.hash.clone().finalize())
    }
}

impl State {
    fn take(&mut self, bytes: &[u8]) {
        self.bytes += u64::try_from(bytes.len()).expect("a buffer has fewer than 2^64 bytes");
        if !self.line_feeds {
            return self.hash.update(bytes);
        }
        let mut rest = bytes;
        if std::mem::take(&mut self.held_cr) && !rest.starts_with(b"\n") {
            self.hash.update(b"\r");
        }
        while let Some(at) = memchr::memchr(b'\r', rest) {
            let (before, from) = rest.split_at(at);
            self.hash.update(before);
            let after = from.get(1..).unwrap_or_default();
            match after.first() {
                Some(b'\n') => {}
                Some(_) => self.hash.update(b"\r"),
                None => self.held_cr = true,
            }
            rest = after;
        }
        self.hash.update(rest);
    }
}

/// Bytes as lower-case hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        write!(text, "{byte:02x}").expect("writing to a text does not fail");
        text
    })
}
