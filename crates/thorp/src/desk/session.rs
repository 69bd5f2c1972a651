//! Exactly once: every command has a number of the session, and is answered from its recorded
//! outcome when it has to be sent again.
//!
//! The session is opened with the first command and ends some minutes after the last one.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use gateway::https::body::state::Told;
use state::ProposeError;
use structures::{Command, Refusal, Request, RequestId, session};
use tokio::sync::Notify;

use super::AskError;
use crate::limits;

/// Numbers the commands of one program.
#[derive(Debug, Default)]
pub(crate) struct Session {
    /// None until there is a command, and when the session has ended.
    ledger: tokio::sync::Mutex<Option<Arc<Ledger>>>,
}

/// Which commands of an open session have no answer yet.
#[derive(Debug)]
struct Ledger {
    client: u64,
    numbers: Mutex<Numbers>,
    /// Told when a command has its answer.
    freed: Notify,
}

#[derive(Debug, Default)]
struct Numbers {
    next: u64,
    open: BTreeSet<u64>,
}

/// The number of one command; when it goes, the command is not sent again.
#[derive(Debug)]
struct Ticket {
    ledger: Arc<Ledger>,
    id: RequestId,
}

/// The way of a request to the cluster. Each request may arrive several times: it has a number, or
/// opens or closes a session.
pub(crate) trait Carrier: Sync {
    /// Sends a request, several times if need be, until there is an outcome or no time left.
    fn carry(
        &self,
        request: &Request,
        within: Duration,
    ) -> impl Future<Output = Result<Carried, AskError>> + Send;
}

/// What came of a request.
#[derive(Debug)]
pub(crate) struct Carried {
    pub(crate) told: Told,
    /// An earlier copy may have been done.
    pub(crate) may_be_done: bool,
}

impl Session {
    /// Sends `command` with a number, so that it is done once.
    pub(crate) async fn once(
        &self,
        carrier: &impl Carrier,
        command: Command,
        within: Duration,
    ) -> Result<Told, AskError> {
        loop {
            let ticket = self.ticket(carrier, within).await?;
            let request = Request { id: Some(ticket.id), command: command.clone() };
            let Carried { told, may_be_done } = carrier.carry(&request, within).await?;
            let ended = Refusal::SessionUnknown { client: ticket.id.client };
            if told.outcome != Err(ended) {
                return Ok(told);
            }
            // It ended while nothing was written for long, or the clock of a new leader is far
            // ahead: what came of an earlier copy ended with it.
            self.forget(&ticket.ledger).await;
            if may_be_done {
                return Err(ProposeError::OutcomeUnknown.into());
            }
        }
    }

    /// Ends the session, if there is one.
    pub(crate) async fn close(
        &self,
        carrier: &impl Carrier,
        within: Duration,
    ) -> Result<(), AskError> {
        let Some(ledger) = self.ledger.lock().await.take() else { return Ok(()) };
        let command = session::Command::Close { client: ledger.client }.into();
        carrier.carry(&Request { id: None, command }, within).await.map(drop)
    }

    async fn ticket(&self, carrier: &impl Carrier, within: Duration) -> Result<Ticket, AskError> {
        let mut open = self.ledger.lock().await;
        let ledger = match &*open {
            Some(ledger) => Arc::clone(ledger),
            None => {
                let client = u64::from_be_bytes(net::secret::random());
                let ttl_ms = limits::SESSION_MS;
                let command = session::Command::Open { client, ttl_ms }.into();
                carrier.carry(&Request { id: None, command }, within).await?.told.outcome?;
                let ledger = Ledger { client, numbers: Mutex::default(), freed: Notify::new() };
                Arc::clone(open.insert(Arc::new(ledger)))
            }
        };
        drop(open);
        Ok(Ledger::number(&ledger).await)
    }

    async fn forget(&self, ended: &Arc<Ledger>) {
        let mut open = self.ledger.lock().await;
        if open.as_ref().is_some_and(|ledger| Arc::ptr_eq(ledger, ended)) {
            *open = None;
        }
    }
}

impl Ledger {
    /// The next number, when the oldest open one is not too far behind.
    async fn number(ledger: &Arc<Self>) -> Ticket {
        loop {
            let freed = ledger.freed.notified();
            if let Some(id) = ledger.draw() {
                return Ticket { ledger: Arc::clone(ledger), id };
            }
            freed.await;
        }
    }

    fn draw(&self) -> Option<RequestId> {
        let mut numbers = self.numbers.lock().unwrap_or_else(PoisonError::into_inner);
        let number = numbers.next;
        let answered_below = numbers.open.first().copied().unwrap_or(number);
        if number - answered_below >= limits::OPEN_COMMANDS_MAX {
            return None;
        }
        numbers.next += 1;
        numbers.open.insert(number);
        Some(RequestId { client: self.client, number, answered_below })
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        let mut numbers = self.ledger.numbers.lock().unwrap_or_else(PoisonError::into_inner);
        numbers.open.remove(&self.id.number);
        drop(numbers);
        self.ledger.freed.notify_waiters();
    }
}

#[cfg(test)]
mod tests;
