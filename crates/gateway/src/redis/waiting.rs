//! Waiting for something to come.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use state::Outcome;
use structures::{Answer, Operation, Query, Refusal, names, topic};
use tokio::io::AsyncReadExt;

use super::block::{Block, Start, is_nothing};
use super::clients::Unblock;
use super::connection::Connection;
use super::error::{self, ErrorReply};
use super::run::Look;
use super::shape::Shape;
use crate::limits;

const GROUP_GONE: ErrorReply =
    ErrorReply::fixed("NOGROUP the consumer group this client was blocked on no longer exists");

const STREAM_GONE: ErrorReply = ErrorReply::fixed("UNBLOCKED the stream key no longer exists");

/// Why waiting ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    Grown,
    Timeout,
    Unblocked(Unblock),
    /// The client has gone, or must go.
    Gone,
}

impl Connection {
    /// Tries `block`, and waits for its names to grow as long as it brings nothing.
    pub(super) async fn block(&mut self, name: &'static str, mut block: Block) -> io::Result<()> {
        if let Err(refused) = self.look_up_now(&mut block).await {
            self.printer.error(&refused);
            return Ok(());
        }
        // In line before the first attempt: what comes after it is not missed.
        let shared = Arc::clone(&self.shared);
        let waiter = shared.hub.wait(&block.names, block.lane());
        let look = Look { name, shape: std::mem::replace(&mut block.shape, Shape::Ok) };
        let mut deadline = std::pin::pin!(ends(block.timeout_ms));
        let mut is_first = true;
        loop {
            if let Some(answer) = self.attempt(name, &block, is_first).await {
                self.client.shown().is_blocked = false;
                self.print(&look, answer);
                return Ok(());
            }
            if is_first {
                self.flush().await?;
                self.client.shown().is_blocked = true;
                is_first = false;
            }
            let end = self.wait(waiter.woken(), deadline.as_mut()).await?;
            if end != End::Grown {
                self.client.shown().is_blocked = false;
                self.print_end(end);
                return Ok(());
            }
        }
    }

    fn print_end(&mut self, end: End) {
        match end {
            End::Unblocked(Unblock::WithError) => self
                .printer
                .error(&ErrorReply::fixed("UNBLOCKED client unblocked via CLIENT UNBLOCK")),
            End::Gone => self.session.is_over = true,
            _ => self.printer.nil_array(),
        }
    }

    /// Fixes where topics are that must be read from now on.
    async fn look_up_now(&mut self, block: &mut Block) -> Result<(), ErrorReply> {
        let mut is_current = false;
        for (name, start) in block.open_starts() {
            if !std::mem::replace(&mut is_current, true) {
                self.barrier().await?;
            }
            let query = Query::Topic(topic::Query::Last { name: name.clone() });
            if let Answer::Id(last) = self.stale("xread", &query)? {
                *start = Start::After(last);
            }
        }
        Ok(())
    }

    /// What one attempt brings; none: nothing yet.
    async fn attempt(
        &mut self,
        name: &'static str,
        block: &Block,
        is_first: bool,
    ) -> Option<Result<Answer, ErrorReply>> {
        let refusal = match self.operate(name, block.operation(None)).await {
            Ok(Ok(answer)) => return Some(answer).filter(|answer| !is_nothing(answer)).map(Ok),
            Ok(Err(refusal)) => refusal,
            Err(refused) => return Some(Err(refused)),
        };
        if is_first {
            return Some(Err(error::of_refusal(name, &refusal)));
        }
        match &refusal {
            Refusal::WrongKind { .. } | Refusal::NoSuchGroup { .. } if block.is_of_group() => {
                return Some(Err(self.gone(&refusal)));
            }
            // A name that became something else while the command waited is passed over.
            Refusal::WrongKind { name, .. } if block.names.contains(name) => {}
            refusal => return Some(Err(error::of_refusal(name, refusal))),
        }
        for one in block.names.iter().filter(|_| block.names.len() > 1) {
            let outcome = self.operate(name, block.operation(Some(one))).await;
            if let Ok(Ok(answer)) = outcome
                && !is_nothing(&answer)
            {
                return Some(Ok(answer));
            }
        }
        None
    }

    /// What went while a consumer waited: its group, or the whole stream.
    fn gone(&self, refusal: &Refusal) -> ErrorReply {
        if let Refusal::NoSuchGroup { topic, .. } = refusal {
            let query = Query::Names(names::Query::Kind { name: topic.clone() });
            if self.stale("xreadgroup", &query) != Ok(Answer::Nothing) {
                return GROUP_GONE;
            }
        }
        STREAM_GONE
    }

    async fn operate(
        &self,
        name: &'static str,
        operation: Operation,
    ) -> Result<Outcome, ErrorReply> {
        match operation {
            Operation::Write(command) => match self.shared.sender.send(command).await {
                Ok(proposed) => Ok(proposed.outcome),
                Err(error) => Err(error::of_propose(name, &error)),
            },
            Operation::Read(query) => {
                self.barrier().await?;
                self.shared.engine.stale(&query).map_err(|error| error::of_read(&error))
            }
        }
    }

    async fn wait(
        &mut self,
        woken: impl Future<Output = ()>,
        deadline: impl Future<Output = ()>,
    ) -> io::Result<End> {
        let mut woken = std::pin::pin!(woken);
        let mut deadline = std::pin::pin!(deadline);
        loop {
            if self.client.is_ending() {
                return Ok(End::Gone);
            }
            if let Some(how) = self.client.take_unblock() {
                return Ok(End::Unblocked(how));
            }
            let has_room = self.input.ahead() < limits::AHEAD_BYTES_MAX;
            let Self { stream, input, session, client, .. } = self;
            tokio::select! {
                () = &mut woken => return Ok(End::Grown),
                () = &mut deadline => return Ok(End::Timeout),
                read = stream.read_buf(input.room()), if has_room => if read? == 0 {
                    return Ok(End::Gone);
                },
                message = session.heard() => {
                    self.tell(&message);
                    self.flush().await?;
                }
                () = client.called() => {}
            }
        }
    }
}

/// Ends after so many milliseconds, or never.
async fn ends(timeout_ms: Option<u64>) {
    match timeout_ms {
        Some(ms) => tokio::time::sleep(Duration::from_millis(ms)).await,
        None => std::future::pending().await,
    }
}
