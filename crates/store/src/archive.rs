//! Zip archives: what is in them, one member as a stream, or all of them in a folder.
//!
//! Names that lead out of the folder, symbolic links and archives that expand without measure are
//! refused.

mod member;

use std::fs::{self, File};
use std::io::{self, BufReader, Write};
use std::path::Path;
use std::sync::Arc;

use model::fault::{Fault, Kind};
use tempfile::TempDir;
use zip::ZipArchive;
use zip::result::ZipError;

use crate::compression::{self, Bytes, Expansion};
use crate::limits;
use crate::location::{self, UnsafePath};

pub use member::Member;

/// An opened zip archive.
#[derive(Debug)]
pub struct Archive {
    name: String,
    file: Arc<File>,
    /// Size of the archive itself.
    bytes: u64,
    members: Vec<Member>,
}

/// Why an archive, or a member of it, could not be read.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    #[error("`{archive}` is not a valid zip archive")]
    Invalid {
        archive: String,
        #[source]
        source: ZipError,
    },
    #[error("`{archive}` has {count} members, more than {}", limits::ARCHIVE_MEMBERS_MAX)]
    TooManyMembers { archive: String, count: usize },
    #[error("`{archive}` holds no file")]
    Empty { archive: String },
    #[error("`{archive}` has no member `{member}`; it has {known}")]
    NoMember { archive: String, member: String, known: String },
    #[error("`{archive}` was refused")]
    Unsafe {
        archive: String,
        #[source]
        source: UnsafePath,
    },
    #[error("`{archive}` was refused: member `{member}` is a symbolic link")]
    Symlink { archive: String, member: String },
    #[error("member `{member}` of `{archive}` is encrypted")]
    Encrypted { archive: String, member: String },
    #[error("member `{member}` of `{archive}` is packed by a method that is not supported")]
    Method { archive: String, member: String },
    #[error("`{archive}` expands to {bytes_out} bytes or more from {bytes_in} packed ones")]
    Bomb { archive: String, bytes_in: u64, bytes_out: u64 },
    #[error("failed to read `{archive}`")]
    Read {
        archive: String,
        #[source]
        source: io::Error,
    },
    #[error("failed to unpack `{archive}` into `{folder}`")]
    Extract {
        archive: String,
        folder: String,
        #[source]
        source: io::Error,
    },
}

impl Fault for ArchiveError {
    fn code(&self) -> &'static str {
        match self {
            Self::Bomb { .. } => "ARCHIVE_BOMB",
            Self::Unsafe { .. } | Self::Symlink { .. } => "PATH_UNSAFE",
            Self::NoMember { .. } => "ARCHIVE_MEMBER",
            _ => "ARCHIVE_INVALID",
        }
    }

    fn kind(&self) -> Kind {
        match self {
            Self::Bomb { .. } | Self::TooManyMembers { .. } => Kind::Limit,
            Self::Unsafe { .. } | Self::Symlink { .. } => Kind::Denied,
            Self::NoMember { .. } => Kind::NotFound,
            Self::Read { .. } | Self::Extract { .. } => Kind::Unavailable,
            _ => Kind::Invalid,
        }
    }

    fn help(&self) -> Option<String> {
        match self {
            Self::Bomb { .. } => Some(limits::LARGE_ARCHIVES_HELP.into()),
            Self::NoMember { .. } => Some("set `filename` to one of them".into()),
            Self::Encrypted { .. } | Self::Method { .. } => {
                Some("pack it again without a password, by deflate".into())
            }
            Self::Extract { folder, .. } => Some(format!("make room in `{folder}`")),
            _ => None,
        }
    }
}

impl Archive {
    /// Reads the list of members from `file`; messages call the archive `name`.
    ///
    /// # Errors
    ///
    /// [`ArchiveError`] when it is no zip archive or has too many members.
    pub fn open(name: &str, file: File) -> Result<Self, ArchiveError> {
        let archive = name.to_owned();
        let read = |source| ArchiveError::Read { archive: archive.clone(), source };
        let invalid = |source| match source {
            ZipError::Io(source) if source.raw_os_error().is_some() => read(source),
            source => ArchiveError::Invalid { archive: archive.clone(), source },
        };
        let bytes = file.metadata().map_err(read)?.len();
        let reader = BufReader::new(file.try_clone().map_err(read)?);
        let mut zip = ZipArchive::new(reader).map_err(invalid)?;
        let count = zip.len();
        if count > limits::ARCHIVE_MEMBERS_MAX {
            return Err(ArchiveError::TooManyMembers { archive, count });
        }
        let mut members = Vec::new();
        for index in 0..count {
            let entry = zip.by_index_raw(index).map_err(invalid)?;
            if !entry.is_dir() {
                members.push(Member::of_entry(&entry).map_err(invalid)?);
            }
        }
        Ok(Self { name: archive, file: Arc::new(file), bytes, members })
    }

    /// The files in the archive, in order.
    pub fn members(&self) -> &[Member] {
        &self.members
    }

