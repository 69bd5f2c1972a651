//! Makes files and the names in folders survive a loss of power, several at once.

use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use crate::limits;

/// Syncs every one of `paths`, files or folders. A file system commits what is asked for at the
/// same time in one go, so that ten take hardly longer than one.
///
/// # Errors
///
/// The first failure, with the index of its path.
pub(crate) fn sync_all<P: AsRef<Path> + Sync>(paths: &[P]) -> Result<(), (usize, io::Error)> {
    let next = AtomicUsize::new(0);
    let failure = Mutex::new(None);
    let work = || {
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            let Some(path) = paths.get(index) else { return };
            if let Err(error) = sync(path.as_ref()) {
                let mut failure = failure.lock().expect("nobody panics with the lock");
                failure.get_or_insert((index, error));
            }
        }
    };
    let helpers = paths.len().min(limits::SYNC_THREADS_MAX).saturating_sub(1);
    thread::scope(|scope| {
        for _ in 0..helpers {
            let thread = thread::Builder::new().name("sync".into());
            if let Err(error) = thread.spawn_scoped(scope, work) {
                tracing::debug!(%error, "the other threads take the share of one more");
            }
        }
        work();
    });
    failure.into_inner().expect("nobody panics with the lock").map_or(Ok(()), Err)
}

fn sync(path: &Path) -> io::Result<()> {
    let file = File::open(path)?;
    match file.sync_all() {
        // Some file systems have no such thing for folders, and then none is needed.
        Err(error) if error.kind() == io::ErrorKind::InvalidInput && path.is_dir() => Ok(()),
        synced => synced,
    }
}

#[cfg(test)]
mod tests {
    use super::sync_all;

    #[test]
    fn what_is_missing_is_named_among_many() {
        let folder = tempfile::tempdir().unwrap();
        let mut paths: Vec<_> = (0..40).map(|n| folder.path().join(n.to_string())).collect();
        paths.iter().for_each(|path| std::fs::write(path, "x").unwrap());
        paths.push(folder.path().to_owned());
        assert!(sync_all(&paths).is_ok());
        std::fs::remove_file(&paths[33]).unwrap();
        assert_eq!(sync_all(&paths).unwrap_err().0, 33);
    }
}
