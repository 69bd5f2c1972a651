//! The modules that steps import, unpacked from the binary into a folder named by their content.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use include_dir::{Dir, File, include_dir};
use model::fault::{Fault, Kind};
use sha2::{Digest, Sha256};

static FILES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/python");

/// The modules could not be unpacked.
#[derive(Debug, thiserror::Error)]
#[error("failed to write `{}`", path.display())]
pub struct UnpackError {
    path: PathBuf,
    #[source]
    source: io::Error,
}

impl Fault for UnpackError {
    fn code(&self) -> &'static str {
        "PYTHON_CACHE_NOT_WRITTEN"
    }

    fn kind(&self) -> Kind {
        Kind::Unavailable
    }

    fn help(&self) -> Option<String> {
        Some("check that the cache folder can be written and the disk is not full".into())
    }
}

/// Makes sure that all files are there, and returns their folder.
///
/// Each file appears whole, by a rename, and a folder has one content for ever. So any number of
/// processes may do this at once, and a file that was deleted or changed comes back.
pub(super) fn unpack(cache: &Path) -> Result<PathBuf, UnpackError> {
    let files = files(&FILES);
    let folder = cache.join(format!("python-{}", fingerprint(&files)));
    for file in files {
        let path = folder.join(file.path());
        write(&path, file.contents()).map_err(|source| UnpackError { path, source })?;
    }
    std::path::absolute(&folder).map_err(|source| UnpackError { path: folder, source })
}

/// All files in order, without what an interpreter left among them.
fn files<'a>(folder: &'a Dir<'a>) -> Vec<&'a File<'a>> {
    let mut found: Vec<_> = folder.files().filter(|file| is_source(file.path())).collect();
    for inner in folder.dirs() {
        found.extend(files(inner));
    }
    found.sort_by_key(|file| file.path());
    found
}

fn is_source(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "py")
}

fn fingerprint(files: &[&File<'_>]) -> String {
    let mut hasher = Sha256::new();
    for file in files {
        let path = file.path().as_os_str().as_encoded_bytes();
        for part in [path, file.contents()] {
            hasher.update(part.len().to_le_bytes());
            hasher.update(part);
        }
    }
    hasher.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

fn write(path: &Path, content: &[u8]) -> io::Result<()> {
    static PARTS: AtomicU64 = AtomicU64::new(0);

    if fs::read(path).is_ok_and(|found| found == content) {
        return Ok(());
    }
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let number = PARTS.fetch_add(1, Ordering::Relaxed);
    let part = path.with_extension(format!("{}-{number}.part", std::process::id()));
    fs::write(&part, content)?;
    fs::rename(&part, path)
}
