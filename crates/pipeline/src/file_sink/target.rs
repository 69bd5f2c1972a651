//! Where the files of a package go: a port, so that a folder, an archive and a bucket are alike.

use std::fmt::Debug;
use std::io::Write;

use crate::commit::Prepared;
use crate::error::StepError;

/// Takes files that become visible together.
pub trait Target: Debug + Send {
    /// Begins a file that will be at `path` within the target, unless that still changes.
    ///
    /// # Errors
    ///
    /// When nothing can be written there.
    fn create(&mut self, path: &str) -> Result<Box<dyn Write + Send>, StepError>;

    /// Ends the file that was begun last and gives it its `path` within the target.
    ///
    /// # Errors
    ///
    /// When the path leads out of the target, or the bytes cannot be kept.
    fn place(&mut self, path: &str) -> Result<(), StepError>;

    /// Everything is written: what remains is to make it visible.
    ///
    /// # Errors
    ///
    /// When the bytes cannot be made durable.
    fn prepare(self: Box<Self>) -> Result<Box<dyn Prepared>, StepError>;

    /// Where a reader will find the descriptor, when it can be read in place.
    fn descriptor_url(&self) -> Option<String>;
}
