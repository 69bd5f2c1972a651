//! Several locations as one stream, byte after byte.

use std::collections::VecDeque;
use std::io::{self, Read};

use crate::compression::Bytes;
use crate::location::Location;

use super::{FetchError, FetchOptions, open};

/// Opens `locations` as one stream of bytes, in order; each is opened when the one before it ends.
///
/// `options.bytes_max` bounds each location, not their sum.
///
/// # Errors
///
/// [`FetchError`] when the first location cannot be opened; trouble with a later one is an error
/// of reading.
pub fn open_many(locations: &[Location], options: &FetchOptions) -> Result<Bytes, FetchError> {
    let mut rest: VecDeque<Location> = locations.iter().cloned().collect();
    let current = match rest.pop_front() {
        Some(first) => open(&first, options)?,
        None => Box::new(io::empty()),
    };
    Ok(Box::new(Many { current, rest, options: options.clone() }))
}

struct Many {
    current: Bytes,
    rest: VecDeque<Location>,
    options: FetchOptions,
}

impl Read for Many {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            let count = self.current.read(buffer)?;
            if count > 0 || buffer.is_empty() {
                return Ok(count);
            }
            match self.rest.pop_front() {
                Some(next) => {
                    self.current = open(&next, &self.options).map_err(io::Error::other)?
                }
                None => return Ok(0),
            }
        }
    }
}
