//! Bytes survive: fetching from elsewhere, and outputs that appear whole or not at all.
//!
//! The interface is synchronous; what is asynchronous inside lives in one small private runtime.

pub mod archive;
pub mod compression;
pub mod fetch;
pub mod fingerprint;
pub mod journal;
pub mod limits;
pub mod location;
pub mod lock;
pub mod source;
pub mod staging;
pub mod stop;
pub mod upload;

mod background;
mod durable;
mod s3;

use model::fault::Fault;

/// The typed error of this crate inside an I/O error that one of its readers or writers gave.
pub fn fault(error: &std::io::Error) -> Option<&dyn Fault> {
    let inner = error.get_ref()?;
    None.or_else(|| inner.downcast_ref::<fetch::FetchError>().map(|e| -> &dyn Fault { e }))
        .or_else(|| {
            inner.downcast_ref::<compression::CompressionError>().map(|e| -> &dyn Fault { e })
        })
        .or_else(|| inner.downcast_ref::<archive::ArchiveError>().map(|e| -> &dyn Fault { e }))
        .or_else(|| inner.downcast_ref::<staging::StagingError>().map(|e| -> &dyn Fault { e }))
        .or_else(|| inner.downcast_ref::<upload::UploadError>().map(|e| -> &dyn Fault { e }))
}