    /// The member called `filename`, or the first one that is not an attendant of a file manager.
    ///
    /// # Errors
    ///
    /// [`ArchiveError::NoMember`] or [`ArchiveError::Empty`].
    pub fn pick(&self, filename: Option<&str>) -> Result<&Member, ArchiveError> {
        let archive = self.name.clone();
        let Some(filename) = filename else {
            let first = self.members.iter().find(|member| !member.is_attendant());
            return first.ok_or(ArchiveError::Empty { archive });
        };
        self.members.iter().find(|member| member.name == filename).ok_or_else(|| {
            let mut known: Vec<_> =
                self.members.iter().take(10).map(|member| format!("`{}`", member.name)).collect();
            if self.members.len() > known.len() {
                known.push(format!("{} more", self.members.len() - known.len()));
            }
            let known = if known.is_empty() { "none".into() } else { known.join(", ") };
            ArchiveError::NoMember { archive, member: filename.into(), known }
        })
    }

    /// Opens `member` as a stream; it is checked against its checksum while it is read.
    ///
    /// # Errors
    ///
    /// [`ArchiveError`] when the member is not safe or not readable; damage shows while reading, as
    /// a [`compression::CompressionError`].
    pub fn read(&self, member: &Member, expansion: Expansion) -> Result<Bytes, ArchiveError> {
        let archive = self.name.clone();
        let name = member.name.clone();
        location::check_relative(&name)
            .map_err(|source| ArchiveError::Unsafe { archive: archive.clone(), source })?;
        if member.symlink {
            return Err(ArchiveError::Symlink { archive, member: name });
        }
        if member.encrypted {
            return Err(ArchiveError::Encrypted { archive, member: name });
        }
        if expansion.exceeds(member.packed_bytes, member.bytes) {
            let (bytes_in, bytes_out) = (member.packed_bytes, member.bytes);
            return Err(ArchiveError::Bomb { archive, bytes_in, bytes_out });
        }
        let decoder = member.decoder(&self.file);
        let decoder = decoder.map_err(|source| ArchiveError::Read { archive, source })?;
        let decoder = decoder.ok_or_else(|| ArchiveError::Method {
            archive: self.name.clone(),
            member: member.name.clone(),
        })?;
        let name = format!("{}:{}", self.name, member.name);
        Ok(compression::guard_member(decoder, name, member.packed_bytes, expansion))
    }

    /// Unpacks all members into a new temporary folder, which is removed when it is dropped.
    ///
    /// # Errors
    ///
    /// [`ArchiveError`] when any member is not safe or damaged, or when there is no room.
    pub fn extract(&self, expansion: Expansion) -> Result<TempDir, ArchiveError> {
        // What the archive says of itself is believed when it is against it; members that turn out
        // larger are found while they are unpacked.
        let said = self.members.iter().fold(0_u64, |sum, member| sum.saturating_add(member.bytes));
        if expansion.exceeds(self.bytes, said) {
            let archive = self.name.clone();
            return Err(ArchiveError::Bomb { archive, bytes_in: self.bytes, bytes_out: said });
        }
        let folder = std::env::temp_dir();
        let target = tempfile::Builder::new()
            .prefix("thorp-")
            .tempdir_in(&folder)
            .map_err(|source| self.no_room(&folder, source))?;
        let mut bytes_out = 0;
        for member in &self.members {
            let stream = self.read(member, expansion)?;
            let path = target.path().join(&member.name);
            bytes_out = self.extract_member(stream, &path, (bytes_out, expansion))?;
        }
        Ok(target)
    }

    /// Writes one member and returns `bytes_out`, the sum so far, with its bytes added.
    fn extract_member(
        &self,
        mut stream: Bytes,
        path: &Path,
        (mut bytes_out, expansion): (u64, Expansion),
    ) -> Result<u64, ArchiveError> {
        let folder = path.parent().unwrap_or(path);
        let no_room = |source| self.no_room(folder, source);
        fs::create_dir_all(folder).map_err(no_room)?;
        let mut file = File::create_new(path).map_err(no_room)?;
        let mut buffer = vec![0; limits::COPY_BUFFER_BYTES];
        loop {
            let count = stream
                .read(&mut buffer)
                .map_err(|source| ArchiveError::Read { archive: self.name.clone(), source })?;
            if count == 0 {
                return Ok(bytes_out);
            }
            bytes_out += u64::try_from(count).unwrap_or(u64::MAX);
            // Members may overlap in the archive, so the sum counts against the whole of it.
            if expansion.exceeds(self.bytes, bytes_out) {
                let archive = self.name.clone();
                return Err(ArchiveError::Bomb { archive, bytes_in: self.bytes, bytes_out });
            }
            file.write_all(buffer.get(..count).unwrap_or_default()).map_err(no_room)?;
        }
    }

    fn no_room(&self, folder: &Path, source: io::Error) -> ArchiveError {
        let folder = folder.display().to_string();
        ArchiveError::Extract { archive: self.name.clone(), folder, source }
    }
}

#[cfg(test)]
mod tests;
