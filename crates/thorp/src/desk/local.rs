//! The desk of a node in this process: its engine, also when the node has started over meanwhile.

use std::sync::Arc;
use std::time::Duration;

use gateway::https::body::state::{Question, Told};
use state::{Embedded, Engine, Pending, ProposeError, Proposed, ReadError, Unavailable};
use structures::{Command, Query, Request, Waiting};
use tokio::sync::broadcast::error::RecvError;
use tokio::time::Instant;

use super::{AskError, Carried, Carrier, Desk, Session};
use crate::limits;
use crate::node::now::Seen;

/// Asks the engine of a node.
#[derive(Debug)]
pub(crate) struct Local {
    seen: Seen,
    session: Session,
}

impl Local {
    pub(crate) fn new(seen: Seen) -> Self {
        Self { seen, session: Session::default() }
    }

    /// Ends the session.
    pub(crate) async fn close(&self, within: Duration) -> Result<(), AskError> {
        self.session.close(self, within).await
    }

    async fn answer(&self, question: Question, within: Duration) -> Result<Told, AskError> {
        let over = Instant::now() + within;
        let mut engine = self.seen.now().engine;
        loop {
            let left = over.saturating_duration_since(Instant::now());
            match answer(&engine, question.clone(), left).await {
                Ok(told) => return Ok(told),
                Err(error) => engine = self.after(&engine, error.into(), left).await?,
            }
        }
    }

    /// The engine that follows this one, when it stopped because the node starts over.
    async fn after(
        &self,
        engine: &Arc<Embedded>,
        error: AskError,
        within: Duration,
    ) -> Result<Arc<Embedded>, AskError> {
        let next = match &error {
            AskError::Write(ProposeError::Unavailable(Unavailable::Stopped { .. }))
            | AskError::Read(ReadError::Unavailable(Unavailable::Stopped { .. })) => {
                self.seen.instead_of(engine, within).await
            }
            _ => None,
        };
        next.ok_or(error)
    }
}

fn look(engine: &Embedded, query: &Query) -> Result<Told, ReadError> {
    let mut told = None;
    engine.look(&mut |view| {
        let (outcome, revision) = (structures::read(view, query)?, structures::revision(view)?);
        told = Some(Told { outcome, revision });
        Ok(())
    })?;
    Ok(told.expect("the engine shows its rows, or fails"))
}

/// Answers from this engine.
async fn answer(
    engine: &Embedded,
    question: Question,
    within: Duration,
) -> Result<Told, ReadError> {
    let Question { query, is_stale, wait } = question;
    // Made before the first look, so that nothing falls between the two.
    let mut notices = wait.is_some().then(|| engine.notices());
    if !is_stale {
        engine.barrier(within).await?;
    }
    let mut told = look(engine, &query)?;
    let (Some(wait), Some(notices)) = (wait, &mut notices) else { return Ok(told) };
    let mut waiting = Waiting::new(query, wait.known);
    let over = tokio::time::sleep(Duration::from_millis(wait.most_ms));
    tokio::pin!(over);
    while !waiting.is_over(&told.outcome) {
        let wakes = loop {
            let heard = tokio::select! {
                heard = notices.recv() => heard,
                () = &mut over => break false,
            };
            match heard {
                Ok(heard) if heard.iter().any(|notice| waiting.wakes(notice)) => break true,
                Ok(_) => {}
                // What was missed may have been about it.
                Err(RecvError::Lagged(_)) => break true,
                Err(RecvError::Closed) => break false,
            }
        };
        if !wakes {
            break;
        }
        told = look(engine, waiting.query())?;
    }
    Ok(told)
}

impl Carrier for Local {
    async fn carry(&self, request: &Request, within: Duration) -> Result<Carried, AskError> {
        let over = Instant::now() + within;
        let mut engine = self.seen.now().engine;
        let mut may_be_done = false;
        loop {
            let left = over.saturating_duration_since(Instant::now());
            match engine.propose(request, left).await {
                Ok(Proposed { outcome, revision }) => {
                    return Ok(Carried { told: Told { outcome, revision }, may_be_done });
                }
                // The leader was lost while it had the request, which may be sent again.
                Err(ProposeError::OutcomeUnknown) if !left.is_zero() => {
                    tokio::time::sleep(limits::RETRY_MIN).await;
                }
                Err(error) => engine = self.after(&engine, error.into(), left).await?,
            }
            may_be_done = true;
        }
    }
}

impl Desk for Local {
    fn write(&self, command: Command, within: Duration) -> Pending<'_, Result<Told, AskError>> {
        Box::pin(self.session.once(self, command, within))
    }

    fn read(&self, question: Question, within: Duration) -> Pending<'_, Result<Told, AskError>> {
        Box::pin(self.answer(question, within))
    }
}
