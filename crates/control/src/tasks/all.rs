//! A function on every member, once.

use std::sync::Arc;
use std::time::Duration;

use futures::future::join_all;
use model::fault::Kind;
use net::transport::Refusal;

use super::crew::Mate;
use super::errand::Errand;
use super::error::DRAINED;
use super::message::{Chunk, Items};
use super::{EvalError, Evaluation, Function, Tasks, functions};
use crate::limits;

impl Tasks {
    /// Calls `function` with `argument`, a JSON value in one line, on every member but witnesses,
    /// at once; one answer of each within `within`, in the order of their names, also of those that
    /// cannot be reached. Drained members are asked too.
    ///
    /// # Errors
    ///
    /// [`EvalError`] when the argument is too long.
    pub async fn all(
        &self,
        function: Function,
        argument: &str,
        within: Duration,
    ) -> Result<Vec<Evaluation>, EvalError> {
        let bytes = argument.len();
        if bytes > limits::ITEM_BYTES_MAX {
            return Err(EvalError::LongArgument { bytes });
        }
        let chunk = Chunk {
            function: functions::short(&function),
            lines: format!("{argument}\n").into(),
            first_index: 0,
            stop_at_error: false,
            seed: self.clock.now_ms(),
            patches: self.revision().await,
            time_ms: u64::try_from(within.as_millis()).unwrap_or(u64::MAX),
        };
        let mates = self.crew.mates().into_iter().filter(|mate| mate.takes_work);
        let asked = mates.map(|mate| {
            let errand = |insists| Errand {
                crew: Arc::clone(&self.crew),
                mate: mate.clone(),
                function: function.clone(),
                insists,
                keys_of: None,
                chunk: chunk.clone(),
                timeout: within,
            };
            let (first, again) = (errand(false), errand(true));
            async move {
                let asked = match first.run().await {
                    Err(refusal) if refusal.code == DRAINED => again.run().await,
                    asked => asked,
                };
                evaluation(mate, asked)
            }
        });
        Ok(join_all(asked).await)
    }
}

fn evaluation(mate: Mate, asked: Result<Items, Refusal>) -> Evaluation {
    let value = asked.and_then(|items| match items.errors.into_iter().next() {
        Some((_, text)) => Err(Refusal::new("FUNCTION_THREW", Kind::Invalid, text)),
        None => Ok(items.lines.trim_end_matches('\n').to_owned()),
    });
    let json = value.as_ref().ok().cloned();
    Evaluation { member: mate.name, value, json, log: Vec::new() }
}
