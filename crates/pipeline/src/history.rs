//! What runs did: one readable JSON file each, in `PROJECT/.thorp/runs/<pipeline>/`.
//!
//! A run has its file from its start on. While it lives it also holds the lock of its pipeline; a
//! file that says RUNNING after its process has ended is the file of a run that was killed, and is
//! shown as FAILED. Files are replaced as a whole, and are not synced: what a power cut takes from
//! here only costs a run that could have been spared.

pub mod limits;
mod process;
mod record;
mod tail;

use std::ffi::OsStr;
use std::fs;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use model::Json;
use model::clock::Clock;
use model::fault::{Fault, Kind};
use model::pipeline_id::PipelineId;
use model::run_state::RunState;
use store::lock::{Lock, LockError};

pub use record::{Outcome, RunRecord};
pub use tail::Tail;

use crate::secrets::Redactor;

/// The folder of a project in which thorp keeps what it knows.
pub const FOLDER: &str = ".thorp";

/// The runs of a project.
#[derive(Debug, Clone)]
pub struct History {
    /// `PROJECT/.thorp`.
    folder: PathBuf,
}

/// A run that goes on. Dropping it without [`finish`](Self::finish) leaves it to be found FAILED.
#[derive(Debug)]
pub struct ActiveRun {
    _lock: Lock,
    file: PathBuf,
    record: RunRecord,
}

impl History {
    /// The history of the project in `root`. Nothing is written before a run begins.
    pub fn of(root: &Path) -> Self {
        Self { folder: root.join(FOLDER) }
    }

    /// Begins a run of pipeline `id`: takes its lock and writes its file.
    ///
    /// # Errors
    ///
    /// [`BeginError::Locked`] names the process that runs the pipeline already.
    pub fn begin(
        &self,
        id: &PipelineId,
        trigger: &str,
        clock: &dyn Clock,
    ) -> Result<ActiveRun, BeginError> {
        let lock = self.lock(id)?;
        self.bury(id, clock)?;
        let record = RunRecord::started(id.clone(), trigger, clock.now_ms(), process::own());
        let folder = self.runs_folder(id);
        let file = folder.join(format!("{}.json", record.run));
        fs::create_dir_all(&folder).map_err(|source| WriteError::of(&folder, source))?;
        write(&file, &record)?;
        prune(&folder)?;
        Ok(ActiveRun { _lock: lock, file, record })
    }

    /// Takes the lock of pipeline `id`, which keeps others from running it.
    ///
    /// # Errors
    ///
    /// [`BeginError::Locked`] names the process that has it.
    pub fn lock(&self, id: &PipelineId) -> Result<Lock, BeginError> {
        let file = self.folder.join("locks").join(format!("{}.lock", file_name(id)));
        Lock::acquire(&file).map_err(|source| BeginError::Locked { id: id.clone(), source })
    }

    /// Writes FAILED into the files of runs of `id` that were killed, when nobody runs it now.
    ///
    /// # Errors
    ///
    /// [`BeginError`] when a file cannot be written, or somebody has just begun to run it.
    pub fn settle(&self, id: &PipelineId, clock: &dyn Clock) -> Result<(), BeginError> {
        let folder = self.runs_folder(id);
        let killed = files(&folder).iter().filter_map(|file| read(file)).any(|run| is_dead(&run));
        if killed {
            let _lock = self.lock(id)?;
            self.bury(id, clock)?;
        }
        Ok(())
    }

    /// Under the lock: no run of this pipeline goes on, whatever their files say.
    fn bury(&self, id: &PipelineId, clock: &dyn Clock) -> Result<(), WriteError> {
        for file in files(&self.runs_folder(id)) {
            if let Some(record) = read(&file)
                && record.state == RunState::Running
            {
                write(&file, &record.killed(Some(clock.now_ms())))?;
            }
        }
        Ok(())
    }

    /// The runs of pipeline `id`, the last one first. Files that cannot be understood are left out.
    pub fn runs(&self, id: &PipelineId) -> Vec<RunRecord> {
        files(&self.runs_folder(id))
            .iter()
            .rev()
            .filter_map(|file| read(file))
            .filter(|record| record.pipeline == *id)
            .map(|record| if is_dead(&record) { record.killed(None) } else { record })
            .collect()
    }

    /// The last run of pipeline `id`.
    pub fn last(&self, id: &PipelineId) -> Option<RunRecord> {
        self.runs(id).into_iter().next()
    }

    /// The last run of pipeline `id` that ended well.
    pub fn last_success(&self, id: &PipelineId) -> Option<RunRecord> {
        self.runs(id).into_iter().find(|run| run.state == RunState::Succeeded)
    }

    fn runs_folder(&self, id: &PipelineId) -> PathBuf {
        self.folder.join("runs").join(file_name(id))
    }
}

/// The state of a pipeline, by its specification and its last run.
pub fn state(has_errors: bool, last: Option<&RunRecord>) -> RunState {
    match last {
        // A run may go on while its specification is edited.
        Some(run) if run.state == RunState::Running => RunState::Running,
        _ if has_errors => RunState::Invalid,
        Some(run) => run.state,
        None => RunState::Init,
    }
}

