//! Outputs that are complete but not yet visible, and how they become visible together.

use std::fmt::Debug;

use model::Json;

/// When an output becomes visible, relative to the others of its run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    /// Database transactions: they can still refuse, so they go first.
    Database,
    /// Renames of staged files: after the journal is on disk they always succeed in the end.
    Files,
    /// Uploads to object stores; descriptors last.
    Objects,
}

/// An output of a sink: everything is written and synced, and nobody can see it yet.
pub trait Prepared: Debug + Send {
    /// When it commits.
    fn phase(&self) -> Phase;

    /// What recovery needs to know after a crash, for the journal.
    fn record(&self) -> Json;

    /// Makes the output visible.
    ///
    /// # Errors
    ///
    /// Whatever the outside answers.
    fn commit(self: Box<Self>) -> Result<(), Box<dyn std::error::Error + Send + Sync>>;

    /// Removes every trace; what was there before stays as it was.
    fn rollback(self: Box<Self>);
}
