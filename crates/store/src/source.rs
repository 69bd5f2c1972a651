//! A location opened and unpacked: the bytes that a format reads.

use std::fs::File;

use model::fault::{Fault, Kind};

use crate::archive::{Archive, ArchiveError};
use crate::compression::{self, Bytes, Compression, CompressionError, Expansion, Packed};
use crate::fetch::{self, FetchError, FetchOptions};
use crate::location::{Location, Name};

/// How to find out whether bytes are packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Unpack {
    /// By the file name, else by the first bytes.
    #[default]
    Detect,
    /// They are not packed.
    Never,
    As(Compression),
}

/// How to open a source.
#[derive(Debug, Clone, Default)]
pub struct SourceOptions {
    pub unpack: Unpack,
    /// The member of a zip archive; the first one when it is absent.
    pub filename: Option<String>,
    pub expansion: Expansion,
    pub fetch: FetchOptions,
}

/// An opened source.
pub struct Source {
    /// What the name of the innermost file says; tells the format.
    pub name: Name,
    pub stream: Bytes,
}

impl std::fmt::Debug for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Source").field("name", &self.name).finish_non_exhaustive()
    }
}

/// Why a source could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    #[error(transparent)]
    Fetch(#[from] FetchError),
    #[error(transparent)]
    Compression(#[from] CompressionError),
    #[error(transparent)]
    Archive(#[from] ArchiveError),
}

impl SourceError {
    fn fault(&self) -> &dyn Fault {
        match self {
            Self::Fetch(error) => error,
            Self::Compression(error) => error,
            Self::Archive(error) => error,
        }
    }
}

impl Fault for SourceError {
    fn code(&self) -> &'static str {
        self.fault().code()
    }

    fn kind(&self) -> Kind {
        self.fault().kind()
    }

    fn help(&self) -> Option<String> {
        self.fault().help()
    }
}

/// Opens `location` and unpacks it.
///
/// # Errors
///
/// [`SourceError`]; those of later bytes come inside the I/O errors of the stream (see
/// [`crate::fault`]).
pub fn open(location: &Location, options: &SourceOptions) -> Result<Source, SourceError> {
    let name = location.name();
    let stream = match decide(&name, options.unpack) {
        Decision::Plain => fetch::open(location, &options.fetch)?,
        Decision::Packed(Compression::Zip) => return open_member(location, options),
        Decision::Packed(compression) => {
            let stream = fetch::open(location, &options.fetch)?;
            decompress(stream, location, (compression, options))?
        }
        Decision::Look => {
            let stream = fetch::open(location, &options.fetch)?;
            let (found, stream) =
                compression::sniff(stream).map_err(|e| fetch::from_io(location, e))?;
            match found {
                // An office file is a zip archive too, but its name has an ending.
                Some(Compression::Zip) if name.format.is_none() => {
                    return open_member(location, options);
                }
                None | Some(Compression::Zip) => stream,
                Some(compression) => decompress(stream, location, (compression, options))?,
            }
        }
    };
    Ok(Source { name, stream })
}

/// Opens `location`, unpacked, as a file that can seek: a temporary one unless it is local and not
/// packed.
///
/// # Errors
///
/// [`SourceError`], also for errors while the bytes are copied.
pub fn open_file(
    location: &Location,
    options: &SourceOptions,
) -> Result<(Name, File), SourceError> {
    let name = location.name();
    let plain = match decide(&name, options.unpack) {
        Decision::Plain => true,
        Decision::Packed(_) => false,
        Decision::Look => name.format.is_some(),
    };
    if plain {
        return Ok((name, fetch::open_file(location, &options.fetch)?));
    }
    let mut source = open(location, options)?;
    let file = fetch::spool(&mut source.stream, location)?;
    Ok((source.name, file))
}

enum Decision {
    Plain,
    Packed(Compression),
    /// The first bytes decide.
    Look,
}

fn decide(name: &Name, unpack: Unpack) -> Decision {
    match unpack {
        Unpack::Never => Decision::Plain,
        Unpack::As(compression) => Decision::Packed(compression),
        Unpack::Detect => name.compression.map_or(Decision::Look, Decision::Packed),
    }
}

fn decompress(
    stream: Bytes,
    location: &Location,
    (compression, options): (Compression, &SourceOptions),
) -> Result<Bytes, SourceError> {
    let bytes = match location {
        Location::File(path) => std::fs::metadata(path).ok().map(|metadata| metadata.len()),
        Location::Http(_) | Location::S3(_) => None,
    };
    let name = location.to_string();
    let packed = Packed { name, compression, bytes, expansion: options.expansion };
    Ok(compression::decompress(stream, packed)?)
}

fn open_member(location: &Location, options: &SourceOptions) -> Result<Source, SourceError> {
    let file = fetch::open_file(location, &options.fetch)?;
    let archive = Archive::open(&location.to_string(), file)?;
    let member = archive.pick(options.filename.as_deref())?;
    let mut stream = archive.read(member, options.expansion)?;
    let name = Name::parse(member.name.rsplit('/').next().unwrap_or_default());
    if let Some(compression) = name.compression
        && compression != Compression::Zip
    {
        let bytes = Some(member.bytes);
        let packed = Packed {
            name: format!("{location}:{}", member.name),
            compression,
            bytes,
            expansion: options.expansion,
        };
        stream = compression::decompress(stream, packed)?;
    }
    Ok(Source { name, stream })
}
