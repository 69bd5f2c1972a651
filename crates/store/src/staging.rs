//! Outputs on the local disk that appear together or not at all.
//!
//! Files are written into a hidden folder on the file system of their target, synced, and renamed
//! at the end. What is to be renamed is a value that goes into a journal first, so that a run which
//! dies in between can be finished by another one.

mod renames;

use std::collections::BTreeMap;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Seek, SeekFrom, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use model::fault::{Fault, Kind};

use crate::durable::sync_all;
use crate::limits;
use crate::location::{self, UnsafePath};

pub use renames::{Rename, Renames, apply_renames, discard_renames};

/// How the names of all staging folders begin.
pub const FOLDER_PREFIX: &str = ".thorp-stage-";

/// A set of files that is being written; dropping it removes them.
#[derive(Debug)]
pub struct Staging {
    target: PathBuf,
    run: String,
    /// One staging folder for each file system, by its device number.
    folders: BTreeMap<u64, PathBuf>,
    renames: Vec<Rename>,
}

/// A staged file, to be written. Wrap it in a buffer.
#[derive(Debug)]
pub struct StagedFile {
    file: File,
    /// Where it will be.
    path: PathBuf,
}

/// Why an output could not be staged or put in place.
#[derive(Debug, thiserror::Error)]
pub enum StagingError {
    #[error("output was refused")]
    Unsafe(#[from] UnsafePath),
    #[error("no permission to write `{path}`")]
    Denied {
        path: String,
        #[source]
        source: io::Error,
    },
    #[error("no room left to write `{path}`")]
    Full {
        path: String,
        #[source]
        source: io::Error,
    },
    #[error("`{path}` is a folder, where a file should be written")]
    Folder { path: String },
    #[error("`{path}` is a file, where a folder is needed")]
    NotAFolder { path: String },
    #[error("staged file `{staged}` is lost, and `{path}` does not exist")]
    Lost { staged: String, path: String },
    #[error("`{path}` is no staging folder")]
    Foreign { path: String },
    #[error("failed to write `{path}`")]
    Write {
        path: String,
        #[source]
        source: io::Error,
    },
}

impl StagingError {
    /// Names the path with which the system had trouble, and the trouble when it is a common one.
    pub(crate) fn of(path: &Path, source: io::Error) -> Self {
        let path = path.display().to_string();
        match source.kind() {
            io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
                Self::Denied { path, source }
            }
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
                Self::Full { path, source }
            }
            io::ErrorKind::IsADirectory => Self::Folder { path },
            io::ErrorKind::NotADirectory => Self::NotAFolder { path },
            _ => Self::Write { path, source },
        }
    }
}

impl Fault for StagingError {
    fn code(&self) -> &'static str {
        match self {
            Self::Unsafe(error) => error.code(),
            Self::Denied { .. } => "OUTPUT_DENIED",
            Self::Full { .. } => "OUTPUT_FULL",
            _ => "STAGING_FAILED",
        }
    }

    fn kind(&self) -> Kind {
        match self {
            Self::Unsafe(error) => error.kind(),
            Self::Denied { .. } => Kind::Denied,
            Self::Full { .. } => Kind::Limit,
            Self::Folder { .. } | Self::NotAFolder { .. } | Self::Foreign { .. } => Kind::Invalid,
            Self::Lost { .. } => Kind::Conflict,
            Self::Write { .. } => Kind::Unavailable,
        }
    }

    fn help(&self) -> Option<String> {
        match self {
            Self::Unsafe(error) => error.help(),
            Self::Denied { path, .. } => {
                Some(format!("make the folder of `{path}` writable, or choose another `out_path`"))
            }
            Self::Full { path, .. } => {
                Some(format!("make room on the disk of `{path}`; nothing there was changed"))
            }
            Self::Folder { .. } | Self::NotAFolder { .. } => {
                Some("move it away, or choose another `out_path`".into())
            }
            Self::Lost { .. } => Some("run again with `--force`".into()),
            Self::Foreign { .. } | Self::Write { .. } => None,
        }
    }
}

impl Staging {
    /// Prepares to write below `target`, which need not exist. `run` tells apart the runs.
    ///
    /// # Errors
    ///
    /// [`StagingError`] when nothing can be written there.
    pub fn create(target: &Path, run: &str) -> Result<Self, StagingError> {
        location::check_relative(run)?;
        let target =
            std::path::absolute(target).map_err(|error| StagingError::of(target, error))?;
        let mut staging =
            Self { target, run: run.into(), folders: BTreeMap::new(), renames: Vec::new() };
        let probe = staging.target.clone();
        staging.folder_beside(&probe)?;
        Ok(staging)
    }

    /// Opens a new file that will be at `relative` below the target.
    ///
    /// # Errors
    ///
    /// [`StagingError`] when the path leads out of the target, or cannot be a file.
    pub fn file(&mut self, relative: &str) -> Result<StagedFile, StagingError> {
        location::check_relative(relative)?;
        let mut path = self.target.join(relative);
        match fs::symlink_metadata(&path) {
            // A link stays; what it leads to is replaced.
            Ok(metadata) if metadata.is_symlink() => {
                path = fs::canonicalize(&path).unwrap_or(path);
            }
            _ => {}
        }
        if path.is_dir() || relative.ends_with('/') {
            return Err(StagingError::Folder { path: path.display().to_string() });
        }
        let folder = self.folder_beside(path.parent().unwrap_or(&path))?;
        let staged = folder.join(self.renames.len().to_string());
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create_new(true)
            .mode(limits::FILE_MODE)
            .open(&staged)
            .map_err(|error| StagingError::of(&path, error))?;
        self.renames.push(Rename { staged, path: path.clone() });
        Ok(StagedFile { file, path })
    }