impl ActiveRun {
    /// The record as it is now.
    pub fn record(&self) -> &RunRecord {
        &self.record
    }

    /// Writes how the run ended, without secrets, and lets go of the pipeline.
    ///
    /// # Errors
    ///
    /// [`WriteError`] when the file cannot be written.
    pub fn finish(
        self,
        outcome: Outcome,
        redactor: &Redactor,
        clock: &dyn Clock,
    ) -> Result<RunRecord, WriteError> {
        let record = self.record.finished(outcome, redactor, clock.now_ms());
        write(&self.file, &record)?;
        if let Some(folder) = self.file.parent() {
            prune(folder)?;
        }
        Ok(record)
    }
}

fn is_dead(record: &RunRecord) -> bool {
    record.state == RunState::Running && !process::lives(&record.process)
}

/// A pipeline's id as the name of a file: `samples%2Fflights`.
fn file_name(id: &PipelineId) -> String {
    let mut name = String::new();
    for (at, byte) in id.short().bytes().enumerate() {
        let plain =
            byte.is_ascii_alphanumeric() || b"_-".contains(&byte) || (byte == b'.' && at > 0);
        if plain {
            name.push(char::from(byte));
        } else {
            name.push_str(&format!("%{byte:02X}"));
        }
    }
    if name.len() > limits::NAME_BYTES_MAX {
        name.truncate(limits::NAME_BYTES_MAX);
        name.push('~');
        name.push_str(&crate::dirty::digest(id.short().as_bytes()));
    }
    name
}

/// The files of runs in `folder`, the first one first: their names begin with their time.
fn files(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let mut files: Vec<PathBuf> = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension() == Some(OsStr::new("json")))
        .collect();
    files.sort();
    files
}

fn read(file: &Path) -> Option<RunRecord> {
    let mut bytes = Vec::new();
    fs::File::open(file).ok()?.take(limits::RECORD_READ_MAX).read_to_end(&mut bytes).ok()?;
    let record = serde_json::from_slice::<RunRecord>(&bytes).ok()?;
    (record.version == record::VERSION).then_some(record)
}

fn write(file: &Path, record: &RunRecord) -> Result<(), WriteError> {
    let folder = file.parent().unwrap_or(file);
    let json: Json = serde_json::to_value(record).expect("a record holds only what JSON can write");
    let text = format!("{json:#}\n");
    let replace = || -> io::Result<()> {
        let mut temporary = tempfile::Builder::new().prefix(".run-").tempfile_in(folder)?;
        temporary.write_all(text.as_bytes())?;
        temporary.persist(file)?;
        Ok(())
    };
    replace().map_err(|source| WriteError::of(file, source))
}

/// Removes old runs, but not the last good one, by which changes are told.
fn prune(folder: &Path) -> Result<(), WriteError> {
    let mut kept = 0;
    let mut bytes = 0;
    let mut good_is_kept = false;
    for file in files(folder).into_iter().rev() {
        let size = fs::metadata(&file).map_or(0, |metadata| metadata.len());
        kept += 1;
        bytes += size;
        let fits = kept <= limits::RUNS_MAX && bytes <= limits::PIPELINE_BYTES_MAX;
        if fits && good_is_kept {
            continue;
        }
        let good = read(&file).is_some_and(|run| run.state == RunState::Succeeded);
        if fits || (good && !good_is_kept) || kept == 1 {
            good_is_kept |= good;
            continue;
        }
        fs::remove_file(&file).map_err(|source| WriteError::of(&file, source))?;
    }
    Ok(())
}

/// Why a run did not begin.
#[derive(Debug, thiserror::Error)]
pub enum BeginError {
    #[error("pipeline `{id}` is already running")]
    Locked { id: PipelineId, source: LockError },
    #[error(transparent)]
    Write(#[from] WriteError),
}

impl Fault for BeginError {
    fn code(&self) -> &'static str {
        match self {
            Self::Locked { source, .. } => match source {
                LockError::Held { .. } => "PIPELINE_RUNNING",
                LockError::Failed { .. } => source.code(),
            },
            Self::Write(error) => error.code(),
        }
    }

    fn kind(&self) -> Kind {
        match self {
            Self::Locked { source, .. } => source.kind(),
            Self::Write(error) => error.kind(),
        }
    }

    fn help(&self) -> Option<String> {
        match self {
            Self::Locked { source, .. } => source.help(),
            Self::Write(_) => None,
        }
    }
}

/// The history of a run could not be written.
#[derive(Debug, thiserror::Error)]
#[error("failed to write the history in `{path}`")]
pub struct WriteError {
    path: String,
    source: io::Error,
}

impl WriteError {
    fn of(path: &Path, source: io::Error) -> Self {
        Self { path: path.display().to_string(), source }
    }
}

impl Fault for WriteError {
    fn code(&self) -> &'static str {
        "HISTORY_NOT_WRITTEN"
    }

    fn kind(&self) -> Kind {
        Kind::Unavailable
    }
}

#[cfg(test)]
mod tests;
