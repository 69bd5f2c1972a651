//! Requests of a door that are done once, also when a leader is lost on the way.
//!
//! A door has one session, and numbers its requests; so a member sends a request again when it
//! lost the leader that had it, and the client never sees that. A node that is alone loses no
//! leader, and saves the work.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use model::clock::Clock;
use state::{Engine, ProposeError, Proposed};
use structures::{Command, Refusal, Request, RequestId, session};

use crate::chance::Chance;
use crate::limits;

/// Sends the requests of one door.
#[derive(Debug)]
pub(crate) struct Sender {
    engine: Arc<dyn Engine>,
    clock: Arc<dyn Clock>,
    chance: Chance,
    numbers: Mutex<Numbers>,
    /// Held while a session is opened: one is enough.
    opening: tokio::sync::Mutex<()>,
    /// When the members were counted last, on the monotonic clock.
    counted_ms: AtomicU64,
    is_alone: AtomicBool,
}

#[derive(Debug, Default)]
struct Numbers {
    session: Option<u64>,
    /// The number of the last request.
    last: u64,
    /// Requests that are not answered.
    open: BTreeSet<u64>,
}

impl Sender {
    pub(crate) fn new(engine: Arc<dyn Engine>, clock: Arc<dyn Clock>) -> Self {
        let is_alone = is_alone(&*engine);
        Self {
            chance: Chance::default(),
            numbers: Mutex::default(),
            opening: tokio::sync::Mutex::default(),
            counted_ms: AtomicU64::new(clock.monotonic_ms()),
            is_alone: AtomicBool::new(is_alone),
            engine,
            clock,
        }
    }

    /// Lets a command be applied, at most once.
    pub(crate) async fn send(&self, command: Command) -> Result<Proposed, ProposeError> {
        let mut request = Request { id: None, command };
        if self.is_alone() {
            return self.propose(&request).await;
        }
        for _ in 0..2 {
            let session = self.session().await?;
            let Some(ticket) = self.ticket(session) else { break };
            request.id = Some(ticket.id);
            let proposed = self.propose(&request).await;
            drop(ticket);
            match proposed {
                // It ended, and no copy of the request was sent before: it was not done.
                Ok(Proposed { outcome: Err(Refusal::SessionUnknown { .. }), .. }) => {
                    self.forget(session);
                }
                proposed => return proposed,
            }
        }
        request.id = None;
        self.propose(&request).await
    }

    async fn propose(&self, request: &Request) -> Result<Proposed, ProposeError> {
        self.engine.propose(request, Duration::from_millis(limits::ANSWER_MS)).await
    }

    fn is_alone(&self) -> bool {
        let now_ms = self.clock.monotonic_ms();
        let counted_ms = self.counted_ms.load(Ordering::Relaxed);
        if now_ms.saturating_sub(counted_ms) >= limits::COUNT_MEMBERS_MS {
            self.counted_ms.store(now_ms, Ordering::Relaxed);
            self.is_alone.store(is_alone(&*self.engine), Ordering::Relaxed);
        }
        self.is_alone.load(Ordering::Relaxed)
    }

    fn numbers(&self) -> MutexGuard<'_, Numbers> {
        self.numbers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The session of this door, opened when there is none.
    async fn session(&self) -> Result<u64, ProposeError> {
        if let Some(session) = self.numbers().session {
            return Ok(session);
        }
        let _one = self.opening.lock().await;
        if let Some(session) = self.numbers().session {
            return Ok(session);
        }
        let client = self.chance.next();
        let open = session::Command::Open { client, ttl_ms: limits::SESSION_TTL_MS };
        let request = Request { id: None, command: open.into() };
        // To open it again does no harm: what is not known is tried once more.
        let mut opened = self.propose(&request).await;
        if matches!(opened, Err(ProposeError::OutcomeUnknown)) {
            opened = self.propose(&request).await;
        }
        if let Err(refusal) = opened?.outcome {
            return Err(ProposeError::Refused(refusal));
        }
        let mut numbers = self.numbers();
        *numbers = Numbers { session: Some(client), ..Numbers::default() };
        Ok(client)
    }

    fn forget(&self, session: u64) {
        let mut numbers = self.numbers();
        if numbers.session == Some(session) {
            *numbers = Numbers::default();
        }
    }

    /// The number of the next request; none while a very old one is still open.
    fn ticket(&self, session: u64) -> Option<Ticket<'_>> {
        let mut numbers = self.numbers();
        if numbers.session != Some(session) {
            return None;
        }
        let number = numbers.last + 1;
        let answered_below = numbers.open.first().copied().unwrap_or(number);
        if number - answered_below >= structures::limits::SESSION_REQUESTS_MAX {
            return None;
        }
        numbers.last = number;
        numbers.open.insert(number);
        let id = RequestId { client: session, number, answered_below };
        Some(Ticket { sender: self, id })
    }
}

/// Whether the cluster is this node; one that has not joined yet knows nobody.
fn is_alone(engine: &dyn Engine) -> bool {
    engine.members().all.len() == 1
}

/// A request that is under way.
#[derive(Debug)]
struct Ticket<'a> {
    sender: &'a Sender,
    id: RequestId,
}

impl Drop for Ticket<'_> {
    fn drop(&mut self) {
        let mut numbers = self.sender.numbers();
        if numbers.session == Some(self.id.client) {
            numbers.open.remove(&self.id.number);
        }
    }
}
