//! Opening a location as a stream of bytes, wherever it is.
//!
//! A stream ends only when everything was delivered: a body that breaks off is resumed or is an
//! error, never silently short.

mod guard;
mod http;
mod many;
pub(crate) mod pump;
mod retry;

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use model::fault::{Fault, Kind};

use crate::limits;
use crate::location::Location;
use crate::s3;
use crate::stop::{Pause, Sleep, Stop, Stopped};

pub(crate) use http::head;
pub use many::open_many;

/// How to fetch.
#[derive(Debug, Clone)]
pub struct FetchOptions {
    /// Sent with each request over http(s); not sent on to another host by a redirect.
    pub headers: Vec<(String, String)>,
    /// More bytes than this are an error.
    pub bytes_max: Option<u64>,
    /// Further tries after one that failed in a way that may pass.
    pub retries: u32,
    /// Longest silence of a server, in milliseconds.
    pub read_timeout_ms: u64,
    /// Seed of the jitter between tries.
    pub seed: u64,
    pub stop: Stop,
    pub pause: Arc<dyn Pause>,
}

impl Default for FetchOptions {
    fn default() -> Self {
        Self {
            headers: Vec::new(),
            bytes_max: None,
            retries: limits::RETRIES_DEFAULT,
            read_timeout_ms: limits::READ_TIMEOUT_MS,
            seed: 0,
            stop: Stop::default(),
            pause: Arc::new(Sleep),
        }
    }
}

/// What lies below a failure; its type depends on the transport.
pub type Cause = Box<dyn std::error::Error + Send + Sync>;

/// Why bytes could not be fetched.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    #[error("`{location}` does not exist")]
    NotFound { location: String },
    #[error("access to `{location}` was refused: {reason}")]
    Denied { location: String, reason: String },
    #[error("`{location}` is a folder, not a file")]
    Folder { location: String },
    #[error("`{location}` answered with status {status}")]
    Status { location: String, status: u16 },
    #[error("failed to reach `{location}` in {tries} tries")]
    Unreachable {
        location: String,
        tries: u32,
        #[source]
        source: Cause,
    },
    #[error("`{location}` was redirected more than {} times", limits::REDIRECTS_MAX)]
    Redirects { location: String },
    #[error("`{location}` was redirected to `{target}`, which is no web address")]
    RedirectTarget { location: String, target: String },
    #[error("header `{header}` for `{location}` is not valid")]
    Header { location: String, header: String },
    #[error("`{location}` is encoded as `{encoding}`, which is not supported")]
    Encoding { location: String, encoding: String },
    #[error("`{location}` broke off after {received} bytes{}", of_expected(*expected))]
    BrokeOff {
        location: String,
        received: u64,
        expected: Option<u64>,
        #[source]
        source: Option<Cause>,
    },
    #[error("`{location}` changed while it was read, after {received} bytes")]
    Changed { location: String, received: u64 },
    #[error("`{location}` is larger than {bytes_max} bytes")]
    TooLarge { location: String, bytes_max: u64 },
    #[error("fetching `{location}` was stopped")]
    Stopped { location: String },
    #[error("failed to read `{location}`")]
    Read {
        location: String,
        #[source]
        source: Cause,
    },
    #[error("failed to keep `{location}` in a temporary file in `{folder}`")]
    Spool {
        location: String,
        folder: String,
        #[source]
        source: io::Error,
    },
}

fn of_expected(expected: Option<u64>) -> String {
    expected.map_or_else(String::new, |expected| format!(" of {expected}"))
}

impl FetchError {
    pub(crate) fn stopped(location: &Location) -> Self {
        Self::Stopped { location: location.to_string() }
    }

    pub(crate) fn read(location: &Location, source: impl Into<Cause>) -> Self {
        Self::Read { location: location.to_string(), source: source.into() }
    }

    /// Names the file with which the system had trouble.
    pub(crate) fn of_file(location: &Location, source: io::Error) -> Self {
        let location = location.to_string();
        match source.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => Self::NotFound { location },
            io::ErrorKind::PermissionDenied => {
                Self::Denied { location, reason: "no permission to read it".into() }
            }
            io::ErrorKind::IsADirectory => Self::Folder { location },
            _ => Self::Read { location, source: source.into() },
        }
    }

    pub(crate) fn of_background(location: &Location, error: crate::background::RunError) -> Self {
        match error {
            crate::background::RunError::Stopped(Stopped) => Self::stopped(location),
            broken @ crate::background::RunError::Broken(_) => Self::read(location, broken),
        }
    }
}

