//! A structure by its name, and how it is asked.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use gateway::https::body::state::{Question, Told, Wait};
use structures::{Answer, Command, Query, Waiting};

use super::{AskError, Desk};
use crate::limits;

/// A structure by its name, and how it is asked.
#[derive(Debug, Clone)]
pub(crate) struct Handle {
    pub(crate) desk: Arc<dyn Desk>,
    pub(crate) name: Bytes,
    /// How long one call may take.
    within: Duration,
    /// Whether answers may be old.
    pub(crate) is_stale: bool,
}

impl Handle {
    pub(crate) fn new(desk: Arc<dyn Desk>, name: &[u8]) -> Self {
        let name = Bytes::copy_from_slice(name);
        Self { desk, name, within: limits::CALL, is_stale: false }
    }

    /// Gives each call so long, up to [`limits::CALL_MAX`].
    pub(crate) fn within(self, within: Duration) -> Self {
        Self { within: within.min(limits::CALL_MAX), ..self }
    }

    pub(crate) async fn write(&self, command: impl Into<Command>) -> Result<Answer, AskError> {
        let told = self.desk.write(command.into(), self.within).await?;
        Ok(told.outcome?)
    }

    /// The answer, and the revision of the state at which it is so.
    pub(crate) async fn read(&self, query: impl Into<Query>) -> Result<(Answer, u64), AskError> {
        self.ask(query.into(), None).await
    }

    /// Waits until the answer is another one than `known`; gives it again when `most` is over.
    pub(crate) async fn read_beyond(
        &self,
        query: impl Into<Query>,
        known: Answer,
        most: Duration,
    ) -> Result<(Answer, u64), AskError> {
        let known = Waiting::mark(&Ok(known));
        let most_ms = u64::try_from(most.as_millis()).unwrap_or(u64::MAX);
        self.ask(query.into(), Some(Wait { known, most_ms })).await
    }

    async fn ask(&self, query: Query, wait: Option<Wait>) -> Result<(Answer, u64), AskError> {
        let question = Question { query, is_stale: self.is_stale, wait };
        let Told { outcome, revision } = self.desk.read(question, self.within).await?;
        Ok((outcome?, revision))
    }

    /// The name for people.
    pub(crate) fn shown(&self) -> String {
        self.name.escape_ascii().to_string()
    }
}

/// Takes the answer of a kind; others would be our own mistake, or one of another version.
macro_rules! answered {
    ($answer:expr, $($kind:pat => $value:expr),+ $(,)?) => {
        match $answer {
            $($kind => Ok($value),)+
            _ => Err($crate::desk::AskError::Answer),
        }
    };
}
pub(crate) use answered;
