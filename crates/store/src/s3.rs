//! Objects in S3 buckets, found by the usual `AWS_*` variables.

use std::io::{self, Read};
use std::sync::Arc;
use std::time::Duration;

use bytes::{Buf, Bytes};
use object_store::aws::{AmazonS3, AmazonS3Builder, AmazonS3ConfigKey};
use object_store::path::Path;
use object_store::{ClientConfigKey, ObjectStoreExt, RetryConfig};

use crate::background;
use crate::fetch::pump::Pump;
use crate::fetch::{FetchError, FetchOptions};
use crate::fingerprint::Fingerprint;
use crate::limits;
use crate::location::{Location, S3Object};
use crate::stop::Stop;

/// A client for the bucket of `object`.
///
/// `AWS_ENDPOINT_URL` (or `AWS_ENDPOINT`) names another service than Amazon's; plain http is
/// spoken only when that address says so.
pub(crate) fn client(object: &S3Object) -> Result<(Arc<AmazonS3>, Path), object_store::Error> {
    let mut builder =
        AmazonS3Builder::from_env().with_bucket_name(&object.bucket).with_retry(RetryConfig {
            max_retries: usize::try_from(limits::RETRIES_DEFAULT).unwrap_or(usize::MAX),
            retry_timeout: Duration::from_millis(limits::READ_TIMEOUT_MS),
            ..RetryConfig::default()
        });
    let endpoint = [AmazonS3ConfigKey::S3Endpoint, AmazonS3ConfigKey::Endpoint]
        .iter()
        .find_map(|key| builder.get_config_value(key));
    if endpoint.is_some_and(|endpoint| endpoint.starts_with("http://")) {
        builder = builder.with_allow_http(true);
    }
    if let Some(mime) = content_type(&object.key) {
        builder = builder
            .with_config(AmazonS3ConfigKey::Client(ClientConfigKey::DefaultContentType), mime);
    }
    let path = Path::parse(object.key.trim_start_matches('/'))?;
    Ok((Arc::new(builder.build()?), path))
}

/// What browsers should take an object for.
fn content_type(key: &str) -> Option<&'static str> {
    match key.rsplit_once('.')?.1 {
        "csv" => Some("text/csv"),
        "tsv" => Some("text/tab-separated-values"),
        "json" => Some("application/json"),
        "jsonl" | "ndjson" => Some("application/x-ndjson"),
        "geojson" => Some("application/geo+json"),
        "html" => Some("text/html"),
        "zip" => Some("application/zip"),
        "parquet" => Some("application/vnd.apache.parquet"),
        _ => None,
    }
}

/// Opens an object as a stream.
pub(crate) fn open(
    location: &Location,
    object: &S3Object,
    options: &FetchOptions,
) -> Result<impl Read + Send + 'static, FetchError> {
    let (store, path) = client(object).map_err(|error| explain(location, error))?;
    let answer = background::run(async move { store.get(&path).await }, &options.stop)
        .map_err(|error| FetchError::of_background(location, error))?
        .map_err(|error| explain(location, error))?;
    let expected = answer.meta.size;
    let pump = Pump::start(answer.into_stream(), options.read_timeout_ms)
        .map_err(|error| FetchError::read(location, error))?;
    Ok(Body {
        location: location.clone(),
        pump,
        chunk: Bytes::new(),
        received: 0,
        expected,
        stop: options.stop.clone(),
    })
}

/// What the service says about the present state of an object.
pub(crate) fn head(
    location: &Location,
    object: &S3Object,
    options: &FetchOptions,
) -> Result<Fingerprint, FetchError> {
    let (store, path) = client(object).map_err(|error| explain(location, error))?;
    let answer = background::run(async move { store.head(&path).await }, &options.stop)
        .map_err(|error| FetchError::of_background(location, error))?;
    match answer {
        Ok(meta) => Ok(Fingerprint::remote(
            meta.e_tag,
            Some(meta.last_modified.to_rfc3339()),
            Some(meta.size),
        )),
        Err(object_store::Error::NotFound { .. }) => Ok(Fingerprint::Missing),
        Err(error) => Err(explain(location, error)),
    }
}

fn explain(location: &Location, error: object_store::Error) -> FetchError {
    match error {
        object_store::Error::NotFound { .. } => {
            FetchError::NotFound { location: location.to_string() }
        }
        object_store::Error::PermissionDenied { .. }
        | object_store::Error::Unauthenticated { .. } => FetchError::Denied {
            location: location.to_string(),
            reason: "the service does not accept the credentials".into(),
        },
        error => FetchError::read(location, error),
    }
}

/// The body of an object; the client below resumes it by its ETag.
struct Body {
    location: Location,
    pump: Pump,
    chunk: Bytes,
    received: u64,
    expected: u64,
    stop: Stop,
}

impl Body {
    fn next(&mut self) -> Result<Option<Bytes>, FetchError> {
        let next = self.pump.next(&self.stop).map_err(|_| FetchError::stopped(&self.location))?;
        let broke_off = |source| FetchError::BrokeOff {
            location: self.location.to_string(),
            received: self.received,
            expected: Some(self.expected),
            source,
        };
        match next {
            Some(Ok(chunk)) => Ok(Some(chunk)),
            Some(Err(cause)) => Err(broke_off(Some(cause))),
            None if self.received < self.expected => Err(broke_off(None)),
            None => Ok(None),
        }
    }
}

impl Read for Body {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        while self.chunk.is_empty() {
            match self.next().map_err(io::Error::other)? {
                Some(chunk) => {
                    self.received += u64::try_from(chunk.len()).unwrap_or(u64::MAX);
                    self.chunk = chunk;
                }
                None => return Ok(0),
            }
        }
        let count = buffer.len().min(self.chunk.len());
        self.chunk.copy_to_slice(buffer.get_mut(..count).unwrap_or_default());
        Ok(count)
    }
}
