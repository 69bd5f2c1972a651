//! One file of the log: a sector that says what it is, frames behind it, and room for more.
//!
//! A file has its full length from the beginning, so that a write behind it changes nothing but
//! bytes: a sync of those takes a half to a third of the time of one that also has to keep a new
//! length. When the records in it were cut it becomes a spare, and later the next file. Nothing
//! in it counts then, because a new salt is in its head.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use bytes::{Buf, BufMut};
use serde::{Deserialize, Serialize};
use structures::encoding;

use super::frame::{Name, SECTOR_BYTES};
use super::record::{Position, Vote};
use crate::fault::StoreError;
use crate::sqlite::io;

const MAGIC: &[u8; 8] = b"thorplog";
const FORMAT: u32 = 1;
const SEGMENT: &str = "log.";
const SPARE: &str = "log.spare.";
/// What a file is called while it is made.
const UNFINISHED: &str = "log.new";
/// Magic, format, checksum and the length of the rest.
const HEAD_FIXED_BYTES: usize = 20;

/// What a file says of itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Head {
    /// Whose log it is.
    pub(super) node: u64,
    /// The how manieth file it is.
    pub(super) segment: u64,
    /// Drawn anew for each file: frames of another one do not count.
    pub(super) salt: u64,
    /// The number of its first frame.
    pub(super) first_frame: u64,
    /// What the files before it said last, which may be gone.
    pub(super) vote: Option<Vote>,
    pub(super) purged: Option<Position>,
}

impl Head {
    pub(super) fn write(&self) -> Vec<u8> {
        let body = encoding::encode(self);
        let mut bytes = Vec::with_capacity(SECTOR_BYTES);
        bytes.put_slice(MAGIC);
        bytes.put_u32(FORMAT);
        bytes.put_u32(crc32fast::hash(&body));
        bytes.put_u32(u32::try_from(body.len()).expect("a head is short"));
        bytes.put_slice(&body);
        bytes.resize(SECTOR_BYTES, 0);
        bytes
    }

    /// Reads what [`Head::write`] wrote.
    pub(super) fn read(bytes: &[u8], path: &Path) -> Result<Self, StoreError> {
        let damaged = |reason: &str| StoreError::Damaged {
            file: path.display().to_string(),
            reason: reason.to_owned(),
        };
        let Some(mut rest) = bytes.strip_prefix(MAGIC) else {
            return Err(damaged("it does not begin as a file of the log"));
        };
        let Some(mut fields) = rest.split_off(..HEAD_FIXED_BYTES - MAGIC.len()) else {
            return Err(damaged("it is cut"));
        };
        let format = fields.get_u32();
        if format > FORMAT {
            let (file, found) = (path.display().to_string(), i64::from(format));
            return Err(StoreError::Newer { file, found, known: i64::from(FORMAT) });
        }
        let (checksum, length) = (fields.get_u32(), fields.get_u32());
        let body = usize::try_from(length).ok().and_then(|length| rest.get(..length));
        match body {
            Some(body) if crc32fast::hash(body) == checksum => {
                encoding::decode(body).map_err(|error| damaged(&error.to_string()))
            }
            _ => Err(damaged("the checksum of its head is wrong")),
        }
    }

    /// The name of its frame `number`.
    pub(super) fn frame(&self, number: u64) -> Name {
        Name { salt: self.salt, number }
    }
}

/// A file that is written.
#[derive(Debug)]
pub(super) struct Segment {
    pub(super) head: Head,
    pub(super) path: PathBuf,
    file: File,
    /// Where the next frame goes.
    pub(super) end: usize,
    bytes: usize,
}

impl Segment {
    /// Makes a file of so many bytes.
    pub(super) fn make(dir: &Path, head: Head, bytes: usize) -> Result<Self, StoreError> {
        let made = dir.join(UNFINISHED);
        let failed = |source| io("write", &made, source);
        let mut file = File::create(&made).map_err(failed)?;
        file.write_all(&head.write()).map_err(failed)?;
        let zeros = vec![0; 64 * 1024];
        let mut left = bytes - SECTOR_BYTES;
        while left > 0 {
            let some = zeros.get(..left.min(zeros.len())).unwrap_or(&zeros);
            file.write_all(some).map_err(failed)?;
            left -= some.len();
        }
        file.sync_all().map_err(failed)?;
        Self::named(dir, head, file, &made, bytes)
    }

