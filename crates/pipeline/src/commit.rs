//! Outputs that are complete but not yet visible, and how they become visible together.
//!
//! Order: everything is staged; a journal is synced to disk; databases commit, as they can still
//! refuse; files are renamed; uploads are completed; the journal is deleted. A run that dies in
//! between is finished or undone by [`recover`], which asks the databases what they did.

pub mod ledger;

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::path::Path;

use model::Json;
use model::fault::{Fault, Kind};
use store::journal::Journal;
use store::lock::Lock;
use store::staging::{Renames, apply_renames, discard_renames};
use store::stop::Stop;
use store::upload::SentObject;

use ledger::{Entry, Output, State};
pub use ledger::{Ledger, LedgerError};

/// What lies below a failure to commit; its type depends on the output.
pub type Cause = Box<dyn std::error::Error + Send + Sync>;

/// When an output becomes visible, relative to the others of its run.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize,
)]
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
    fn commit(self: Box<Self>) -> Result<(), Cause>;

    /// Removes every trace; what was there before stays as it was.
    fn rollback(self: Box<Self>);
}

/// Why the outputs of a run did not all become visible.
#[derive(Debug, thiserror::Error)]
pub enum CommitError {
    #[error("the outputs were refused; everything is as it was before the run")]
    Refused { source: Cause },
    #[error(
        "{done} of {all} databases have the new rows, and then one refused; files are as they were"
    )]
    Split { done: usize, all: usize, source: Cause },
    #[error("an output could not be put in place; the next start of thorp here finishes it")]
    Unfinished { source: Cause },
    #[error(transparent)]
    Ledger(#[from] LedgerError),
}

impl Fault for CommitError {
    fn code(&self) -> &'static str {
        match self {
            Self::Refused { .. } => "COMMIT_REFUSED",
            Self::Split { .. } => "COMMIT_SPLIT",
            Self::Unfinished { .. } => "COMMIT_UNFINISHED",
            Self::Ledger(error) => error.code(),
        }
    }

    fn kind(&self) -> Kind {
        match self {
            Self::Ledger(error) => error.kind(),
            _ => Kind::Unavailable,
        }
    }
}

/// Commits all outputs of a run, in the order of their phases.
///
/// # Errors
///
/// [`CommitError`] says what is visible then.
pub fn commit(mut outputs: Vec<Box<dyn Prepared>>, ledger: &Ledger) -> Result<(), CommitError> {
    outputs.sort_by_key(|output| output.phase());
    let records = outputs.iter().map(|o| Output { phase: o.phase(), record: o.record() }).collect();
    if let Err(error) = ledger.committing(records) {
        outputs.into_iter().for_each(|output| output.rollback());
        return Err(error.into());
    }
    let all = outputs.iter().filter(|output| output.phase() == Phase::Database).count();
    let mut rest = outputs.into_iter();
    for done in 0..all {
        let Some(database) = rest.next() else { break };
        if let Err(source) = database.commit() {
            rest.for_each(|output| output.rollback());
            ledger.close()?;
            return Err(match done {
                0 => CommitError::Refused { source },
                done => CommitError::Split { done, all, source },
            });
        }
    }
    for output in rest {
        output.commit().map_err(|source| CommitError::Unfinished { source })?;
    }
    ledger.close().map_err(CommitError::from)
}

/// What was done about a run that died.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recovered {
    pub run: String,
    pub pipeline: String,
    /// Whether its outputs are now visible; else everything is as it was before.
    pub finished: bool,
    /// Databases that hold old rows although others hold new ones.
    pub databases_behind: usize,
}

/// Finishes or undoes every run below `folder` (the project's `.thorp`) whose process is gone.
///
/// # Errors
///
/// [`CommitError`] for the first run that cannot be finished; its journal stays.
pub fn recover(
    folder: &Path,
    environment: &BTreeMap<String, String>,
) -> Result<Vec<Recovered>, CommitError> {
    let mut recovered = Vec::new();
    for journal in Journal::list(folder).map_err(LedgerError::from)? {
        // A run that lives holds its lock.
        let Ok(lock) = Lock::acquire(&ledger::lock_path(folder, journal.run())) else { continue };
        if let Some(entry) = journal.read::<Entry>().map_err(LedgerError::from)? {
            recovered.push(settle(journal.run(), &entry, environment)?);
        }
        let run = journal.run().to_owned();
        journal.remove().map_err(LedgerError::from)?;
        drop(lock);
        ledger::remove_lock(folder, &run);
    }
    Ok(recovered)
}

fn settle(
    run: &str,
    entry: &Entry,
    environment: &BTreeMap<String, String>,
) -> Result<Recovered, CommitError> {
    let unfinished = |source| CommitError::Unfinished { source };
    let mut committed = 0;
    let mut behind = 0;
    for output in entry.outputs.iter().filter(|output| output.phase == Phase::Database) {
        match database_committed(&output.record, environment).map_err(unfinished)? {
            true => committed += 1,
            false => behind += 1,
        }
    }
    let finished = entry.state == State::Committing && (behind == 0 || committed > 0);
    for output in entry.outputs.iter().filter(|output| output.phase != Phase::Database) {
        settle_output(output, finished).map_err(unfinished)?;
    }
    Ok(Recovered {
        run: run.to_owned(),
        pipeline: entry.pipeline.clone(),
        finished,
        databases_behind: if finished { behind } else { 0 },
    })
}

fn settle_output(output: &Output, finish: bool) -> Result<(), Cause> {
    if output.phase == Phase::Files {
        let renames: Renames = serde_json::from_value(output.record.clone())?;
        if finish {
            apply_renames(&renames)?
        } else {
            discard_renames(&renames)?
        }
        return Ok(());
    }
    let objects: Vec<SentObject> = serde_json::from_value(output.record.clone())?;
    for object in objects {
        let stop = Stop::default();
        if finish { object.complete(&stop)? } else { object.abort(&stop)? }
    }
    Ok(())
}

/// Whether the transaction of a database that a journal records took place.
fn database_committed(
    record: &Json,
    environment: &BTreeMap<String, String>,
) -> Result<bool, Cause> {
    let unknown = "the database cannot tell any more whether the transaction took place";
    crate::sql::committed(record, environment)?.ok_or_else(|| unknown.into())
}
