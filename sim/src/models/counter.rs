//! A counter: it starts at 0.

use crate::linearizability::Model;

#[derive(Debug, Clone, Copy, Default)]
pub struct Counter;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operation {
    /// Answers the sum.
    Add(i64),
    /// Answers the value.
    Get,
    /// Answers the value that was there.
    Set(i64),
}

impl Model for Counter {
    type State = i64;
    type Operation = Operation;
    type Answer = i64;

    fn start(&self) -> i64 {
        0
    }

    fn step(&self, state: &i64, operation: &Operation, answer: &i64) -> Option<i64> {
        let after = self.unseen(state, operation);
        let expected = match operation {
            Operation::Add(_) | Operation::Get => after,
            Operation::Set(_) => *state,
        };
        (*answer == expected).then_some(after)
    }

    fn unseen(&self, state: &i64, operation: &Operation) -> i64 {
        match operation {
            Operation::Add(by) => state.saturating_add(*by),
            Operation::Get => *state,
            Operation::Set(value) => *value,
        }
    }
}
