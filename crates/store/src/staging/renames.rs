//! The last step of an output: staged files are renamed, again and again until all are in place.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::{FOLDER_PREFIX, StagingError};
use crate::durable::sync_all;

/// One staged file and where it belongs.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Rename {
    pub staged: PathBuf,
    pub path: PathBuf,
}

/// Everything that is staged by one sink; goes into the journal.
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
pub struct Renames {
    /// The staging folders, to be removed at the end.
    pub folders: Vec<PathBuf>,
    /// In the order in which they are to be done.
    pub renames: Vec<Rename>,
}

/// Puts all files in place. May be repeated after a crash at any moment: a staged file that is gone
/// while its final one is there counts as done.
///
/// # Errors
///
/// [`StagingError`]; what was not renamed is still staged, so that the call can be repeated when
/// the cause is removed.
pub fn apply_renames(renames: &Renames) -> Result<(), StagingError> {
    check_folders(renames)?;
    let mut changed = BTreeSet::new();
    for rename in &renames.renames {
        let folder = rename.path.parent().unwrap_or(Path::new("/"));
        make_folders(folder, &mut changed)?;
        put_in_place(rename)?;
        changed.insert(folder.to_owned());
    }
    let changed: Vec<PathBuf> = changed.into_iter().collect();
    sync_all(&changed).map_err(|(index, error)| {
        StagingError::of(changed.get(index).map_or(Path::new(""), PathBuf::as_path), error)
    })?;
    remove_folders(renames)
}

/// Removes all staged files; what is in place stays as it is.
///
/// # Errors
///
/// [`StagingError`] when a folder cannot be removed.
pub fn discard_renames(renames: &Renames) -> Result<(), StagingError> {
    check_folders(renames)?;
    remove_folders(renames)
}

/// A journal is a file that somebody may have changed; nothing but our own folders is removed.
fn check_folders(renames: &Renames) -> Result<(), StagingError> {
    for folder in &renames.folders {
        let name = folder.file_name().unwrap_or_default().to_string_lossy();
        if !folder.is_absolute() || !name.starts_with(FOLDER_PREFIX) {
            return Err(StagingError::Foreign { path: folder.display().to_string() });
        }
    }
    for Rename { staged, .. } in &renames.renames {
        if !staged.parent().is_some_and(|parent| renames.folders.iter().any(|f| f == parent)) {
            return Err(StagingError::Foreign { path: staged.display().to_string() });
        }
    }
    Ok(())
}

/// Makes `folder` and those above it that are missing, and notes whose content has changed.
fn make_folders(folder: &Path, changed: &mut BTreeSet<PathBuf>) -> Result<(), StagingError> {
    let missing: Vec<_> = folder.ancestors().take_while(|folder| !folder.exists()).collect();
    for folder in missing.into_iter().rev() {
        match fs::create_dir(folder) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
                return Err(StagingError::of(folder, error));
            }
            _ => changed.extend([folder.parent().unwrap_or(folder).to_owned()]),
        }
    }
    Ok(())
}

fn put_in_place(rename: &Rename) -> Result<(), StagingError> {
    let Rename { staged, path } = rename;
    match fs::rename(staged, path) {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            // Done before, by a run that died later.
            if path.is_file() {
                return Ok(());
            }
            let (staged, path) = (staged.display().to_string(), path.display().to_string());
            Err(StagingError::Lost { staged, path })
        }
        Err(error) => Err(StagingError::of(path, error)),
    }
}

fn remove_folders(renames: &Renames) -> Result<(), StagingError> {
    for folder in &renames.folders {
        match fs::remove_dir_all(folder) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(StagingError::of(folder, error));
            }
            _ => {}
        }
    }
    Ok(())
}
