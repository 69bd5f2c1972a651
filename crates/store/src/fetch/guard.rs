//! What every opened stream keeps: the stop flag, the byte limit, and its name in errors.

use std::io::{self, Read};

use crate::compression::Bytes;
use crate::location::Location;
use crate::stop::Stop;

use super::{FetchError, FetchOptions};

pub(super) struct Guard {
    inner: Bytes,
    location: Location,
    bytes_max: Option<u64>,
    bytes: u64,
    stop: Stop,
}

impl Guard {
    pub(super) fn new(inner: Bytes, location: &Location, options: &FetchOptions) -> Self {
        Self {
            inner,
            location: location.clone(),
            bytes_max: options.bytes_max,
            bytes: 0,
            stop: options.stop.clone(),
        }
    }
}

impl Read for Guard {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.stop.is_requested() {
            return Err(io::Error::other(FetchError::stopped(&self.location)));
        }
        let count = self.inner.read(buffer).map_err(|error| {
            if error.kind() == io::ErrorKind::Interrupted || crate::fault(&error).is_some() {
                return error;
            }
            io::Error::new(error.kind(), FetchError::of_file(&self.location, error))
        })?;
        self.bytes = self.bytes.saturating_add(u64::try_from(count).unwrap_or(u64::MAX));
        match self.bytes_max {
            Some(bytes_max) if self.bytes > bytes_max => {
                let location = self.location.to_string();
                Err(io::Error::other(FetchError::TooLarge { location, bytes_max }))
            }
            _ => Ok(count),
        }
    }
}
