//! Says whether a recorded history is linearizable: whether each operation can have taken effect
//! at one moment between its call and its answer.
//!
//! The search is that of Wing and Gong, "Testing and verifying concurrent objects" (Journal of
//! Parallel and Distributed Computing 17, 1993), with the memory of Lowe, "Testing for
//! linearizability" (Concurrency and Computation 29, 2017): a set of operations that were done and
//! the state after them are never tried twice. The list from which operations are lifted and into
//! which they are put back is laid out as in Porcupine, <https://github.com/anishathalye/porcupine>.
//!
//! The problem is NP-complete, so the work has a bound, [`STEPS_MAX`]. Histories of independent
//! things, such as the keys of a map, are checked apart ([`by_key`]): linearizability is local
//! (Herlihy and Wing, "Linearizability: a correctness condition for concurrent objects", 1990).

mod list;
mod search;

use std::collections::BTreeMap;
use std::fmt::{self, Debug};

/// Steps of the search after which it gives up: some seconds, and less than 1 GiB.
pub const STEPS_MAX: u64 = 2_000_000;

/// Operations that a [`Part`] names on either side.
const SHOWN_MAX: usize = 12;

/// What a thing does when operations come one after the other.
pub trait Model {
    type State: Clone + Eq + Ord + Debug;
    type Operation: Debug;
    type Answer: Debug;

    fn start(&self) -> Self::State;

    /// The state after, when `operation` may give `answer` in `state`.
    fn step(
        &self,
        state: &Self::State,
        operation: &Self::Operation,
        answer: &Self::Answer,
    ) -> Option<Self::State>;

    /// The state after an operation whose answer nobody saw.
    fn unseen(&self, state: &Self::State, operation: &Self::Operation) -> Self::State;
}

/// One operation of one client. Times are of one order, logical or of one monotonic clock; what
/// has the same time counts as concurrent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event<O, A> {
    pub client: u64,
    pub called: u64,
    pub operation: O,
    /// When the answer came. None: nobody knows whether the operation happened; it may take effect
    /// at any time after the call, or never.
    pub answer: Option<(u64, A)>,
}

/// Why a history is not accepted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Violation {
    /// No order of the operations explains the answers.
    #[error("{0}")]
    Inexplicable(Part),
    /// The history may be right or wrong.
    #[error("undecided after {steps} steps of the search; check a shorter history")]
    Undecided { steps: u64 },
}

/// The shortest part of a history, from its start, that no order explains.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// How many operations the best order explains.
    pub explained: usize,
    /// The last of them, in that order.
    pub last: Vec<String>,
    /// The state that they lead to.
    pub state: String,
    /// Those that fit nowhere after that, though one of them was answered before all later calls.
    pub unexplained: Vec<String>,
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "not linearizable: {} operations can be explained, the last ones by", {
            self.explained
        })?;
        for line in &self.last {
            writeln!(f, "  {line}")?;
        }
        writeln!(f, "which leads to the state {}, where none of these fits next:", self.state)?;
        for line in &self.unexplained {
            writeln!(f, "  {line}")?;
        }
        Ok(())
    }
}

/// Says whether some order of the operations explains all answers.
///
/// # Errors
///
/// [`Violation::Inexplicable`] when there is none, [`Violation::Undecided`] when the search took
/// more than [`STEPS_MAX`] steps.
pub fn check<M: Model>(
    model: &M,
    history: &[Event<M::Operation, M::Answer>],
) -> Result<(), Violation> {
    check_within(model, history, STEPS_MAX)
}

/// Like [`check`], with a bound of the caller's.
///
/// # Errors
///
/// As [`check`].
pub fn check_within<M: Model>(
    model: &M,
    history: &[Event<M::Operation, M::Answer>],
    steps_max: u64,
) -> Result<(), Violation> {
    search::Search::new(model, history).run(steps_max)
}

/// Takes a history apart into those of independent things.
pub fn by_key<K: Ord, O, A>(
    history: Vec<Event<O, A>>,
    key: impl Fn(&O) -> K,
) -> BTreeMap<K, Vec<Event<O, A>>> {
    let mut parts: BTreeMap<K, Vec<Event<O, A>>> = BTreeMap::new();
    for event in history {
        parts.entry(key(&event.operation)).or_default().push(event);
    }
    parts
}

/// An event in words.
pub(crate) fn describe<O: Debug, A: Debug>(event: &Event<O, A>) -> String {
    let Event { client, called, operation, answer } = event;
    match answer {
        Some((at, answer)) => {
            format!("client {client} from {called} to {at}: {operation:?} -> {answer:?}")
        }
        None => format!("client {client} from {called}: {operation:?}, answer never seen"),
    }
}

#[cfg(test)]
mod tests;
