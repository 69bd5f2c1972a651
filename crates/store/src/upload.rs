//! Outputs in S3 buckets: sent in parts, and visible only when they are completed.
//!
//! What was sent is a value that goes into a journal, so that another process can complete or abort
//! the upload by its id. An upload that nobody knows any more stays invisible, but is paid for:
//! let a lifecycle rule of the bucket (`AbortIncompleteMultipartUpload`) remove such parts.

use std::io::{self, Write};
use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use md5::{Digest, Md5};
use model::fault::{Fault, Kind};
use object_store::aws::AmazonS3;
use object_store::multipart::{MultipartStore, PartId};
use object_store::path::Path;
use object_store::{ObjectStoreExt, PutPayload};

use crate::background::{self, RunError};
use crate::fetch::Cause;
use crate::limits;
use crate::location::S3Object;
use crate::s3;
use crate::stop::Stop;

/// An object that is being sent. Nothing is visible until [`SentObject::complete`].
///
/// Dropping it leaves the parts where they are; [`S3Upload::abort`] removes them.
pub struct S3Upload {
    store: Arc<AmazonS3>,
    path: Path,
    stop: Stop,
    sent: SentObject,
    part: BytesMut,
}

/// What is known of an upload; goes into the journal.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct SentObject {
    pub object: S3Object,
    pub upload_id: String,
    /// What the service called each part, in order.
    pub parts: Vec<String>,
    pub bytes: u64,
    /// ETag of the object that was there when the upload began.
    pub replaces: Option<String>,
}

/// Why an object could not be sent.
#[derive(Debug, thiserror::Error)]
pub enum UploadError {
    #[error("access to `{object}` was refused")]
    Denied {
        object: String,
        #[source]
        source: Cause,
    },
    #[error("bucket of `{object}` does not exist")]
    NoBucket {
        object: String,
        #[source]
        source: Cause,
    },
    #[error("`{object}` is larger than {} bytes", limits::UPLOAD_BYTES_MAX)]
    TooLarge { object: String },
    #[error("upload of `{object}` was removed before it was completed")]
    Lost { object: String },
    #[error("failed to {action} `{object}`")]
    Failed {
        action: &'static str,
        object: String,
        #[source]
        source: Cause,
    },
    #[error("writing `{object}` was stopped")]
    Stopped { object: String },
    #[error("failed to write `{object}`")]
    Broken {
        object: String,
        #[source]
        source: io::Error,
    },
}

impl Fault for UploadError {
    fn code(&self) -> &'static str {
        match self {
            Self::Denied { .. } => "OUTPUT_DENIED",
            Self::Stopped { .. } => "RUN_STOPPED",
            _ => "UPLOAD_FAILED",
        }
    }

    fn kind(&self) -> Kind {
        match self {
            Self::Denied { .. } => Kind::Denied,
            Self::NoBucket { .. } => Kind::NotFound,
            Self::TooLarge { .. } => Kind::Limit,
            Self::Lost { .. } => Kind::Conflict,
            Self::Failed { .. } | Self::Stopped { .. } | Self::Broken { .. } => Kind::Unavailable,
        }
    }

    fn help(&self) -> Option<String> {
        match self {
            Self::Denied { .. } => Some(
                "set AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_REGION of a user who may \
                 write there"
                    .into(),
            ),
            Self::NoBucket { .. } => Some("make the bucket, or check its name".into()),
            Self::TooLarge { .. } => Some("split the resource, or write it compressed".into()),
            Self::Lost { .. } => Some("run again".into()),
            _ => None,
        }
    }
}

impl UploadError {
    fn of(action: &'static str, object: &S3Object, source: object_store::Error) -> Self {
        let object = object.to_string();
        match source {
            object_store::Error::PermissionDenied { .. }
            | object_store::Error::Unauthenticated { .. } => {
                Self::Denied { object, source: source.into() }
            }
            object_store::Error::NotFound { .. } => {
                Self::NoBucket { object, source: source.into() }
            }
            source => Self::Failed { action, object, source: source.into() },
        }
    }

    fn of_background(object: &S3Object, error: RunError) -> Self {
        let object = object.to_string();
        match error {
            RunError::Stopped(_) => Self::Stopped { object },
            RunError::Broken(source) => Self::Broken { object, source },
        }
    }
}

impl S3Upload {
    /// Begins to send `object`; `stop` ends a part that is on its way.
    ///
    /// # Errors
    ///
    /// [`UploadError`] when the service does not answer or refuses.
    pub fn start(object: &S3Object, stop: &Stop) -> Result<Self, UploadError> {
        let failed = |source| UploadError::of("begin", object, source);
        let (store, path) = s3::client(object).map_err(failed)?;
        let (client, key) = (Arc::clone(&store), path.clone());
        let beginning = async move {
            // Who may write but not look still uploads; only recovery is then less certain.
            let replaces = client.head(&key).await.ok().and_then(|meta| meta.e_tag);
            Ok((client.create_multipart(&key).await?, replaces))
        };
        let (upload_id, replaces) = background::run(beginning, stop)
            .map_err(|error| UploadError::of_background(object, error))?
            .map_err(failed)?;
        let object = object.clone();
        let sent = SentObject { object, upload_id, parts: Vec::new(), bytes: 0, replaces };
        Ok(Self { store, path, stop: stop.clone(), sent, part: BytesMut::new() })
    }

