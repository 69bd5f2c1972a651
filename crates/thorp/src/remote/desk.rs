//! The desk of a client: commands and questions travel to a door of the cluster.

use std::sync::Arc;
use std::time::Duration;

use gateway::https::body::state::{Question, Told};
use state::Pending;
use structures::{Command, Request, encoding};

use super::doors::{Answered, Doors, Sent, Time, learn_later};
use super::error::CallError;
use crate::desk::{AskError, Carried, Carrier, Desk, Session};
use crate::limits;

/// Asks a cluster from outside.
#[derive(Debug, Clone)]
pub(super) struct Remote {
    pub(super) doors: Arc<Doors>,
    session: Arc<Session>,
}

impl Remote {
    pub(super) fn new(doors: Doors) -> Self {
        Self { doors: Arc::new(doors), session: Arc::default() }
    }

    /// Ends the session.
    pub(super) async fn close(&self) -> Result<(), AskError> {
        self.session.close(self, limits::FAREWELL).await
    }

    async fn ask(&self, question: Question, within: Duration) -> Result<Told, AskError> {
        let wait = question.wait.as_ref().map(|wait| Duration::from_millis(wait.most_ms));
        let body = encoding::encode(&question);
        let carried = self.call(Time { within, wait }, Sent::state("state/queries", body)).await?;
        Ok(carried.told)
    }

    async fn call(&self, time: Time, sent: Sent<'_>) -> Result<Carried, AskError> {
        let before = self.doors.first();
        let Answered { bytes, may_be_done } = self.doors.call(time, &sent).await?;
        let url = self.doors.first();
        if url != before {
            // One went, so that others may have come.
            learn_later(&self.doors);
        }
        let told = encoding::decode(&bytes).map_err(|source| CallError::Answer { url, source })?;
        Ok(Carried { told, may_be_done })
    }

    /// Finds a door that serves data, whatever is asked there.
    pub(super) async fn find_door(&self) -> Result<(), AskError> {
        let query = structures::names::Query::Len.into();
        self.ask(Question { query, is_stale: true, wait: None }, limits::CALL).await.map(drop)
    }
}

impl Carrier for Remote {
    async fn carry(&self, request: &Request, within: Duration) -> Result<Carried, AskError> {
        let body = request.encode().map_err(AskError::Refused)?;
        self.call(Time { within, wait: None }, Sent::state("state/commands", body)).await
    }
}

impl Desk for Remote {
    fn write(&self, command: Command, within: Duration) -> Pending<'_, Result<Told, AskError>> {
        Box::pin(self.session.once(self, command, within))
    }

    fn read(&self, question: Question, within: Duration) -> Pending<'_, Result<Told, AskError>> {
        Box::pin(self.ask(question, within))
    }
}
