//! The messages of a join: a length, a letter for the kind, and fields with their lengths.

use std::io;

use bytes::Bytes;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

use crate::limits;
use crate::transport::{Refusal, first_bytes};

/// Bytes of a random number of one side.
pub(super) const NONCE_BYTES: usize = 32;

/// One message of either side. The letters and the order of the fields never change within a
/// major version; a minor version may add fields at the end, which older nodes leave unread.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Message {
    /// The joiner begins.
    Hello {
        major: u16,
        minor: u16,
        cluster: String,
        nonce: [u8; NONCE_BYTES],
    },
    /// The member answers.
    Challenge {
        major: u16,
        minor: u16,
        nonce: [u8; NONCE_BYTES],
    },
    /// Either side knows the secret.
    Proof {
        code: Bytes,
    },
    /// The joiner asks something of the cluster and does not want in.
    Question {
        text: Bytes,
    },
    Answer {
        text: Bytes,
    },
    /// The joiner wants in.
    Request {
        key: Bytes,
        signature: Bytes,
        text: Bytes,
    },
    /// It is in.
    Granted {
        pem: String,
        welcome: Bytes,
    },
    /// The member ends the conversation.
    Refused {
        head: String,
        text: String,
    },
}

impl Message {
    pub(super) fn refused(refusal: &Refusal) -> Self {
        let text = first_bytes(&refusal.text, limits::STRANGER_BYTES_MAX / 2);
        Self::Refused { head: refusal.head(), text: text.to_owned() }
    }

    pub(super) fn encode(&self) -> Vec<u8> {
        let (letter, fields): (u8, Vec<&[u8]>) = match self {
            Self::Hello { cluster, nonce, .. } => (b'H', vec![cluster.as_bytes(), nonce]),
            Self::Challenge { nonce, .. } => (b'C', vec![nonce]),
            Self::Proof { code } => (b'P', vec![code]),
            Self::Question { text } => (b'Q', vec![text]),
            Self::Answer { text } => (b'A', vec![text]),
            Self::Request { key, signature, text } => (b'R', vec![key, signature, text]),
            Self::Granted { pem, welcome } => (b'G', vec![pem.as_bytes(), welcome]),
            Self::Refused { head, text } => (b'N', vec![head.as_bytes(), text.as_bytes()]),
        };
        let mut bytes = vec![letter];
        if let Self::Hello { major, minor, .. } | Self::Challenge { major, minor, .. } = self {
            bytes.extend(major.to_be_bytes());
            bytes.extend(minor.to_be_bytes());
        }
        for field in fields {
            let length = u32::try_from(field.len()).expect("a message is far below 4 GiB");
            bytes.extend(length.to_be_bytes());
            bytes.extend(field);
        }
        bytes
    }

    /// The message in `bytes`, unless they are none.
    pub(super) fn decode(mut bytes: Bytes) -> Option<Self> {
        let letter = *take(&mut bytes, 1)?.first()?;
        let input = &mut bytes;
        Some(match letter {
            b'H' => Self::Hello {
                major: number(input)?,
                minor: number(input)?,
                cluster: text(input)?,
                nonce: nonce(input)?,
            },
            b'C' => Self::Challenge {
                major: number(input)?,
                minor: number(input)?,
                nonce: nonce(input)?,
            },
            b'P' => Self::Proof { code: field(input)? },
            b'Q' => Self::Question { text: field(input)? },
            b'A' => Self::Answer { text: field(input)? },
            b'R' => {
                Self::Request { key: field(input)?, signature: field(input)?, text: field(input)? }
            }
            b'G' => Self::Granted { pem: text(input)?, welcome: field(input)? },
            b'N' => Self::Refused { head: text(input)?, text: text(input)? },
            _ => return None,
        })
    }
}

fn take(input: &mut Bytes, count: usize) -> Option<Bytes> {
    (count <= input.len()).then(|| input.split_to(count))
}

fn number(input: &mut Bytes) -> Option<u16> {
    Some(u16::from_be_bytes(take(input, 2)?.as_ref().try_into().ok()?))
}

fn field(input: &mut Bytes) -> Option<Bytes> {
    let length = u32::from_be_bytes(take(input, 4)?.as_ref().try_into().ok()?);
    take(input, usize::try_from(length).ok()?)
}

fn text(input: &mut Bytes) -> Option<String> {
    String::from_utf8(field(input)?.into()).ok()
}

fn nonce(input: &mut Bytes) -> Option<[u8; NONCE_BYTES]> {
    field(input)?.as_ref().try_into().ok()
}

/// Sends `message`.
pub(super) async fn send(
    stream: &mut (impl AsyncWrite + Unpin),
    message: &Message,
) -> io::Result<()> {
    let body = message.encode();
    let length = u32::try_from(body.len()).map_err(|_| invalid("the message is too long"))?;
    let mut bytes = length.to_be_bytes().to_vec();
    bytes.extend(body);
    stream.write_all(&bytes).await?;
    stream.flush().await
}

/// Reads a message of at most `bytes_max` bytes.
pub(super) async fn receive(
    stream: &mut (impl AsyncRead + Unpin),
    bytes_max: usize,
) -> io::Result<Message> {
    let length = stream.read_u32().await?;
    let length = usize::try_from(length).unwrap_or(usize::MAX);
    if length > bytes_max {
        return Err(invalid("the message is too long"));
    }
    let mut bytes = vec![0; length];
    stream.read_exact(&mut bytes).await?;
    Message::decode(bytes.into()).ok_or_else(|| invalid("the message cannot be understood"))
}

pub(super) fn invalid(text: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, text)
}

#[cfg(test)]
mod tests;