    /// What was sent so far: recorded early, it lets another process abort the upload.
    pub fn record(&self) -> SentObject {
        self.sent.clone()
    }

    /// Sends the rest; the object stays invisible until it is completed.
    ///
    /// # Errors
    ///
    /// [`UploadError`] when a part does not arrive.
    pub fn finish(mut self) -> Result<SentObject, UploadError> {
        if !self.part.is_empty() {
            self.send_part()?;
        }
        Ok(self.sent)
    }

    /// Removes what was sent.
    ///
    /// # Errors
    ///
    /// [`UploadError`] when the service does not answer or refuses.
    pub fn abort(self) -> Result<(), UploadError> {
        self.sent.abort(&Stop::default())
    }

    fn send_part(&mut self) -> Result<(), UploadError> {
        let index = self.sent.parts.len();
        if index >= limits::UPLOAD_PARTS_MAX {
            return Err(UploadError::TooLarge { object: self.sent.object.to_string() });
        }
        let bytes: Bytes = self.part.split().freeze();
        let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        let (store, path) = (Arc::clone(&self.store), self.path.clone());
        let upload_id = self.sent.upload_id.clone();
        let sending =
            async move { store.put_part(&path, &upload_id, index, PutPayload::from(bytes)).await };
        let part = background::run(sending, &self.stop)
            .map_err(|error| UploadError::of_background(&self.sent.object, error))?
            .map_err(|source| UploadError::of("send a part of", &self.sent.object, source))?;
        self.sent.parts.push(part.content_id);
        self.sent.bytes = self.sent.bytes.saturating_add(length);
        Ok(())
    }
}

impl Write for S3Upload {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let room = limits::UPLOAD_PART_BYTES - self.part.len();
        let taken = bytes.get(..room.min(bytes.len())).unwrap_or_default();
        self.part.extend_from_slice(taken);
        if self.part.len() == limits::UPLOAD_PART_BYTES {
            self.send_part().map_err(io::Error::other)?;
        }
        Ok(taken.len())
    }

    /// Does nothing: parts are of one size, and the last one is sent by [`S3Upload::finish`].
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl SentObject {
    /// Makes the object visible, in one moment. May be repeated: an upload that is gone while its
    /// object is there counts as done.
    ///
    /// # Errors
    ///
    /// [`UploadError`]; the upload is then still there, unless it is [`UploadError::Lost`].
    pub fn complete(&self, stop: &Stop) -> Result<(), UploadError> {
        let failed = |source| UploadError::of("complete", &self.object, source);
        let (store, path) = s3::client(&self.object).map_err(failed)?;
        let upload_id = self.upload_id.clone();
        let parts =
            self.parts.iter().map(|id| PartId { content_id: id.clone() }).collect::<Vec<_>>();
        let sent = self.clone();
        let completing = async move {
            let Err(error) = store.complete_multipart(&path, &upload_id, parts).await else {
                return Ok(true);
            };
            // An answer that was lost, or an earlier call, may have completed it all the same.
            match (store.head(&path).await, error) {
                (Ok(meta), _) if sent.is_object(meta.size, meta.e_tag.as_deref()) => Ok(true),
                (_, object_store::Error::NotFound { .. }) => Ok(false),
                (_, error) => Err(error),
            }
        };
        let done = background::run(completing, stop)
            .map_err(|error| UploadError::of_background(&self.object, error))?
            .map_err(failed)?;
        if done { Ok(()) } else { Err(UploadError::Lost { object: self.object.to_string() }) }
    }

    /// Removes the upload; what was there before stays as it was. May be repeated.
    ///
    /// # Errors
    ///
    /// [`UploadError`] when the service does not answer or refuses.
    pub fn abort(&self, stop: &Stop) -> Result<(), UploadError> {
        let failed = |source| UploadError::of("abort", &self.object, source);
        let (store, path) = s3::client(&self.object).map_err(failed)?;
        let upload_id = self.upload_id.clone();
        let aborted =
            background::run(async move { store.abort_multipart(&path, &upload_id).await }, stop)
                .map_err(|error| UploadError::of_background(&self.object, error))?;
        match aborted {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(failed(error)),
        }
    }

    /// Whether an object with this size and ETag is the one that was sent.
    ///
    /// The ETag of an object of N parts ends in `-N`. Before that is a hash of the ETags of the
    /// parts, or for an encrypted object something new; what the older object had is neither.
    fn is_object(&self, bytes: u64, etag: Option<&str>) -> bool {
        let Some(etag) = etag.map(|etag| etag.trim_matches('"')) else { return false };
        let replaces = self.replaces.as_deref().map(|etag| etag.trim_matches('"'));
        // An empty object is sent as one empty part.
        let suffix = format!("-{}", self.parts.len().max(1));
        let Some(hash) = etag.strip_suffix(&suffix) else { return false };
        bytes == self.bytes
            && (replaces != Some(etag) || self.parts_hash().as_deref() == Some(hash))
    }

    /// MD5 over the MD5 sums that the service gives as ETags of the parts.
    fn parts_hash(&self) -> Option<String> {
        let mut hash = Md5::new();
        for part in &self.parts {
            let part = part.trim_matches('"');
            let sum = u128::from_str_radix(part, 16).ok().filter(|_| part.len() == 32)?;
            hash.update(sum.to_be_bytes());
        }
        Some(hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
    }
}

impl std::fmt::Debug for S3Upload {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("S3Upload").field("sent", &self.sent).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
