//! What tells cheaply whether bytes have changed since they were last read.

use std::io;
use std::os::unix::fs::MetadataExt;

use crate::fetch::{FetchError, FetchOptions, head};
use crate::location::Location;
use crate::s3;

/// The state of a location at one moment; equal states mean unchanged bytes.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fingerprint {
    /// A local file.
    File {
        bytes: u64,
        /// Last change of the content, in nanoseconds since the Unix epoch.
        modified_ns: i64,
        inode: u64,
    },
    /// What a server says.
    Remote { etag: Option<String>, last_modified: Option<String>, bytes: Option<u64> },
    /// Nothing is there.
    Missing,
    /// The server gives neither ETag nor Last-Modified.
    Unknown,
}

impl Fingerprint {
    pub(crate) fn remote(
        etag: Option<String>,
        last_modified: Option<String>,
        bytes: Option<u64>,
    ) -> Self {
        if etag.is_none() && last_modified.is_none() {
            return Self::Unknown;
        }
        Self::Remote { etag, last_modified, bytes }
    }

    /// Whether the bytes are for certain those that `earlier` was taken of.
    pub fn is_unchanged_since(&self, earlier: &Self) -> bool {
        self == earlier && *self != Self::Unknown
    }
}

/// Takes the fingerprint of `location`; of a remote one without reading its body.
///
/// # Errors
///
/// [`FetchError`] when the location cannot be asked; that nothing is there is not an error.
pub fn fingerprint(location: &Location, options: &FetchOptions) -> Result<Fingerprint, FetchError> {
    match location {
        Location::File(path) => match std::fs::metadata(path) {
            Ok(metadata) => Ok(Fingerprint::File {
                bytes: metadata.len(),
                modified_ns: metadata
                    .mtime()
                    .saturating_mul(1_000_000_000)
                    .saturating_add(metadata.mtime_nsec()),
                inode: metadata.ino(),
            }),
            Err(error)
                if matches!(
                    error.kind(),
                    io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
                ) =>
            {
                Ok(Fingerprint::Missing)
            }
            Err(error) => Err(FetchError::of_file(location, error)),
        },
        Location::Http(url) => head(location, url, options),
        Location::S3(object) => s3::head(location, object, options),
    }
}