    /// Makes a spare, which has so many bytes, the next file.
    pub(super) fn reuse(
        dir: &Path,
        head: Head,
        spare: &Path,
        bytes: usize,
    ) -> Result<Self, StoreError> {
        let failed = |source| io("write", spare, source);
        let file = OpenOptions::new().write(true).open(spare).map_err(failed)?;
        file.write_all_at(&head.write(), 0).map_err(failed)?;
        file.sync_data().map_err(failed)?;
        Self::named(dir, head, file, spare, bytes)
    }

    /// Gives a file its name, durably: what has the name of a file of the log is one.
    fn named(
        dir: &Path,
        head: Head,
        file: File,
        from: &Path,
        bytes: usize,
    ) -> Result<Self, StoreError> {
        let path = path(dir, head.segment);
        crate::testing::reach("log-file-before-rename");
        std::fs::rename(from, &path).map_err(|source| io("rename", from, source))?;
        sync_dir(dir)?;
        crate::testing::reach("log-file-after-rename");
        Ok(Self { head, path, file, end: SECTOR_BYTES, bytes })
    }

    /// Opens the last file to write behind `end`. What is there may be in memory only, if the
    /// process that wrote it was killed, so it is synced before anybody relies on it.
    pub(super) fn open(
        path: PathBuf,
        head: Head,
        end: usize,
        bytes: usize,
    ) -> Result<Self, StoreError> {
        let file = OpenOptions::new().write(true).open(&path);
        let file = file.and_then(|file| file.sync_data().map(|()| file));
        let file = file.map_err(|source| io("open", &path, source))?;
        Ok(Self { head, path, file, end, bytes })
    }

    pub(super) fn has_room(&self, bytes: usize) -> bool {
        self.end + bytes <= self.bytes
    }

    /// Writes a frame behind the others, durably. Who fails may write it again.
    pub(super) fn append(&mut self, frame: &[u8]) -> Result<(), StoreError> {
        let failed = |source| io("write", &self.path, source);
        let at = u64::try_from(self.end).unwrap_or(u64::MAX);
        self.file.write_all_at(frame, at).map_err(failed)?;
        self.file.sync_data().map_err(failed)?;
        self.end += frame.len();
        Ok(())
    }
}

/// Where the file `number` is.
pub(super) fn path(dir: &Path, number: u64) -> PathBuf {
    dir.join(format!("{SEGMENT}{number}"))
}

/// The number of the file that [`path`] calls so.
pub(super) fn number(path: &Path) -> Option<u64> {
    name(path)?.strip_prefix(SEGMENT)?.parse().ok()
}

/// Whether a file is a spare, or one that was not finished.
pub(super) fn is_other(path: &Path) -> bool {
    is_spare(path) || name(path) == Some(UNFINISHED)
}

pub(super) fn is_spare(path: &Path) -> bool {
    name(path).is_some_and(|name| name.starts_with(SPARE))
}

fn name(path: &Path) -> Option<&str> {
    path.file_name()?.to_str()
}

/// How long a file must be to hold a frame of so many bytes.
pub(super) fn length_for(frame_bytes: usize) -> usize {
    SECTOR_BYTES + frame_bytes
}

/// Makes a spare of the file `number`, and says where it is; not durably.
pub(super) fn make_spare(dir: &Path, number: u64) -> Result<PathBuf, StoreError> {
    let (path, spare) = (path(dir, number), dir.join(format!("{SPARE}{number}")));
    std::fs::rename(&path, &spare).map_err(|source| io("rename", &path, source))?;
    Ok(spare)
}

/// Makes names of files durable.
pub(super) fn sync_dir(dir: &Path) -> Result<(), StoreError> {
    let synced = File::open(dir).and_then(|dir| dir.sync_all());
    synced.map_err(|source| io("sync", dir, source))
}
