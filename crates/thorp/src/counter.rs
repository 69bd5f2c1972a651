//! Counters: integers of 64 bits by name.

mod part;

use std::sync::Arc;
use std::time::Duration;

use model::fault::{Fault, Kind};
use structures::Answer;
use structures::counter::{Command, Query};

pub use part::Part;

use crate::desk::{AskError, Desk, Handle, answered};

/// A counter of the cluster; one that is not there counts as 0. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Counter {
    at: Handle,
}

impl Counter {
    pub(crate) fn new(desk: Arc<dyn Desk>, name: &[u8]) -> Self {
        Self { at: Handle::new(desk, name) }
    }

    /// Gives each call of this handle so long, up to [`CALL_MAX`](crate::limits::CALL_MAX);
    /// [`CALL`](crate::limits::CALL) unless it is said.
    #[must_use]
    pub fn within(self, within: Duration) -> Self {
        Self { at: self.at.within(within) }
    }

    /// What it is.
    ///
    /// # Errors
    ///
    /// [`CounterError`] when the name is another kind of thing, or nobody answers in time.
    pub async fn get(&self) -> Result<i64, CounterError> {
        let got = self.at.read(Query::Get { name: self.at.name.clone() }).await;
        self.value("read", got.map(|(answer, _)| answer))
    }

    /// Adds `by`, which may be negative, and gives the sum.
    ///
    /// # Errors
    ///
    /// [`CounterError`], also when the sum does not fit into 64 bits.
    pub async fn add(&self, by: i64) -> Result<i64, CounterError> {
        let added = self.at.write(Command::Add { name: self.at.name.clone(), by }).await;
        self.value("add to", added)
    }

    /// Sets it, and gives what it was.
    ///
    /// # Errors
    ///
    /// [`CounterError`] when the name is another kind of thing, or nobody answers in time.
    pub async fn set(&self, value: i64) -> Result<i64, CounterError> {
        let set = self.at.write(Command::Set { name: self.at.name.clone(), value }).await;
        self.value("set", set)
    }

    /// Sets it to `value` when it is `expected`, and says whether it was.
    ///
    /// # Errors
    ///
    /// [`CounterError`] when the name is another kind of thing, or nobody answers in time.
    pub async fn compare_and_set(&self, expected: i64, value: i64) -> Result<bool, CounterError> {
        let name = self.at.name.clone();
        let set = self.at.write(Command::CompareAndSet { name, expected, value }).await;
        let set = set.and_then(|answer| answered!(answer, Answer::Flag(is_set) => is_set));
        set.map_err(|source| self.failed("set", source))
    }

    fn value(
        &self,
        verb: &'static str,
        answer: Result<Answer, AskError>,
    ) -> Result<i64, CounterError> {
        let value = answer.and_then(
            |answer| answered!(answer, Answer::Integer(value) => value, Answer::Nothing => 0),
        );
        value.map_err(|source| self.failed(verb, source))
    }

    fn failed(&self, verb: &'static str, source: AskError) -> CounterError {
        CounterError { verb, counter: self.at.shown(), source }
    }
}

/// Why a counter was not read or changed.
#[derive(Debug, thiserror::Error)]
#[error("failed to {verb} the counter `{counter}`")]
pub struct CounterError {
    verb: &'static str,
    pub counter: String,
    pub source: AskError,
}

impl Fault for CounterError {
    fn code(&self) -> &'static str {
        self.source.code()
    }

    fn kind(&self) -> Kind {
        self.source.kind()
    }

    fn help(&self) -> Option<String> {
        self.source.help()
    }
}
