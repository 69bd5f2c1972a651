//! The first bytes of each side: which version of the protocol it speaks.

use std::fmt;
use std::io;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

/// What each greeting begins with.
const MAGIC: &[u8] = b"thorp";
/// Bytes of a greeting: the word, then major and minor version.
const LENGTH: usize = 9;

/// The version that this node speaks.
///
/// A minor version adds what older nodes may ignore; nodes of different minor versions work
/// together. A node refuses a newer major version, and a newer node knows its older ones.
pub const VERSION: Version = Version { major: 1, minor: 0 };

/// A version of the protocol between nodes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Version {
    pub major: u16,
    pub minor: u16,
}

/// The two sides do not understand each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum VersionError {
    #[error("it speaks protocol {0}, newer than {VERSION}: update thorp on this node")]
    Newer(Version),
    #[error("it speaks protocol {0}, older than {VERSION}: update thorp on that node")]
    Older(Version),
}

impl Version {
    /// Whether this node understands a node of this version.
    pub(crate) fn check(self) -> Result<Self, VersionError> {
        match self.major.cmp(&VERSION.major) {
            std::cmp::Ordering::Equal => Ok(self),
            std::cmp::Ordering::Greater => Err(VersionError::Newer(self)),
            std::cmp::Ordering::Less => Err(VersionError::Older(self)),
        }
    }

    fn greeting(self) -> [u8; LENGTH] {
        let [a, b] = self.major.to_be_bytes();
        let [c, d] = self.minor.to_be_bytes();
        [b't', b'h', b'o', b'r', b'p', a, b, c, d]
    }

    fn of_greeting(greeting: [u8; LENGTH]) -> Option<Self> {
        let rest = greeting.strip_prefix(MAGIC)?;
        let (major, minor) = (rest.first_chunk()?, rest.last_chunk()?);
        Some(Self { major: u16::from_be_bytes(*major), minor: u16::from_be_bytes(*minor) })
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}

/// Sends the greeting of `own`.
pub(super) async fn send(stream: &mut (impl AsyncWrite + Unpin), own: Version) -> io::Result<()> {
    stream.write_all(&own.greeting()).await?;
    stream.flush().await
}

/// Reads the greeting of the other side.
pub(super) async fn receive(stream: &mut (impl AsyncRead + Unpin)) -> io::Result<Version> {
    let mut greeting = [0; LENGTH];
    stream.read_exact(&mut greeting).await?;
    Version::of_greeting(greeting)
        .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "it is no node of thorp"))
}

#[cfg(test)]
mod tests {
    use super::{VERSION, Version, VersionError};

    #[test]
    fn the_greeting_keeps_its_bytes() {
        assert_eq!(Version { major: 1, minor: 0 }.greeting(), *b"thorp\0\x01\0\0");
        let version = Version { major: 515, minor: 65_535 };
        assert_eq!(Version::of_greeting(version.greeting()), Some(version));
        assert_eq!(Version::of_greeting(*b"HTTP/1.1 "), None);
    }

    #[test]
    fn only_the_major_version_divides() {
        let version = |major, minor| Version { major, minor };
        assert_eq!(version(VERSION.major, 9).check(), Ok(version(VERSION.major, 9)));
        let newer = version(VERSION.major + 1, 0);
        assert_eq!(newer.check(), Err(VersionError::Newer(newer)));
        assert_eq!(version(0, 9).check(), Err(VersionError::Older(version(0, 9))));
    }
}
