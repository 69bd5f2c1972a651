//! The body of a response, which goes on where it broke off.
//!
//! With a validator (ETag, Last-Modified) the rest is asked for with `Range` and `If-Range`. Without
//! one, or from a server that ignores ranges, the body is read again from its start, and without a
//! validator what was delivered before is compared by its hash. So the reader never gets a mixture
//! of two versions.

use std::io::{self, Read};

use bytes::{Buf, Bytes};
use md5::{Digest, Md5};
use reqwest::header::{self, HeaderMap, HeaderValue};
use reqwest::{Response, StatusCode};

use crate::fetch::pump::Pump;
use crate::fetch::{Cause, FetchError};
use crate::limits;

use super::request::Fetcher;
use super::text_of;

#[derive(Debug)]
pub(super) struct Body {
    fetcher: Fetcher,
    pump: Pump,
    /// Bytes that were taken from the pump and not yet read.
    chunk: Bytes,
    /// Bytes that were taken from the pump and are the reader's.
    received: u64,
    /// Length of the whole, as the first response gave it.
    expected: Option<u64>,
    validator: Option<HeaderValue>,
    /// Hash of the delivered bytes, kept when there is no validator.
    delivered: Option<Md5>,
    /// Bytes that come again and are skipped.
    again: Option<Again>,
    resumes_left: u32,
    /// Failures since the last new byte arrived.
    stalls: u32,
    ended: bool,
}

#[derive(Debug)]
struct Again {
    left: u64,
    hash: Md5,
}

impl Body {
    pub(super) fn new(fetcher: Fetcher, response: Response) -> Result<Self, FetchError> {
        let expected =
            text_of(response.headers(), header::CONTENT_LENGTH).and_then(|text| text.parse().ok());
        let validator = validator(response.headers());
        let delivered = validator.is_none().then(Md5::new);
        let pump = start(&fetcher, response)?;
        Ok(Self {
            fetcher,
            pump,
            chunk: Bytes::new(),
            received: 0,
            expected,
            validator,
            delivered,
            again: None,
            resumes_left: limits::RESUMES_MAX,
            stalls: 0,
            ended: false,
        })
    }

    /// The next bytes for the reader; `None` when everything has come.
    fn next(&mut self) -> Result<Option<Bytes>, FetchError> {
        loop {
            let next = self.pump.next(&self.fetcher.options.stop);
            match next.map_err(|_| FetchError::stopped(&self.fetcher.location))? {
                Some(Ok(mut chunk)) => {
                    self.skip(&mut chunk)?;
                    if chunk.is_empty() {
                        continue;
                    }
                    self.stalls = 0;
                    self.received += length(&chunk);
                    if let Some(hash) = &mut self.delivered {
                        hash.update(&chunk);
                    }
                    return Ok(Some(chunk));
                }
                Some(Err(cause)) => self.resume(Some(cause))?,
                None if self.again.is_some() => return Err(self.changed()),
                None if self.expected.is_none_or(|expected| self.received >= expected) => {
                    return Ok(None);
                }
                None => self.resume(None)?,
            }
        }
    }

    /// Takes from `chunk` what the reader already has.
    fn skip(&mut self, chunk: &mut Bytes) -> Result<(), FetchError> {
        let Some(again) = &mut self.again else { return Ok(()) };
        let count = usize::try_from(again.left).unwrap_or(usize::MAX).min(chunk.len());
        let known = chunk.split_to(count);
        again.left -= length(&known);
        if self.delivered.is_some() {
            again.hash.update(&known);
        }
        if again.left > 0 {
            return Ok(());
        }
        let same = match &self.delivered {
            Some(delivered) => delivered.clone().finalize() == again.hash.clone().finalize(),
            None => true,
        };
        self.again = None;
        if same { Ok(()) } else { Err(self.changed()) }
    }

