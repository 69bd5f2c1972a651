//! Files that only their owner reads, and that are replaced whole or not at all.

use std::fs::{self, File, Permissions};
use std::io::{self, Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

/// Mode of a file with a secret.
pub(crate) const OWNER_ONLY: u32 = 0o600;
/// Mode of a file that everybody may read.
pub(crate) const READABLE: u32 = 0o644;

/// Writes `text` to `path`, which holds the old or the new bytes whatever happens, and survives a
/// loss of power.
pub(crate) fn replace(path: &Path, text: &[u8], mode: u32) -> io::Result<()> {
    let file = staged(path, text, mode)?;
    file.persist(path).map_err(|error| error.error)?;
    sync_folder(path)
}

/// Writes `text` to `path` unless there is a file already; says whether it did.
pub(crate) fn create(path: &Path, text: &[u8], mode: u32) -> io::Result<bool> {
    let file = staged(path, text, mode)?;
    match file.persist_noclobber(path) {
        Ok(_) => sync_folder(path).map(|()| true),
        Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => Ok(false),
        Err(error) => Err(error.error),
    }
}

fn staged(path: &Path, text: &[u8], mode: u32) -> io::Result<tempfile::NamedTempFile> {
    let mut file = tempfile::Builder::new().prefix(".new-").tempfile_in(folder_of(path))?;
    file.write_all(text)?;
    file.as_file().set_permissions(Permissions::from_mode(mode))?;
    file.as_file().sync_all()?;
    Ok(file)
}

fn sync_folder(path: &Path) -> io::Result<()> {
    File::open(folder_of(path))?.sync_all()
}

fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    }
}

/// The text of `path` when there is such a file; one of more than `bytes_max` bytes is refused.
pub(crate) fn read(path: &Path, bytes_max: u64) -> io::Result<Option<String>> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let mut bytes = Vec::new();
    file.take(bytes_max + 1).read_to_end(&mut bytes)?;
    if u64::try_from(bytes.len()).is_ok_and(|count| count > bytes_max) {
        let text = format!("it has more than {bytes_max} bytes");
        return Err(io::Error::new(io::ErrorKind::InvalidData, text));
    }
    let text = String::from_utf8(bytes);
    text.map(Some).map_err(|_| io::Error::new(io::ErrorKind::InvalidData, "it is not text"))
}

/// Takes the rights of everybody else away from `path`.
pub(crate) fn close_to_others(path: &Path) -> io::Result<()> {
    let mode = fs::metadata(path)?.permissions().mode();
    if mode & 0o077 == 0 {
        return Ok(());
    }
    tracing::warn!(path = %path.display(), mode = %format_args!("{mode:o}"),
        "others could read a secret file; it is closed to them now");
    fs::set_permissions(path, Permissions::from_mode(mode & 0o700))
}

/// Makes a folder for its owner alone, and the ones above it.
pub(crate) fn make_folder(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    fs::DirBuilder::new().recursive(true).mode(0o700).create(path)
}
