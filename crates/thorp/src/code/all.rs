//! A function on every member, and its typed results.

use std::any::type_name;
use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{CodeError, Evaluation, Failure, Function, Runner};
use crate::limits;

/// A function that is called once on every member that runs code, drained ones included.
#[derive(Debug)]
#[must_use = "nothing runs before its results are awaited"]
pub struct All {
    runner: Arc<dyn Runner>,
    function: Function,
    /// As a line of JSON.
    argument: Result<String, serde_json::Error>,
    within: Duration,
}

impl All {
    pub(crate) fn new(
        runner: Arc<dyn Runner>,
        function: Function,
        argument: &impl Serialize,
    ) -> Self {
        let argument = serde_json::to_string(argument);
        Self { runner, function, argument, within: limits::CALL }
    }

    /// How long members have to answer; [`limits::CALL`] unless it is said.
    pub fn within(mut self, time: Duration) -> Self {
        self.within = time;
        self
    }

    /// One answer of each member, by their names: what the function gave there, or why it gave
    /// nothing, also of members that cannot be reached.
    ///
    /// # Errors
    ///
    /// [`CodeError`] when nobody can be asked.
    pub async fn results<R: DeserializeOwned>(
        self,
    ) -> Result<Vec<(String, Result<R, Failure>)>, CodeError> {
        let argument = self.argument.map_err(CodeError::Argument)?;
        let told = self.runner.all(&self.function, &argument, self.within).await?;
        Ok(told.into_iter().map(typed).collect())
    }
}

fn typed<R: DeserializeOwned>(told: Evaluation) -> (String, Result<R, Failure>) {
    let result = match told.error {
        Some(failure) => Err(failure),
        None => serde_json::from_value(told.value.unwrap_or_default()).map_err(|error| {
            let text = format!("the result is no `{}`: {error}", type_name::<R>());
            Failure { code: "VALUE_WRONG_TYPE".to_owned(), text }
        }),
    };
    (told.member, result)
}
