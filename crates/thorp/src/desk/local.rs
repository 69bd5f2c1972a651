//! The desk of a node in this process: its engine.

use std::sync::Arc;
use std::time::Duration;

use gateway::https::body::state::{Question, Told};
use state::{Engine, Pending, ProposeError, Proposed, ReadError};
use structures::{Command, Query, Request, Waiting};
use tokio::sync::broadcast::error::RecvError;
use tokio::time::Instant;

use super::{AskError, Carrier, Desk, Session};
use crate::limits;

/// Asks the engine of a node.
#[derive(Debug)]
pub(crate) struct Local {
    engine: Arc<dyn Engine>,
    session: Session,
}

impl Local {
    pub(crate) fn new(engine: Arc<dyn Engine>) -> Self {
        Self { engine, session: Session::default() }
    }

    /// Ends the session.
    pub(crate) async fn close(&self, within: Duration) -> Result<(), AskError> {
        self.session.close(self, within).await
    }

    fn look(&self, query: &Query) -> Result<Told, ReadError> {
        let mut told = None;
        self.engine.look(&mut |view| {
            let (outcome, revision) = (structures::read(view, query)?, structures::revision(view)?);
            told = Some(Told { outcome, revision });
            Ok(())
        })?;
        Ok(told.expect("the engine shows its rows, or fails"))
    }

    async fn answer(&self, question: Question, within: Duration) -> Result<Told, AskError> {
        let Question { query, is_stale, wait } = question;
        // Made before the first look, so that nothing falls between the two.
        let mut notices = wait.is_some().then(|| self.engine.notices());
        if !is_stale {
            self.engine.barrier(within).await.map_err(ReadError::from)?;
        }
        let mut told = self.look(&query)?;
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
            told = self.look(waiting.query())?;
        }
        Ok(told)
    }
}

impl Carrier for Local {
    async fn carry(&self, request: &Request, within: Duration) -> Result<Told, AskError> {
        let over = Instant::now() + within;
        loop {
            let left = over.saturating_duration_since(Instant::now());
            match self.engine.propose(request, left).await {
                Ok(Proposed { outcome, revision }) => return Ok(Told { outcome, revision }),
                // The leader was lost while it had the request, which may be sent again.
                Err(ProposeError::OutcomeUnknown) if !left.is_zero() => {
                    tokio::time::sleep(limits::RETRY_MIN).await;
                }
                Err(error) => return Err(error.into()),
            }
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
