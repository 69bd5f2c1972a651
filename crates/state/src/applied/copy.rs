//! A snapshot: one consistent copy of the applied state in one file.
//!
//! A head of 64 bytes, then the bytes of the database. Whatever follows the length that the head
//! names is not part of it.

use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom, Write};
use std::path::Path;

use sha2::{Digest, Sha256};

use super::Point;
use super::file::{self, Generation};
use crate::fault::StoreError;
use crate::limits;
use crate::sqlite;

const MAGIC: &[u8; 15] = b"thorp snapshot\n";
const VERSION: u8 = 1;
const HEAD_BYTES: usize = 64;
const CHUNK_BYTES: usize = 256 * 1024;

/// What a copy holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Copy {
    pub(crate) point: Point,
}

/// Writes the copy into the new file `to`.
pub(super) fn write(generation: &Generation, to: &Path) -> Result<Copy, StoreError> {
    let mut body = to.as_os_str().to_owned();
    body.push(".body");
    let body = Path::new(&body);
    if to.exists() {
        return Err(StoreError::Exists { file: to.display().to_string() });
    }
    forget(body);
    let name = body.display().to_string();
    generation.with(|reader| reader.execute("VACUUM INTO ?", [&name]).map(drop))?;
    let packed = pack(body, to).and_then(|()| {
        let point =
            file::read_point(&sqlite::open_reader(body, limits::MEMORY_WITNESS.pages)?, body)?;
        Ok(Copy { point })
    });
    forget(body);
    if packed.is_err() {
        forget(to);
    }
    packed
}

fn forget(path: &Path) {
    match std::fs::remove_file(path) {
        Ok(()) => {}
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
        Err(error) => tracing::warn!(path = %path.display(), %error, "failed to remove"),
    }
}

fn pack(body: &Path, to: &Path) -> Result<(), StoreError> {
    let failed = |source| sqlite::io("write", to, source);
    let mut from = File::open(body).map_err(|source| sqlite::io("read", body, source))?;
    let mut packed = File::create_new(to).map_err(failed)?;
    packed.write_all(&[0; HEAD_BYTES]).map_err(failed)?;
    let (bytes, digest) = pour(&mut from, &mut packed).map_err(failed)?;
    packed.seek(SeekFrom::Start(0)).map_err(failed)?;
    packed.write_all(&head(bytes, &digest)).map_err(failed)
}

/// Checks the copy `from`, and writes its database to `body`, durably.
pub(super) fn unpack(mut from: File, body: &Path) -> Result<(), StoreError> {
    let name = Path::new("snapshot");
    let unreadable = |source| sqlite::io("read", name, source);
    let damaged = |reason: &str| StoreError::Damaged {
        file: name.display().to_string(),
        reason: reason.to_owned(),
    };
    from.seek(SeekFrom::Start(0)).map_err(unreadable)?;
    let mut packed = BufReader::new(from);
    let mut found = [0; HEAD_BYTES];
    packed.read_exact(&mut found).map_err(unreadable)?;
    let rest = found.strip_prefix(MAGIC).ok_or_else(|| damaged("it is no snapshot"))?;
    let (version, rest) = rest.split_first().ok_or_else(|| damaged("it has no version"))?;
    if *version > VERSION {
        let (found, known) = (i64::from(*version), i64::from(VERSION));
        return Err(StoreError::Newer { file: name.display().to_string(), found, known });
    }
    let length = rest.first_chunk::<8>().ok_or_else(|| damaged("it has no length"))?;
    let length = u64::from_be_bytes(*length);
    let failed = |source| sqlite::io("write", body, source);
    let mut to = File::create(body).map_err(failed)?;
    let (bytes, digest) = pour(&mut packed.take(length), &mut to).map_err(failed)?;
    if head(bytes, &digest) != found {
        forget(body);
        return Err(damaged("its checksum is wrong"));
    }
    to.sync_all().map_err(failed)
}

fn head(bytes: u64, digest: &[u8]) -> [u8; HEAD_BYTES] {
    let length = bytes.to_be_bytes();
    let written = MAGIC.iter().chain(&[VERSION]).chain(&length).chain(digest);
    let mut head = [0; HEAD_BYTES];
    for (place, byte) in head.iter_mut().zip(written) {
        *place = *byte;
    }
    head
}

/// Copies to the end, and says how much that was and its SHA-256.
fn pour(from: &mut impl Read, to: &mut impl Write) -> std::io::Result<(u64, Vec<u8>)> {
    let mut hasher = Sha256::new();
    let mut chunk = vec![0; CHUNK_BYTES];
    let mut bytes = 0;
    loop {
        let read = from.read(&mut chunk)?;
        let Some(piece) = chunk.get(..read).filter(|piece| !piece.is_empty()) else {
            return Ok((bytes, hasher.finalize().to_vec()));
        };
        hasher.update(piece);
        to.write_all(piece)?;
        bytes += u64::try_from(read).unwrap_or(0);
    }
}
