//! An expression on every member.

use std::time::Duration;

use futures::future::join_all;
use net::transport::Refusal;

use super::crew::Mate;
use super::message::{Answer, Evaluated, Request};
use super::{EvalError, Tasks};
use crate::limits;

/// What an expression gave on one member.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evaluation {
    /// The name of the member.
    pub member: String,
    /// The value as it is shown to people, or why there is none.
    pub value: Result<String, Refusal>,
    /// The value as JSON, when it can be written so.
    pub json: Option<String>,
    /// What the expression wrote to `console`.
    pub log: Vec<String>,
}

impl Tasks {
    /// Evaluates `expression` on every member but witnesses, at once; one answer of each within
    /// five seconds, also of those that cannot be reached, in the order of their names.
    ///
    /// # Errors
    ///
    /// [`EvalError`] when the expression is too long.
    pub async fn eval(&self, expression: &str) -> Result<Vec<Evaluation>, EvalError> {
        let bytes = expression.len();
        if bytes > limits::EXPRESSION_BYTES_MAX {
            return Err(EvalError::Long { bytes });
        }
        let patches = self.revision().await;
        let mates = self.crew.mates().into_iter().filter(|mate| mate.takes_work);
        let asked = mates.map(|mate| self.evaluate_on(mate, expression, patches));
        Ok(join_all(asked).await)
    }

    async fn evaluate_on(&self, mate: Mate, expression: &str, patches: u64) -> Evaluation {
        let time_ms = limits::EVAL_MS_MAX;
        let request = Request::Eval { expression: expression.to_owned(), patches, time_ms };
        let timeout = Duration::from_millis(time_ms + limits::EVAL_GRACE_MS);
        let asked = tokio::time::timeout(timeout, self.crew.ask(&mate, request, timeout)).await;
        let (value, json, log) = match asked {
            Ok(Ok(Answer::Evaluated(Evaluated { text, json, log }))) => (Ok(text), json, log),
            Ok(Ok(_)) => (Err(mate.strange()), None, Vec::new()),
            Ok(Err(error)) => (Err(error.refusal()), None, Vec::new()),
            Err(_) => (Err(mate.late(timeout)), None, Vec::new()),
        };
        Evaluation { member: mate.name, value, json, log }
    }

    /// The revision of the newest patches; of those here when there is no quorum.
    pub(super) async fn revision(&self) -> u64 {
        match self.worker.newest(limits::NEWEST_MS_MAX).await {
            Ok(current) => current.revision,
            Err(_) => self.worker.current().map_or(0, |current| current.revision),
        }
    }
}
