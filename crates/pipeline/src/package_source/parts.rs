//! Several files as one: the bytes of each, unpacked, after those of the one before.

use std::collections::VecDeque;
use std::io::{self, Read};

use store::location::Location;
use store::source::{self, SourceError, SourceOptions};

/// Opens `places` as one stream; each is opened when the one before it ends.
///
/// # Errors
///
/// [`SourceError`] when the first cannot be opened; trouble with a later one is an error of
/// reading.
pub(super) fn open(
    places: Vec<Location>,
    options: SourceOptions,
) -> Result<Box<dyn Read + Send>, SourceError> {
    let mut rest: VecDeque<Location> = places.into();
    let current: Box<dyn Read + Send> = match rest.pop_front() {
        Some(first) => source::open(&first, &options)?.stream,
        None => Box::new(io::empty()),
    };
    Ok(Box::new(Parts { current, rest, options }))
}

struct Parts {
    current: Box<dyn Read + Send>,
    rest: VecDeque<Location>,
    options: SourceOptions,
}

impl Read for Parts {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            let count = self.current.read(buffer)?;
            if count > 0 || buffer.is_empty() {
                return Ok(count);
            }
            let Some(next) = self.rest.pop_front() else { return Ok(0) };
            self.current = source::open(&next, &self.options).map_err(io::Error::other)?.stream;
        }
    }
}
