//! Carries the chunks of a body from the private runtime to the thread that reads them.

use std::time::Duration;

use bytes::Bytes;
use futures::{Stream, StreamExt};
use tokio::sync::mpsc;

use crate::background::{self, Task};
use crate::limits;
use crate::stop::{Stop, Stopped};

use super::Cause;

/// A body on its way; dropping it ends the transfer.
#[derive(Debug)]
pub(crate) struct Pump {
    chunks: mpsc::Receiver<Result<Bytes, Cause>>,
    _task: Task<()>,
}

impl Pump {
    /// Starts to carry `body`; a silence of `timeout_ms` milliseconds is an error.
    pub(crate) fn start<E: Into<Cause> + Send + 'static>(
        body: impl Stream<Item = Result<Bytes, E>> + Send + 'static,
        timeout_ms: u64,
    ) -> std::io::Result<Self> {
        let (sender, chunks) = mpsc::channel(limits::CHUNKS_AHEAD_MAX);
        let task = background::spawn(async move {
            let mut body = Box::pin(body);
            loop {
                let wait = Duration::from_millis(timeout_ms);
                let chunk = match tokio::time::timeout(wait, body.next()).await {
                    Ok(None) => return,
                    Ok(Some(chunk)) => chunk.map_err(Into::into),
                    Err(_) => Err(format!("no data for {timeout_ms} ms").into()),
                };
                let last = chunk.is_err();
                if sender.send(chunk).await.is_err() || last {
                    return;
                }
            }
        })?;
        Ok(Self { chunks, _task: task })
    }

    /// The next chunk; `None` at the end, which is only good when everything has come.
    pub(crate) fn next(&mut self, stop: &Stop) -> Result<Option<Result<Bytes, Cause>>, Stopped> {
        background::wait(self.chunks.recv(), stop)
    }
}