    /// Asks for the rest after the transfer broke off.
    fn resume(&mut self, source: Option<Cause>) -> Result<(), FetchError> {
        if self.stalls >= self.fetcher.options.retries || self.resumes_left == 0 {
            let location = self.fetcher.location.to_string();
            let (received, expected) = (self.received, self.expected);
            return Err(FetchError::BrokeOff { location, received, expected, source });
        }
        tracing::debug!(location = %self.fetcher.location, received = self.received, "resuming");
        self.fetcher.pause(self.stalls, None)?;
        self.stalls += 1;
        self.resumes_left -= 1;
        let range = match &self.validator {
            Some(validator) if self.received > 0 => {
                let range = HeaderValue::from_str(&format!("bytes={}-", self.received));
                Some((range.expect("figures are valid in a header"), validator.clone()))
            }
            _ => None,
        };
        let response = match self.fetcher.get(range) {
            Err(FetchError::Status { status: 416, .. }) => return Err(self.changed()),
            answer => answer?,
        };
        if response.status() == StatusCode::PARTIAL_CONTENT {
            self.check_part(response.headers())?;
            self.again = None;
        } else {
            self.check_whole(response.headers())?;
            let left = self.received;
            self.again = (left > 0).then(|| Again { left, hash: Md5::new() });
        }
        self.pump = start(&self.fetcher, response)?;
        Ok(())
    }

    /// A part must begin where the last one ended, in a whole of the same length.
    fn check_part(&self, headers: &HeaderMap) -> Result<(), FetchError> {
        let range = text_of(headers, header::CONTENT_RANGE).unwrap_or_default();
        let range = range.trim_start_matches("bytes").trim_start();
        let begins = range.split('-').next().and_then(|first| first.parse().ok());
        let total = range.rsplit('/').next().and_then(|total| total.parse::<u64>().ok());
        let fits = begins == Some(self.received)
            && (total.is_none() || self.expected.is_none() || total == self.expected);
        if fits { Ok(()) } else { Err(self.changed()) }
    }

    /// A whole that is sent again must be the same one.
    fn check_whole(&self, headers: &HeaderMap) -> Result<(), FetchError> {
        let total =
            text_of(headers, header::CONTENT_LENGTH).and_then(|text| text.parse::<u64>().ok());
        let same_length = total.is_none() || self.expected.is_none() || total == self.expected;
        let same_version = self.validator.is_none() || self.validator == validator(headers);
        if same_length && same_version { Ok(()) } else { Err(self.changed()) }
    }

    fn changed(&self) -> FetchError {
        let location = self.fetcher.location.to_string();
        FetchError::Changed { location, received: self.received }
    }
}

impl Read for Body {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        if self.chunk.is_empty() && !self.ended {
            match self.next().map_err(io::Error::other)? {
                Some(chunk) => self.chunk = chunk,
                None => self.ended = true,
            }
        }
        let count = buffer.len().min(self.chunk.len());
        self.chunk.copy_to_slice(buffer.get_mut(..count).unwrap_or_default());
        Ok(count)
    }
}

fn start(fetcher: &Fetcher, response: Response) -> Result<Pump, FetchError> {
    let body = futures::stream::try_unfold(response, |mut response| async move {
        let chunk = response.chunk().await.map_err(reqwest::Error::without_url)?;
        Ok::<_, reqwest::Error>(chunk.map(|chunk| (chunk, response)))
    });
    Pump::start(body, fetcher.options.read_timeout_ms)
        .map_err(|error| FetchError::read(&fetcher.location, error))
}

/// What `If-Range` may be: a strong ETag, else the date of the last change.
fn validator(headers: &HeaderMap) -> Option<HeaderValue> {
    let strong = headers.get(header::ETAG).filter(|etag| !etag.as_bytes().starts_with(b"W/"));
    strong.or_else(|| headers.get(header::LAST_MODIFIED)).cloned()
}

fn length(chunk: &Bytes) -> u64 {
    u64::try_from(chunk.len()).unwrap_or(u64::MAX)
}
