//! What the steps of a transaction give when it is done.

use std::sync::Arc;

use structures::Answer;
use structures::topic::Id;

/// One change of a transaction: by this its answer is found when all is done.
#[derive(Debug, Clone)]
pub struct Step<T> {
    mark: Arc<()>,
    index: usize,
    read: fn(&Answer) -> Option<T>,
}

/// A transaction that was done.
#[derive(Debug)]
pub struct Committed {
    mark: Arc<()>,
    answers: Vec<Answer>,
}

/// What a step can give, by the answers that say so.
pub(crate) trait Told: Sized {
    fn told(answer: &Answer) -> Option<Self>;
}

pub(super) fn is_told<T: Told>(answer: &Answer) -> bool {
    T::told(answer).is_some()
}

impl<T> Step<T> {
    pub(super) fn new(mark: Arc<()>, index: usize) -> Self
    where
        T: Told,
    {
        Self { mark, index, read: T::told }
    }
}

impl Committed {
    pub(super) fn new(mark: Arc<()>, answers: Vec<Answer>) -> Self {
        Self { mark, answers }
    }

    /// What this step gave.
    ///
    /// # Panics
    ///
    /// Panics when the step is one of another transaction, which is a mistake of the program.
    #[must_use]
    pub fn answer<T>(&self, step: &Step<T>) -> T {
        assert!(Arc::ptr_eq(&self.mark, &step.mark), "the step is one of another transaction");
        let answer = self.answers.get(step.index).and_then(step.read);
        answer.expect("the commit looked at the answers of all steps")
    }
}

/// The revision of an entry, or the number of an item.
impl Told for u64 {
    fn told(answer: &Answer) -> Option<Self> {
        match answer {
            Answer::Put(put) => put.revision,
            Answer::Ids(numbers) => numbers.first().copied(),
            _ => None,
        }
    }
}

/// What a counter is, or was.
impl Told for i64 {
    fn told(answer: &Answer) -> Option<Self> {
        match answer {
            Answer::Integer(value) => Some(*value),
            _ => None,
        }
    }
}

/// Whether anything was removed.
impl Told for bool {
    fn told(answer: &Answer) -> Option<Self> {
        i64::told(answer).map(|count| count > 0)
    }
}

/// The place of a message.
impl Told for Id {
    fn told(answer: &Answer) -> Option<Self> {
        match answer {
            Answer::Id(id) => Some(*id),
            _ => None,
        }
    }
}

/// What it is does not matter: otherwise the step would have been refused.
impl Told for () {
    fn told(_: &Answer) -> Option<Self> {
        Some(())
    }
}
