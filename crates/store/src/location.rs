//! Where bytes are: a local file, a web address or an object in an S3 bucket.

mod member;
mod name;

use std::fmt;
use std::path::{Path, PathBuf};

use model::fault::{Fault, Kind};
use reqwest::Url;

pub use member::check_relative;
pub use member::{UnsafePath, check_member};
pub use name::Name;

/// Where bytes are.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Location {
    File(PathBuf),
    Http(Url),
    S3(S3Object),
}

/// An object in an S3 bucket.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
pub struct S3Object {
    pub bucket: String,
    pub key: String,
}

/// Why a text is not a location.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LocationError {
    #[error("a location is empty")]
    Empty,
    #[error("location `{text}` holds a NUL character")]
    Nul { text: String },
    #[error("location `{text}` has the unknown scheme `{scheme}`")]
    Scheme { text: String, scheme: String },
    #[error("location `{text}` is not a valid address: {reason}")]
    Invalid { text: String, reason: String },
    #[error("location `{text}` needs a bucket and a key, as `s3://bucket/key`")]
    S3 { text: String },
}

impl Fault for LocationError {
    fn code(&self) -> &'static str {
        "LOCATION_INVALID"
    }

    fn kind(&self) -> Kind {
        Kind::Invalid
    }

    fn help(&self) -> Option<String> {
        match self {
            Self::Scheme { .. } => {
                Some("use a path, `file://`, `http://`, `https://` or `s3://bucket/key`".into())
            }
            _ => None,
        }
    }
}

impl Location {
    /// Reads `text`: an address with a scheme, or a path relative to `base_dir`.
    ///
    /// A path is taken literally, `?` and `#` included.
    ///
    /// # Errors
    ///
    /// [`LocationError`] when the text is empty, has an unknown scheme or is not a valid address.
    pub fn parse(text: &str, base_dir: &Path) -> Result<Self, LocationError> {
        if text.trim().is_empty() {
            return Err(LocationError::Empty);
        }
        if text.contains('\0') {
            return Err(LocationError::Nul { text: text.replace('\0', "\\0") });
        }
        let Some((scheme, rest)) = split_scheme(text) else {
            return Ok(Self::File(base_dir.join(text)));
        };
        match scheme.as_str() {
            "file" => file_url(text, rest, base_dir),
            "http" | "https" => Ok(Self::Http(http_url(text)?)),
            "s3" | "s3a" => match rest.split_once('/') {
                Some((bucket, key)) if !bucket.is_empty() && !key.trim_matches('/').is_empty() => {
                    Ok(Self::S3(S3Object { bucket: bucket.into(), key: key.into() }))
                }
                _ => Err(LocationError::S3 { text: text.into() }),
            },
            _ => Err(LocationError::Scheme { text: redact(text), scheme }),
        }
    }

    /// The local path, when there is one.
    pub fn local_path(&self) -> Option<&Path> {
        match self {
            Self::File(path) => Some(path),
            Self::Http(_) | Self::S3(_) => None,
        }
    }

    /// What the name of the file says about its content.
    pub fn name(&self) -> Name {
        match self {
            Self::File(path) => {
                Name::parse(&path.file_name().unwrap_or_default().to_string_lossy())
            }
            Self::Http(url) => Name::of_url(url),
            Self::S3(object) => Name::parse(object.key.rsplit('/').next().unwrap_or_default()),
        }
    }

    /// The location of `path`, a member of the data package whose descriptor is at `self`.
    ///
    /// # Errors
    ///
    /// [`UnsafePath`] when the path leads out of the package (see [`check_member`]).
    pub fn member(&self, path: &str) -> Result<Self, UnsafePath> {
        check_member(path)?;
        if split_scheme(path).is_some() {
            return Self::parse(path, Path::new("")).map_err(|_| UnsafePath::address(path));
        }
        match self {
            Self::File(descriptor) => {
                Ok(Self::File(descriptor.parent().unwrap_or(Path::new("")).join(path)))
            }
            Self::Http(descriptor) => member::join_url(descriptor, path).map(Self::Http),
            Self::S3(descriptor) => {
                let folder = descriptor.key.rsplit_once('/').map_or("", |(folder, _)| folder);
                let path = path.trim_start_matches("./");
                let key = if folder.is_empty() { path.into() } else { format!("{folder}/{path}") };
                Ok(Self::S3(S3Object { bucket: descriptor.bucket.clone(), key }))
            }
        }
    }
}

/// For messages: without user names, passwords and queries, which may hold secrets.
impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => write!(f, "{}", path.display()),
            Self::Http(url) => f.write_str(&redact(url.as_str())),
            Self::S3(object) => write!(f, "{object}"),
        }
    }
}

impl fmt::Display for S3Object {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "s3://{}/{}", self.bucket, self.key)
    }
}

/// The scheme in small letters and what follows `://`, when `text` has a scheme.
fn split_scheme(text: &str) -> Option<(String, &str)> {
    let (scheme, rest) = text.split_once("://")?;
    let valid = scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'));
    valid.then(|| (scheme.to_ascii_lowercase(), rest))
}

fn file_url(text: &str, rest: &str, base_dir: &Path) -> Result<Location, LocationError> {
    let invalid =
        |reason: &str| LocationError::Invalid { text: text.into(), reason: reason.into() };
    let local = rest.strip_prefix("localhost/").map(|path| format!("/{path}"));
    let rest = local.as_deref().unwrap_or(rest);
    if !rest.starts_with('/') {
        // Not valid by RFC 8089, but accepted by the readers whose specs we run.
        return match rest {
            "" => Err(invalid("it names no file")),
            relative => Ok(Location::File(base_dir.join(relative))),
        };
    }
    let url = Url::parse(&format!("file://{rest}")).map_err(|error| invalid(&error.to_string()))?;
    url.to_file_path().map(Location::File).map_err(|()| invalid("it names no local file"))
}

fn http_url(text: &str) -> Result<Url, LocationError> {
    let mut url = Url::parse(text.trim()).map_err(|error| LocationError::Invalid {
        text: redact(text),
        reason: error.to_string(),
    })?;
    url.set_fragment(None);
    Ok(url)
}

/// `text` without the user information and the query of an address.
pub(crate) fn redact(text: &str) -> String {
    let Some((scheme, rest)) = text.split_once("://") else {
        return text.into();
    };
    let (rest, query) = match rest.split_once(['?', '#']) {
        Some((rest, _)) => (rest, "?..."),
        None => (rest, ""),
    };
    let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let host = host.rsplit_once('@').map_or(host, |(_, host)| host);
    format!("{scheme}://{host}{path}{query}")
}

#[cfg(test)]
mod tests;
