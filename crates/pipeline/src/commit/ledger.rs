//! The journal of one run, written as soon as there is something to clean up.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use model::Json;
use model::fault::{Fault, Kind};
use store::journal::{Journal, JournalError, Survives};
use store::lock::{Lock, LockError};

use super::Phase;

/// Keeps the journal of a run. Without a folder nothing is kept: a run outside a project leaves
/// its staging folders behind when it is killed.
#[derive(Debug)]
pub struct Ledger {
    run: String,
    folder: Option<PathBuf>,
    state: Mutex<Kept>,
}

#[derive(Debug)]
struct Kept {
    entry: Entry,
    journal: Option<Journal>,
    lock: Option<Lock>,
}

/// What a journal holds.
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
pub(super) struct Entry {
    pub(super) pipeline: String,
    pub(super) state: State,
    pub(super) outputs: Vec<Output>,
}

/// How far the run has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(super) enum State {
    /// Outputs are being written: to be removed.
    Staging,
    /// All outputs are complete: to be finished, unless the first database refused.
    Committing,
}

/// One output.
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
pub(super) struct Output {
    pub(super) phase: Phase,
    pub(super) record: Json,
}

/// Why the journal of a run could not be kept.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    #[error(transparent)]
    Journal(#[from] JournalError),
    #[error(transparent)]
    Lock(#[from] LockError),
}

impl Fault for LedgerError {
    fn code(&self) -> &'static str {
        match self {
            Self::Journal(error) => error.code(),
            Self::Lock(error) => error.code(),
        }
    }

    fn kind(&self) -> Kind {
        match self {
            Self::Journal(error) => error.kind(),
            Self::Lock(error) => error.kind(),
        }
    }

    fn help(&self) -> Option<String> {
        match self {
            Self::Journal(error) => error.help(),
            Self::Lock(error) => error.help(),
        }
    }
}

impl Ledger {
    /// A ledger for run `run` of `pipeline` in `folder` (the project's `.thorp`), or nowhere.
    pub fn new(folder: Option<PathBuf>, run: impl Into<String>, pipeline: &str) -> Self {
        let entry =
            Entry { pipeline: pipeline.to_owned(), state: State::Staging, outputs: Vec::new() };
        let state = Mutex::new(Kept { entry, journal: None, lock: None });
        Self { run: run.into(), folder, state }
    }

    /// What tells this run apart from others; good in file names.
    pub fn run(&self) -> &str {
        &self.run
    }

    /// Notes something that has to be removed when the run dies before it commits.
    ///
    /// # Errors
    ///
    /// [`LedgerError`] when the journal cannot be written.
    pub fn note(&self, phase: Phase, record: Json) -> Result<(), LedgerError> {
        let mut kept = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        kept.entry.outputs.push(Output { phase, record });
        // After a loss of power a hidden folder may stay; an upload that nobody knows of costs.
        let survives = if phase == Phase::Objects { Survives::PowerLoss } else { Survives::Kill };
        self.write(&mut kept, survives)
    }

    /// Notes that all outputs are complete. From here on recovery finishes the run.
    pub(super) fn committing(&self, outputs: Vec<Output>) -> Result<(), LedgerError> {
        if outputs.is_empty() {
            return Ok(());
        }
        let mut kept = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        kept.entry.state = State::Committing;
        kept.entry.outputs = outputs;
        self.write(&mut kept, Survives::PowerLoss)
    }

    /// The run needs no recovery any more.
    ///
    /// # Errors
    ///
    /// [`LedgerError`] when the journal cannot be removed.
    pub fn close(&self) -> Result<(), LedgerError> {
        let mut kept = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(journal) = kept.journal.take() {
            journal.remove()?;
        }
        if kept.lock.take().is_some()
            && let Some(folder) = &self.folder
        {
            remove_lock(folder, &self.run);
        }
        Ok(())
    }

    fn write(&self, kept: &mut Kept, survives: Survives) -> Result<(), LedgerError> {
        let Some(folder) = &self.folder else { return Ok(()) };
        if kept.lock.is_none() {
            kept.lock = Some(Lock::acquire(&lock_path(folder, &self.run))?);
        }
        kept.journal = Some(Journal::write(folder, &self.run, &kept.entry, survives)?);
        Ok(())
    }
}

/// The file whose lock says that a run lives.
pub(super) fn lock_path(folder: &Path, run: &str) -> PathBuf {
    folder.join(format!("run-{run}.lock"))
}

/// Removes the lock file of a run that has ended; one that stays does no harm.
pub(super) fn remove_lock(folder: &Path, run: &str) {
    if let Err(error) = std::fs::remove_file(lock_path(folder, run))
        && error.kind() != std::io::ErrorKind::NotFound
    {
        tracing::debug!(run, %error, "lock file not removed");
    }
}
