//! Both directions of a connection of frames, at once: a side that only wrote while the other one
//! only writes too would wait for ever.

use std::io;

use bytes::BytesMut;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, ReadHalf, WriteHalf};

use super::frame::{self, Assembly, Frame, FrameError};
use super::outbox::Outbox;
use crate::limits;

#[derive(Debug)]
pub(super) struct Wire<S> {
    reader: ReadHalf<S>,
    writer: WriteHalf<S>,
    came: BytesMut,
    assembly: Assembly,
    pub(super) outbox: Outbox,
}

impl<S: AsyncRead + AsyncWrite> Wire<S> {
    pub(super) fn new(stream: S) -> Self {
        let (reader, writer) = tokio::io::split(stream);
        let (came, assembly, outbox) = Default::default();
        Self { reader, writer, came, assembly, outbox }
    }

    /// Sends what waits, until all of it is sent or something came: then [`Self::take`] may have
    /// it. Nothing is lost when the future is dropped.
    ///
    /// # Errors
    ///
    /// When the connection broke, or the other side ended it.
    pub(super) async fn turn(&mut self) -> io::Result<()> {
        let Self { reader, writer, came, outbox, .. } = self;
        if outbox.is_empty() {
            return receive(reader, came).await;
        }
        tokio::select! {
            received = receive(reader, came) => received,
            sent = outbox.send(writer) => sent,
        }
    }

    /// The next message that came whole.
    pub(super) fn take(&mut self) -> Result<Option<Frame>, FrameError> {
        while let Some(frame) = frame::take(&mut self.came)? {
            if let Some(whole) = self.assembly.add(frame)? {
                return Ok(Some(whole));
            }
        }
        Ok(None)
    }

    /// The other side will not send the rest of a message.
    pub(super) fn forget(&mut self, number: u32) {
        self.assembly.forget(number);
    }
}

async fn receive(from: &mut (impl AsyncRead + Unpin), came: &mut BytesMut) -> io::Result<()> {
    came.reserve(limits::READ_BYTES);
    match from.read_buf(came).await? {
        0 => Err(io::ErrorKind::UnexpectedEof.into()),
        _ => Ok(()),
    }
}
