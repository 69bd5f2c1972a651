//! The journal of a run: what is to be finished when the run dies after its point of no return.
//!
//! One file `journal-<run>.json` in the folder `.thorp` of a project, written and synced before the
//! first output appears, deleted after the last. Its payload belongs to the one who writes it.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use model::Json;
use model::fault::{Fault, Kind};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::durable::sync_all;
use crate::staging::StagingError;

/// The version of the file that this program writes and reads.
pub const VERSION: u64 = 1;

const PREFIX: &str = "journal-";
const SUFFIX: &str = ".json";

/// A journal on the disk.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Journal {
    path: PathBuf,
    run: String,
}

/// What a journal has to survive when its writing has returned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Survives {
    /// The end of this process: enough for what is merely to be cleaned up.
    Kill,
    /// The end of the machine: costs two syncs.
    PowerLoss,
}

/// Why a journal could not be written, read or removed.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    #[error("`{run}` cannot be the name of a run")]
    Run { run: String },
    #[error("failed to write journal `{path}`")]
    Write {
        path: String,
        #[source]
        source: StagingError,
    },
    #[error("failed to write the payload of journal `{path}`")]
    Payload {
        path: String,
        #[source]
        source: serde_json::Error,
    },
    #[error("failed to read journal `{path}`")]
    Read {
        path: String,
        #[source]
        source: io::Error,
    },
    #[error("journal `{path}` is not readable")]
    Invalid {
        path: String,
        #[source]
        source: serde_json::Error,
    },
    #[error("journal `{path}` has version {found}, and this thorp reads version {VERSION}")]
    Version { path: String, found: Json },
}

impl Fault for JournalError {
    fn code(&self) -> &'static str {
        match self {
            Self::Write { source, .. } => source.code(),
            _ => "JOURNAL_FAILED",
        }
    }

    fn kind(&self) -> Kind {
        match self {
            Self::Run { .. } | Self::Payload { .. } => Kind::Bug,
            Self::Write { source, .. } => source.kind(),
            Self::Read { .. } => Kind::Unavailable,
            Self::Invalid { .. } | Self::Version { .. } => Kind::Conflict,
        }
    }

    fn help(&self) -> Option<String> {
        match self {
            Self::Write { source, .. } => source.help(),
            Self::Version { .. } => Some("finish the run with the thorp that started it".into()),
            Self::Invalid { path, .. } => {
                Some(format!("move `{path}` away and run the pipeline again"))
            }
            _ => None,
        }
    }
}

impl Journal {
    /// Writes the journal of `run` into `folder`, which is made when it is missing; replaces an
    /// earlier one of the same run.
    ///
    /// # Errors
    ///
    /// [`JournalError`]; an earlier journal of the run is then still there.
    pub fn write<T: Serialize>(
        folder: &Path,
        run: &str,
        payload: &T,
        survives: Survives,
    ) -> Result<Self, JournalError> {
        let valid = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
        if run.is_empty() || !run.chars().all(valid) {
            return Err(JournalError::Run { run: run.into() });
        }
        let path = folder.join(format!("{PREFIX}{run}{SUFFIX}"));
        let named = || path.display().to_string();
        let payload = serde_json::to_value(payload)
            .map_err(|source| JournalError::Payload { path: named(), source })?;
        let content = serde_json::json!({ "version": VERSION, "run": run, "payload": payload });
        let write =
            |error| JournalError::Write { path: named(), source: StagingError::of(&path, error) };
        fs::create_dir_all(folder).map_err(write)?;
        // The name ends in another way, so that a file that was cut off is not taken for a journal.
        let draft = path.with_extension("draft");
        let mut file = File::create(&draft).map_err(write)?;
        file.write_all(format!("{content:#}\n").as_bytes()).map_err(write)?;
        if survives == Survives::PowerLoss {
            file.sync_all().map_err(write)?;
        }
        fs::rename(&draft, &path).map_err(write)?;
        if survives == Survives::PowerLoss {
            sync_all(&[folder]).map_err(|(_, error)| write(error))?;
        }
        Ok(Self { path, run: run.into() })
    }

    /// The journals in `folder`, by name; none when there is no such folder.
    ///
    /// # Errors
    ///
    /// [`JournalError::Read`] when the folder cannot be read.
    pub fn list(folder: &Path) -> Result<Vec<Self>, JournalError> {
        let read = |source| JournalError::Read { path: folder.display().to_string(), source };
        let entries = match fs::read_dir(folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries.map_err(read)?,
        };
        let mut journals = Vec::new();
        for entry in entries {
            let path = entry.map_err(read)?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let run = name.strip_prefix(PREFIX).and_then(|name| name.strip_suffix(SUFFIX));
            if let Some(run) = run {
                journals.push(Self { run: run.to_owned(), path });
            }
        }
        journals.sort();
        Ok(journals)
    }

    /// The run that wrote it.
    pub fn run(&self) -> &str {
        &self.run
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Reads what the run recorded; nothing when a loss of power came before it was on the disk.
    ///
    /// # Errors
    ///
    /// [`JournalError`] when it is not readable, or of another version.
    pub fn read<T: DeserializeOwned>(&self) -> Result<Option<T>, JournalError> {
        let path = || self.path.display().to_string();
        let bytes =
            fs::read(&self.path).map_err(|source| JournalError::Read { path: path(), source })?;
        if bytes.iter().all(|byte| *byte == 0) {
            return Ok(None);
        }
        let invalid = |source| JournalError::Invalid { path: path(), source };
        let mut content: Json = serde_json::from_slice(&bytes).map_err(invalid)?;
        let found = content.get("version").cloned().unwrap_or_default();
        if found.as_u64() != Some(VERSION) {
            return Err(JournalError::Version { path: path(), found });
        }
        let payload = content.get_mut("payload").map(Json::take).unwrap_or_default();
        serde_json::from_value(payload).map(Some).map_err(invalid)
    }

    /// Removes the journal: everything in it is done or undone. After a loss of power it may be
    /// back; doing or undoing the same once more changes nothing.
    ///
    /// # Errors
    ///
    /// [`JournalError::Write`] when it is still there; that it is gone already is not an error.
    pub fn remove(self) -> Result<(), JournalError> {
        match fs::remove_file(&self.path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                let source = StagingError::of(&self.path, error);
                Err(JournalError::Write { path: self.path.display().to_string(), source })
            }
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests;
