//! The port for work on files: it is done apart from the threads that serve.
//!
//! A simulation implements it to decide when work is done, and whether a node is lost before it,
//! in the middle of it or after it.

use std::fmt::Debug;
use std::fs::File;

use tokio::io::{AsyncRead, AsyncSeek, AsyncWrite};
use tokio::sync::oneshot;

use crate::calls::Pending;
use crate::fault::StoreError;

/// Work on files; the files may be used until it returns.
pub type Work = Box<dyn FnOnce() + Send>;

/// What a piece of work does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// Writes the log, durably.
    Log,
    /// Writes changed rows to the file of the applied state, durably.
    Flush,
    /// Gives space back to the disk.
    Shrink,
    /// Copies the applied state into a snapshot.
    Copy,
    /// Replaces the applied state by a snapshot, durably.
    Install,
}

/// Does work on files.
pub trait Disk: Debug + Send + Sync {
    /// Begins `work`, and does not wait for it. Work that is dropped counts as failed.
    fn begin(&self, step: Step, work: Work);

    /// Whether the log is written by a thread of its own, without [`Disk::begin`].
    fn has_log_thread(&self) -> bool;

    /// A file to send or receive a snapshot by.
    fn parcel(&self, file: File) -> Box<dyn Parcel>;
}

/// A snapshot on its way.
pub trait Parcel: AsyncRead + AsyncWrite + AsyncSeek + Send + Sync + Unpin {
    /// Ends the work on it.
    fn into_file(self: Box<Self>) -> Pending<'static, File>;
}

impl Parcel for tokio::fs::File {
    fn into_file(self: Box<Self>) -> Pending<'static, File> {
        Box::pin(self.into_std())
    }
}

/// The disk of this machine, and threads of the runtime and our own.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Threads;

impl Disk for Threads {
    fn begin(&self, _: Step, work: Work) {
        drop(tokio::task::spawn_blocking(work));
    }

    fn has_log_thread(&self) -> bool {
        true
    }

    fn parcel(&self, file: File) -> Box<dyn Parcel> {
        Box::new(tokio::fs::File::from_std(file))
    }
}

/// Does `work`, and waits for it.
pub(crate) async fn apart<T: Send + 'static>(
    disk: &dyn Disk,
    step: Step,
    work: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
) -> Result<T, StoreError> {
    let (sender, receiver) = oneshot::channel();
    // Whoever asked may have gone.
    disk.begin(step, Box::new(move || drop(sender.send(work()))));
    receiver.await.unwrap_or(Err(StoreError::Undone { step }))
}