    /// Gives the file that was opened last another place: `relative` below the target.
    ///
    /// # Errors
    ///
    /// [`StagingError`] when the path leads out of the target, or cannot be a file.
    pub fn move_last(&mut self, relative: &str) -> Result<(), StagingError> {
        location::check_relative(relative)?;
        let path = self.target.join(relative);
        if path.is_dir() || relative.ends_with('/') {
            return Err(StagingError::Folder { path: path.display().to_string() });
        }
        if let Some(last) = self.renames.last_mut() {
            last.path = path;
        }
        Ok(())
    }

    /// What is staged so far: recorded early, it lets another process remove it.
    pub fn record(&self) -> Renames {
        Renames { folders: self.folders.values().cloned().collect(), renames: self.renames.clone() }
    }

    /// Syncs all files to the disk and gives what is left to do; from now on nobody removes the
    /// files but [`apply_renames`] and [`discard_renames`].
    ///
    /// # Errors
    ///
    /// [`StagingError`] when the disk does not take them; then they are removed.
    pub fn seal(mut self) -> Result<Renames, StagingError> {
        // What to sync, and what to call it when that fails.
        let mut synced: Vec<(&Path, &Path)> = Vec::new();
        synced.extend(self.renames.iter().map(|one| (one.staged.as_path(), one.path.as_path())));
        for folder in self.folders.values() {
            let parent = folder.parent().unwrap_or(folder);
            synced.extend([(folder.as_path(), folder.as_path()), (parent, parent)]);
        }
        let paths: Vec<&Path> = synced.iter().map(|(path, _)| *path).collect();
        sync_all(&paths).map_err(|(index, error)| {
            let path = synced.get(index).map_or(Path::new(""), |(_, named)| named);
            StagingError::of(path, error)
        })?;
        let record = self.record();
        self.folders.clear();
        Ok(record)
    }

    /// Removes everything that was staged.
    pub fn discard(self) {
        drop(self);
    }

    /// The staging folder on the file system where `wanted` is, or will be made.
    fn folder_beside(&mut self, wanted: &Path) -> Result<PathBuf, StagingError> {
        let mut existing = wanted;
        let metadata = loop {
            match fs::metadata(existing) {
                Ok(metadata) => break metadata,
                Err(error) if error.kind() == io::ErrorKind::NotFound => {
                    existing = existing.parent().ok_or_else(|| StagingError::of(wanted, error))?;
                }
                Err(error) => return Err(StagingError::of(existing, error)),
            }
        };
        if !metadata.is_dir() {
            return Err(StagingError::NotAFolder { path: existing.display().to_string() });
        }
        if let Some(folder) = self.folders.get(&metadata.dev()) {
            return Ok(folder.clone());
        }
        let folder = self.make_folder(existing)?;
        self.folders.insert(metadata.dev(), folder.clone());
        Ok(folder)
    }

    /// Several steps of a run may write to one place, so the name may need a number.
    fn make_folder(&self, parent: &Path) -> Result<PathBuf, StagingError> {
        let mut number = 1;
        loop {
            let suffix = if number == 1 { String::new() } else { format!("-{number}") };
            let folder = parent.join(format!("{FOLDER_PREFIX}{}{suffix}", self.run));
            match DirBuilder::new().mode(0o700).create(&folder) {
                Ok(()) => return Ok(folder),
                Err(error)
                    if error.kind() == io::ErrorKind::AlreadyExists
                        && number < limits::STAGING_FOLDERS_MAX =>
                {
                    number += 1;
                }
                Err(error) => return Err(StagingError::of(parent, error)),
            }
        }
    }
}

impl Drop for Staging {
    fn drop(&mut self) {
        for folder in self.folders.values() {
            if let Err(error) = fs::remove_dir_all(folder) {
                tracing::warn!(folder = %folder.display(), %error, "staging folder not removed");
            }
        }
    }
}

impl StagedFile {
    /// Where the file will be.
    pub fn path(&self) -> &Path {
        &self.path
    }

    fn explain(&self, error: io::Error) -> io::Error {
        if error.kind() == io::ErrorKind::Interrupted {
            return error;
        }
        io::Error::new(error.kind(), StagingError::of(&self.path, error))
    }
}

impl Write for StagedFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes).map_err(|error| self.explain(error))
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush().map_err(|error| self.explain(error))
    }
}

impl io::Read for StagedFile {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.file.read(buffer).map_err(|error| self.explain(error))
    }
}

impl Seek for StagedFile {
    fn seek(&mut self, position: SeekFrom) -> io::Result<u64> {
        self.file.seek(position).map_err(|error| self.explain(error))
    }
}

#[cfg(test)]
mod tests;
