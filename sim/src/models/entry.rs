//! One entry of a map: a value under a key, with compare-and-set by value or by revision.

use crate::linearizability::Model;

#[derive(Debug, Clone, Copy, Default)]
pub struct MapEntry;

/// What is under the key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Stored {
    pub value: u64,
    /// None: nobody said which.
    pub revision: Option<u64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operation {
    /// Answers `Found`.
    Get,
    /// Answers `Written`.
    Put { value: u64 },
    /// Answers `Flag`: whether there was an entry.
    Delete,
    /// Writes when the entry has this value, or when it is absent. Answers `Written` or `Refused`.
    PutIfValue { expected: Option<u64>, value: u64 },
    /// Writes when the entry has this revision. Answers `Written` or `Refused`. The client must
    /// have learned the revision by an operation of the same history.
    PutIfRevision { revision: u64, value: u64 },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    Found(Option<Stored>),
    /// With the new revision, where the protocol tells it.
    Written(Option<u64>),
    Refused,
    Flag(bool),
}

type State = Option<Stored>;

impl Model for MapEntry {
    type State = State;
    type Operation = Operation;
    type Answer = Answer;

    fn start(&self) -> State {
        None
    }

    fn step(&self, state: &State, operation: &Operation, answer: &Answer) -> Option<State> {
        match (operation, answer) {
            (Operation::Get, Answer::Found(found)) => see(state, found),
            (Operation::Delete, Answer::Flag(was_there)) => {
                (state.is_some() == *was_there).then_some(None)
            }
            (_, Answer::Written(revision)) => {
                let value = put(state, operation)?;
                let is_newer = match (state.and_then(|old| old.revision), revision) {
                    (Some(old), Some(new)) => *new > old,
                    _ => true,
                };
                is_newer.then_some(Some(Stored { value, revision: *revision }))
            }
            (Operation::PutIfValue { .. } | Operation::PutIfRevision { .. }, Answer::Refused) => {
                put(state, operation).is_none().then_some(*state)
            }
            _ => None,
        }
    }

    fn unseen(&self, state: &State, operation: &Operation) -> State {
        match (operation, put(state, operation)) {
            (Operation::Delete, _) => None,
            (_, Some(value)) => Some(Stored { value, revision: None }),
            (_, None) => *state,
        }
    }
}

/// The state in which `found` was found, with what it says of the revision.
fn see(state: &State, found: &State) -> Option<State> {
    match (state, found) {
        (None, None) => Some(None),
        (Some(stored), Some(found)) if stored.value == found.value => {
            let fits = match (stored.revision, found.revision) {
                (Some(stored), Some(found)) => stored == found,
                _ => true,
            };
            let revision = stored.revision.or(found.revision);
            fits.then_some(Some(Stored { value: stored.value, revision }))
        }
        _ => None,
    }
}

/// The value that the operation writes in this state; none when it writes nothing.
fn put(state: &State, operation: &Operation) -> Option<u64> {
    match operation {
        Operation::Get | Operation::Delete => None,
        Operation::Put { value } => Some(*value),
        Operation::PutIfValue { expected, value } => {
            (state.map(|stored| stored.value) == *expected).then_some(*value)
        }
        // A revision that nobody was told yet is not the one that the client was told.
        Operation::PutIfRevision { revision, value } => {
            (state.and_then(|stored| stored.revision) == Some(*revision)).then_some(*value)
        }
    }
}