impl Fault for FetchError {
    fn code(&self) -> &'static str {
        match self {
            Self::NotFound { .. } => "FETCH_NOT_FOUND",
            Self::Denied { .. } => "FETCH_DENIED",
            Self::TooLarge { .. } => "FETCH_LIMIT",
            Self::Changed { .. } => "FETCH_CHANGED",
            Self::Stopped { .. } => "RUN_STOPPED",
            _ => "FETCH_FAILED",
        }
    }

    fn kind(&self) -> Kind {
        match self {
            Self::NotFound { .. } => Kind::NotFound,
            Self::Denied { .. } => Kind::Denied,
            Self::TooLarge { .. } | Self::Redirects { .. } => Kind::Limit,
            Self::Folder { .. }
            | Self::Header { .. }
            | Self::Encoding { .. }
            | Self::RedirectTarget { .. } => Kind::Invalid,
            Self::Status { status, .. } if *status < 500 && !matches!(status, 408 | 429) => {
                Kind::Invalid
            }
            Self::Changed { .. } => Kind::Conflict,
            _ => Kind::Unavailable,
        }
    }

    fn help(&self) -> Option<String> {
        match self {
            Self::NotFound { location } if !location.contains("://") => {
                Some("check the path and the folder it is relative to".into())
            }
            Self::NotFound { .. } => Some("check the address".into()),
            Self::Denied { location, .. } if location.starts_with("s3://") => Some(
                "set AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_REGION, or AWS_ENDPOINT_URL"
                    .into(),
            ),
            Self::Denied { location, .. } if location.contains("://") => {
                Some("set `http_headers` or a token in the address".into())
            }
            Self::Denied { .. } => Some("allow this user to read the file".into()),
            Self::TooLarge { .. } => Some("raise the limit if the source is trusted".into()),
            Self::Changed { .. } | Self::BrokeOff { .. } => Some("run again".into()),
            Self::Spool { folder, .. } => {
                Some(format!("make room in `{folder}`, or set TMPDIR to a larger folder"))
            }
            _ => None,
        }
    }
}

/// Opens `location` as a stream of the bytes that are there, packed ones as they are.
///
/// Errors while reading carry a [`FetchError`] inside the I/O error (see [`crate::fault`]).
///
/// # Errors
///
/// [`FetchError`] when the location does not exist, does not answer or may not be read.
pub fn open(
    location: &Location,
    options: &FetchOptions,
) -> Result<Box<dyn Read + Send>, FetchError> {
    if options.stop.is_requested() {
        return Err(FetchError::stopped(location));
    }
    let inner: Box<dyn Read + Send> = match location {
        Location::File(path) => Box::new(open_local(location, path)?),
        Location::Http(url) => http::open(location, url, options)?,
        Location::S3(object) => Box::new(s3::open(location, object, options)?),
    };
    Ok(Box::new(guard::Guard::new(inner, location, options)))
}

/// Opens `location` as a file that can seek; remote bytes go to a temporary file without a name.
///
/// # Errors
///
/// [`FetchError`], also for errors while the bytes are copied.
pub fn open_file(location: &Location, options: &FetchOptions) -> Result<File, FetchError> {
    if let Location::File(path) = location {
        let file = open_local(location, path)?;
        let length = file.metadata().map_err(|e| FetchError::of_file(location, e))?.len();
        return match options.bytes_max {
            Some(bytes_max) if length > bytes_max => {
                Err(FetchError::TooLarge { location: location.to_string(), bytes_max })
            }
            _ => Ok(file),
        };
    }
    let mut stream = open(location, options)?;
    spool(&mut stream, location)
}

/// Copies `stream` into a temporary file without a name.
pub(crate) fn spool(stream: &mut dyn Read, location: &Location) -> Result<File, FetchError> {
    let folder: PathBuf = std::env::temp_dir();
    let failed = |source| FetchError::Spool {
        location: location.to_string(),
        folder: folder.display().to_string(),
        source,
    };
    let mut file = tempfile::tempfile_in(&folder).map_err(failed)?;
    let mut buffer = vec![0; limits::COPY_BUFFER_BYTES];
    loop {
        let count = match stream.read(&mut buffer) {
            Ok(0) => break,
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(from_io(location, error)),
        };
        file.write_all(buffer.get(..count).unwrap_or_default()).map_err(failed)?;
    }
    file.seek(SeekFrom::Start(0)).map_err(failed)?;
    Ok(file)
}

/// The [`FetchError`] inside `error`, or one around it.
pub(crate) fn from_io(location: &Location, error: io::Error) -> FetchError {
    match error.downcast::<FetchError>() {
        Ok(error) => error,
        Err(error) => FetchError::read(location, error),
    }
}

fn open_local(location: &Location, path: &Path) -> Result<File, FetchError> {
    let file = File::open(path).map_err(|error| FetchError::of_file(location, error))?;
    let metadata = file.metadata().map_err(|error| FetchError::of_file(location, error))?;
    if metadata.is_dir() {
        return Err(FetchError::Folder { location: location.to_string() });
    }
    Ok(file)
}

#[cfg(test)]
mod tests;
