//! How calls travel on a connection of their own, between members that both know it.
//!
//! A frame is a head and a body; numbers are in big endian.
//!
//! | bytes | what |
//! |--:|---|
//! | 4 | the length of the body, [`limits::FRAME_BYTES_MAX`] at most |
//! | 1 | the kind; the highest bit says that another frame goes on with this message |
//! | 4 | the number of the call, which the caller chose |
//!
//! | kind | sent by | body |
//! |--:|---|---|
//! | 1 ask | caller | 4 bytes: for how many milliseconds it waits; a byte: the length of the name of the service; the name; the request |
//! | 2 answer | member | the answer |
//! | 3 refusal | member | 2 bytes: the length of the head; the head of the [`Refusal`](super::Refusal); its text |
//! | 4 give up | caller | empty: nobody waits for the answer any more |
//! | 5 ping | caller | empty |
//! | 6 pong | member | empty: the answer to 5 |
//! | 7 bye | member | empty: it answers what is under way, and wants no further calls |
//!
//! What has another kind is left out, so that newer nodes may say more.

use bytes::{Buf, BufMut, Bytes, BytesMut};

use super::Refusal;
use crate::limits;

/// Bytes of the head.
const HEAD_BYTES: usize = 9;
/// See the module.
const MORE: u8 = 0x80;

/// What a frame is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Ask,
    Answer,
    Refusal,
    GiveUp,
    Ping,
    Pong,
    Bye,
}

const KINDS: [(u8, Kind); 7] = [
    (1, Kind::Ask),
    (2, Kind::Answer),
    (3, Kind::Refusal),
    (4, Kind::GiveUp),
    (5, Kind::Ping),
    (6, Kind::Pong),
    (7, Kind::Bye),
];

impl Kind {
    fn code(self) -> u8 {
        KINDS.into_iter().find(|(_, kind)| *kind == self).map_or(0, |(code, _)| code)
    }

    fn of(code: u8) -> Option<Self> {
        KINDS.into_iter().find(|(known, _)| *known == code).map(|(_, kind)| kind)
    }
}

/// A message, or a piece of one.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Frame {
    pub(super) kind: Kind,
    pub(super) number: u32,
    pub(super) has_more: bool,
    pub(super) body: Bytes,
}

/// The other side sends what is no frame of any version.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum FrameError {
    #[error("a frame has {0} bytes, more than {max}", max = limits::FRAME_BYTES_MAX)]
    Long(usize),
    #[error("a message has more than {max} bytes", max = limits::CALL_BYTES_MAX)]
    LongMessage,
    #[error("a message came into the middle of another one")]
    Mixed,
}

/// Writes a frame whose body is `head` and then `rest`.
pub(super) fn put(
    out: &mut BytesMut,
    (kind, number): (Kind, u32),
    is_last: bool,
    body: [&[u8]; 2],
) {
    let [head, rest] = body;
    let length = u32::try_from(head.len() + rest.len()).unwrap_or(u32::MAX);
    out.reserve(HEAD_BYTES + head.len() + rest.len());
    out.put_u32(length);
    out.put_u8(if is_last { kind.code() } else { kind.code() | MORE });
    out.put_u32(number);
    out.put_slice(head);
    out.put_slice(rest);
}

/// Takes the next frame of a known kind, if all of it is there.
pub(super) fn take(buffer: &mut BytesMut) -> Result<Option<Frame>, FrameError> {
    loop {
        let Some(mut head) = buffer.get(..HEAD_BYTES) else { return Ok(None) };
        let length = usize::try_from(head.get_u32()).unwrap_or(usize::MAX);
        let (code, number) = (head.get_u8(), head.get_u32());
        if length > limits::FRAME_BYTES_MAX {
            return Err(FrameError::Long(length));
        }
        if buffer.len() < HEAD_BYTES + length {
            return Ok(None);
        }
        buffer.advance(HEAD_BYTES);
        let body = buffer.split_to(length).freeze();
        if let Some(kind) = Kind::of(code & !MORE) {
            return Ok(Some(Frame { kind, number, has_more: code & MORE != 0, body }));
        }
    }
}

/// The message whose frames are coming: a long one at a time.
#[derive(Debug, Default)]
pub(super) struct Assembly(Option<(Kind, u32, BytesMut)>);

impl Assembly {
    /// Adds a frame, and gives the message that it completes.
    pub(super) fn add(&mut self, frame: Frame) -> Result<Option<Frame>, FrameError> {
        let Frame { kind, number, has_more, body } = frame;
        let is_next = |held: &(Kind, u32, BytesMut)| (held.0, held.1) == (kind, number);
        let Some((_, _, mut whole)) = self.0.take_if(|held| is_next(held)) else {
            if !has_more {
                return Ok(Some(Frame { kind, number, has_more, body }));
            }
            if self.0.is_some() {
                return Err(FrameError::Mixed);
            }
            self.0 = Some((kind, number, BytesMut::from(body)));
            return Ok(None);
        };
        if whole.len() + body.len() > limits::CALL_BYTES_MAX + limits::FRAME_BYTES_MAX {
            return Err(FrameError::LongMessage);
        }
        whole.extend_from_slice(&body);
        if has_more {
            self.0 = Some((kind, number, whole));
            return Ok(None);
        }
        Ok(Some(Frame { kind, number, has_more, body: whole.freeze() }))
    }

    /// The caller will not send the rest of a message.
    pub(super) fn forget(&mut self, number: u32) {
        self.0.take_if(|(_, held, _)| *held == number);
    }
}

/// What a request begins with.
pub(super) fn ask_head(service: &str, wait_ms: u32) -> Bytes {
    let mut head = BytesMut::with_capacity(5 + service.len());
    head.put_u32(wait_ms);
    head.put_u8(u8::try_from(service.len()).unwrap_or(u8::MAX));
    head.put_slice(service.as_bytes());
    head.freeze()
}

/// For how many milliseconds the caller waits, the name of the service, and the request.
pub(super) fn read_ask(mut body: Bytes) -> Option<(u32, Bytes, Bytes)> {
    let wait_ms = body.try_get_u32().ok()?;
    let length = usize::from(body.try_get_u8().ok()?);
    if body.len() < length {
        return None;
    }
    let service = body.split_to(length);
    Some((wait_ms, service, body))
}

pub(super) fn refusal_body(refusal: &Refusal) -> Bytes {
    let head = refusal.head();
    let mut body = BytesMut::new();
    body.put_u16(u16::try_from(head.len()).unwrap_or(u16::MAX));
    body.put_slice(head.as_bytes());
    body.put_slice(super::first_bytes(&refusal.text, limits::REFUSAL_BYTES_MAX).as_bytes());
    body.freeze()
}

pub(super) fn read_refusal(mut body: Bytes) -> Option<Refusal> {
    let length = usize::from(body.try_get_u16().ok()?);
    let (head, text) = body.split_at_checked(length)?;
    Refusal::read(std::str::from_utf8(head).ok()?, std::str::from_utf8(text).ok()?)
}

#[cfg(test)]
mod tests;
