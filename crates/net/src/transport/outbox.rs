//! What is to be sent on a connection of frames: short messages at once, long ones in pieces
//! between them, so that nothing long stands before a heartbeat.

use std::collections::VecDeque;
use std::io;

use bytes::{Bytes, BytesMut};
use tokio::io::{AsyncWrite, AsyncWriteExt};

use super::frame::{self, Kind};
use crate::limits;

#[derive(Debug, Default)]
pub(super) struct Outbox {
    /// Frames on their way.
    ready: BytesMut,
    /// Messages that take more than one frame, one after the other.
    long: VecDeque<Long>,
    /// Something was written that the encryption may still hold.
    is_unflushed: bool,
}

#[derive(Debug)]
struct Long {
    kind: Kind,
    number: u32,
    head: Bytes,
    rest: Bytes,
    is_begun: bool,
}

impl Outbox {
    /// Adds a message whose body is `head` and then `rest`.
    pub(super) fn add(&mut self, (kind, number): (Kind, u32), head: Bytes, rest: Bytes) {
        if head.len() + rest.len() > limits::FRAME_BYTES_MAX {
            self.long.push_back(Long { kind, number, head, rest, is_begun: false });
        } else {
            frame::put(&mut self.ready, (kind, number), true, [&head, &rest]);
        }
    }

    /// Adds a message without a body.
    pub(super) fn say(&mut self, kind: Kind, number: u32) {
        frame::put(&mut self.ready, (kind, number), true, [&[], &[]]);
    }

    /// Takes back what was not sent of a long message, and says whether any of it was.
    pub(super) fn take_back(&mut self, number: u32) -> bool {
        let Some(at) = self.long.iter().position(|long| long.number == number) else { return true };
        self.long.remove(at).is_none_or(|long| long.is_begun)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.ready.is_empty() && self.long.is_empty() && !self.is_unflushed
    }

    /// Whether the other side has a lot to read before it is worth to add more.
    pub(super) fn is_full(&self) -> bool {
        self.ready.len() >= limits::UNSENT_BYTES_MAX
    }

    /// Sends everything. Nothing is lost when the future is dropped.
    pub(super) async fn send(&mut self, to: &mut (impl AsyncWrite + Unpin)) -> io::Result<()> {
        loop {
            self.add_piece();
            if self.ready.is_empty() {
                break;
            }
            self.is_unflushed = true;
            to.write_buf(&mut self.ready).await?;
        }
        to.flush().await?;
        self.is_unflushed = false;
        Ok(())
    }

    /// Lets the next piece of a long message follow what is ready, when that is little.
    fn add_piece(&mut self) {
        if self.ready.len() >= limits::FRAME_BYTES_MAX {
            return;
        }
        let Some(long) = self.long.front_mut() else { return };
        let head = std::mem::take(&mut long.head);
        let room = limits::FRAME_BYTES_MAX - head.len();
        let piece = long.rest.split_to(room.min(long.rest.len()));
        let is_last = long.rest.is_empty();
        frame::put(&mut self.ready, (long.kind, long.number), is_last, [&head, &piece]);
        long.is_begun = true;
        if is_last {
            self.long.pop_front();
        }
    }
}
