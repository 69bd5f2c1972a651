//! A file of the log that is read in order, of which little is in memory at a time.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use bytes::Bytes;

use super::frame::{self, Frame, Name, SECTOR_BYTES};
use crate::fault::StoreError;
use crate::sqlite::io;

/// How much is in memory, unless a frame is larger.
const BYTES: usize = 128 * 1024;

#[derive(Debug)]
pub(super) struct Window {
    file: File,
    path: PathBuf,
    /// Of the file.
    pub(super) length: usize,
    /// Where in the file `bytes` begin.
    from: usize,
    bytes: Bytes,
}

impl Window {
    pub(super) fn open(path: &Path) -> Result<Self, StoreError> {
        let failed = |source| io("open", path, source);
        let file = File::open(path).map_err(failed)?;
        let length = file.metadata().map_err(failed)?.len();
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        Ok(Self { file, path: path.to_owned(), length, from: 0, bytes: Bytes::new() })
    }

    /// What lies at `at`: at least so many bytes, unless the file ends before.
    pub(super) fn at(&mut self, at: usize, bytes: usize) -> Result<Bytes, StoreError> {
        let wanted = at..at.saturating_add(bytes).min(self.length).max(at);
        if wanted.start < self.from || wanted.end > self.from + self.bytes.len() {
            let end = at.saturating_add(bytes.max(BYTES)).min(self.length).max(at);
            let mut read = vec![0; end - at];
            let position = u64::try_from(at).unwrap_or(u64::MAX);
            let filled = self.file.read_exact_at(&mut read, position);
            filled.map_err(|source| io("read", &self.path, source))?;
            (self.from, self.bytes) = (at, read.into());
        }
        Ok(self.bytes.slice(at - self.from..))
    }

    /// The frame `name` at `at`; none when it is not there, or not whole.
    pub(super) fn frame(&mut self, at: usize, name: Name) -> Result<Option<Frame>, StoreError> {
        let Some(bytes) = self.claimed(at, name)? else { return Ok(None) };
        frame::read(&self.at(at, bytes)?, name).map_err(|reason| {
            let file = self.path.display().to_string();
            StoreError::Damaged { file, reason }
        })
    }

    /// Whether the frame `name`, or one that follows it, begins at any sector from `from` on.
    pub(super) fn holds_later(&mut self, from: usize, name: Name) -> Result<bool, StoreError> {
        for at in (from..self.length).step_by(SECTOR_BYTES) {
            if let Some(bytes) = self.claimed(at, name)?
                && frame::follows(&self.at(at, bytes)?, name)
            {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// How much a frame at `at` would take, which the file has.
    fn claimed(&mut self, at: usize, name: Name) -> Result<Option<usize>, StoreError> {
        let claimed = frame::claimed(&self.at(at, SECTOR_BYTES)?, name);
        Ok(claimed.filter(|bytes| *bytes <= self.length.saturating_sub(at)))
    }
}
